"""The agent's verdict on an inquiry, with a prepared answer (R03-R05)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import escape
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length

from helpdesk.accounts.roles import DESK
from helpdesk.errors import Refusal
from helpdesk.manuals.models import current_contents
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import BODY_MAX, Intent, Verdict
from helpdesk.tickets.messages import MessageKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.visibility import messages_for, ticket_for
from helpdesk.triage.answers import answer_text, incomplete
from helpdesk.triage.deciding import ask_to_answer, decide, rule_of, sections_of, set_intent, waiting_answer
from helpdesk.triage.models import (
    Decision,
    TicketAssessment,
    active_rules,
    assessment_of,
    decided_of,
    last_decision,
    suggested_sections,
)
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.forms import strip
from helpdesk.web.outgoing import after_sending
from helpdesk.web.pages import language
from helpdesk.web.responding import again, ticket_done

blueprint = Blueprint("inquiries", __name__, url_prefix="/desk")


class DecisionForm(FlaskForm):
    why = StringField(_l("Why (kept on record)"), [Length(max=500)], [strip])
    answer = TextAreaField(_l("Answer to the customer"), [Length(max=BODY_MAX)])
    sections = SelectMultipleField(_l("Places in the manual"))
    rule = SelectField(_l("Rule"), default="")


@blueprint.get("/tickets/<reference>/decision/<verdict>")
@audience(DESK)
def decision_form(reference: str, verdict: str) -> ResponseReturnValue:
    """The prepared answer; chosen places come from the suggestion until the agent picks others."""
    ticket, wanted = ticket_for(signed_in(), reference), _verdict(verdict)
    suggested = assessment_of(ticket)
    form = _form(wanted)
    form.sections.data = request.args.getlist("section") or suggested_sections(suggested)
    form.rule.data = (suggested.rule_key if suggested and suggested.verdict == wanted else None) or ""
    form.answer.data = _prepared(ticket, wanted, form)
    return render_template("desk/decision.html", **_page(ticket, wanted, form, suggested))


@blueprint.post("/tickets/<reference>/decision/<verdict>")
@audience(DESK)
def decide_now(reference: str, verdict: str) -> ResponseReturnValue:
    wanted = _verdict(verdict)
    ticket, form = ticket_for(signed_in(), reference, lock=True), _form(wanted)
    if (other := _decided_meanwhile(ticket)) is not None:
        page = _page(ticket, wanted, form, assessment_of(ticket))
        return render_template("desk/decision.html", **page, other=other), 409
    if "rebuild" in request.form:
        form.answer.data = _prepared(ticket, wanted, form)
        return render_template("desk/decision.html", **_page(ticket, wanted, form, assessment_of(ticket)))
    if not form.validate() or not _complete(form, wanted):
        return again("desk/decision.html", **_page(ticket, wanted, form, assessment_of(ticket)))
    try:
        return _decided(ticket, wanted, form, form.answer.data or "")
    except Refusal as refusal:
        form.answer.errors = [str(refusal)]
        return render_template("desk/decision.html", **_page(ticket, wanted, form, assessment_of(ticket))), 409


@blueprint.post("/tickets/<reference>/decision/<verdict>/suggested")
@audience(DESK)
def decide_as_suggested(reference: str, verdict: str) -> ResponseReturnValue:
    """One click: the answer as prepared from the suggestion; where something is left to fill in, the form."""
    wanted = _verdict(verdict)
    ticket, form = ticket_for(signed_in(), reference, lock=True), _form(wanted)
    if _decided_meanwhile(ticket) is not None:
        flash(_("Somebody decided in the meantime. Nothing was sent."), "error")
        return redirect(url_for("desk.tickets.ticket_page", reference=reference))
    suggested = assessment_of(ticket)
    answer = _as_ticked(ticket, wanted, form, suggested)
    if suggested is None or suggested.verdict != wanted or incomplete(answer):
        ticked = request.form.getlist("section")
        return redirect(url_for("desk.inquiries.decision_form", reference=reference, verdict=verdict, section=ticked))
    try:
        return _decided(ticket, wanted, form, answer)
    except Refusal as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("desk.tickets.ticket_page", reference=reference))


@blueprint.post("/tickets/<reference>/decision/<verdict>/preview")
@audience(DESK)
def preview(reference: str, verdict: str) -> ResponseReturnValue:
    """The words that one click would send with the places ticked now, as a fragment."""
    wanted = _verdict(verdict)
    ticket = ticket_for(signed_in(), reference)
    return escape(_as_ticked(ticket, wanted, _form(wanted), assessment_of(ticket)))


@blueprint.post("/tickets/<reference>/intent")
@audience(DESK)
def mark_intent(reference: str) -> ResponseReturnValue:
    """A person says whether it asks or tells (R05)."""
    ticket, intent = ticket_for(signed_in(), reference, lock=True), request.form.get("intent", "")
    if intent not in Intent.__members__:
        raise Refusal(_("Choose one of the given values."))
    set_intent(ticket, signed_in(), Intent(intent))
    words = _("It is kept as a notice.") if ticket.intent == Intent.notice else _("It is kept as an inquiry.")
    return ticket_done(ticket.reference, words)


def _as_ticked(ticket: Ticket, verdict: Verdict, form: DecisionForm, suggested: TicketAssessment | None) -> str:
    """The answer with the places that were ticked, and the rule of the suggestion."""
    form.sections.data = request.form.getlist("section")
    form.rule.data = (suggested.rule_key if suggested else None) or ""
    return _prepared(ticket, verdict, form)


def _prepared(ticket: Ticket, verdict: Verdict, form: DecisionForm) -> str:
    rule = rule_of(form.rule.data or None) if verdict == Verdict.out_of_scope else None
    sections = sections_of(form.sections.data or []) if verdict == Verdict.manual_reference else []
    return answer_text(ticket, verdict, rule=rule, sections=sections)


def _decided(ticket: Ticket, verdict: Verdict, form: DecisionForm, answer: str) -> ResponseReturnValue:
    why = form.why.data or ""
    if verdict == Verdict.in_scope:
        if waiting_answer(ticket) is not None:
            raise Refusal(_("An answer to this ticket is on its way already. Take that one back first."))
        if ticket.assignee_id is None:
            ticket.assign(acting(), signed_in())
        decide(ticket, signed_in(), verdict, why)
        return ticket_done(ticket.reference, _("The decision is recorded."))
    sections = sections_of(form.sections.data or []) if verdict == Verdict.manual_reference else ()
    rule = form.rule.data or None if verdict == Verdict.out_of_scope else None
    sending = ask_to_answer(ticket, signed_in(), verdict, why, answer=answer, sections=sections, rule_key=rule)
    return after_sending(sending)


def _verdict(name: str) -> Verdict:
    if name not in Verdict.__members__:
        raise Refusal(_("Choose one of the given values."))
    return Verdict(name)


def _form(verdict: Verdict) -> DecisionForm:
    """With what this verdict lets choose."""
    form, shown = DecisionForm(), language()
    rules = active_rules() if verdict == Verdict.out_of_scope else []
    reasons = [(rule.key, rule.reason(shown)) for rule in rules if rule.verdict == Verdict.out_of_scope]
    form.rule.choices = [("", _("no rule")), *reasons]
    contents = current_contents() if verdict == Verdict.manual_reference else []
    several = len({section.manual_id for section in contents}) > 1
    form.sections.choices = [
        (s.key, " ".join([*([s.manual.title(shown)] if several else []), s.printed_page, s.title(shown)]))
        for s in contents
    ]
    return form


def _decided_meanwhile(ticket: Ticket) -> Decision | None:
    """What somebody decided after the page was opened that this comes from."""
    seen = request.form.get("decided")
    return last_decision(ticket) if seen is not None and seen != decided_of(ticket) else None


def _complete(form: DecisionForm, verdict: Verdict) -> bool:
    """What the verdict needs, told beside the field so that nothing typed is lost."""
    if verdict == Verdict.in_scope:
        return True
    if not (form.answer.data or "").strip():
        form.answer.errors = [_("Please write something first.")]
    elif incomplete(form.answer.data or ""):
        form.answer.errors = [_("Please fill in what stands in brackets.")]
    elif verdict == Verdict.manual_reference and not form.sections.data:
        form.sections.errors = [_("Choose at least one place in the manual.")]
    return not (form.answer.errors or form.sections.errors)


def _page(
    ticket: Ticket, verdict: Verdict, form: DecisionForm, assessment: TicketAssessment | None
) -> dict[str, object]:
    return {
        "ticket": ticket,
        "verdict": verdict,
        "form": form,
        "assessment": assessment,
        "asked": next((m for m in messages_for(signed_in(), ticket) if m.kind == MessageKind.customer), None),
        "counts": count_views(signed_in()),
    }
