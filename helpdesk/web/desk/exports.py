"""The desk's lists as files: a view, a search, the list behind a figure, the mail ledger."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from helpdesk.accounts.roles import DESK, Role
from helpdesk.calendar.models import current_calendar
from helpdesk.reports.behind import Behind
from helpdesk.reports.exports import desk_tickets, found_tickets, mail_ledger
from helpdesk.search.query import read_query
from helpdesk.tickets.lists import TicketList, conditions_of
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.views import parameters_of
from helpdesk.web.access import audience, signed_in
from helpdesk.web.exporting import exported

blueprint = Blueprint("exports", __name__, url_prefix="/desk/exports")


@blueprint.get("/view/<view>/<any(xlsx, csv, cp932):form>")
@audience(DESK)
def tickets(view: str, form: str) -> ResponseReturnValue:
    """All tickets of a view, narrowed as the list is."""
    user, shown = signed_in(), TicketList.read(view, request.args)
    conditions = conditions_of(shown, user, current_calendar().hours)
    return exported(desk_tickets(conditions, parameters_of(user)), form, f"tickets-{shown.view.value}")


@blueprint.get("/search/<any(xlsx, csv, cp932):form>")
@audience(DESK)
def search(form: str) -> ResponseReturnValue:
    """Everything a search finds."""
    query = read_query(request.args.get("q", "").strip().replace("\x00", ""))
    found = [] if query.unread else found_tickets(signed_in(), query)
    return exported(desk_tickets([Ticket.id.in_(found)]), form, "tickets-search")


@blueprint.get("/behind/<any(xlsx, csv, cp932):form>")
@audience(Role.supervisor)
def behind(form: str) -> ResponseReturnValue:
    """The tickets behind a figure."""
    wanted = Behind.read(request.args)
    return exported(desk_tickets(wanted.conditions()), form, f"tickets-{wanted.of.value}")


@blueprint.get("/mails/<any(xlsx, csv, cp932):form>")
@audience(Role.supervisor)
def mails(form: str) -> ResponseReturnValue:
    return exported(mail_ledger(request.args.get("disposition", "")), form, "mails")
