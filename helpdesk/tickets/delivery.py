"""What becomes of what an answer met, where it does not arrive, or leaves on a later day (N18, R12)."""

from datetime import timedelta

from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, Actor, ActorKind, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.notices.models import Notice, handed_over, undelivered
from helpdesk.notices.undelivered import resend
from helpdesk.settings.models import current_settings
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.messages import Message, MessageKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import NewsKind, tell_followers
from helpdesk.tickets.standing import settle

A_WHILE = timedelta(minutes=1)
"""Mails that leave sooner are not looked at again: nearly all."""


def init() -> None:
    """Have mails take back what they met, or meet it later; connecting again changes nothing."""
    undelivered.connect(take_back)
    handed_over.connect(count_from_hand_over)


def take_back(notice: Notice) -> None:
    """Let a ticket be due again where this mail was its answer and no other reached the customer meanwhile."""
    message = _message_of(notice)
    if message is None or message.kind != MessageKind.agent:
        return
    ticket = db.session.get_one(Ticket, message.ticket_id, with_for_update=True, populate_existing=True)
    writer = message.author_id if message.author_kind == ActorKind.user else None
    tell_followers(ticket.assignee_id or writer, ticket.id, NewsKind.undelivered, SYSTEM)
    reached = _answers_that_left(ticket, notice)
    if ticket.first_responded_at is None or any(other.at >= ticket.due_since for other in reached):
        return
    minutes = current_settings().first_answer_minutes
    if not reached:
        ticket.first_responded_at = None
    if not ticket.closed and ticket.due_at is None:
        first = ticket.due_since == ticket.opened_at and ticket.first_due_at is not None
        later = current_calendar().hours.add_service_time(ticket.due_since, timedelta(minutes=minutes))
        ticket.due_at = ticket.first_due_at if first else later
        settle(ticket)
    ticket.reopen_for_desk()
    record(SYSTEM, TicketAct.answer_came_back, ticket, message=message.id)


def count_from_hand_over(notice: Notice) -> None:
    """Let an answer that the server took only on a later day than it was sent meet what was due at that time."""
    now = clock.now()
    if now - notice.created_at < A_WHILE or notice.ticket_id is None:
        return
    day, message = current_calendar().hours.local_date, _message_of(notice)
    if message is None or message.kind != MessageKind.agent or day(message.at) == day(now):
        return
    ticket = db.session.get_one(Ticket, message.ticket_id, with_for_update=True, populate_existing=True)
    first = ticket.first_responded_at
    left = [one for one in _answers_that_left(ticket, notice) if one.notice is None or _is_out(one.notice)]
    if first is None or left:
        return
    ticket.first_responded_at = now
    ticket.touch()
    record(SYSTEM, TicketAct.answer_left_late, ticket, message=message.id)


def _is_out(notice: Notice) -> bool:
    return notice.state == ErrandState.done


def _message_of(notice: Notice) -> Message | None:
    rows = select(Message).where(Message.ticket_id == notice.ticket_id, Message.notice_id == notice.id)
    return db.session.scalar(rows.limit(1))


def _answers_that_left(ticket: Ticket, lost: Notice) -> list[Message]:
    """The desk's other words to the customer: by mail that did not come back, or told by phone."""
    rows = (
        select(Message)
        .outerjoin(Notice, Notice.id == Message.notice_id)
        .where(
            Message.ticket_id == ticket.id,
            Message.kind == MessageKind.agent,
            Message.notice_id.is_distinct_from(lost.id),
            Notice.bounced_at.is_(None),
            Notice.state.is_distinct_from(ErrandState.failed),
        )
    )
    return list(db.session.scalars(rows))


def send_again(by: Actor, notice: Notice) -> Notice:
    """Send a mail again; where it was an answer, its words wait for this one, and it meets what is due (N18)."""
    message = _message_of(notice)
    mail = resend(by, notice)
    if message is not None:
        message.notice = mail
        ticket = db.session.get_one(Ticket, message.ticket_id, with_for_update=True, populate_existing=True)
        if message.kind == MessageKind.agent and not ticket.closed:
            ticket.respond(clock.now())
        ticket.touch()
    return mail
