"""What changed since a page was loaded, for pages that poll: a mark that costs the same whatever is closed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, cast, extract, func, select

from helpdesk.accounts.models import User
from helpdesk.calendar.hours import ServiceHours
from helpdesk.extensions import db
from helpdesk.tickets.lists import TicketList, conditions_of
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import unread_mark
from helpdesk.tickets.views import COUNT_MAX, parameters_of
from helpdesk.tickets.visibility import visible

LIVE_ROWS = 100


def live_mark(user: User) -> str:
    """A word that changes whenever any ticket does, or what this person is told: for polling with 304.

    The sum of the newest changes' times: a transaction that commits later than its time says changes it, too.
    """
    row = db.session.execute(_LIVE, {"me": user.id}).one()
    return f"{row.changed or 0}.{row.told}"


def new_since(user: User, shown: TicketList, hours: ServiceHours, moment: datetime) -> int:
    """How many tickets of a list were opened after `moment`, for the `3 new` bar."""
    conditions = [*conditions_of(shown, user, hours), visible(user), Ticket.opened_at > moment]
    rows = select(Ticket.id).where(*conditions).limit(COUNT_MAX + 1)
    return db.session.scalar(select(func.count()).select_from(rows.subquery()), parameters_of(user)) or 0


def _live_statement() -> Select[*tuple[Any, ...]]:
    """An ordered few: of what lies behind a time PostgreSQL expects a third of all tickets, and reads them all."""
    few = select(Ticket.updated_at.label("at")).order_by(Ticket.updated_at.desc()).limit(LIVE_ROWS).subquery()
    changed = select(cast(func.sum(extract("epoch", few.c.at) * 1_000_000), BigInteger)).scalar_subquery()
    return select(changed.label("changed"), unread_mark().label("told"))


_LIVE = _live_statement()
