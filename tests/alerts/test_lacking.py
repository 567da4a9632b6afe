"""What the supervisor's page says, against an independent count (R12, R13, R14, D6)."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from helpdesk import clock
from helpdesk.alerts.lacking import customers_lacking
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.reporting import Telling, report
from helpdesk.alerts.watching import met_and_missed
from helpdesk.audit.models import SYSTEM
from helpdesk.console.models import credential_of
from helpdesk.contracts.models import add_contract
from helpdesk.customers.models import Way, add_customer
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry

CLOSED = {"2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01"}


def end_of_second_business_day(received: datetime) -> datetime:
    """Counted by hand: weekdays without the days that are closed at the turn of the year and Labour Thanksgiving."""
    day, left = received.date(), 2
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day.isoformat() not in CLOSED and day.isoformat() != "2026-11-23"
    return datetime.fromisoformat(f"{day.isoformat()}T17:00:00+09:00")


def test_reports_met_late_and_open_equal_a_count_by_hand(cast: Cast, at: Callable[[str], datetime]) -> None:
    dice = random.Random(16)
    expected: dict[str, Counter[str]] = {}
    begin = datetime.fromisoformat("2026-11-24T09:00:00+09:00")
    late = 0
    for number in range(24):
        received = begin + timedelta(minutes=dice.randrange(0, 30 * 24 * 60))
        at(received.isoformat())
        ticket = an_alert(cast.acme, f"Event type: Threat Detected\nComputer: PC-{number}\nFile name: f{number}.exe\n")
        due = end_of_second_business_day(received)
        assert ticket.first_due_at == due, received
        month = expected.setdefault(f"{received:%Y-%m}", Counter())
        hours = dice.choice([1, 20, 200, None])
        if hours is None:
            late += due < datetime.fromisoformat("2027-01-20T10:00:00+09:00")
            month["open_late"] += 1
            continue
        told = received + timedelta(hours=hours)
        at(told.isoformat())
        report(cast.user("dana"), alert_of(ticket), Telling(cast.contact("alice"), "ご報告"))
        month["met" if told <= due else "late"] += 1
    db.session.commit()
    at("2027-01-20T10:00:00+09:00")
    shown = {f"{month.first:%Y-%m}": (month.met, month.late, month.open_late) for month in met_and_missed()}
    assert shown == {key: (one["met"], one["late"], one["open_late"]) for key, one in expected.items()}
    assert f'<b class="figure bad">{late}</b>' in cast.erin.get("/desk/supervision").text
    assert f'<span class="count">{late}</span>' in cast.erin.get("/desk/supervision/tickets?of=late").text


def test_a_late_answer_is_not_green(cast: Cast, at: Callable[[str], datetime]) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    at("2026-11-27T10:00:00+09:00")
    page = f"/desk/tickets/{ticket.reference}"
    seen = re.search(r'name="seen" value="(\d+)"', cast.dana.get(page).text)
    assert seen is not None
    cast.dana.post(f"{page}/replies", {"body": "遅くなりました", "then": "stay", "seen": seen[1]})
    shown = cast.dana.get(page).text
    assert "遅れて回答" in shown
    assert "t-met" not in shown
    assert " · メール" in shown, "what was mailed is no message on the portal"


def test_customers_who_lack_something_are_named(cast: Cast) -> None:
    fresh = add_customer(SYSTEM, "新規 株式会社")
    assert customers_lacking() == []
    add_contract(SYSTEM, fresh, plan="p", start=clock.now().date(), end=None)
    db.session.delete(credential_of(cast.acme.id))
    cast.contact("alice").set_alert_rights(SYSTEM, told=False, may_instruct=True, way=Way.mail)
    db.session.commit()
    lacking = {one.name: (one.key, one.told, one.instructs) for one in customers_lacking()}
    assert lacking == {cast.acme.name: (True, True, False), "新規 株式会社": (True, True, True)}
    page = cast.erin.get("/desk/supervision").text
    assert "指示できる方がいません" in page
    assert "通知先が指定されていません" in page


def test_a_mail_without_subject_is_called_so_in_the_readers_language(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "(件名なし / no subject)")
    assert "<h1>(件名なし)" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert ticket.id == db.session.scalars(select(Ticket.id)).one()
    assert db.session.scalars(select(Notice)).all()
