"""Reporting an alert to the customer, with an action to decide on where one is recommended (R13, R20)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.access import acting, audience, signed_in
from helpdesk.accounts.models import DESK
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import propose
from helpdesk.alerts.models import ReportChannel, alert_of
from helpdesk.console.models import ConsoleList
from helpdesk.customers.models import Contact, alert_contacts
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.forms import again
from helpdesk.tickets.models import BODY_MAX, Ticket
from helpdesk.tickets.queues import count_views
from helpdesk.tickets.shown import alert_panel, lists_for_actions
from helpdesk.tickets.visibility import ticket_for

blueprint = Blueprint("alerts", __name__, url_prefix="/desk")


class ReportForm(FlaskForm):
    contact = SelectField(_l("Alert contact"), coerce=int)
    channel = RadioField(
        _l("How"),
        choices=[("mail", _l("By mail")), ("phone", _l("By phone: I have told them"))],
        default="mail",
    )
    words = TextAreaField(_l("Report"), [DataRequired(_l("Please write something first.")), Length(max=BODY_MAX)])
    action = SelectField(_l("Decision asked for"), default="")


@blueprint.get("/tickets/<reference>/report")
@audience(DESK)
def report_form(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference)
    if ticket.customer is None:
        raise Refusal(_("Match the ticket to a customer first."))
    form = _form(ticket)
    form.words.data = prepared(ticket, form)
    return render_template("alerts/report.html", ticket=ticket, form=form, counts=count_views(signed_in()))


@blueprint.post("/tickets/<reference>/report")
@audience(DESK)
def report(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    if ticket.customer is None:
        raise Refusal(_("Match the ticket to a customer first."))
    form = _form(ticket)
    if not form.validate():
        return again("alerts/report.html", ticket=ticket, form=form, counts=count_views(signed_in()))
    if ticket.assignee_id is None:
        ticket.assign(acting(), signed_in())
    alert = alert_of(ticket)
    contact = db.session.get_one(Contact, form.contact.data)
    alert.report(signed_in(), contact, form.words.data or "", channel=ReportChannel(form.channel.data))
    if form.action.data and alert.sha256:
        kind, _sep, list_id = form.action.data.partition(":")
        target = db.session.get_one(ConsoleList, int(list_id))
        name = next((f.file_name for f in alert_panel(ticket).files if f.sha256 == alert.sha256), None)
        propose(signed_in(), alert, ActionKind(kind), target, file_name=name)
    db.session.commit()
    nudge()
    flash(_("The report is recorded."))
    return redirect(url_for("desk.ticket_page", reference=reference))


def _form(ticket: Ticket) -> ReportForm:
    form = ReportForm()
    customer = ticket.customer
    people = alert_contacts(customer) if customer else []
    form.contact.choices = [(c.id, f"{c.name} <{c.email}> {c.phone}".strip()) for c in people]
    choices = [("", _("None: information only"))]
    if alert_of(ticket).sha256:
        lists = lists_for_actions(ticket)
        choices += [
            (f"quarantine:{one.id}", _("Quarantine: add the file to the list %(name)s", name=one.name))
            for one in lists[ActionKind.quarantine]
        ]
        choices += [
            (f"allow:{one.id}", _("Allow: add the file to the list %(name)s", name=one.name))
            for one in lists[ActionKind.allow]
        ]
    form.action.choices = choices
    if not form.is_submitted() and len(choices) > 1:
        form.action.data = choices[1][0]
    return form


def prepared(ticket: Ticket, form: ReportForm) -> str:
    """The report as the mail's facts allow; the agent completes it."""
    panel = alert_panel(ticket)
    people = alert_contacts(ticket.customer) if ticket.customer else []
    contact = people[0] if people else None
    language = contact.language.value if contact else "ja"
    return render_template(
        f"answers/report.{language}.txt",
        ticket=ticket,
        panel=panel,
        contact=contact,
        asks=bool(form.action.data),
    ).strip()
