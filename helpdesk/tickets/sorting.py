"""What lists are sorted by, and what comes after a place of one: statements' parts, with `value` and `last`."""

import enum
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, case, or_

from helpdesk.accounts.models import User
from helpdesk.console.values import Severity
from helpdesk.customers.models import Customer
from helpdesk.tickets.kinds import Priority, TicketState, Verdict
from helpdesk.tickets.models import Ticket


class Order(enum.StrEnum):
    """What a list is sorted by: the heads of its columns."""

    due = "due"
    updated = "updated"
    number = "number"
    state = "state"
    priority = "priority"
    verdict = "verdict"
    customer = "customer"
    assignee = "assignee"


class Start(enum.StrEnum):
    """Where a page begins: at the top, after a ticket with a value to sort by, or after one that has none."""

    top = "top"
    valued = "valued"
    empty = "empty"


def direction_of(by: Any, down: bool, *, back: bool = False) -> tuple[Any, Any]:
    """The order of rows; what has no value stands last both ways, so first where one reads back."""
    if back:
        return (by.asc() if down else by.desc()).nulls_first(), Ticket.id.asc() if down else Ticket.id.desc()
    # a plain order where nothing is empty: the index has it
    first = by.desc() if down else by.asc()
    return first if by is Ticket.closed_at else first.nulls_last(), Ticket.id.desc() if down else Ticket.id.asc()


def beyond(by: Any, down: bool, start: Start, *, back: bool = False) -> ColumnElement[bool]:
    """What comes after a place of the list, or before it."""
    up = down == back
    last = bindparam("last", type_=Integer)
    by_id = Ticket.id > last if up else Ticket.id < last
    if start == Start.empty:
        return or_(by.is_not(None), and_(by.is_(None), by_id)) if back else and_(by.is_(None), by_id)
    value = bindparam("value", type_=by.type)
    further = or_(by > value if up else by < value, and_(by == value, by_id))
    return further if back or by is Ticket.closed_at else or_(further, by.is_(None))


def _ranked(column: Any, kinds: Sequence[Any], first: int = 0) -> list[tuple[Any, int]]:
    return [(column == kind, rank) for rank, kind in enumerate(kinds, first)]


_SEVERITIES = sorted(Severity, reverse=True)
_VERDICTS = list(Verdict)
SORTED: dict[Order, Any] = {
    Order.due: Ticket.due_at,
    Order.updated: Ticket.updated_at,
    Order.number: Ticket.id,
    Order.state: case(*_ranked(Ticket.state, list(TicketState)), else_=9),
    Order.priority: case(*_ranked(Ticket.priority, list(reversed(Priority))), else_=9),
    Order.verdict: case(
        *_ranked(Ticket.severity, _SEVERITIES), *_ranked(Ticket.verdict, _VERDICTS, len(_SEVERITIES)), else_=99
    ),
    Order.customer: Customer.name,
    Order.assignee: User.name,
}
