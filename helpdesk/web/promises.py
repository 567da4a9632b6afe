"""What the portal promises in service hours: this week's days, and when work begins on what is sent now."""

from typing import Any

from helpdesk import clock
from helpdesk.calendar.models import Calendar, current_calendar
from helpdesk.contracts.cover import cover_of
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.opening import due_time
from helpdesk.web.access import signed_in


def week_of(calendar: Calendar) -> list[dict[str, Any]]:
    """The five days from this week's Monday (or, at the weekend, next week's) with their hours."""
    hours, now = calendar.hours, clock.now()
    today = hours.local_date(now)
    monday = today.toordinal() - today.weekday() + (7 if today.weekday() > 4 else 0)
    days = [today.fromordinal(monday + n) for n in range(5)]
    return [{"day": d, "minutes": hours.minutes(d), "why": hours.why_closed(d), "today": d == today} for d in days]


def promise() -> dict[str, Any]:
    """When work begins and when the first answer is due, if it were sent now."""
    calendar, now = current_calendar(), clock.now()
    return {
        "hours": calendar.hours,
        "open_now": calendar.hours.is_open(now),
        "begins": calendar.hours.next_opening(now),
        "first_answer": due_time(TicketKind.inquiry, now, calendar),
        "cover": cover_of(signed_in().customer_id or 0),
    }
