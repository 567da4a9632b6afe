"""The report of an alert to the customer: by mail, or by phone with the call recorded (R13)."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from helpdesk import clock
from helpdesk.accounts.roles import DESK
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import Proposal, coverage, propose, why_none
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.reporting import ANSWERED_MAX, Telling, report, to_be_told
from helpdesk.alerts.words import OUTCOME_WORDS
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact, Way
from helpdesk.errors import Refusal, number
from helpdesk.marking import word
from helpdesk.notices.texts import text_of
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import BODY_MAX
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.alert_panel import alert_panel
from helpdesk.web.forms import strip
from helpdesk.web.responding import again, refused, ticket_done

blueprint = Blueprint("alert_reports", __name__, url_prefix="/desk")


class ReportForm(FlaskForm):
    contact = SelectField(_l("To"), coerce=int)
    way = RadioField(_l("How"), choices=[("mail", _l("By mail")), ("phone", _l("By phone: I have told them"))])
    number = StringField(_l("Number called"), [Length(max=40)], [strip])
    called_at = DateTimeLocalField(_l("Time of the call"), [Optional()])
    answered = TextAreaField(_l("What was answered"), [Length(max=ANSWERED_MAX)])
    words = TextAreaField(_l("Report"), [DataRequired(_l("Please write something first.")), Length(max=BODY_MAX)])
    action = RadioField(_l("Decision asked for"), default="")
    reason = TextAreaField(_l("Reason, shown to the customer"), [Length(max=500)])


@blueprint.get("/tickets/<reference>/report")
@audience(DESK)
def report_form(reference: str) -> ResponseReturnValue:
    """The report as the findings allow, to the first person to be told or to the `contact` asked for."""
    ticket = _ticket(reference)
    form, people = ReportForm(), _people(ticket)
    offered = _choices(form, ticket)
    contact = next(
        (one for one in people if one.id == number(request.args.get("contact"))), people[0] if people else None
    )
    form.words.data = prepared(ticket, contact)
    form.called_at.data = clock.now().astimezone(current_calendar().hours.zone).replace(tzinfo=None)
    if contact is not None:
        form.contact.data, form.way.data, form.number.data = contact.id, contact.way.value, contact.phone
    if len(offered) > 1:
        form.action.data = offered[1]
    return render_template("desk/report.html", **_page(ticket, form))


@blueprint.post("/tickets/<reference>/report")
@audience(DESK)
def send_report(reference: str) -> ResponseReturnValue:
    ticket = _ticket(reference, lock=True)
    form = ReportForm()
    _choices(form, ticket)
    if not form.validate():
        return again("desk/report.html", **_page(ticket, form))
    try:
        _report(ticket, form)
    except Refusal as refusal:
        page = _page(ticket, form)
        del page["form"]
        return refused(refusal, form, "desk/report.html", **page)
    return ticket_done(reference, _("The report is recorded."))


def _report(ticket: Ticket, form: ReportForm) -> None:
    """Report, and propose what was chosen: nothing of both where either is refused."""
    alert = alert_of(ticket)
    contact = next(one for one in _people(ticket) if one.id == form.contact.data)
    kind = _kind(form.action.data)
    asks = _asks(ticket, kind, contact.language.value) if kind else ""
    telling = Telling(
        contact=contact,
        words="\n\n".join(part for part in ((form.words.data or "").rstrip(), asks) if part),
        way=Way(form.way.data),
        number=form.number.data or "",
        called_at=_aware(form.called_at.data),
        answered=form.answered.data or "",
    )
    if ticket.assignee_id is None:
        ticket.assign(acting(), signed_in())
    report(signed_in(), alert, telling)
    if kind and alert.sha256:
        guid = form.action.data.partition(":")[2]
        covered = coverage(alert, kind)
        places = [place for place in covered.places if place.guid == guid] if guid else covered.reaching
        asked = contact if contact.may_instruct else None
        file_name = alert_panel(ticket).file_name
        proposal = Proposal(
            kind, places, asked, form.reason.data or "", file_name, covered.without(places), covered.unknown
        )
        propose(signed_in(), alert, proposal)


def _ticket(reference: str, *, lock: bool = False) -> Ticket:
    ticket = ticket_for(signed_in(), reference, lock=lock)
    if ticket.customer is None:
        raise Refusal(_("Match the ticket to a customer first."))
    return ticket


def _people(ticket: Ticket) -> list[Contact]:
    return to_be_told(ticket.customer) if ticket.customer else []


def _choices(form: ReportForm, ticket: Ticket) -> list[str]:
    """Fill in who can be told and what can be asked for; returns the values of the latter, the first for nothing."""
    wishes = {Way.mail: _("prefers mail"), Way.phone: _("prefers the phone")}
    form.contact.choices = [(c.id, f"{c.name} <{c.email}> {c.phone} ({wishes[c.way]})") for c in _people(ticket)]
    choices = [("", _("None: information only"))]
    alert = alert_of(ticket)
    for kind, words in (
        (ActionKind.quarantine, _("Quarantine: add the file to the list %(name)s")),
        (ActionKind.allow, _("Allow: add the file to the list %(name)s")),
    ):
        covered = coverage(alert, kind) if alert.sha256 else None
        if covered is None:
            continue
        if covered.reaching:
            choices.append((kind.value, words % {"name": "、".join(place.name for place in covered.reaching)}))
        elif not covered.uncovered:
            choices += [(f"{kind.value}:{place.guid}", words % {"name": place.name}) for place in covered.places]
    form.action.choices = choices
    return [value for value, _words in choices]


def _kind(chosen: str | None) -> ActionKind | None:
    name = (chosen or "").partition(":")[0]
    return ActionKind(name) if name else None


def _aware(local: datetime | None) -> datetime | None:
    """A time of the form is the service's local time."""
    return local.replace(tzinfo=current_calendar().hours.zone) if local else None


def _page(ticket: Ticket, form: ReportForm) -> dict[str, Any]:
    alert, people = alert_of(ticket), _people(ticket)
    gathering = alert.gathers_until is not None and clock.now() < alert.gathers_until
    chosen = next((one for one in people if one.id == form.contact.data), people[0] if people else None)
    language = chosen.language.value if chosen else "ja"
    offered = [option.data for option in form.action]
    return {
        "ticket": ticket,
        "form": form,
        "people": people,
        "unnamed": bool(people) and not any(one.told_of_alerts for one in people),
        "asks": {value: _asks(ticket, _kind(value), language) for value in offered},
        "why_none": why_none(alert),
        "counts": count_views(signed_in()),
        "gathers_until": alert.gathers_until if gathering else None,
        "coverage": coverage(alert, ActionKind.quarantine) if alert.sha256 else None,
    }


def prepared(ticket: Ticket, contact: Contact | None) -> str:
    """The report as the findings allow, in the language of who it goes to; the agent completes it."""
    language = contact.language.value if contact else "ja"
    with force_locale(language):
        panel = alert_panel(ticket)
        outcomes = {kind: word(OUTCOME_WORDS, kind) for kind in panel.by_outcome}
        return text_of("answers/report", language, ticket=ticket, panel=panel, outcomes=outcomes, contact=contact)


def _asks(ticket: Ticket, kind: ActionKind | None, language: str) -> str:
    """The report's last paragraph: what is asked of the customer, if anything."""
    if kind is None:
        return ""
    with force_locale(language):
        return text_of("answers/report_asks", language, reference=ticket.reference, kind=kind.value)
