"""What an agent does with a ticket beside answering it: tags, putting away, state, merging, splitting, linking."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import DESK
from helpdesk.calendar.models import current_calendar
from helpdesk.desk.changing import DeskChange, change, is_change, lock, ticket_of
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.tickets.joining import merge, split, undo_joining
from helpdesk.tickets.joinings import last_joining
from helpdesk.tickets.kinds import SUBJECT_MAX
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.snoozing import moment_of, snooze, wake
from helpdesk.tickets.tags import tag, untag
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.responding import ticket_done

blueprint = Blueprint("handling", __name__, url_prefix="/desk/tickets/<reference>")


@blueprint.post("/tags")
@audience(DESK)
def put_tag(reference: str) -> ResponseReturnValue:
    tag(_locked(reference), acting(), request.form.get("tag", ""))
    return ticket_done(reference)


@blueprint.post("/tags/removal")
@audience(DESK)
def take_tag(reference: str) -> ResponseReturnValue:
    untag(_locked(reference), acting(), request.form.get("tag", ""))
    return ticket_done(reference)


@blueprint.post("/snooze")
@audience(DESK)
def put_away(reference: str) -> ResponseReturnValue:
    wanted = request.form.get("until") or request.form.get("snooze", "")
    snooze(_locked(reference), acting(), moment_of(wanted, current_calendar().hours))
    return ticket_done(reference, _("Put away. Its due time goes on."))


@blueprint.post("/waking")
@audience(DESK)
def take_out(reference: str) -> ResponseReturnValue:
    wake(_locked(reference), acting())
    return ticket_done(reference)


@blueprint.post("/state")
@audience(DESK)
def set_state(reference: str) -> ResponseReturnValue:
    ticket, state = _locked(reference), request.form.get("state", "")
    if not is_change(DeskChange.state, state):
        raise Refusal(_("Choose one of the given values."))
    change(ticket, acting(), DeskChange.state, state)
    return ticket_done(reference)


@blueprint.post("/merging")
@audience(DESK)
def merge_into(reference: str) -> ResponseReturnValue:
    """Put this inquiry into another; the page of that one follows."""
    ticket, into = _both(reference)
    merge(ticket, into, acting())
    return ticket_done(into.reference, _("Both are one ticket now. It can be undone for a day."))


@blueprint.post("/splitting")
@audience(DESK)
def split_off(reference: str) -> ResponseReturnValue:
    chosen = [numbered for words in request.form.getlist("message") if (numbered := number(words)) is not None]
    joining = split(_locked(reference), chosen, request.form.get("subject", "")[:SUBJECT_MAX], acting())
    words = _("This is the new ticket. It can be undone for a day.")
    return ticket_done(joining.other.reference, words)


@blueprint.post("/joining/undoing")
@audience(DESK)
def undo(reference: str) -> ResponseReturnValue:
    """Take the last merge or split back."""
    joining = last_joining(ticket_for(signed_in(), reference))
    if joining is None:
        raise Refusal(_("Nothing was merged or split here within a day."))
    lock([joining.ticket_id, joining.other_id])
    for one in (joining, joining.ticket, joining.other):
        db.session.refresh(one)
    undo_joining(joining, acting())
    return ticket_done(joining.ticket.reference, _("Undone: they are as they were."))


@blueprint.post("/links")
@audience(DESK)
def link_with(reference: str) -> ResponseReturnValue:
    ticket, other = _both(reference)
    if ticket.id == other.id:
        raise Refusal(_("Choose another ticket than this one."))
    older, newer = sorted((ticket, other), key=lambda one: one.id)
    link(newer, older, acting(), LinkKind.related)
    ticket.touch()
    return ticket_done(reference, _("The two tickets are linked."))


def _locked(reference: str) -> Ticket:
    return ticket_for(signed_in(), reference, lock=True)


def _both(reference: str) -> tuple[Ticket, Ticket]:
    """This ticket and the one whose number was written, locked in the order of their numbers."""
    ticket, other_id = ticket_for(signed_in(), reference), ticket_of(request.form.get("number", ""))
    if other_id is None:
        raise Refusal(_("There is no ticket of this number."))
    lock([ticket.id, other_id])
    db.session.refresh(ticket)
    # the desk sees every ticket (R70)
    return ticket, db.session.get_one(Ticket, other_id, populate_existing=True)
