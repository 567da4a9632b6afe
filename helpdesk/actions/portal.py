"""The customer's decision on an action: the card, and one POST (R20)."""

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
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


@blueprint.app_template_global("decision_seal")
def seal(action: Action, lines: dict[str, str]) -> str:
    """The card's text as it is shown, signed, so that exactly this can be recorded with the decision (R20)."""
    sealed: str = _sealer().dumps([action.reference, "\n".join(lines.values())])
    return sealed


def _shown(action: Action) -> str:
    """The text that came back with the decision. Refused where it is not what we showed for this action."""
    try:
        reference, text = _sealer().loads(request.form.get("shown", ""))
    except BadSignature as error:
        raise Refusal(_("Please open the page again and decide on the text it shows.")) from error
    if reference != action.reference:
        raise Refusal(_("Please open the page again and decide on the text it shows."))
    return str(text)


def _sealer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="decision")


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
    action.instruct(user, Choice(chosen), _shown(action), channel=Channel.portal, address=request.remote_addr)
    db.session.commit()
    nudge()
    if action.instructed_at is not None and action.due_at is not None:
        flash(_("Recorded. It will be carried out from %(at)s.", at=when(action.due_at)))
    else:
        flash(_("Recorded. Nothing will be changed."))
    return redirect(url_for("portal.ticket_page", reference=reference))
