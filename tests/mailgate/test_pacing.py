"""How fast mails came, counted for a whole batch (R14)."""

import pytest

from helpdesk.extensions import db
from helpdesk.mailgate.context import gather
from helpdesk.mailgate.filing import file_mails
from helpdesk.mailgate.ledger import Arrival, Disposition, accept, rows_to_file
from helpdesk.mailgate.pacing import paces_of
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.mailgate.routing import Pace
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_ledger import a_mail, deliver
from tests.making import TEXT

SUPPORT = "support@desk.example"


def test_a_batch_is_counted_like_each_of_its_mails(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "MAIL_BRAKE", 1000)
    for n in range(3):
        deliver(
            a_mail("a@one.example", SUPPORT, "同じ件名", "同じ本文", Message_ID=f"<{n}@x>"), "a@one.example", SUPPORT
        )
    deliver(a_mail("b@one.example", SUPPORT, "別の件名"), "b@one.example", SUPPORT)
    writers = [("a@one.example", "同じ件名"), ("b@one.example", "また別"), ("c@two.example", "初めて")]
    ids = accept([Arrival(a_mail(who, SUPPORT, subject, "同じ本文"), who, [SUPPORT]) for who, subject in writers])
    rows = rows_to_file(ids)
    file_mails(rows)
    together = paces_of(rows)
    assert together == {number: pace for row in rows for number, pace in paces_of([row]).items()}
    assert [together[row.id] for row in rows] == [
        Pace(thread=0, repeated=3, sender=3, domain=5),
        Pace(thread=0, repeated=0, sender=1, domain=5),
        Pace(thread=0, repeated=0, sender=0, domain=0),
    ]


def test_a_batch_with_copies_leaves_no_gap_in_the_numbers(cast: Cast) -> None:
    same = a_mail("a@one.example", SUPPORT, "一通目", Message_ID="<1@x>")
    other = a_mail("b@two.example", SUPPORT, "二通目", Message_ID="<2@x>")
    ids = accept([Arrival(raw, "a@one.example", [SUPPORT]) for raw in (same, same, other, same)])
    filed = file_mails(rows_to_file(ids))
    assert filed == [Disposition.new_ticket, Disposition.duplicate, Disposition.new_ticket, Disposition.duplicate]
    deliver(a_mail("c@three.example", SUPPORT, "三通目"), "c@three.example", SUPPORT)
    numbers = [int(one.split("-")[1]) for one in db.session.scalars(db.select(Ticket.reference).order_by(Ticket.id))]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) == 3


def test_alerts_are_not_counted(cast: Cast) -> None:
    sent = [(to, a_mail("no-reply@amp.example", to, "alert", TEXT)) for to in ("alerts+acme@desk.example", SUPPORT)]
    rows = rows_to_file(accept([Arrival(raw, "no-reply@amp.example", [to]) for to, raw in sent]))
    directory = gather([(row, parse_mail(raw)) for row, (_to, raw) in zip(rows, sent, strict=True)])
    assert list(directory.paces) == [rows[1].id]


def test_copies_are_not_counted(cast: Cast) -> None:
    raw = a_mail("a@one.example", SUPPORT, "一通目", Message_ID="<1@x>")
    deliver(raw, "a@one.example", SUPPORT)
    rows = rows_to_file(accept([Arrival(raw, "a@one.example", [SUPPORT])] * 3))
    assert not gather([(row, parse_mail(raw)) for row in rows]).paces
