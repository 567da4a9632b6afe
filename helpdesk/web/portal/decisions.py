"""The customer's decision on an action: the card on the portal, the link in a mail, one POST each (R20)."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.accounts.roles import CUSTOMERS
from helpdesk.actions.instructions import Choice, DecisionLink, Via, instruct, link_of
from helpdesk.actions.lists import action_for
from helpdesk.actions.models import Action
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db, limiter
from helpdesk.tickets.kinds import Channel
from helpdesk.web.access import audience, signed_in
from helpdesk.web.decision_card import seal, shown_text, unsealed
from helpdesk.web.pages import when
from helpdesk.web.responding import done

blueprint = Blueprint("decisions", __name__)
blueprint.add_app_template_global(shown_text, "decision_text")
blueprint.add_app_template_global(seal, "decision_seal")


@blueprint.post("/portal/tickets/<reference>/actions/<action_reference>/instruction")
@audience(CUSTOMERS)
def decide(reference: str, action_reference: str) -> ResponseReturnValue:
    """Approve or decline, recorded in this person's name with the exact text of the card."""
    user = signed_in()
    action = action_for(user, reference, action_reference, lock=True)
    if user.contact is None:
        raise Refusal(_("Only an alert contact of the customer can decide this."))
    instruct(action, user.contact, _choice(), unsealed(action), Via(Channel.portal, request.remote_addr, user=user))
    return done(_outcome(action), "portal.tickets.ticket_page", reference=reference)


@blueprint.get("/decisions/<token>")
@audience()
@limiter.limit("60 per minute")
def link_page(token: str) -> ResponseReturnValue:
    """What a link asks, shown to whoever opens it. Deciding nothing: scanners open links, too."""
    link = link_of(token)
    if link is None:
        return _over(None), 404
    if not link.open:
        return _over(link), 410
    if link.contact.customer.links_need_sign_in:
        return redirect(url_for("portal.tickets.ticket_page", reference=link.action.ticket.reference))
    with force_locale(link.contact.language.value):
        return _page(link)


@blueprint.post("/decisions/<token>")
@audience()
@limiter.limit("20 per minute")
def decide_by_link(token: str) -> ResponseReturnValue:
    """The named person confirms who they are and decides; the link is used up with it."""
    link = link_of(token, lock=True)
    if link is None:
        return _over(None), 404
    if not link.open or link.contact.customer.links_need_sign_in:
        return _over(link), 410
    action, person = link.action, link.contact
    with force_locale(person.language.value):
        if not request.form.get("me"):
            return _page(link, unconfirmed=True), 422
        instruct(action, person, _choice(), unsealed(action), Via(Channel.mail, request.remote_addr))
        link.used_at = clock.now()
        db.session.commit()
        nudge()
        return render_template("public/decided.html", action=action, person=person, words=_outcome(action))


def _page(link: DecisionLink, *, unconfirmed: bool = False) -> str:
    return render_template(
        "public/decide.html",
        link=link,
        action=link.action,
        ticket=link.action.ticket,
        person=link.contact,
        hours=current_calendar().hours,
        unconfirmed=unconfirmed,
    )


def _over(link: DecisionLink | None) -> str:
    """Why a link no longer decides, without a word about whom or what it asked."""
    decided = link is not None and not link.action.pending
    return render_template("public/decision_over.html", decided=decided, known=link is not None)


def _choice() -> Choice:
    chosen = request.form.get("choice", "")
    if chosen not in Choice.__members__:
        raise Refusal(_("Choose one of the given values."))
    return Choice(chosen)


def _outcome(action: Action) -> str:
    if action.instructed_at is not None and action.due_at is not None:
        return str(_("Recorded. It will be carried out from %(at)s.", at=when(action.due_at)))
    return str(_("Recorded. Nothing will be changed."))
