"""A customer's own lists as files: what they see, and nothing else (R70)."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from helpdesk.accounts.roles import CUSTOMERS, Role
from helpdesk.extensions import limiter
from helpdesk.reports.exports import found_tickets, own_tickets
from helpdesk.search.query import read_query
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.visibility import visible
from helpdesk.web.access import audience, signed_in
from helpdesk.web.exporting import exported

blueprint = Blueprint("exports", __name__, url_prefix="/portal/exports")


@blueprint.get("/tickets/<any(xlsx, csv, cp932):form>")
@audience(CUSTOMERS)
@limiter.limit("20 per minute")
def tickets(form: str) -> ResponseReturnValue:
    """All tickets of the list, narrowed as it is."""
    user, kind = signed_in(), request.args.get("kind", "")
    conditions = [visible(user)]
    if kind in TicketKind.__members__:
        conditions.append(Ticket.kind == TicketKind(kind))
    if request.args.get("whose") != "all" and user.role == Role.customer_admin:
        conditions.append(Ticket.requester_id == user.contact_id)
    return exported(own_tickets(conditions), form, "tickets")


@blueprint.get("/search/<any(xlsx, csv, cp932):form>")
@audience(CUSTOMERS)
@limiter.limit("20 per minute")
def search(form: str) -> ResponseReturnValue:
    """Everything a search finds."""
    query = read_query(request.args.get("q", "").strip().replace("\x00", ""))
    found = [] if query.unread or query.for_the_desk_only else found_tickets(signed_in(), query)
    return exported(own_tickets([visible(signed_in()), Ticket.id.in_(found)]), form, "tickets-search")
