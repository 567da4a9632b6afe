"""The desk's views: which tickets each holds, and how many, in one statement.

They look at open tickets through partial indexes, so that their cost does not grow with what is closed.
"""

import enum
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Integer, and_, bindparam, func, select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket

COUNT_MAX = 999
SOON = timedelta(hours=4)


class View(enum.StrEnum):
    mine = "mine"
    unassigned = "unassigned"
    soon = "soon"
    open = "open"
    alerts = "alerts"
    inquiries = "inquiries"
    contracts = "contracts"
    unmatched = "unmatched"
    contested = "contested"
    snoozed = "snoozed"
    closed = "closed"


OPEN = Ticket.state != TicketState.closed
_AWAKE = and_(OPEN, Ticket.snoozed_until.is_(None))


def condition(view: View) -> ColumnElement[bool]:
    """Which tickets a view holds, with the parameters `me` and `soon`.

    What is snoozed is put away from all of them but that of due times: those nobody sleeps through.
    """
    if view == View.closed:
        return Ticket.state == TicketState.closed
    if view == View.soon:
        return and_(OPEN, Ticket.due_at < bindparam("soon", type_=DateTime(timezone=True)))
    special = {
        View.mine: and_(_AWAKE, Ticket.assignee_id == bindparam("me", type_=Integer)),
        View.unassigned: and_(_AWAKE, Ticket.assignee_id.is_(None)),
        View.open: _AWAKE,
        View.snoozed: and_(OPEN, Ticket.snoozed_until.is_not(None)),
    }
    return special[view] if view in special else and_(_AWAKE, Ticket.queue == view.value)


def parameters_of(user: User) -> dict[str, Any]:
    """What the views' conditions ask for."""
    return {"me": user.id, "soon": clock.now() + SOON}


def capped(count: int) -> str:
    """A count as people see it: exact to 999."""
    return f"{COUNT_MAX}+" if count > COUNT_MAX else str(count)


def count_columns() -> list[ColumnElement[int]]:
    """Every open view's count, up to 1,000, named for its view."""
    columns: list[ColumnElement[int]] = []
    for view in OPEN_VIEWS:
        few = select(Ticket.id).where(condition(view)).limit(COUNT_MAX + 1).subquery()
        columns.append(select(func.count()).select_from(few).scalar_subquery().label(view.value))
    return columns


OPEN_VIEWS = [view for view in View if view != View.closed]
