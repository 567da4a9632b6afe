"""What an agent decides about an inquiry, and what the customer makes of the answer (R03-R05)."""

from collections.abc import Callable, Sequence
from functools import partial

from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.manuals.models import ManualSection, sections_by_key
from helpdesk.settings.models import current_settings
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Channel, Intent, Queue, TicketKind, Verdict
from helpdesk.tickets.messages import Message, check_words, customer_wrote
from helpdesk.tickets.models import Ticket, home_queue
from helpdesk.tickets.sendings import ReplyWords, Sending, ask_to_send, releasing
from helpdesk.triage.acts import TriageAct
from helpdesk.triage.answer_links import AnswerLink, new_link
from helpdesk.triage.models import Decision, ScopeRule, last_decision
from helpdesk.triage.thanks import says_thanks


def decide(
    ticket: Ticket,
    by: User | None,
    verdict: Verdict,
    why: str,
    *,
    answer: str = "",
    sections: Sequence[ManualSection] = (),
    rule_key: str | None = None,
    send: Callable[..., Message] | None = None,
) -> Decision:
    """Record the verdict; an out-of-scope or manual-reference verdict answers the customer, by `send`, and closes.

    Without `by` the product answers by itself, as this customer is set up.
    """
    _check(ticket, verdict, sections)
    message, link = None, None
    if verdict != Verdict.in_scope:
        message, link = _answer(ticket, send or partial(reply, ticket, by, answer))
    author = by.actor() if by else SYSTEM
    decision = _decision(ticket, by, verdict, why, sections)
    decision.rule_key = rule_key if verdict == Verdict.out_of_scope else None
    decision.message_id = message.id if message else None
    if link is not None:
        link.decision = decision
        db.session.add(link)
    ticket.verdict, ticket.verdict_decided = verdict, True
    record(author, TriageAct.decided, ticket, verdict=verdict.value, why=why, sections=decision.section_keys)
    ticket.touch()
    if verdict != Verdict.in_scope:
        ticket.close(author, verdict.value)
    return decision


def _decision(
    ticket: Ticket, by: User | None, verdict: Verdict, why: str, sections: Sequence[ManualSection]
) -> Decision:
    row = Decision(
        ticket_id=ticket.id,
        at=clock.now(),
        by_id=by.id if by else None,
        by_name=by.name if by else SYSTEM.name,
        verdict=verdict,
        why=why,
        section_keys=[section.key for section in sections],
        manual_ids=[section.manual_id for section in sections],
        automatic=by is None,
    )
    db.session.add(row)
    return row


def _answer(ticket: Ticket, send: Callable[..., Message]) -> tuple[Message, AnswerLink | None]:
    """Send the answer, with a link to its page for who is mailed."""
    link, page = new_link(ticket) or (None, None)
    return send(page=page), link


def ask_to_answer(
    ticket: Ticket,
    by: User,
    verdict: Verdict,
    why: str,
    *,
    answer: str,
    sections: Sequence[ManualSection] = (),
    rule_key: str | None = None,
) -> Sending:
    """Let an answer with a verdict go out as replies do; the verdict is kept and the ticket closed when it does.

    Refused while another such answer waits.
    """
    _check(ticket, verdict, sections)
    if waiting_answer(ticket) is not None:
        raise Refusal(_("An answer to this ticket is on its way already. Take that one back first."))
    told = {"verdict": verdict.value, "why": why, "rule": rule_key, "sections": [section.key for section in sections]}
    last = db.session.scalar(select(func.max(Message.id)).where(Message.ticket_id == ticket.id)) or 0
    return ask_to_send(ticket, by, ReplyWords(answer, seen=last, decision=told))


def waiting_answer(ticket: Ticket) -> Sending | None:
    """The answer with a verdict that is not out yet, unless it is held."""
    rows = select(Sending).where(
        Sending.ticket_id == ticket.id,
        Sending.message_id.is_(None),
        Sending.withdrawn_at.is_(None),
        Sending.decision.is_not(None),
        Sending.state.in_((ErrandState.waiting, ErrandState.queued)),
    )
    return db.session.scalar(rows.limit(1))


def init() -> None:
    """Have answers that go out keep their verdict; connecting again changes nothing."""
    releasing.connect(_answer_as_decided)


