"""Tickets that any conditions hold for, as the desk's lists show them: behind a figure, or to be exported."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from helpdesk.accounts.models import User
from helpdesk.customers.models import Customer
from helpdesk.errors import number
from helpdesk.extensions import db
from helpdesk.tickets.lists import LIST_COLUMNS, PAGE
from helpdesk.tickets.models import Ticket


def list_matching(
    conditions: Sequence[ColumnElement[bool]], after: str | None = None
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the tickets that these conditions on Ticket hold for, newest first, and the key of the next."""
    last = number(after)
    rows: Select[*tuple[Any, ...]] = (
        select(*LIST_COLUMNS)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(User, User.id == Ticket.assignee_id)
        .where(*conditions)
        .order_by(Ticket.id.desc())
        .limit(PAGE + 1)
    )
    tickets = db.session.execute(rows.where(Ticket.id < last) if last is not None else rows).all()
    return tickets[:PAGE], str(tickets[PAGE - 1].id) if len(tickets) > PAGE else None


def count_matching(conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many tickets all these conditions hold for."""
    return db.session.scalar(select(func.count()).select_from(Ticket).where(*conditions)) or 0
