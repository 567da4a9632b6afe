"""The agent's side of actions: propose, record a call, withdraw, try again, by hand, undo."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import DESK, Role
from helpdesk.actions.asking import ask
from helpdesk.actions.by_hand import done_by_hand, may_be_done_by_hand
from helpdesk.actions.everywhere import propose_everywhere
from helpdesk.actions.instructions import Choice, Via, instruct
from helpdesk.actions.lists import action_for
from helpdesk.actions.logins import login_of
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import Proposal, ProposedTarget, check_again, coverage, propose, propose_undo
from helpdesk.actions.telling import tell
from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.customers.models import Contact
from helpdesk.customers.people import instructing_contacts
from helpdesk.errands import nudge
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.alert_chain import actions_shown
from helpdesk.web.alert_panel import alert_panel
from helpdesk.web.decision_card import unsealed
from helpdesk.web.responding import ticket_done

blueprint = Blueprint("actions", __name__, url_prefix="/desk")


@blueprint.get("/tickets/<reference>/actions")
@audience(DESK)
def action_page(reference: str) -> ResponseReturnValue:
    """All actions of a ticket with instructions and attempts, and what can be proposed."""
    ticket = ticket_for(signed_in(), reference)
    return render_template("desk/actions.html", **_page(ticket))


@blueprint.post("/tickets/<reference>/actions")
@audience(DESK)
def create(reference: str) -> ResponseReturnValue:
    """Propose an action on the chosen lists, or on one computer."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    alert, kind = alert_of(ticket), request.form.get("kind", "")
    if kind not in ActionKind.__members__:
        raise Refusal(_("Choose one of the given values."))
    propose(signed_in(), alert, _proposal(alert, ActionKind(kind)))
    return ticket_done(reference, _("The customer is asked to decide."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/review")
@audience(Role.supervisor)
def review(reference: str, action_reference: str) -> ResponseReturnValue:
    """A second pair of eyes agrees: now the customer is asked."""
    action = action_for(signed_in(), reference, action_reference, lock=True)
    action.pass_review(signed_in())
    ask(action)
    return ticket_done(reference, _("The customer is asked to decide."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/call")
@audience(DESK)
def record_call(reference: str, action_reference: str) -> ResponseReturnValue:
    """The customer decided on the phone: the text was read out, and read back by them (R20)."""
    action, chosen = action_for(signed_in(), reference, action_reference, lock=True), request.form.get("choice", "")
    person = db.session.get(Contact, number(request.form.get("contact")) or 0)
    called = request.form.get("number", "").strip()
    if chosen not in Choice.__members__ or person is None:
        raise Refusal(_("Choose one of the given values."))
    if not request.form.get("read_back") or not called:
        raise Refusal(_("Read the text out, have it confirmed, and write down the number. Nothing was recorded."))
    instruct(action, person, Choice(chosen), unsealed(action), Via(Channel.phone, called, hearer=signed_in()))
    return ticket_done(reference, _("The instruction is recorded."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/request")
@audience(DESK)
def ask_again(reference: str, action_reference: str) -> ResponseReturnValue:
    """Send the request once more, with a new deadline."""
    action = action_for(signed_in(), reference, action_reference, lock=True)
    if not action.pending:
        raise Refusal(_("This was decided already."))
    action.returned_at = action.reminded_at = None
    ask(action)
    return ticket_done(reference, _("The customer is asked to decide."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/withdrawal")
@audience(DESK)
def withdraw(reference: str, action_reference: str) -> ResponseReturnValue:
    action_for(signed_in(), reference, action_reference, lock=True).withdraw(acting())
    return ticket_done(reference, _("The action was withdrawn."))


@blueprint.get("/tickets/<reference>/proposals-everywhere")
@audience(Role.supervisor)
def everywhere_form(reference: str) -> ResponseReturnValue:
    """Ask every customer with an open alert of this file."""
    ticket = ticket_for(signed_in(), reference)
    return render_template("desk/everywhere.html", ticket=ticket, outcomes=None, counts=count_views(signed_in()))


@blueprint.post("/tickets/<reference>/proposals-everywhere")
@audience(Role.supervisor)
def everywhere(reference: str) -> ResponseReturnValue:
    """Propose to each; the page tells what came of it, customer by customer."""
    ticket = ticket_for(signed_in(), reference)
    kind = ActionKind.allow if request.form.get("kind") == ActionKind.allow else ActionKind.quarantine
    outcomes = propose_everywhere(signed_in(), alert_of(ticket), kind, request.form.get("reason", ""))
    db.session.commit()
    nudge()
    return render_template("desk/everywhere.html", ticket=ticket, outcomes=outcomes, counts=count_views(signed_in()))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/stop")
@audience(DESK)
def stop(reference: str, action_reference: str) -> ResponseReturnValue:
    """End what is under way: no call begins any more."""
    action = action_for(signed_in(), reference, action_reference, lock=True)
    action.stop(acting())
    tell(action)
    return ticket_done(reference, _("The action is stopped. Look at what was done until then."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/retry")
@audience(DESK)
def retry(reference: str, action_reference: str) -> ResponseReturnValue:
    action = action_for(signed_in(), reference, action_reference, lock=True)
    check_again(action)
    action.try_again(acting())
    return ticket_done(reference, _("The action is tried again."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/by-hand")
@audience(DESK)
def by_hand(reference: str, action_reference: str) -> ResponseReturnValue:
    """The console's API refused: an agent did it on the dashboard."""
    action = action_for(signed_in(), reference, action_reference, lock=True)
    check_again(action)
    done_by_hand(action, signed_in(), request.form.get("words", ""))
    return ticket_done(reference, _("Recorded. The list is read back in a moment."))


@blueprint.post("/tickets/<reference>/actions/<action_reference>/undo")
@audience(DESK)
def undo(reference: str, action_reference: str) -> ResponseReturnValue:
    propose_undo(signed_in(), action_for(signed_in(), reference, action_reference, lock=True))
    return ticket_done(reference, _("The customer is asked to decide."))


@blueprint.post("/tickets/<reference>/dashboard-login")
@audience(DESK)
def reveal_login(reference: str) -> ResponseReturnValue:
    """The dashboard login the customer lent, for this ticket and a reason; on record, and on no page again (R24)."""
    ticket = ticket_for(signed_in(), reference)
    login = login_of(ticket.customer_id or 0)
    if login is None:
        raise Refusal(_("The customer has lent no dashboard login."))
    name, password = login.reveal(signed_in(), ticket, request.form.get("reason", ""))
    db.session.commit()
    page = render_template(
        "desk/dashboard_login.html", ticket=ticket, name=name, password=password, counts=count_views(signed_in())
    )
    return page, {"Cache-Control": "no-store"}


def _proposal(alert: Alert, kind: ActionKind) -> Proposal:
    """What the form chose."""
    people = (
        {person.id: person for person in instructing_contacts(alert.ticket.customer)} if alert.ticket.customer else {}
    )
    to, reason = people.get(number(request.form.get("contact")) or 0), request.form.get("reason", "")
    if kind == ActionKind.isolate:
        chosen = computers_of(alert).get(folded_name(request.form.get("computer", "")))
        if chosen is None or chosen.guid is None:
            raise Refusal(_("The console has not told this computer's id yet; read the console first."))
        return Proposal(kind, [ProposedTarget(chosen.guid, chosen.name, (chosen.name,))], to, reason)
    covered, wanted = coverage(alert, kind), set(request.form.getlist("place"))
    places = [place for place in covered.places if place.guid in wanted]
    return Proposal(
        kind, places, to, reason, alert_panel(alert.ticket).file_name, covered.without(places), covered.unknown
    )


def _page(ticket: Ticket) -> dict[str, object]:
    alert = alert_of(ticket)
    actions = actions_shown(ticket)
    hashed = alert.sha256 is not None
    return {
        "ticket": ticket,
        "actions": actions,
        "alert": alert,
        "found": {kind.value: coverage(alert, kind) for kind in (ActionKind.quarantine, ActionKind.allow)}
        if hashed
        else {},
        "computers": sorted(computers_of(alert).values(), key=lambda computer: computer.name),
        "people": instructing_contacts(ticket.customer) if ticket.customer else [],
        "by_hand": {action.id for action in actions if may_be_done_by_hand(action)},
        "login": login_of(ticket.customer_id or 0),
        "counts": count_views(signed_in()),
    }
