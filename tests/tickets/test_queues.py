"""The desk's lists: what they hold, how many statements they cost, and how they page (P7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import Proposal, ProposedTarget, propose
from helpdesk.calendar.hours import ServiceHours
from helpdesk.extensions import db
from helpdesk.tickets import lists
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.dues import due_words
from helpdesk.tickets.kinds import Verdict
from helpdesk.tickets.lists import TicketList, list_tickets
from helpdesk.tickets.models import Ticket, TicketState
from helpdesk.tickets.sorting import Order
from helpdesk.tickets.views import View
from helpdesk.tickets.visibility import newest_visible_to
from tests.conftest import TUESDAY_NOON, Cast
from tests.making import a_list, an_alert, an_inquiry, reported


def test_views_hold_what_their_names_say(cast: Cast) -> None:
    dana = cast.user("dana")
    mine, other, stranger = an_inquiry(cast.contact("alice")), an_inquiry(cast.contact("bob")), an_alert(None)
    mine.assign(dana.actor(), dana)
    other.close(dana.actor())
    db.session.commit()
    counts = count_views(dana).by_view
    assert (counts[View.mine], counts[View.unassigned], counts[View.open]) == ("1", "1", "2")
    assert (counts[View.inquiries], counts[View.unmatched]) == ("1", "1")
    assert [row.reference for row in list_tickets(dana, TicketList(View.closed), HOURS)[0]] == [other.reference]
    assert [row.reference for row in list_tickets(dana, TicketList(View.unmatched), HOURS)[0]] == [stranger.reference]


def test_counts_are_exact_to_999(cast: Cast) -> None:
    one, dana = an_inquiry(cast.contact("alice")), cast.user("dana")
    columns = [
        column.name for column in Ticket.__table__.columns if column.name not in ("id", "reference", "reply_token")
    ]
    named = ", ".join(columns)
    copies = f"INSERT INTO tickets (reference, reply_token, {named}) SELECT 'x-' || n, 't-' || n, {named} "
    copies += "FROM tickets, generate_series(CAST(:first AS int), CAST(:last AS int)) n WHERE tickets.id = :one"
    db.session.execute(db.text(copies), {"first": 2, "last": 999, "one": one.id})
    assert count_views(dana).by_view[View.open] == "999"
    db.session.execute(db.text(copies), {"first": 1000, "last": 1002, "one": one.id})
    assert count_views(dana).by_view[View.open] == "999+"


def test_pages_follow_each_other_without_gap_or_repeat(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    dana = cast.user("dana")
    tickets = [an_inquiry(cast.contact("alice")) for _number in range(5)]
    tickets[3].wait_for_customer(dana.actor())
    db.session.commit()
    for shown in (TicketList(order=order, descending=down) for order in Order for down in (False, True)):
        seen, after = [], None
        while True:
            rows, after = list_tickets(dana, shown, HOURS, after)
            seen += [row.reference for row in rows]
            if after is None:
                break
        assert sorted(seen) == sorted(ticket.reference for ticket in tickets)
        assert len(seen) == len(set(seen))


def test_the_most_urgent_stands_first_and_what_waits_last(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    waiting, alert, inquiry = an_inquiry(cast.contact("bob")), an_alert(cast.acme), an_inquiry(cast.contact("alice"))
    waiting.wait_for_customer(cast.user("dana").actor())
    db.session.commit()
    rows, _after = list_tickets(cast.user("dana"), TicketList(), HOURS)
    assert [row.reference for row in rows] == [inquiry.reference, alert.reference, waiting.reference]


HOURS = ServiceHours(zone=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("left", "tone", "words"),
    [
        (timedelta(hours=4), "ok", "あと 4時間00分"),
        (timedelta(minutes=30), "soon", "あと 30分"),
        (timedelta(minutes=-22), "past", "超過 22分"),
    ],
)
def test_due_times_in_words(left: timedelta, tone: str, words: str) -> None:
    now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    told = due_words(now + left, now - timedelta(hours=3), None, TicketState.open, HOURS, now, "ja")
    assert (told.tone, told.relative) == (tone, words)


def test_lists_narrow_to_a_verdict_and_a_confidence(cast: Cast) -> None:
    sure, unsure, other = (an_inquiry(cast.contact("alice"), subject) for subject in ("ひとつ", "ふたつ", "みっつ"))
    sure.verdict, sure.verdict_confidence = Verdict.manual_reference, 95
    unsure.verdict, unsure.verdict_confidence = Verdict.manual_reference, 60
    other.verdict, other.verdict_confidence = Verdict.out_of_scope, 95
    db.session.commit()
    every = {sure.reference, unsure.reference, other.reference}

    def shown(query: str) -> set[str]:
        page = cast.dana.get(f"/desk/queues/open?{query}").text
        return {reference for reference in every if reference in page}

    assert shown("verdict=manual_reference") == {sure.reference, unsure.reference}
    assert shown("verdict=manual_reference&sure=90") == {sure.reference}
    assert shown("sure=-70") == {unsure.reference}
    assert shown("verdict=nonsense&sure=x") == every


@pytest.mark.parametrize("view", [view.value for view in View])
def test_list_pages_take_at_most_eight_statements(cast: Cast, statements: list[str], view: str) -> None:
    for _number in range(3):
        an_inquiry(cast.contact("alice"))
    dana = cast.dana
    statements.clear()
    assert dana.get(f"/desk/queues/{view}").status_code == 200
    assert 0 < len(statements) <= 8, statements


def test_ticket_pages_take_at_most_eight_statements(cast: Cast, statements: list[str]) -> None:
    inquiry, alert = an_inquiry(cast.contact("alice")), an_alert(cast.acme)
    told, place = reported(alert, cast.user("dana"), cast.contact("alice")), a_list(cast.acme)
    propose(cast.user("dana"), told, Proposal(ActionKind.quarantine, [ProposedTarget(place.guid, place.name)]))
    db.session.commit()
    people = {"dana": "/desk/tickets/", "alice": "/portal/tickets/"}
    for name, base in people.items():
        person = cast.signed_in(cast.user(name))
        for ticket in (inquiry.reference, alert.reference):
            db.session.expire_all()
            statements.clear()
            assert person.get(base + ticket).status_code == 200
            assert 0 < len(statements) <= 8, (name, ticket, statements)


def test_customer_lists_take_at_most_eight_statements(cast: Cast, statements: list[str]) -> None:
    for _number in range(3):
        an_inquiry(cast.contact("alice"))
    for name in ("alice", "bob"):
        person = cast.signed_in(cast.user(name))
        for url in ("/portal/", "/portal/tickets", "/portal/tickets?whose=all"):
            statements.clear()
            assert person.get(url).status_code == 200
            assert 0 < len(statements) <= 8, (name, url, statements)


def test_polling_answers_304_until_something_changes(cast: Cast) -> None:
    an_inquiry(cast.contact("alice"))
    dana = cast.dana
    first = dana.get("/desk/live/open?loaded=0")
    assert first.json == {"counts": first.json["counts"], "fresh": 1, "present": {}, "news": []}
    mark = first.headers["ETag"]
    assert dana.get("/desk/live/open?loaded=0", headers={"If-None-Match": mark}).status_code == 304
    an_inquiry(cast.contact("alice"))
    assert dana.get("/desk/live/open?loaded=0", headers={"If-None-Match": mark}).status_code == 200


def test_a_customers_list_pages_through_everything_once_last_changed_first(cast: Cast) -> None:
    """Own inquiries and the organisation's alerts come from two indexes and are one list."""
    made = [an_alert(cast.acme, f"unread {n}") if n % 3 else an_inquiry(cast.contact("alice")) for n in range(10)]
    for n, ticket in enumerate(made):
        ticket.updated_at += timedelta(minutes=7 * n % 5)
    an_inquiry(cast.contact("carol"))
    db.session.flush()
    wanted = [t.id for t in sorted(made, key=lambda t: (t.updated_at, t.id), reverse=True)]
    found, after = [], None
    while True:
        page, after = newest_visible_to(cast.user("alice"), 3, after=after)
        found += [ticket.id for ticket in page]
        if after is None:
            break
    assert found == wanted
