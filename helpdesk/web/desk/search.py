"""The desk's search over tickets, messages and manuals."""

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from helpdesk.accounts.roles import DESK
from helpdesk.desk.palette import SHOWN, customers_like, numbered, people_like, ways
from helpdesk.errors import number
from helpdesk.extensions import db
from helpdesk.search.finding import MATCHES, PAGE, find_tickets
from helpdesk.search.query import PART, REFERENCE, read_query
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.models import Ticket
from helpdesk.web.access import audience, signed_in
from helpdesk.web.manual_hits import manual_hits
from helpdesk.web.ticket_lists import FromSearch

blueprint = Blueprint("search", __name__, url_prefix="/desk/search")


@blueprint.get("/")
@audience(DESK)
def results() -> ResponseReturnValue:
    """A ticket's number leads to the ticket; everything else is looked for, fifty tickets a page."""
    typed = request.args.get("q", "").strip().replace("\x00", "")
    if REFERENCE.fullmatch(typed) and (
        reference := db.session.scalar(select(Ticket.reference).where(Ticket.reference == typed))
    ):
        return redirect(url_for("desk.tickets.ticket_page", reference=reference))
    query, counts = read_query(typed), count_views(signed_in())
    skip = min(number(request.args.get("from")) or 0, MATCHES)
    zone = counts.calendar.hours.zone
    return render_template(
        "desk/search.html",
        typed=typed,
        query=query,
        found=None if query.unread else find_tickets(signed_in(), query, zone, skip=skip),
        skip=skip,
        page=PAGE,
        customers=customers_like(ways(typed)) if not query.filtered and not skip else [],
        people=people_like(ways(typed)) if not query.filtered and not skip else [],
        numbers=db.session.execute(numbered(typed).limit(SHOWN)).all() if PART.fullmatch(typed) and not skip else [],
        way_back=urlencode({name: value for name, value in FromSearch(typed, skip).address().items() if value}),
        places=manual_hits(query.words) if not skip else [],
        counts=counts,
    )
