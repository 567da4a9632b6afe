"""What an agent decides about an inquiry, and what the customer makes of the answer (R03-R05)."""

from flask import current_app, render_template
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.messages import reply, ticket_link
from helpdesk.tickets.models import Queue, Ticket, TicketKind, Verdict
from helpdesk.triage.manuals import ManualSection, section_of_key
from helpdesk.triage.models import Decision, ScopeRule, last_decision


def decide(
    ticket: Ticket,
    by: User,
    verdict: Verdict,
    why: str,
    *,
    answer: str = "",
    section_keys: list[str] | None = None,
) -> Decision:
    """Record the verdict; an out-of-scope or manual-reference verdict answers the customer and closes."""
    if ticket.kind != TicketKind.inquiry:
        raise Refusal(_("Only inquiries get a verdict."))
    if verdict == Verdict.manual_reference and not section_keys:
        raise Refusal(_("Choose at least one place in the manual."))
    message = None
    if verdict != Verdict.in_scope:
        message = reply(ticket, by, answer)
    decision = Decision(
        ticket_id=ticket.id,
        at=clock.now(),
        by_id=by.id,
        by_name=by.name,
        verdict=verdict,
        why=why,
        section_keys=section_keys or [],
        message_id=message.id if message else None,
    )
    db.session.add(decision)
    ticket.verdict, ticket.verdict_decided = verdict, True
    record(by.actor(), "verdict.decided", ticket, verdict=verdict.value, why=why, sections=section_keys or [])
    ticket.touch()
    if verdict != Verdict.in_scope:
        ticket.close(by.actor(), verdict.value)
    return decision


def contest(ticket: Ticket, by: Actor, words: str) -> None:
    """The customer wants a person to look: the ticket reopens in a queue of its own (R03)."""
    decision = _answered(ticket)
    if decision.contested_at is not None:
        return
    decision.contested_at = clock.now()
    if ticket.closed:
        ticket.reopen(by, words, current_calendar(), current_app.config["FIRST_ANSWER_MINUTES"])
    ticket.move_to(by, Queue.contested)
    record(by, "verdict.contested", ticket, words=words)


def accept(ticket: Ticket, by: Actor) -> None:
    """The customer says the answer solved it."""
    decision = _answered(ticket)
    if decision.accepted_at is None and decision.contested_at is None:
        decision.accepted_at = clock.now()
        record(by, "verdict.accepted", ticket)


def answer_text(ticket: Ticket, verdict: Verdict, *, rule: ScopeRule | None, sections: list[ManualSection]) -> str:
    """The prepared answer that an agent may still change."""
    language = ticket.requester.language.value if ticket.requester else "ja"
    return render_template(
        f"answers/{verdict.value}.{language}.txt",
        salutation=ticket.requester.salutation if ticket.requester else "",
        rule=rule,
        sections=sections,
        language=language,
        link=ticket_link(ticket),
        base_url=current_app.config["BASE_URL"],
    ).strip()


def sections_of(keys: list[str]) -> list[ManualSection]:
    return [section for key in keys if (section := section_of_key(key)) is not None]


def rule_of(key: str | None) -> ScopeRule | None:
    if key is None:
        return None
    return db.session.scalar(select(ScopeRule).where(ScopeRule.key == key))


def _answered(ticket: Ticket) -> Decision:
    decision = last_decision(ticket)
    if decision is None or decision.verdict == Verdict.in_scope:
        raise Refusal(_("There is no answer of this kind on the ticket."))
    return decision
