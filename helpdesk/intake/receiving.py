"""Where every inquiry and notice comes in, whatever its door: assess, open, acknowledge (R01, R05, R06)."""

from dataclasses import asdict

from flask import current_app

from helpdesk import clock
from helpdesk.addresses import is_address
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.calendar.models import Calendar
from helpdesk.extensions import db
from helpdesk.intake.instructions import alert_meant
from helpdesk.notices.models import Automatic, post
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.answering import ticket_link
from helpdesk.tickets.messages import customer_wrote
from helpdesk.tickets.models import Intent, Priority, Queue, Ticket
from helpdesk.tickets.opening import Opening, open_ticket
from helpdesk.tickets.recipients import Recipient, registered, unregistered
from helpdesk.triage.acts import TriageAct
from helpdesk.triage.assessment import Assessment, assess
from helpdesk.triage.auto_answers import plan_answer
from helpdesk.triage.knowledge import TriageContext, triage_context
from helpdesk.triage.models import TicketAssessment
from helpdesk.wording import when_words


def receive_inquiry(
    by: Actor, opening: Opening, context: TriageContext | None = None, *, acknowledged: bool = True
) -> Ticket:
    """Suggest a verdict, open the ticket, and acknowledge to a registered address unless that could make a loop.

    All reading comes first, so that what is written goes to the database together. An instruction is added to the
    alert that it means, where its sender may see that; the ticket returned is the alert's then.
    """
    context = context or triage_context()
    assessment = assess(opening.subject, opening.body, context.known, topic=opening.topic)
    meant = alert_meant(opening) if assessment.instructs else None
    if meant is not None:
        return _added(by, opening, meant)
    ticket = open_ticket(by, opening, context.calendar)
    keep_suggestion(ticket, assessment, context.model_id)
    if acknowledged:
        plan_answer(ticket, assessment, context.calendar)
    whom = _to_acknowledge(opening) if acknowledged else None
    if whom is not None:
        mailed = opening.mailed
        acknowledge(
            ticket,
            whom,
            context.calendar,
            in_reply_to=mailed.message_id if mailed else None,
            verified=mailed is None or mailed.verified,
        )
    return ticket


def _to_acknowledge(opening: Opening) -> Recipient | None:
    """The registered person, or a verified sender whom nobody knows: theirs says so (R06)."""
    if opening.requester is not None:
        return registered(opening.requester)
    mailed = opening.mailed
    if opening.customer is not None or mailed is None or not mailed.verified or not is_address(opening.sender or ""):
        return None
    return unregistered(opening.sender or "", f"{opening.subject}{opening.body}")


def _added(by: Actor, opening: Opening, alert: Ticket) -> Ticket:
    """The words stand on the alert's ticket; they decide nothing, a person asks for a confirmation (R20)."""
    words = f"{opening.subject}\n\n{opening.body}".strip()
    customer_wrote(alert, by, words, channel=opening.channel, files=opening.files, mailed=opening.mailed)
    record(SYSTEM, TriageAct.instruction_added, alert)
    return alert


def keep_suggestion(ticket: Ticket, assessment: Assessment, model_id: int | None) -> None:
    """Put what was suggested on the ticket and keep it as it was (R05); a notice goes to those whom it concerns."""
    db.session.add(
        TicketAssessment(
            ticket=ticket,
            at=clock.now(),
            verdict=assessment.verdict,
            confidence=assessment.confidence,
            rule_key=assessment.rule_key,
            reasons={"list": [dict(reason) for reason in assessment.reasons]},
            places=[asdict(place) for place in assessment.places],
            questions=[asdict(question) for question in assessment.questions],
            model_id=model_id,
        )
    )
    ticket.verdict, ticket.verdict_confidence = assessment.verdict, assessment.confidence
    ticket.intent = assessment.intent
    if ticket.intent == Intent.notice and ticket.queue != Queue.unmatched:
        ticket.queue = Queue.alerts if assessment.instructs else Queue.contracts
    if assessment.instructs:
        ticket.priority = Priority.high
    told = {"confidence": assessment.confidence, "intent": assessment.intent.value}
    record(SYSTEM, TriageAct.suggested, ticket, verdict=assessment.verdict.value, **told)


def acknowledge(
    ticket: Ticket, to: Recipient, calendar: Calendar, *, in_reply_to: str | None = None, verified: bool = True
) -> None:
    """Tell the number and when work begins in service hours, in words and date (R01, R40).

    It repeats nothing of what an unverified sender wrote: they may not be who the mail says. To them, and to who is not
    registered, only so many go out in an hour, by address and by domain; the others follow in the next hours. Who is
    verified gets their own subject, so that all mails of the ticket are one conversation in their mail program.
    """
    language, known = to.language.value, to.contact is not None
    receipt = post(
        ("receipt" if ticket.covered else "no_contract") if known else "receipt_unmatched",
        to=to.email,
        language=language,
        automatic=Automatic.replied,
        ticket_id=ticket.id,
        reply_token=ticket.reply_token,
        charset=to.charset,
        in_reply_to=in_reply_to,
        reference=ticket.reference,
        salutation=to.salutation,
        begins=begins_words(calendar, language),
        due=when_words(ticket.first_due_at, calendar.hours.zone, language) if ticket.first_due_at else "",
        link=ticket_link(ticket),
        subject=ticket.subject if verified else "",
    )
    ticket.notices.add(receipt)
    if not verified or not known:
        receipt.hold_back(current_app.config["RECEIPTS_PER_HOUR"], current_app.config["RECEIPTS_PER_DOMAIN_HOUR"])
    record(SYSTEM, TicketAct.acknowledged, ticket, to=to.email)


def begins_words(calendar: Calendar, language: str) -> str:
    """When work begins: now, within today's hours, or at the next opening with its date."""
    now = clock.now()
    zone = calendar.hours.zone
    if calendar.hours.is_open(now):
        closes = when_words(calendar.hours.closing(now), zone, language)
        if language == "en":
            return f"We are open now and begin at once (today's service hours end {closes})."
        return f"ただいまサービス提供時間内です。順に着手いたします（本日の受付は{closes}まで）。"
    opens = when_words(calendar.hours.next_opening(now), zone, language)
    if language == "en":
        return f"We are closed now. Work begins when service hours open next: {opens}."
    return f"ただいまサービス提供時間外です。次の営業時間の{opens}から着手いたします。"
