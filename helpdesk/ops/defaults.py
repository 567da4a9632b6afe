"""What an installation needs before its first request: a calendar, scope rules, what examples teach."""

from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.ahead import YEARS
from helpdesk.calendar.models import CalendarVersion
from helpdesk.extensions import db
from helpdesk.tickets.shipped_macros import load_shipped
from helpdesk.triage.defaults import load_rules
from helpdesk.triage.lessons import learn_if_new

YEAR_END = (12, 29), (12, 30), (12, 31), (1, 2), (1, 3)
NAME = "年末年始休業"


def load_defaults() -> None:
    """Add the first calendar version, the scope rules and what examples teach, where there are none."""
    if db.session.scalar(select(CalendarVersion.id).limit(1)) is None:
        years = range(clock.now().year - 1, clock.now().year + 1 + YEARS)
        closing = {f"{year}-{month:02d}-{day:02d}": NAME for year in years for month, day in YEAR_END}
        db.session.add(
            CalendarVersion(
                created_at=clock.now(),
                created_by="system",
                note="first version",
                zone="Asia/Tokyo",
                opens=9 * 60,
                closes=17 * 60,
                closing_days=dict(sorted(closing.items())),
                exceptional={},
            )
        )
    load_rules()
    load_shipped()
    learn_if_new(SYSTEM)
