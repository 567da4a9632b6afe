"""What somebody had who sees it no more: a customer was taken back, or a grant is over."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.accounts.subcontractors import Subcontractor, taken_back
from helpdesk.audit.models import SYSTEM, Actor
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket


def init() -> None:
    """Give tickets back when customers are; connecting again changes nothing."""
    taken_back.connect(_give_back)


def _give_back(of: Subcontractor, *, customer: Customer, by: Actor, **_more: Any) -> None:
    """Their open tickets of this customer are nobody's again, so that somebody else sees them waiting."""
    people = select(User.id).where(User.subcontractor_id == of.id)
    _hand_back(by, Ticket.customer_id == customer.id, Ticket.assignee_id.in_(people))


def after_grants(by: Actor = SYSTEM) -> None:
    """What administrators took while a supervisor let them is nobody's again once that is over (R70)."""
    over = select(User.id).where(
        User.role == Role.administrator, or_(User.tickets_until.is_(None), User.tickets_until <= clock.now())
    )
    _hand_back(by, Ticket.assignee_id.in_(over))


def _hand_back(by: Actor, *whose: ColumnElement[bool]) -> None:
    rows = select(Ticket).where(Ticket.state != TicketState.closed, *whose)
    for ticket in db.session.scalars(rows.order_by(Ticket.id).with_for_update()):
        ticket.assign(by, None)
