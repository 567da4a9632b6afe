"""Closing days five years ahead, and who asks for more (V11)."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import delete, select

from helpdesk.accounts.supervisors import ask_for_closing_days
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.ahead import carried_on, carry_on, is_known_ahead, known_until
from helpdesk.calendar.models import CalendarVersion, change_calendar, current_calendar
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.ops.defaults import load_defaults
from tests.conftest import Cast
from tests.forms import press

TODAY = date(2026, 11, 24)


def test_a_fresh_installation_knows_five_years(app: object) -> None:
    db.session.execute(delete(CalendarVersion))
    load_defaults()
    db.session.flush()
    days = current_calendar().hours.closing_days
    assert known_until(days) == date(2031, 12, 31)
    assert is_known_ahead(days, TODAY)
    assert not is_known_ahead(days, date(2028, 1, 5))


def test_the_last_years_days_are_carried_on_and_nothing_else_changes() -> None:
    known = {date(2026, 8, 12): "夏季休業", date(2027, 12, 30): "年末", date(2028, 1, 3): "年始"}
    known[date(2027, 6, 1)] = "創立記念日"
    after = carried_on(known, TODAY)
    assert {day: name for day, name in after.items() if day in known} == known
    added = sorted(day for day in after if day not in known)
    assert added[:3] == [date(2028, 6, 1), date(2028, 12, 30), date(2029, 1, 3)]
    assert max(added) <= date(2031, 11, 23)
    assert date(2027, 8, 12) not in after, "what was one year's only is not repeated"
    assert carried_on(after, TODAY) == after


def test_the_29th_of_february_is_no_day_of_other_years() -> None:
    after = carried_on({date(2028, 2, 29): "記念日"}, TODAY)
    assert sorted(after) == [date(2028, 2, 29)]
    assert carried_on({}, TODAY) == {}


@pytest.mark.usefixtures("cast")
def test_supervisors_are_asked_once_a_year_in_service_hours(at: Callable[[str], datetime]) -> None:
    change_calendar(SYSTEM, "short", closing_days={date(2027, 1, 2): "年始"})
    db.session.commit()
    at("2026-11-24T20:00:00+09:00")
    assert ask_for_closing_days() == 0
    at("2026-11-25T10:00:00+09:00")
    assert ask_for_closing_days() == 1
    assert ask_for_closing_days() == 0
    at("2027-12-01T10:00:00+09:00")
    assert ask_for_closing_days() == 1
    mails = db.session.scalars(select(Notice).where(Notice.template == "closing_days").order_by(Notice.id)).all()
    assert [mail.to_address for mail in mails] == ["erin@desk.example"] * 2
    assert "2027年1月2日(土)" in mails[0].body


def test_nobody_is_asked_where_the_years_are_known(cast: Cast) -> None:
    carry_on(SYSTEM, "on")
    assert ask_for_closing_days() == 0


def test_one_button_repeats_the_days(cast: Cast) -> None:
    change_calendar(SYSTEM, "short", closing_days={date(2026, 12, 30): "年末"})
    db.session.commit()
    press(cast.erin, "/desk/calendar", "前年と同じ日")
    assert known_until(current_calendar().hours.closing_days) == date(2030, 12, 30)
    with pytest.raises(LookupError):
        press(cast.erin, "/desk/calendar", "前年と同じ日")
