"""The agent's side of actions: propose, withdraw, try again, undo; and the record of attempts."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk.accounts.access import acting, audience, signed_in
from helpdesk.accounts.models import DESK
from helpdesk.actions.models import Action, ActionKind
from helpdesk.actions.proposing import propose, propose_undo
from helpdesk.alerts.models import alert_of
from helpdesk.console.models import ConsoleList
from helpdesk.errands import nudge
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.tickets.queues import count_views
from helpdesk.tickets.shown import alert_panel, lists_for_actions
from helpdesk.tickets.visibility import ticket_for

blueprint = Blueprint("actions", __name__, url_prefix="/desk")


@blueprint.get("/tickets/<reference>/actions")
@audience(DESK)
def action_page(reference: str) -> ResponseReturnValue:
    """All actions of a ticket with instructions and attempts, and what can be proposed."""
    ticket = ticket_for(signed_in(), reference)
    actions = db.session.scalars(select(Action).where(Action.ticket_id == ticket.id).order_by(Action.id)).all()
    return render_template(
        "actions/actions.html",
        ticket=ticket,
        actions=actions,
        alert=alert_of(ticket),
        lists=lists_for_actions(ticket),
        counts=count_views(signed_in()),
    )


@blueprint.post("/tickets/<reference>/actions")
@audience(DESK)
def create(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    alert = alert_of(ticket)
    kind, _sep, list_id = request.form.get("action", "").partition(":")
    target = db.session.get(ConsoleList, number(list_id)) if number(list_id) else None
    if kind not in ActionKind.__members__ or target is None or not alert.sha256:
        raise Refusal(_("Choose one of the given values."))
    name = next((f.file_name for f in alert_panel(ticket).files if f.sha256 == alert.sha256), None)
    propose(signed_in(), alert, ActionKind(kind), target, file_name=name)
    return _done(reference, _("The customer is asked to decide."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/withdrawal")
@audience(DESK)
def withdraw(reference: str, action_reference: str) -> ResponseReturnValue:
    _action(reference, action_reference).withdraw(acting())
    return _done(reference, _("The action was withdrawn."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/retry")
@audience(DESK)
def retry(reference: str, action_reference: str) -> ResponseReturnValue:
    _action(reference, action_reference).try_again(acting())
    return _done(reference, _("The action is tried again."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/undo")
@audience(DESK)
def undo(reference: str, action_reference: str) -> ResponseReturnValue:
    propose_undo(signed_in(), _action(reference, action_reference))
    return _done(reference, _("The customer is asked to decide."))


def _action(reference: str, action_reference: str) -> Action:
    ticket = ticket_for(signed_in(), reference, lock=True)
    rows = select(Action).where(Action.ticket_id == ticket.id, Action.reference == action_reference)
    action = db.session.scalar(rows.with_for_update())
    if action is None:
        abort(404)
    return action


def _done(reference: str, words: str) -> ResponseReturnValue:
    db.session.commit()
    nudge()
    flash(words)
    return redirect(url_for("desk.ticket_page", reference=reference))
