"""How fast mails came, counted for a whole batch (R14)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from helpdesk.extensions import db
from helpdesk.mailgate.braking import recent
from helpdesk.mailgate.context import gather
from helpdesk.mailgate.filing import file_mails
from helpdesk.mailgate.ledger import Arrival, Disposition, IncomingMail, accept, rows_to_file
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


def test_who_wrote_much_this_hour_costs_the_next_mail_no_more(
    cast: Cast, planned: Callable[[Callable[[], object]], int]
) -> None:
    """A customer's own storm, or a robot's: what the brake reads of it does not grow with it (P5)."""
    deliver(a_mail("a@one.example", SUPPORT, "件名", "本文"), "a@one.example", SUPPORT)
    first = db.session.scalars(select(IncomingMail).order_by(IncomingMail.id.desc())).first()
    assert first is not None
    copied = [column.name for column in IncomingMail.__table__.columns if column.name not in ("id", "received_at")]
    more = f"""INSERT INTO incoming_mails (received_at, {", ".join(copied)})
        SELECT received_at - n * interval '0.1 second', {", ".join(copied)} FROM incoming_mails,
        generate_series(CAST(:first AS int), CAST(:last AS int)) n WHERE id = :id"""

    def read(first_copy: int, last_copy: int) -> int:
        assert first is not None
        db.session.execute(text(more), {"first": first_copy, "last": last_copy, "id": first.id})
        db.session.execute(text("ANALYZE incoming_mails"))
        return planned(lambda: recent([first], {"one.example"}))

    few, many = read(1, 200), read(201, 5000)
    assert many <= few * 1.5 + 30, (few, many)
