"""Warned before a report is late, met and missed, silent consoles, and sums that must be equal (R11, R12, R14)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.watching import attached, met_and_missed, silent_customers, warn_supervisors
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.mailgate.filing import file_mails
from helpdesk.mailgate.ledger import Arrival, IncomingMail, accept
from helpdesk.notices.models import Notice
from tests.conftest import TUESDAY_NOON, Cast
from tests.making import TEXT, an_alert, reported


def warnings() -> list[str]:
    return list(db.session.scalars(select(Notice.to_address).where(Notice.template == "report_due")))


def test_supervisors_are_warned_once_when_a_quarter_is_left(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    ticket = an_alert(cast.acme)
    for moment, expected in (
        ("2026-11-26T10:00:00+09:00", []),
        ("2026-11-26T08:59:00+09:00", []),
        ("2026-11-26T11:46:00+09:00", ["erin@desk.example"]),
        ("2026-11-26T12:00:00+09:00", ["erin@desk.example"]),
    ):
        at(moment)
        warn_supervisors()
        db.session.commit()
        assert warnings() == expected, moment
    assert alert_of(ticket).warned_at is not None
    assert "報告期限を責任者に知らせました" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text


def test_a_reported_alert_warns_nobody(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    reported(an_alert(cast.acme), cast.user("dana"), cast.contact("alice"))
    at("2026-11-26T16:00:00+09:00")
    assert warn_supervisors() == 0


def test_met_late_and_missing_are_counted_by_month(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    tickets = [an_alert(cast.acme, TEXT.replace("ab" * 32, f"{n:02x}" * 32)) for n in range(1, 5)]
    reported(tickets[0], cast.user("dana"), cast.contact("alice"))
    at("2026-11-26T17:00:01+09:00")
    reported(tickets[1], cast.user("dana"), cast.contact("alice"))
    (month,) = met_and_missed()
    assert (month.first.isoformat(), month.met, month.late, month.open_late) == ("2026-11-01", 1, 1, 2)
    assert "2026/11" in cast.erin.get("/desk/supervision").text


def test_a_silent_console_is_shown_to_the_supervisor(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    long_ago = clock.now() - timedelta(days=60)
    db.session.execute(update(Customer).values(created_at=long_ago))
    assert {one.name for one in silent_customers()} == {cast.acme.name, cast.contact("charlie").customer.name}
    an_alert(cast.acme)
    (silent,) = silent_customers()
    assert silent.heard_at is None
    at("2026-12-09T12:00:00+09:00")
    assert len(silent_customers()) == 2
    page = cast.erin.get("/desk/supervision").text
    assert cast.acme.name in page
    assert cast.dana.get("/desk/supervision").status_code == 403


@pytest.mark.parametrize("files", [1, 3])
def test_every_alert_mail_is_on_a_ticket(cast: Cast, files: int) -> None:
    text = "\r\n\r\n".join(f"Computer: PC-{n}\r\nSHA-256: {n:02x}" + "0" * 62 for n in range(files))
    mails = [f"Subject: alert {n}\r\nMessage-ID: <{n}@x>\r\n\r\n{text}".encode() for n in range(4)]
    ids = accept([Arrival(raw, "no-reply@amp.cisco.com", ["alerts+acme@desk.example"]) for raw in mails])
    file_mails([db.session.get_one(IncomingMail, one) for one in ids])
    db.session.commit()
    assert attached().attached == 4
    assert "＝ チケット上の 4件(一致)" in cast.erin.get("/desk/supervision").text
