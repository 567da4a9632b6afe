"""Dates of contracts: held against a second counter, and where they are easily wrong (R51 to R56)."""

import json
import os
import random
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest

from helpdesk.contracts import dates
from helpdesk.contracts.date_lines import answer_line, hours_with, read_closing
from helpdesk.contracts.dates import FIRST_YEAR, LAST_YEAR
from tests.contracts.second_counter import count
from tests.product import ROOT

CASES = int(os.environ.get("HELPDESK_TEST_CONTRACT_CASES", "2000"))
YEAR_END = "12-29..01-03"
PLAIN, WITH_CLOSING = hours_with([]), hours_with([read_closing(YEAR_END)])
CLOSED = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
EXTRA = ("nonrenewal_notice_on", "change_requested_on", "provider_notice_on", "previous_end_on")


def a_case(dice: random.Random) -> dict[str, str]:
    """A contract of any year that holidays are known of; most of them of these years, many at the ends of months."""
    year = dice.choice([dice.randint(2024, 2032)] * 3 + [dice.randint(FIRST_YEAR, LAST_YEAR - 3)])
    begun = date(year, 1, 1) + timedelta(days=dice.randrange(730))

    def some_day(most: int) -> date:
        day = begun + timedelta(days=dice.randrange(most))
        return dates.month_end(day) - timedelta(days=dice.randrange(20)) if dice.random() < 0.5 else day

    case = {"applied_on": begun, "service_started_on": some_day(90), "as_of": some_day(700)}
    case |= {name: some_day(800) for name in EXTRA if dice.random() < 0.7}
    written = {name: day.isoformat() for name, day in case.items()}
    if dice.random() < 0.5:
        written["minimum_term_from"] = dice.choice(["start", "application"])
    return written


