"""The customer's decision on an action: the card, and one POST (R20)."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk.accounts.access import audience, signed_in
from helpdesk.accounts.models import CUSTOMERS
from helpdesk.actions.models import Action, Choice
from helpdesk.actions.wording import decision_text
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.pages import language, when
from helpdesk.tickets.models import Channel
from helpdesk.tickets.visibility import ticket_for

blueprint = Blueprint("decisions", __name__, url_prefix="/portal")


@blueprint.app_template_global("decision_text")
def shown_text(action: Action) -> dict[str, str]:
    """The lines of the decision card, the same as are kept with the instruction."""
    return decision_text(action, current_calendar().hours, language())


@blueprint.post("/tickets/<reference>/actions/<action_reference>/instruction")
@audience(CUSTOMERS)
def instruct(reference: str, action_reference: str) -> ResponseReturnValue:
    """Approve or decline, recorded in this person's name with the exact text of the card."""
    user = signed_in()
    ticket = ticket_for(user, reference, lock=True)
    rows = select(Action).where(Action.ticket_id == ticket.id, Action.reference == action_reference)
    action = db.session.scalar(rows.with_for_update())
    if action is None:
        abort(404)
    chosen = request.form.get("choice", "")
    if chosen not in Choice.__members__:
        raise Refusal(_("Choose one of the given values."))
    text = "\n".join(shown_text(action).values())
    action.instruct(user, Choice(chosen), text, channel=Channel.portal, address=request.remote_addr)
    db.session.commit()
    nudge()
    if action.instructed_at is not None and action.due_at is not None:
        flash(_("Recorded. It will be carried out from %(at)s.", at=when(action.due_at)))
    else:
        flash(_("Recorded. Nothing will be changed."))
    return redirect(url_for("portal.ticket_page", reference=reference))
