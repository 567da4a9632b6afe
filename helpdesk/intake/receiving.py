"""Where every inquiry and notice comes in, whatever its door: assess, open, acknowledge (R01, R05, R06)."""

from dataclasses import asdict

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.extensions import db
from helpdesk.intake.acknowledging import acknowledge, whom_to_acknowledge
from helpdesk.intake.instructions import alert_meant
from helpdesk.tickets.kinds import Intent, Priority, Queue, TicketKind
from helpdesk.tickets.messages import customer_wrote
from helpdesk.tickets.models import Ticket, home_queue
from helpdesk.tickets.opening import Opening, open_ticket
from helpdesk.triage.acts import TriageAct
from helpdesk.triage.assessment import Assessment, assess
from helpdesk.triage.auto_answers import plan_answer
from helpdesk.triage.knowledge import TriageContext, triage_context
from helpdesk.triage.models import TicketAssessment


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
    whom = whom_to_acknowledge(opening) if acknowledged else None
    if whom is not None:
        mailed = opening.mailed
        answered = mailed.message_id if mailed else None
        verified = mailed is None or mailed.verified
        acknowledge(ticket, whom, context.calendar, in_reply_to=answered, verified=verified)
    return ticket


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
        alerts = home_queue(ticket.customer, TicketKind.alert) if ticket.customer is not None else Queue.alerts
        ticket.queue = alerts if assessment.instructs else Queue.contracts
    if assessment.instructs:
        ticket.priority = Priority.high
    told = {"confidence": assessment.confidence, "intent": assessment.intent.value}
    record(SYSTEM, TriageAct.suggested, ticket, verdict=assessment.verdict.value, **told)