@pytest.mark.parametrize("seed", range(4))
def test_random_cases_agree_with_the_second_counter(seed: int) -> None:
    dice = random.Random(seed)
    for _number in range(CASES // 4):
        case, closing = a_case(dice), dice.random() < 0.5
        found = answer_line(json.dumps(case).encode(), 1, WITH_CLOSING if closing else PLAIN)
        told = found.pop("explanations")
        assert found == count(case, CLOSED if closing else frozenset()), case
        assert list(told) == list(found)


def dates_of(**given: str) -> dict[str, Any]:
    usual = {"applied_on": "2026-03-20", "service_started_on": "2026-04-03", "as_of": "2026-11-27"}
    return answer_line(json.dumps(usual | given).encode(), 1, WITH_CLOSING)


@pytest.mark.parametrize(
    ("asked", "name", "day"),
    [
        # the 13th month is the one of next year's start
        ({}, "minimum_term_ends_on", "2027-04-30"),
        ({"minimum_term_from": "application"}, "minimum_term_ends_on", "2027-03-31"),
        ({"service_started_on": "2027-02-01"}, "minimum_term_ends_on", "2028-02-29"),
        # 23 November is a holiday, 30 November day 0
        ({}, "nonrenewal_deadline", "2026-11-13"),
        # the closing days at the end of the year, and a last day that is none of business
        ({"as_of": "2026-12-01"}, "nonrenewal_deadline", "2026-12-15"),
        ({"as_of": "2027-01-31"}, "nonrenewal_deadline", "2027-01-18"),
        ({"as_of": "2028-02-01"}, "change_deadline", "2028-02-19"),
        ({"nonrenewal_notice_on": "2027-05-17"}, "ends_on", "2027-05-31"),
        ({"nonrenewal_notice_on": "2027-05-18"}, "ends_on", "2027-06-30"),
        ({"nonrenewal_notice_on": "2026-06-01"}, "ends_on", "2027-04-30"),
        ({"change_requested_on": "2026-11-20"}, "change_effective_on", "2026-12-01"),
        ({"change_requested_on": "2026-11-21"}, "change_effective_on", "2027-01-01"),
        ({"change_requested_on": "2026-12-31"}, "change_effective_on", "2027-02-01"),
        ({"provider_notice_on": "2027-01-31"}, "provider_termination_on", "2027-02-28"),
        ({"provider_notice_on": "2027-02-28"}, "provider_termination_on", "2027-03-28"),
        ({"previous_end_on": "2026-02-28"}, "recontract_backdated_to", "2026-03-01"),
    ],
)
def test_days_that_are_easily_counted_wrong(asked: dict[str, str], name: str, day: str) -> None:
    assert dates_of(**asked)[name] == day


def test_explanations_name_clause_days_holidays_and_the_other_reading() -> None:
    told = dates_of(nonrenewal_notice_on="2026-06-01", provider_notice_on="2027-02-28")["explanations"]
    assert "勤労感謝の日" in told["nonrenewal_deadline"]["ja"]
    assert "Labor Thanksgiving Day" in told["nonrenewal_deadline"]["en"]
    assert "2027年3月31日(水)" in told["minimum_term_ends_on"]["ja"], "counted from the application"
    assert "2027年5月31日(月)" in told["ends_on"]["ja"], "the stricter reading of 11-2"
    assert "Wed 31 Mar 2027" in told["provider_termination_on"]["en"], "the Civil Code's month"
    closed = dates_of(as_of="2026-12-01")["explanations"]["nonrenewal_deadline"]
    assert "2026年12月30日(水) 休業日" in closed["ja"]
    assert all("{" not in words and "11-2" in words for words in closed.values())


@pytest.mark.parametrize(
    "line",
    [
        b"x",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b"[" * 5000,
        b'{"applied_on": "2026-03-20"}',
        b'{"applied_on": "2026-02-30", "service_started_on": "2026-04-03", "as_of": "2026-11-27"}',
        b'{"applied_on": "2026-W12-5", "service_started_on": "2026-04-03", "as_of": "2026-11-27"}',
        b'{"applied_on": 20260320, "service_started_on": "2026-04-03", "as_of": "2026-11-27"}',
        b'{"applied_on": "9999-12-31", "service_started_on": "9999-12-31", "as_of": "9999-12-31"}',
        b'{"applied_on": "' + b"2" * 20_000 + b'"}',
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_number(line: bytes) -> None:
    answer = answer_line(line, 7, PLAIN)
    assert list(answer) == ["error", "line"]
    assert answer["line"] == 7


@pytest.mark.parametrize(
    "more",
    [
        {"minimum_term_from": "notice"},
        {"minimum_term_from": ["start"]},
        {"recontract_start_on": "2026-04-03"},
        {"previous_end_on": "2026-04-03", "recontract_start_on": "2026-04-03"},
        {"provider_notice_on": ""},
    ],
)
def test_what_contradicts_itself_is_an_error(more: dict[str, Any]) -> None:
    assert "error" in dates_of(**more)


def test_the_command_needs_no_settings_and_no_database_and_goes_on_after_a_bad_line() -> None:
    good = json.dumps({"applied_on": "2026-03-20", "service_started_on": "2026-04-03", "as_of": "2026-12-01"})
    done = subprocess.run(
        [sys.executable, "-m", "helpdesk", "contract", "dates", "--closing", YEAR_END],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        input="\n".join(["\ufeff" + good, "", "bad", good]),
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert first == third
    assert first["nonrenewal_deadline"] == "2026-12-15"
    assert second == {"error": "This is no JSON in UTF-8.", "line": 3}


@pytest.mark.parametrize("words", ["01-01..12-31", "12-31..12-30", "01-01..03-01"])
def test_closing_days_that_fill_the_year_are_refused(words: str) -> None:
    with pytest.raises(ValueError):
        hours_with([read_closing(words)])


@pytest.mark.parametrize(
    "words", ["", "12-29", "12-32..01-03", "2026-12-29..2027-01-03", "1-1..1-3", "..", "12-29..13-01"]
)
def test_closing_days_that_are_none_are_refused(words: str) -> None:
    with pytest.raises(ValueError):
        read_closing(words)
