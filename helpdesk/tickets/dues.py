"""Due times in words: what is left in service hours, over the moment itself. Pure."""

from dataclasses import dataclass
from datetime import datetime

from helpdesk.calendar.hours import ServiceHours
from helpdesk.tickets.kinds import TicketState
from helpdesk.wording import short_words, span_words

AMBER_SHARE = 4


@dataclass(frozen=True)
class Due:
    """A due time for people: tone is ok, soon (25 % left), past, met, late, waits or none."""

    tone: str
    relative: str
    absolute: str


def due_words(  # noqa: PLR0917 - the columns a due time is told from
    due_at: datetime | None,
    since: datetime,
    responded_at: datetime | None,
    state: TicketState,
    hours: ServiceHours,
    now: datetime,
    language: str,
    *,
    first_due: datetime | None = None,
    stands: bool = False,
) -> Due:
    """A due time in service hours: relative over absolute; amber when a quarter is left, red when past.

    `stands`: it stands still, since the customer's service is suspended.
    """
    if due_at is None:
        if stands:
            return Due("waits", "提供中止中" if language == "ja" else "suspended", "")
        if state == TicketState.waiting:
            return Due("waits", "お客様待ち" if language == "ja" else "with customer", "")
        moment = short_words(responded_at, now, hours.zone, language) if responded_at else ""
        if not moment:
            return Due("none", "", "")
        if first_due is not None and responded_at is not None and responded_at > first_due:
            return Due("late", "遅れて回答" if language == "ja" else "answered late", moment)
        return Due("met", "回答済" if language == "ja" else "answered", moment)
    absolute = short_words(due_at, now, hours.zone, language)
    left = hours.service_time(now, due_at)
    if due_at <= now:
        late = span_words(left, language)
        return Due("past", f"超過 {late}" if language == "ja" else f"{late} late", absolute)
    whole = hours.service_time(since, due_at)
    tone = "soon" if left * AMBER_SHARE <= whole else "ok"
    remaining = span_words(left, language)
    return Due(tone, f"あと {remaining}" if language == "ja" else f"{remaining} left", absolute)