def _answer_as_decided(sending: Sending, *, ticket: Ticket, send: Callable[..., Message]) -> Message | None:
    told = sending.decision
    if told is None:
        return None
    sections = sections_of(told["sections"])
    decision = decide(
        *(ticket, sending.user, Verdict(told["verdict"]), told["why"]),
        sections=sections,
        rule_key=told["rule"],
        send=send,
    )
    return db.session.get(Message, decision.message_id)


def _check(ticket: Ticket, verdict: Verdict, sections: Sequence[ManualSection]) -> None:
    """Raises Refusal where this ticket cannot have this verdict."""
    if ticket.kind != TicketKind.inquiry:
        raise Refusal(_("Only inquiries get a verdict."))
    if ticket.intent == Intent.notice and verdict != Verdict.in_scope:
        raise Refusal(_("A notice is neither refused nor answered by the manual. Mark it as an inquiry first."))
    if verdict == Verdict.manual_reference and not sections:
        raise Refusal(_("Choose at least one place in the manual."))


def set_intent(ticket: Ticket, by: User, intent: Intent) -> None:
    """A person says whether a ticket asks or tells: a notice goes to contracts and invoices, an inquiry back.

    That it is a notice is a decision to learn from. Raises Refusal for an alert, and for an answered ticket.
    """
    if ticket.kind != TicketKind.inquiry:
        raise Refusal(_("Only inquiries get a verdict."))
    if ticket.closed:
        raise Refusal(_("This ticket is closed already. Reopen it first."))
    if ticket.intent == intent:
        return
    ticket.intent = intent
    record(by.actor(), TriageAct.intent_set, ticket, intent=intent.value)
    if intent == Intent.notice:
        decide(ticket, by, Verdict.in_scope, "")
    if ticket.customer is not None and ticket.queue != Queue.unmatched and ticket.covered:
        home = home_queue(ticket.customer, ticket.kind)
        ticket.move_to(by.actor(), Queue.contracts if intent == Intent.notice else home)
    ticket.touch()


def contest(ticket: Ticket, by: Actor, words: str, *, channel: Channel = Channel.portal) -> bool:
    """The customer wants a person to look: the ticket reopens in a queue of its own, due again (R03).

    Their words, if any, go on the ticket. Returns whether it was not contested before.
    """
    decision = _answered(ticket)
    if words.strip():
        check_words(words, [])
        customer_wrote(ticket, by, words, channel=channel)
    return _contest(ticket, decision, by)


def contest_by_words(ticket: Ticket, by: Actor, words: str) -> bool:
    """Words that came in on an answered ticket contest the answer, unless they only say thanks (R03).

    Returns whether they do and nothing had before.
    """
    decision = last_decision(ticket)
    if decision is None or decision.verdict == Verdict.in_scope or decision.accepted_at is not None:
        return False
    if ticket.intent == Intent.notice or says_thanks(words):
        return False
    return _contest(ticket, decision, by)


def _contest(ticket: Ticket, decision: Decision, by: Actor) -> bool:
    if decision.contested_at is not None:
        return False
    decision.contested_at = clock.now()
    if ticket.closed:
        ticket.reopen(by, "contested", current_calendar(), current_settings().first_answer_minutes)
    ticket.move_to(by, Queue.contested)
    record(by, TriageAct.contested, ticket)
    return True


def accept(ticket: Ticket, by: Actor) -> None:
    """The customer says the answer solved it. Raises Refusal where they asked for a person before."""
    decision = _answered(ticket)
    if decision.contested_at is not None:
        raise Refusal(_("A person is looking at it already, as you asked. If it is solved, please reply and say so."))
    if decision.accepted_at is None:
        decision.accepted_at = clock.now()
        record(by, TriageAct.accepted, ticket)


def sections_of(keys: Sequence[str]) -> list[ManualSection]:
    """The sections in force of these keys, in their order."""
    sections = sections_by_key(keys)
    return [sections[key] for key in dict.fromkeys(keys) if key in sections]


def rule_of(key: str | None) -> ScopeRule | None:
    if key is None:
        return None
    return db.session.scalar(select(ScopeRule).where(ScopeRule.key == key))


def _answered(ticket: Ticket) -> Decision:
    decision = last_decision(ticket)
    if decision is None or decision.verdict == Verdict.in_scope:
        raise Refusal(_("There is no answer of this kind on the ticket."))
    return decision
