"""What people do with a reply that is not out yet: take it back, hurry it, let it out after reading it."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.subcontractors import reaches
from helpdesk.audit.models import record
from helpdesk.errands import ErrandState
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.drafts import put_before
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import NewsKind, tell
from helpdesk.tickets.sendings import SecondEyes, Sending


def withdraw(sending: Sending, by: User, *, keep_words: bool = True) -> None:
    """Undo: it does not go out, and its words are a draft of its writer again, before what was written since.

    A prepared reply needs no draft: `keep_words` is false for it.

    Refused once it is out.
    """
    still = (ErrandState.waiting, ErrandState.queued, ErrandState.failed)
    move = update(Sending).where(Sending.id == sending.id, Sending.state.in_(still), Sending.withdrawn_at.is_(None))
    moved = move.values(state=ErrandState.done, withdrawn_at=clock.now(), finished_at=clock.now())
    if db.session.scalar(moved.returning(Sending.id)) is None:
        raise Refusal(_("It is on its way already and cannot be taken back."))
    db.session.refresh(sending)
    if keep_words:
        put_before(heir_of(sending, by), place_of(sending), *_words_of(sending))
    if sending.user_id != by.id and heir_of(sending, by) == sending.user_id:
        tell(sending.user_id, sending.ticket_id, NewsKind.sent_back, by.actor())
        record(by.actor(), TicketAct.reply_sent_back, sending.ticket, to=sending.user.name)
    sending.ticket.touch()


def _words_of(sending: Sending) -> tuple[dict[str, Any], str]:
    """What the draft of its form has, and the field that its words are in."""
    told = sending.decision
    if told is not None:
        kept = {"why": told["why"], "sections": told["sections"], "rule": told["rule"] or ""}
        return {"answer": sending.body, **kept}, "answer"
    words = {"body": sending.body}
    if sending.to or sending.cc:
        words |= {"to": ", ".join(sending.to), "cc": ", ".join(sending.cc)}
    return words, "body"


def heir_of(sending: Sending, by: User) -> int:
    """Who has the words and files of a reply that was taken back: its writer, or who took it where they left.

    Somebody whose ticket it is no longer has left it.
    """
    writer = sending.user
    there = writer.active and writer.works_tickets and reaches(writer, sending.ticket.customer_id)
    return writer.id if there else by.id


def place_of(sending: Sending) -> str:
    """Where its words are a draft again: on the ticket, or the one that it was merged into."""
    ticket = sending.ticket
    if ticket.merged_into_id is not None:
        ticket = db.session.get_one(Ticket, ticket.merged_into_id)
    return (
        f"decision:{ticket.reference}:{sending.decision['verdict']}"
        if sending.decision
        else f"reply:{ticket.reference}"
    )


def hurry(sending: Sending) -> None:
    """Send it now instead of then. One that waits for a second pair of eyes goes on waiting."""
    if sending.state != ErrandState.waiting or sending.due_at is None:
        raise Refusal(_("It is on its way already and cannot be taken back."))
    sending.due_at = clock.now()


def approve(sending: Sending, by: User) -> None:
    """A second person read the words: they go out. Refused to whoever wrote them."""
    if sending.user_id == by.id:
        raise Refusal(_("Somebody else reads it before it goes out."))
    if sending.review != SecondEyes.asked or sending.state != ErrandState.waiting:
        raise Refusal(_("It is on its way already and cannot be taken back."))
    sending.review, sending.reviewer_id = SecondEyes.approved, by.id
    sending.due_at = max(clock.now(), sending.wanted_at or clock.now())
    record(by.actor(), TicketAct.reply_approved, sending.ticket, of=sending.user.name)
    sending.ticket.touch()


def sending_for(ticket: Ticket, sending_id: int) -> Sending:
    """A reply of this ticket that is not out; NotFound for any other."""
    sending = db.session.get(Sending, sending_id, with_for_update=True)
    if sending is None or sending.ticket_id != ticket.id:
        raise NotFound
    return sending
