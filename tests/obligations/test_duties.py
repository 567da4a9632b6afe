"""Dates and duties: by day with clause and for whom, late ones on today; as weeks, list, sheet and iCalendar."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from icalendar import Calendar

from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.applications import ApplicationWords, apply
from helpdesk.contracts.contract_notices import ContractNoticeKind, NoticeWords
from helpdesk.contracts.counts import count_licences
from helpdesk.contracts.filing import file_notice
from helpdesk.contracts.life import contract_now
from helpdesk.contracts.models import Contract
from helpdesk.extensions import db
from helpdesk.obligations.duties import Duty, DutyKind, by_day
from helpdesk.obligations.gathering import duties_between
from helpdesk.obligations.words import DUTY_MISS_WORDS, DUTY_WORDS
from tests.conftest import Cast
from tests.making import an_alert

MONDAY, TODAY = date(2026, 11, 23), date(2026, 11, 24)
LAST = MONDAY + timedelta(days=34)


@pytest.fixture
def contract(cast: Cast) -> Contract:
    found = contract_now(cast.acme.id)
    assert found is not None
    return found


def found(first: date = MONDAY, last: date = LAST, today: date = TODAY) -> dict[str, list[Duty]]:
    duties: dict[str, list[Duty]] = {}
    for duty in duties_between(first, last, today):
        duties.setdefault(duty.what, []).append(duty)
    return duties


def test_what_is_due_has_its_day_its_clause_and_whom_it_is_for(cast: Cast, contract: Contract) -> None:
    an_alert(cast.acme)
    file_notice(SYSTEM, cast.acme, NoticeWords(ContractNoticeKind.nonrenewal, "やめます"))
    apply(SYSTEM, cast.acme, ApplicationWords("プラン 60", "a@acme.example", 60, date(2026, 11, 19)))
    count_licences(SYSTEM, contract, 131, TODAY)
    contract.licence_until = date(2026, 12, 18)
    db.session.flush()
    duties = found()
    told = {what: [(one.on, one.clause, one.to_do) for one in rows] for what, rows in duties.items()}
    assert told["alerts"] == [(date(2026, 11, 26), "1-(2)", True)]
    assert told["notice"] == [(date(2026, 11, 26), "11-2", True)]
    assert told["application"] == [(date(2026, 11, 24), "3-2", True)]
    assert told["difference"] == [(TODAY, "13-3", True)]
    assert told["licence"] == [(date(2026, 12, 18), "3-4(4)", False)]
    assert (date(2026, 12, 15), "11-2", False) in told["leave_by"]
    assert (date(2026, 12, 21), "13-2, 14", False) in told["change_by"]
    assert told["billing"] == [(date(2026, 12, 1), "5-1", False)]
    assert duties["notice"][0].whom == cast.acme.name
    assert duties["renewals"][0].values == {"count": 1}, "one of two goes on"


def test_the_end_brings_what_comes_before_and_after(cast: Cast, contract: Contract) -> None:
    contract.in_force_until = date(2026, 12, 18)
    db.session.flush()
    told = {what: [one.on for one in rows] for what, rows in found().items()}
    assert told["overview"] == [date(2026, 12, 4)]
    assert told["ends"] == [date(2026, 12, 18)]
    assert told["destroy"] == [date(2026, 12, 22)]


def test_what_is_late_stands_on_today_and_keeps_its_date(cast: Cast) -> None:
    apply(SYSTEM, cast.acme, ApplicationWords("プラン 60", "a@acme.example", 60, date(2026, 11, 2)))
    db.session.flush()
    (late,) = found()["application"]
    assert late.late(TODAY)
    assert late.on == date(2026, 11, 5)
    assert late in by_day([late], TODAY)[TODAY]


def test_every_duty_has_its_words(cast: Cast) -> None:
    assert set(DUTY_MISS_WORDS) < set(DUTY_WORDS)
    duty = Duty(DutyKind.contract, "ends", TODAY, place=("customer", 7))
    assert duty.key == "ends-7-20261124"


def test_the_page_narrows_explains_and_exports(cast: Cast, contract: Contract, at: Callable[[str], datetime]) -> None:
    contract.in_force_until = date(2026, 12, 18)
    db.session.commit()
    erin = cast.erin
    page = erin.get("/desk/obligations").text
    assert "契約の終了" in page and "勤労感謝の日" in page
    chosen = erin.get("/desk/obligations?duty=leave_by-all-20261215").text
    assert "期間の末日" in chosen, "how it was counted"
    assert "契約の終了" not in erin.get("/desk/obligations?kind=alert").text.split("<h2>")[-1]
    for odd in ("week=nonsense", "week=9999-12-31", "kind=zz&duty=zz"):
        assert erin.get(f"/desk/obligations?{odd}").status_code == 200, odd
    assert erin.get("/desk/obligations/csv").status_code == 200
    answer = erin.get("/desk/obligations/calendar.ics")
    assert answer.mimetype == "text/calendar"
    events = {str(event["uid"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}
    end = events[f"ends-{cast.acme.id}-20261218@desk.example"]
    assert end.decoded("dtstart") == date(2026, 12, 18)
    assert cast.acme.name in str(end["summary"])
    assert cast.root.get("/desk/obligations").status_code == 200
    assert cast.dana.get("/desk/obligations").status_code == 403
