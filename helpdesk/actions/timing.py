"""When an action may begin (R21)."""

from datetime import datetime, timedelta

from flask import current_app

from helpdesk.calendar.hours import ServiceHours


def start_time(hours: ServiceHours, now: datetime) -> datetime:
    """When an instructed action may begin: now, or the next opening with room for a whole call (R21)."""
    length = room_for_a_call()
    start = hours.next_opening(now)
    while not hours.can_finish(start, length):
        start = hours.next_opening(hours.closing(start))
    return start


def room_for_a_call() -> timedelta:
    """What one call may take at the very most: its time-out, and a last read that began within it (transport.py)."""
    return timedelta(seconds=1.5 * current_app.config["CONSOLE_TIMEOUT"])
