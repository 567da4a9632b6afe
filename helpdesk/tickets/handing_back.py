"""What a subcontractor's people had of a customer that was taken back from them."""

from typing import Any

from sqlalchemy import select

from helpdesk.accounts.models import User
from helpdesk.accounts.subcontractors import Subcontractor, taken_back
from helpdesk.audit.models import Actor
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
    rows = select(Ticket).where(
        Ticket.customer_id == customer.id, Ticket.state != TicketState.closed, Ticket.assignee_id.in_(people)
    )
    for ticket in db.session.scalars(rows.order_by(Ticket.id).with_for_update()):
        ticket.assign(by, None)
