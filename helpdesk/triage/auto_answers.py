"""Manual references that go out by themselves: for customers set up so, above a confidence, in service hours (R04)."""

from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import Calendar
from helpdesk.errands import Errand
from helpdesk.extensions import Model, db
from helpdesk.tickets.kinds import Channel, TicketState, Verdict
from helpdesk.tickets.models import Ticket, home_queue
from helpdesk.tickets.sendings import needs_second_eyes
from helpdesk.triage.acts import TriageAct
from helpdesk.triage.answers import answer_text, incomplete
from helpdesk.triage.assessment import Assessment
from helpdesk.triage.deciding import decide, sections_of
from helpdesk.triage.models import assessment_of, suggested_sections

LOWEST = 80
"""Percent: no customer can be set up to be answered by itself below this."""


class AutoAnswer(Errand, Model):
    """An answer that waits for service hours. It goes out only while nobody has touched the ticket since."""

    __tablename__ = "auto_answers"
    JOB = "helpdesk.triage.jobs.answer_by_itself"
    LABEL = "AutoAnswer"
    MAX_TRIES: ClassVar[int] = 5

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    ticket_version: Mapped[int]

    ticket: Mapped[Ticket] = relationship()


PLACE_SURE = 0.5
"""The least fit of a place that is sent without a person."""


def plan_answer(ticket: Ticket, assessment: Assessment, calendar: Calendar) -> AutoAnswer | None:
    """Ask for the answer at once, or at the next opening; None where a person is to answer.

    Only one plain question of a known, verified sender under a contract is answered by itself.
    """
    customer = ticket.customer
    if customer is None or customer.auto_answer_from is None or ticket.addressee is None:
        return None
    if needs_second_eyes(ticket):
        return None
    sure = assessment.verdict == Verdict.manual_reference and assessment.confidence >= customer.auto_answer_from
    sure = sure and assessment.places[0].score >= PLACE_SURE and not assessment.foreign
    usual = ticket.queue == home_queue(customer, ticket.kind)
    plain = ticket.covered and ticket.verified and usual and len(assessment.questions) < 2
    if not sure or not plain or ticket.channel not in (Channel.portal, Channel.mail):
        return None
    row = AutoAnswer(
        ticket=ticket, ticket_version=ticket.version, **AutoAnswer.afresh(calendar.hours.next_opening(clock.now()))
    )
    db.session.add(row)
    return row


def answer(row: AutoAnswer) -> bool:
    """Send it, unless somebody touched the ticket since, or the place is out of force. Returns whether it went."""
    ticket = db.session.get_one(Ticket, row.ticket_id, with_for_update=True, populate_existing=True)
    suggested = assessment_of(ticket)
    sections = sections_of(suggested_sections(suggested))
    customer = ticket.customer
    why = ""
    if ticket.state != TicketState.new or ticket.version != row.ticket_version:
        why = "touched"
    elif customer is None or customer.auto_answer_from is None or not ticket.covered or ticket.addressee is None:
        why = "not wanted"
    elif suggested is None or suggested.confidence < customer.auto_answer_from:
        why = "not sure enough"
    elif not sections:
        why = "no place in force"
    if why or suggested is None:
        record(SYSTEM, TriageAct.auto_answer_dropped, ticket, why=why)
        return False
    text = answer_text(ticket, Verdict.manual_reference, rule=None, sections=sections)
    if incomplete(text):
        record(SYSTEM, TriageAct.auto_answer_dropped, ticket, why="incomplete")
        return False
    decide(ticket, None, Verdict.manual_reference, f"{suggested.confidence} %", answer=text, sections=sections)
    return True
