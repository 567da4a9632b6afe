"""What was typed, read into words and filters."""

from datetime import date

import pytest

from helpdesk.search.query import ME, NOBODY, Query, read_query
from helpdesk.tickets.kinds import TicketState


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("", Query()),
        ("検知　端末", Query(words=("検知", "端末"))),
        ('"did not" update', Query(words=("did not", "update"))),
        ("status:open 検知", Query(words=("検知",), status=TicketState.open)),
        ("状態：完了", Query(status=TicketState.closed)),
        ("customer:さくら assignee:me", Query(customer="さくら", assignee=ME)),
        ('顧客:"さくら 製作所" 担当:なし', Query(customer="さくら 製作所", assignee=NOBODY)),
        ("before:2026-11-01 after:2026/10/1", Query(before=date(2026, 11, 1), after=date(2026, 10, 1))),
        ("以前:2026年11月1日", Query(before=date(2026, 11, 1))),
        ("before:yesterday status:asleep", Query(unread=("before:yesterday", "status:asleep"))),
        ("before:2026-02-30", Query(unread=("before:2026-02-30",))),
        ("https://example.com 12:30", Query(words=("https://example.com", "12:30"))),
        ('"unfinished words', Query(words=("unfinished words",))),
    ],
)
def test_words_and_filters(typed: str, query: Query) -> None:
    assert read_query(typed) == query
