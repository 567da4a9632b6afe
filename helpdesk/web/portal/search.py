"""The customer's search over their own tickets and the manuals."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.accounts.roles import CUSTOMERS
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import number
from helpdesk.extensions import db, limiter
from helpdesk.search.finding import MATCHES, PAGE, find_tickets
from helpdesk.search.query import REFERENCE, read_query
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.visibility import tickets_visible_to
from helpdesk.web.access import audience, signed_in
from helpdesk.web.manual_hits import manual_hits

blueprint = Blueprint("search", __name__, url_prefix="/portal/search")


@blueprint.get("/")
@audience(CUSTOMERS)
@limiter.limit("60 per minute")
def results() -> ResponseReturnValue:
    typed = request.args.get("q", "").strip().replace("\x00", "")
    own = tickets_visible_to(signed_in()).where(Ticket.reference == typed)
    if REFERENCE.fullmatch(typed) and (ticket := db.session.scalar(own)):
        return redirect(url_for("portal.tickets.ticket_page", reference=ticket.reference))
    query = read_query(typed)
    refused = query.unread or query.for_the_desk_only
    skip = min(number(request.args.get("from")) or 0, MATCHES)
    zone = current_calendar().hours.zone
    return render_template(
        "portal/search.html",
        typed=typed,
        query=query,
        found=None if refused else find_tickets(signed_in(), query, zone, skip=skip),
        skip=skip,
        page=PAGE,
        places=manual_hits(query.words) if not skip else [],
    )
