"""`helpdesk calendar ...`: the service calendar from the command line; open due times follow (R11)."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast, Command
from tests.making import an_inquiry


def _due(reference: str) -> datetime:
    due = db.session.scalar(select(Ticket.first_due_at).where(Ticket.reference == reference))
    assert due is not None
    return due


@pytest.fixture
def asked(cast: Cast) -> str:
    """An inquiry of Tuesday, 24 November 2026, 9:30."""
    return an_inquiry(cast.contact("alice")).reference


def test_a_closing_day_puts_due_times_off(asked: str, command: Command) -> None:
    before = _due(asked)
    told = command("calendar", "close", str(before.date()), "臨時休業").output
    assert "open due times were recomputed" in told
    assert "; 0 open" not in told
    assert _due(asked) > before
    assert current_calendar().hours.closing_days[before.date()] == "臨時休業"


def test_hours_of_one_day(asked: str, command: Command) -> None:
    command("calendar", "hours", "2026-11-25", "10:00-12:30")
    assert current_calendar().hours.exceptional[date(2026, 11, 25)] == (600, 750)


@pytest.mark.parametrize("hours", ["12:00-10:00", "9-25", "soon"])
def test_hours_that_are_none_change_nothing(cast: Cast, command: Command, hours: str) -> None:
    before = current_calendar().version
    with pytest.raises(Refusal):
        command("calendar", "hours", "2026-11-25", hours)
    db.session.rollback()
    assert current_calendar().version == before


def test_a_day_that_is_none_is_said(cast: Cast, command: Command) -> None:
    told = command("calendar", "close", "2026-02-30", "x")
    assert told.exit_code == 2
    assert "2026-02-30" in told.output
