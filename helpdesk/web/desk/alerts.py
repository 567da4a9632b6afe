"""The desk's work on an alert: its findings, its events, and the report to the customer (R10-R13)."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk import clock
from helpdesk.accounts.models import DESK
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import Proposal, coverage, propose
from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.alert_events import AlertEvent, computers_of
from helpdesk.alerts.completions import request_completion
from helpdesk.alerts.models import (
    Alert,
    FindingKind,
    FindingSource,
    ReportChannel,
    alert_of,
    checked_reason,
    open_alerts_like,
    set_finding,
)
from helpdesk.alerts.receiving import gather_by_file
from helpdesk.alerts.regrouping import merge, split, take_apart
from helpdesk.alerts.words import OUTCOME_WORDS
from helpdesk.audit.models import record
from helpdesk.customers.models import Contact, alert_contacts
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.marking import word
from helpdesk.notices.texts import text_of
from helpdesk.tickets.models import BODY_MAX, Ticket
from helpdesk.tickets.queues import count_views
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.alert_panel import alert_panel
from helpdesk.web.responding import again, ticket_done

blueprint = Blueprint("alerts", __name__, url_prefix="/desk")
EVENTS_PAGE = 100


class ReportForm(FlaskForm):
    contact = SelectField(_l("Alert contact"), coerce=int)
    channel = RadioField(
        _l("How"), choices=[("mail", _l("By mail")), ("phone", _l("By phone: I have told them"))], default="mail"
    )
    words = TextAreaField(_l("Report"), [DataRequired(_l("Please write something first.")), Length(max=BODY_MAX)])
    action = SelectField(_l("Decision asked for"), default="")
    reason = TextAreaField(_l("Reason, shown to the customer"), [Length(max=500)])


@blueprint.get("/tickets/<reference>/report")
@audience(DESK)
def report_form(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference)
    if ticket.customer is None:
        raise Refusal(_("Match the ticket to a customer first."))
    form = _form(ticket)
    form.words.data = prepared(ticket, form)
    return render_template("desk/report.html", **_report_page(ticket, form))


@blueprint.post("/tickets/<reference>/report")
@audience(DESK)
def report(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    if ticket.customer is None:
        raise Refusal(_("Match the ticket to a customer first."))
    form = _form(ticket)
    if not form.validate():
        return again("desk/report.html", **_report_page(ticket, form))
    if ticket.assignee_id is None:
        ticket.assign(acting(), signed_in())
    alert = alert_of(ticket)
    contact = db.session.get_one(Contact, form.contact.data)
    alert.report(signed_in(), contact, form.words.data or "", channel=ReportChannel(form.channel.data))
    if form.action.data and alert.sha256:
        name, _colon, guid = form.action.data.partition(":")
        kind = ActionKind(name)
        covered = coverage(alert, kind)
        places = [place for place in covered.places if place.guid == guid] if guid else covered.reaching
        reason, file_name = form.reason.data or "", alert_panel(ticket).file_name
        propose(signed_in(), alert, Proposal(kind, places, contact, reason, file_name, covered.without(places)))
    return ticket_done(reference, _("The report is recorded."))


@blueprint.get("/tickets/<reference>/events")
@audience(DESK)
def events(reference: str) -> ResponseReturnValue:
    """Every event of the alert, newest first, a page at a time, with what can be regrouped."""
    ticket = ticket_for(signed_in(), reference)
    alert, before = alert_of(ticket), number(request.args.get("before"))
    rows = select(AlertEvent).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id.desc())
    rows = rows.where(AlertEvent.id < before) if before else rows
    shown = list(db.session.scalars(rows.limit(EVENTS_PAGE)))
    computers = sorted(computers_of(alert).values(), key=lambda computer: computer.name)
    return render_template(
        "desk/events.html",
        ticket=ticket,
        alert=alert,
        events=shown,
        after=shown[-1].id if len(shown) == EVENTS_PAGE else None,
        computers=computers,
        others=[] if alert.reported_at else open_alerts_like(alert),
        counts=count_views(signed_in()),
    )


@blueprint.post("/tickets/<reference>/findings")
@audience(DESK)
def edit_findings(reference: str) -> ResponseReturnValue:
    """An agent's own words for the findings; an empty one lets the sources speak again."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    alert = alert_of(ticket)
    for kind in FindingKind:
        if kind.value in request.form:
            set_finding(alert, kind, FindingSource.agent, request.form[kind.value], signed_in().name)
    ticket.touch()
    record(acting(), AlertAct.findings_edited, ticket)
    return ticket_done(reference, _("The findings are kept."))


@blueprint.post("/tickets/<reference>/completion")
@audience(DESK)
def complete(reference: str) -> ResponseReturnValue:
    request_completion(alert_of(ticket_for(signed_in(), reference)))
    return ticket_done(reference, _("The console is being read; the page shows it in a moment."))


