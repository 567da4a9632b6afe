"""What is recorded of announcements."""

from contextlib import suppress
from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from helpdesk.audit.acts import Act, Details
from helpdesk.calendar.models import current_calendar
from helpdesk.marking import N_
from helpdesk.wording import when_words


def _planned(details: Details) -> str:
    """The time in the service's zone; as it was written where it is none."""
    when = str(details["until"])
    with suppress(ValueError):
        when = when_words(datetime.fromisoformat(when), current_calendar().hours.zone, str(get_locale() or "ja")[:2])
    return str(_("To be published at %(until)s", until=when))


class AnnouncementAct(Act):
    written = "announcement.written", N_("The announcement was written")
    changed = "announcement.changed", N_("The announcement was changed")
    planned = "announcement.planned", _planned
    published = "announcement.published", N_("Published; %(count)s people are mailed")
    held = "announcement.held", N_("Taken back into a draft")
    withdrawn = "announcement.withdrawn", N_("Withdrawn: %(words)s")
    dropped = "announcement.dropped", N_("The draft was thrown away")
