"""Inquiries by phone, the agent's verdict with a prepared answer (R03-R05), and the rules as data."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, DateTimeLocalField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange

from helpdesk import clock
from helpdesk.accounts.access import acting, audience, signed_in
from helpdesk.accounts.models import DESK, Role
from helpdesk.audit.models import Actor, ActorKind, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact, Customer
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.forms import again, strip
from helpdesk.pages import language
from helpdesk.tickets.messages import customer_wrote
from helpdesk.tickets.models import BODY_MAX, SUBJECT_MAX, Channel, Ticket, TicketKind, Verdict
from helpdesk.tickets.opening import Opening
from helpdesk.tickets.queues import count_views
from helpdesk.tickets.visibility import ticket_for
from helpdesk.triage.deciding import answer_text, decide, rule_of, sections_of
from helpdesk.triage.intake import receive_inquiry
from helpdesk.triage.manuals import current_contents
from helpdesk.triage.models import ScopeRule, assessment_of

BLANKS = ("理由をご記入ください", "条項をご記入ください", "please give the reason", "please name the clause")
"""What the prepared answer leaves for the agent to fill in."""
blueprint = Blueprint("triage", __name__, url_prefix="/desk")


class DecisionForm(FlaskForm):
    why = StringField(_l("Why (kept on record)"), [Length(max=500)], [strip])
    answer = TextAreaField(_l("Answer to the customer"), [Length(max=BODY_MAX)])
    sections = SelectMultipleField(_l("Places in the manual"))


class RuleForm(FlaskForm):
    words = TextAreaField(
        _l("Words, one a line"), [DataRequired(_l("Please write something first.")), Length(max=5000)]
    )
    reason_ja = StringField(_l("Reason (Japanese)"), [Length(max=300)], [strip])
    reason_en = StringField(_l("Reason (English)"), [Length(max=300)], [strip])
    clause = StringField(_l("Clause"), [Length(max=100)], [strip])
    active = BooleanField(_l("In use"))


class PhoneForm(FlaskForm):
    contact = SelectField(_l("Caller"), [NumberRange(min=1, message=_l("Please choose who called."))], coerce=int)
    called_at = DateTimeLocalField(_l("Time of the call"), [DataRequired(_l("Please give the time of the call."))])
    joins = StringField(_l("Joins ticket number (optional)"), [Length(max=20)], [strip])
    subject = StringField(_l("Subject"), [DataRequired(), Length(max=SUBJECT_MAX)], [strip])
    body = TextAreaField(_l("What the caller said"), [DataRequired(), Length(max=BODY_MAX)])


@blueprint.get("/phone")
@audience(DESK)
def phone_form() -> ResponseReturnValue:
    form = _phone_form()
    local = clock.now().astimezone(current_calendar().hours.zone)
    form.called_at.data = local.replace(tzinfo=None)
    return render_template("tickets/phone.html", form=form, counts=count_views(signed_in()))


@blueprint.post("/phone")
@audience(DESK)
def record_call() -> ResponseReturnValue:
    """An inquiry by phone: recorded by an agent, with the caller and the time (R01)."""
    form = _phone_form()
    if not form.validate():
        return again("tickets/phone.html", form=form, counts=count_views(signed_in()))
    contact = db.session.get_one(Contact, form.contact.data)
    caller = Actor(ActorKind.contact, contact.name, contact.id, f"phone, taken by {signed_in().name}")
    words = f"{form.body.data}\n\n({form.called_at.data:%Y-%m-%d %H:%M}, {signed_in().name})"
    if form.joins.data:
        ticket = ticket_for(signed_in(), form.joins.data, lock=True)
        if ticket.customer_id != contact.customer_id:
            raise Refusal(_("This person belongs to another customer."))
        customer_wrote(ticket, caller, words, channel=Channel.phone)
    else:
        ticket = receive_inquiry(
            caller,
            Opening(
                kind=TicketKind.inquiry,
                subject=form.subject.data or "",
                body=words,
                channel=Channel.phone,
                customer=contact.customer,
                requester=contact,
            ),
        )
    if ticket.assignee_id is None:
        ticket.assign(acting(), signed_in())
    db.session.commit()
    nudge()
    flash(_("Recorded as %(reference)s.", reference=ticket.reference))
    return redirect(url_for("desk.ticket_page", reference=ticket.reference))


@blueprint.get("/tickets/<reference>/decision/<verdict>")
@audience(DESK)
def decision_form(reference: str, verdict: str) -> ResponseReturnValue:
    """The prepared answer; chosen places come from the suggestion until the agent picks others."""
    ticket, wanted = ticket_for(signed_in(), reference), _verdict(verdict)
    suggested = assessment_of(ticket)
    keys = request.args.getlist("section") or [place["key"] for place in (suggested.places if suggested else [])[:1]]
    rule = rule_of(suggested.rule_key) if suggested and suggested.verdict == wanted else None
    form = _form()
    form.sections.data = keys
    form.answer.data = answer_text(ticket, wanted, rule=rule, sections=sections_of(keys))
    return render_template("triage/decision.html", **_page(ticket, wanted, form))


@blueprint.post("/tickets/<reference>/decision/<verdict>")
@audience(DESK)
def decide_now(reference: str, verdict: str) -> ResponseReturnValue:
    ticket, wanted, form = ticket_for(signed_in(), reference, lock=True), _verdict(verdict), _form()
    if "rebuild" in request.form:
        chosen = sections_of(form.sections.data or [])
        form.answer.data = answer_text(ticket, wanted, rule=None, sections=chosen)
        return render_template("triage/decision.html", **_page(ticket, wanted, form))
    if not form.validate() or not _complete(form, wanted):
        return again("triage/decision.html", **_page(ticket, wanted, form))
    if ticket.assignee_id is None:
        ticket.assign(acting(), signed_in())
    decide(
        ticket,
        signed_in(),
        wanted,
        form.why.data or "",
        answer=form.answer.data or "",
        section_keys=form.sections.data if wanted == Verdict.manual_reference else [],
    )
    db.session.commit()
    nudge()
    flash(_("The decision is recorded."))
    return redirect(url_for("desk.ticket_page", reference=reference))


@blueprint.get("/rules")
@audience(Role.supervisor)
def rule_list() -> ResponseReturnValue:
    rules = db.session.scalars(select(ScopeRule).order_by(ScopeRule.id)).all()
    return render_template("triage/rules.html", rules=rules, counts=count_views(signed_in()))


@blueprint.get("/rules/<int:rule_id>")
@audience(Role.supervisor)
def rule_form(rule_id: int) -> ResponseReturnValue:
    rule = db.get_or_404(ScopeRule, rule_id)
    form = RuleForm(obj=rule)
    form.words.data = "\n".join(rule.words)
    return render_template("triage/rule.html", rule=rule, form=form, counts=count_views(signed_in()))


@blueprint.post("/rules/<int:rule_id>")
@audience(Role.supervisor)
def change_rule(rule_id: int) -> ResponseReturnValue:
    rule, form = db.get_or_404(ScopeRule, rule_id), RuleForm()
    if not form.validate():
        return again("triage/rule.html", rule=rule, form=form, counts=count_views(signed_in()))
    rule.words = [word.strip() for word in (form.words.data or "").splitlines() if word.strip()]
    rule.reason_ja, rule.reason_en = form.reason_ja.data or "", form.reason_en.data or ""
    rule.clause, rule.active = form.clause.data or "", bool(form.active.data)
    record(acting(), "rule.changed", rule, words=len(rule.words), active=rule.active)
    db.session.commit()
    flash(_("The rule is saved."))
    return redirect(url_for("triage.rule_list"))


def _verdict(name: str) -> Verdict:
    if name not in Verdict.__members__:
        raise Refusal(_("Choose one of the given values."))
    return Verdict(name)


def _form() -> DecisionForm:
    form = DecisionForm()
    form.sections.choices = [(s.key, f"{s.printed_page} {s.title(language())}") for s in current_contents()]
    return form


def _complete(form: DecisionForm, verdict: Verdict) -> bool:
    """What the verdict needs, told beside the field so that nothing typed is lost."""
    if verdict == Verdict.in_scope:
        return True
    if not (form.answer.data or "").strip():
        form.answer.errors = [_("Please write something first.")]
    elif any(blank in (form.answer.data or "") for blank in BLANKS):
        form.answer.errors = [_("Please fill in what stands in brackets.")]
    elif verdict == Verdict.manual_reference and not form.sections.data:
        form.sections.errors = [_("Choose at least one place in the manual.")]
    return not (form.answer.errors or form.sections.errors)


def _page(ticket: Ticket, verdict: Verdict, form: DecisionForm) -> dict[str, object]:
    return {
        "ticket": ticket,
        "verdict": verdict,
        "form": form,
        "assessment": assessment_of(ticket),
        "counts": count_views(signed_in()),
    }


def _phone_form() -> PhoneForm:
    form = PhoneForm()
    rows = db.session.execute(
        select(Contact.id, Contact.name, Customer.name).join(Customer).order_by(Customer.name, Contact.name)
    )
    form.contact.choices = [(0, _("Choose")), *((row[0], f"{row[2]} — {row[1]}") for row in rows)]
    return form
