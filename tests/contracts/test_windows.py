"""Leaving, deemed delivery and the bound of liability, held against a counter that somebody else wrote."""

import random
from datetime import date, timedelta

import pytest

from helpdesk.contracts.date_lines import hours_with, read_closing
from helpdesk.contracts.dates import month_end
from helpdesk.contracts.leaving import counted_days, last_service_day, leaving_periods
from helpdesk.contracts.windows import Sent, deemed_delivery, liability_window, overview_on
from tests.contracts import second_windows as second
from tests.contracts.test_dates import CASES, CLOSED, YEAR_END

PLAIN, WITH_CLOSING = hours_with([]), hours_with([read_closing(YEAR_END)])


def a_day(dice: random.Random) -> date:
    day = date(2024, 1, 1) + timedelta(days=dice.randrange(3_650))
    return month_end(day) - timedelta(days=dice.randrange(20)) if dice.random() < 0.5 else day


@pytest.mark.parametrize("seed", range(4))
def test_random_days_agree_with_the_second_counter(seed: int) -> None:
    dice = random.Random(100 + seed)
    for _number in range(CASES // 4):
        closing = dice.random() < 0.5
        hours, closed = (WITH_CLOSING, CLOSED) if closing else (PLAIN, frozenset())
        day, term = a_day(dice), month_end(a_day(dice))
        found = [(one.last_day, one.deadline.on, one.ends.on, one.in_time) for one in leaving_periods(day, term, hours)]
        assert found == second.leaving(day, term, closed), (day, term)
        assert [(one.day, one.number) for one in counted_days(term, hours)] == second.strip(term, closed), term
        for way in Sent:
            assert deemed_delivery(day, way, hours).on == second.delivered(day, way.value, closed), (day, way)
        window = liability_window(day)
        assert (window.first, window.last.on) == second.liability(day)[:2], day
        assert last_service_day(term, hours) == second.last_service_day(term, closed)
        assert overview_on(term, hours) == second.overview(term, closed)


def test_a_strip_names_what_is_not_counted() -> None:
    strip = counted_days(date(2026, 12, 31), WITH_CLOSING)
    assert (strip[0].day, strip[0].number) == (date(2026, 12, 15), 10)
    assert [one.day.day for one in strip if one.number is None] == [19, 20, 26, 27, 29, 30]
    holidays = counted_days(date(2026, 11, 30), PLAIN)
    assert [one.why for one in holidays if one.why] == ["勤労感謝の日"]


def test_windows_say_their_clause_and_the_other_reading() -> None:
    window = liability_window(date(2026, 5, 31))
    assert window.first == date(2026, 2, 28)
    assert window.last.clause == "7-4"
    assert "2026年4月30日" in window.last.ja, "by calendar months"
    letter = deemed_delivery(date(2026, 11, 20), Sent.post, PLAIN)
    assert letter.on == date(2026, 11, 26), "a holiday and a weekend lie between"
    assert "3 business days" in letter.en
