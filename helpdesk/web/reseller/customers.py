"""What a reseller's people see: their customers, and each one's tickets, to read (R70)."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select, tuple_

from helpdesk.accounts.roles import Role
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Customer
from helpdesk.errors import NotFound
from helpdesk.extensions import db
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.paging import page_key, read_key
from helpdesk.tickets.visibility import messages_for, ticket_for, tickets_visible_to
from helpdesk.web.access import audience, signed_in

blueprint = Blueprint("customers", __name__, url_prefix="/reseller")
PAGE = 50


@blueprint.get("")
@audience(Role.reseller_user)
def overview() -> ResponseReturnValue:
    """The customers that were bought for through this reseller, with contract and open tickets."""
    return render_template("reseller/customers.html", customers=db.session.execute(_customers()).all())


@blueprint.get("/customers/<int:customer_id>")
@audience(Role.reseller_user)
def customer_page(customer_id: int) -> ResponseReturnValue:
    """One customer's tickets, the last changed first."""
    customer = db.session.scalar(
        select(Customer).where(Customer.id == customer_id, Customer.reseller_id == signed_in().reseller_id)
    )
    if customer is None:
        raise NotFound
    at, last = read_key(request.args.get("after"))
    rows = tickets_visible_to(signed_in()).where(Ticket.customer_id == customer.id)
    if at is not None:
        rows = rows.where(tuple_(Ticket.updated_at, Ticket.id) < tuple_(at, last))
    tickets = db.session.scalars(rows.order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(PAGE + 1)).all()
    after = page_key(tickets[PAGE - 1].updated_at, tickets[PAGE - 1].id) if len(tickets) > PAGE else None
    return render_template("reseller/customer.html", customer=customer, tickets=tickets[:PAGE], after=after)


@blueprint.get("/tickets/<reference>")
@audience(Role.reseller_user)
def ticket_page(reference: str) -> ResponseReturnValue:
    """What was said between the customer and the desk, without what the desk says among itself."""
    ticket = ticket_for(signed_in(), reference)
    return render_template("reseller/ticket.html", ticket=ticket, messages=messages_for(signed_in(), ticket))


def _customers() -> Select[*tuple[Any, ...]]:
    is_open = (Ticket.customer_id == Customer.id, Ticket.state != TicketState.closed)
    count = select(func.count()).where(*is_open).correlate(Customer).scalar_subquery()
    newest = (
        select(func.max(Contract.id)).where(Contract.customer_id == Customer.id).correlate(Customer).scalar_subquery()
    )
    rows = select(
        *(Customer.id, Customer.name, Customer.kana, count.label("open")),
        *(Contract.plan, Contract.in_force_from, Contract.in_force_until),
    )
    rows = rows.outerjoin(Contract, Contract.id == newest)
    return rows.where(Customer.reseller_id == signed_in().reseller_id).order_by(Customer.name).limit(500)