@blueprint.post("/tickets/<reference>/vouching")
@audience(DESK)
def vouch(reference: str) -> ResponseReturnValue:
    """Stand for an alert whose sender's check failed, with a reason: its facts may become targets."""
    _alert(reference).vouch(signed_in(), request.form.get("reason", ""))
    return ticket_done(reference, _("Recorded: the facts of this alert may be acted on."))


@blueprint.post("/tickets/<reference>/file")
@audience(DESK)
def name_file(reference: str) -> ResponseReturnValue:
    """Enter the SHA-256 that neither mail nor console told, with a reason."""
    alert = _alert(reference)
    alert.name_file(signed_in(), request.form.get("sha256", ""), request.form.get("reason", ""))
    gather_by_file(alert)
    request_completion(alert)
    into = db.session.get(Alert, alert.merged_into_id) if alert.merged_into_id else None
    return ticket_done(
        into.ticket.reference if into else reference, _("The file is on record; the console is asked about it.")
    )


@blueprint.post("/tickets/<reference>/computers")
@audience(DESK)
def confirm_computer(reference: str) -> ResponseReturnValue:
    """Say which connector a computer has where the console did not confirm it, with a reason."""
    alert, guid = _alert(reference), request.form.get("guid", "")
    reason = checked_reason(request.form.get("reason", ""))
    chosen = computers_of(alert).get(folded_name(request.form.get("computer", "")))
    if chosen is None:
        raise Refusal(_("Choose one of the given values."))
    chosen.confirm(guid)
    record(acting(), AlertAct.computer_confirmed, alert.ticket, computer=chosen.name, guid=chosen.guid, reason=reason)
    alert.ticket.touch()
    return ticket_done(
        reference, _("Recorded. The console is asked for the computer's name before anything is changed.")
    )


@blueprint.post("/tickets/<reference>/split")
@audience(DESK)
def split_off(reference: str) -> ResponseReturnValue:
    alert = _alert(reference)
    ticket = split(alert, set(request.form.getlist("computer")), signed_in())
    fresh = ticket.reference
    return ticket_done(fresh, _("These computers have a ticket of their own now."))


@blueprint.post("/tickets/<reference>/merge")
@audience(DESK)
def merge_into(reference: str) -> ResponseReturnValue:
    alert, other = _alert(reference), request.form.get("into", "")
    into = _alert(other)
    merge(alert, into, signed_in())
    return ticket_done(other, _("Both alerts are one ticket now."))


@blueprint.post("/tickets/<reference>/events/<int:event_id>/match")
@audience(DESK)
def unmatch(reference: str, event_id: int) -> ResponseReturnValue:
    """Take apart two events that were matched by their time."""
    alert = _alert(reference)
    event = db.get_or_404(AlertEvent, event_id)
    if event.alert_id != alert.id:
        abort(404)
    take_apart(event, alert, signed_in())
    return ticket_done(reference, _("They are two events again."))


def _alert(reference: str) -> Alert:
    return alert_of(ticket_for(signed_in(), reference, lock=True))


def _form(ticket: Ticket) -> ReportForm:
    form = ReportForm()
    customer, alert = ticket.customer, alert_of(ticket)
    people = alert_contacts(customer) if customer else []
    form.contact.choices = [(c.id, f"{c.name} <{c.email}> {c.phone}".strip()) for c in people]
    choices = [("", _("None: information only"))]
    if alert.sha256:
        for kind, words in (
            (ActionKind.quarantine, _("Quarantine: add the file to the list %(name)s")),
            (ActionKind.allow, _("Allow: add the file to the list %(name)s")),
        ):
            covered = coverage(alert, kind)
            if covered.reaching:
                choices.append((kind.value, words % {"name": "、".join(place.name for place in covered.reaching)}))
            elif not covered.uncovered:
                choices += [(f"{kind.value}:{place.guid}", words % {"name": place.name}) for place in covered.places]
    form.action.choices = choices
    if not form.is_submitted() and len(choices) > 1:
        form.action.data = choices[1][0]
    return form


def _report_page(ticket: Ticket, form: ReportForm) -> dict[str, object]:
    alert = alert_of(ticket)
    gathering = alert.gathers_until is not None and clock.now() < alert.gathers_until
    return {
        "ticket": ticket,
        "form": form,
        "counts": count_views(signed_in()),
        "gathers_until": alert.gathers_until if gathering else None,
        "coverage": coverage(alert, ActionKind.quarantine) if alert.sha256 else None,
    }


def prepared(ticket: Ticket, form: ReportForm) -> str:
    """The report as the findings allow; the agent completes it. In the language of who it goes to."""
    people = alert_contacts(ticket.customer) if ticket.customer else []
    contact = people[0] if people else None
    language = contact.language.value if contact else "ja"
    with force_locale(language):
        panel = alert_panel(ticket)
        return text_of(
            "answers/report",
            language,
            ticket=ticket,
            panel=panel,
            outcomes={kind: word(OUTCOME_WORDS, kind) for kind in panel.by_outcome},
            contact=contact,
            asks=bool(form.action.data),
        )
