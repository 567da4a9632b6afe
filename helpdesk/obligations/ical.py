"""Duties as an iCalendar file (RFC 5545): an event of a whole day each, for any calendar program."""

from collections.abc import Sequence
from datetime import datetime

from icalendar import Calendar, Event

from helpdesk.calendar.hours import DAY
from helpdesk.marking import word
from helpdesk.obligations.duties import Duty
from helpdesk.obligations.words import DUTY_WORDS


def duty_title(duty: Duty) -> str:
    """What is due in words, in the language at hand."""
    return word(DUTY_WORDS, duty.what) % duty.values if duty.values else word(DUTY_WORDS, duty.what)


def as_ical(duties: Sequence[Duty], *, name: str, domain: str, made_at: datetime, language: str) -> bytes:
    """The file; each event keeps its UID, so that a second import changes it instead of doubling it."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{domain}//helpdesk//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for duty in duties:
        event = Event()
        event.add("uid", f"{duty.key}@{domain}")
        event.add("dtstamp", made_at)
        event.add("dtstart", duty.on)
        event.add("dtend", duty.on + DAY)
        event.add("summary", " ".join(part for part in (duty_title(duty), duty.whom) if part))
        why = duty.why.told(language) if duty.why else ""
        event.add("description", "\n".join(part for part in (duty.clause, why) if part))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
