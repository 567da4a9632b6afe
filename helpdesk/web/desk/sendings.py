"""Replies that are not out yet: taken back, hurried, read by a second person."""

from flask import Blueprint, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import DESK
from helpdesk.files.keeping import Chosen, keep
from helpdesk.files.models import read
from helpdesk.tickets.taking_back import approve, heir_of, hurry, place_of, sending_for, withdraw
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import audience, signed_in
from helpdesk.web.outgoing import UNDO, undoable
from helpdesk.web.responding import ticket_done

blueprint = Blueprint("sendings", __name__, url_prefix="/desk/tickets/<reference>/sendings/<int:sending_id>")
blueprint.add_app_template_global(undoable)


@blueprint.post("/withdrawal")
@audience(DESK)
def take_back(reference: str, sending_id: int) -> ResponseReturnValue:
    """Undo, by its writer; or given back to them, by whoever read it."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    sending = sending_for(ticket, sending_id)
    withdraw(sending, signed_in())
    files = [Chosen(one["name"], read(one["sha256"]), one["type"]) for one in sending.files]
    keep(heir_of(sending, signed_in()), place_of(sending), files)
    session.pop(UNDO, None)
    return ticket_done(ticket.reference, _("Nothing was sent. The words are in the draft again."))


@blueprint.post("/hurry")
@audience(DESK)
def send_now(reference: str, sending_id: int) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    hurry(sending_for(ticket, sending_id))
    session.pop(UNDO, None)
    return ticket_done(ticket.reference, _("It goes out now."))


@blueprint.post("/approval")
@audience(DESK)
def let_out(reference: str, sending_id: int) -> ResponseReturnValue:
    """A second person read it."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    approve(sending_for(ticket, sending_id), signed_in())
    return ticket_done(ticket.reference, _("It goes out now."))
