"""Replies on their way out: for some seconds they can be undone, they wait for their time or a second pair of eyes.

Nothing of it is on the ticket before it goes out: the customer sees no word of it, and what is taken back leaves no
trace but its words in the draft.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from blinker import Signal
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, Select, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK
from helpdesk.accounts.subcontractors import reaches
from helpdesk.audit.models import SYSTEM, Actor, ActorKind, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import Errand, ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.files.models import read, store
from helpdesk.settings.models import current_settings
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.answering import reply
from helpdesk.tickets.joinings import merged_in_since
from helpdesk.tickets.kinds import Then
from helpdesk.tickets.macros import Macro, count_use
from helpdesk.tickets.mailed import Upload
from helpdesk.tickets.messages import Message, MessageKind, check_words
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import NewsKind, tell
from helpdesk.tickets.queues import TicketQueue, colleagues_of
from helpdesk.tickets.recipients import addressed
from helpdesk.tickets.tags import tag
from helpdesk.tickets.waiting import wait

LATEST = timedelta(days=60)
releasing = Signal()
"""Sent by a reply that goes out, with its `ticket` and what `send`s it: whoever has more to do with it than to send it
does so, with a `page` for its reader if there is one, and returns the message; receivers join its transaction."""


class SecondEyes(enum.StrEnum):
    none = "none"
    asked = "asked"
    approved = "approved"


class Held(enum.StrEnum):
    """Why a reply did not go out."""

    closed = "closed"
    overtaken = "overtaken"
    left = "left"
    nobody = "nobody"
    refused = "refused"


class Sending(Errand, Model):
    """One reply that waits. `to` and `cc` are addresses, empty where it goes to whom the ticket is answered.

    Done, it has its message, or it was withdrawn. Failed, `last_error` is why it is held. Without `due_at` it waits
    for a second pair of eyes.
    """

    __tablename__ = "sendings"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        still, with_files = text("message_id IS NULL AND withdrawn_at IS NULL"), text("files <> '[]'::jsonb")
        files = Index("ix_sendings_files", "files", postgresql_using="gin", postgresql_where=with_files)
        return (*super().__table_args__, Index("ix_sendings_open", "ticket_id", postgresql_where=still), files)

    JOB: ClassVar[str] = "helpdesk.tickets.jobs.send"
    LABEL: ClassVar[str] = "sending"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str]
    files: Mapped[list[Any]] = mapped_column(JSONB)
    """Name, type, and SHA-256 in the file store."""
    to: Mapped[list[Any]] = mapped_column(JSONB)
    cc: Mapped[list[Any]] = mapped_column(JSONB)
    then: Mapped[Then]
    macros: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """The prepared replies that it was written with, whose acts it brings along."""
    later: Mapped[bool]
    seen: Mapped[int]
    """The last message that its writer knew of."""
    joined: Mapped[int] = mapped_column(default=0, server_default="0")
    asked_at: Mapped[datetime]
    wanted_at: Mapped[datetime | None]
    """When it is to go out, where its writer chose a time."""
    review: Mapped[SecondEyes] = mapped_column(default=SecondEyes.none)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The verdict that it tells, with its reasons: kept once it goes out."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    withdrawn_at: Mapped[datetime | None]

    ticket: Mapped[Ticket] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])


@dataclass(frozen=True)
class ReplyWords:
    """A reply as it was written. `at` is when it is to go out (aware), if not at once."""

    body: str
    files: Sequence[Upload] = ()
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    then: Then = Then.stay
    macros: Sequence[int] = ()
    seen: int = 0
    joined: int = 0
    at: datetime | None = None
    decision: dict[str, Any] | None = None


def ask_to_send(ticket: Ticket, by: User, words: ReplyWords) -> Sending:
    """Let a reply go out: at its time, after the seconds in which it can be undone, or once somebody else read it.

    With no such seconds it goes out in the caller's transaction. Refused as a reply is.
    """
    check_words(words.body, list(words.files))
    if ticket.closed:
        raise Refusal(_("This ticket is closed already. Reopen it first."))
    now = clock.now()
    if words.at is not None and not now < words.at <= now + LATEST:
        raise Refusal(_("Choose a time from now on, within %(days)s days.", days=LATEST.days), field="at")
    sending = Sending(
        ticket_id=ticket.id,
        user_id=by.id,
        body=words.body,
        files=[{"name": one.name, "type": one.content_type, "sha256": store(one.content)} for one in words.files],
        to=list(words.to),
        cc=list(words.cc),
        then=words.then,
        macros=list(words.macros),
        later=words.at is not None,
        seen=words.seen,
        joined=words.joined,
        wanted_at=words.at,
        decision=words.decision,
        asked_at=now,
    )
    sending.due_at = words.at or now + timedelta(seconds=current_settings().undo_seconds)
    db.session.add(sending)
    if needs_second_eyes(ticket):
        sending.review, sending.due_at = SecondEyes.asked, None
        _tell_team(ticket, by, NewsKind.review, by.actor())
    db.session.flush()
    ticket.touch()
    if sending.due_at is not None and sending.due_at <= now:
        release(sending, ticket)
        sending.state, sending.finished_at = ErrandState.done, now
    return sending


def needs_second_eyes(ticket: Ticket) -> bool:
    """Whether the customer or the queue wants every mail read by a second person."""
    if ticket.customer is not None and ticket.customer.mail_second_eyes:
        return True
    queue = select(TicketQueue.second_eyes).where(TicketQueue.code == ticket.queue)
    return bool(db.session.scalar(queue))


def _tell_team(ticket: Ticket, but: User, kind: NewsKind, by: Actor) -> None:
    """Tell the team of the queue, or the whole desk where none works on it, but for one person."""
    team = set(db.session.scalars(colleagues_of(ticket.id))) - {but.id}
    desk = select(User.id).where(User.active, User.role.in_(DESK), User.id != but.id)
    for user_id in sorted(team or db.session.scalars(desk)):
        tell(user_id, ticket.id, kind, by)


def release(sending: Sending, ticket: Ticket) -> Message:
    """Put the words on the ticket and their mail on its way, in the caller's transaction, which locked the ticket.

    What was due is met when they were sent: a mail that leaves on the same day counts from the click (R12). Refused
    where the ticket does not take them any more.
    """
    files = [Upload(one["name"], read(one["sha256"]), one["type"]) for one in sending.files]
    if ticket.assignee_id is None:
        ticket.assign(sending.user.actor(), sending.user)
    send = partial(
        reply,
        ticket,
        sending.user,
        sending.body,
        files=files,
        to=sending.to,
        cc=sending.cc,
        at=_answered_at(sending),
        signature=signature_of(sending.user, ticket),
    )
    sent = [one for _who, one in releasing.send(sending, ticket=ticket, send=send) if one is not None]
    message: Message = sent[0] if sent else send()
    _act_as_prepared(sending, ticket)
    if sending.then == Then.wait:
        wait(ticket, sending.user.actor())
    elif sending.then == Then.close:
        ticket.close(sending.user.actor(), "answered")
    sending.message_id = message.id
    return message


def signature_of(user: User, ticket: Ticket) -> str:
    """What stands below this person's replies on a ticket: their own, or else the queue's."""
    own: str = user.preferences.get("signature", "")
    queue = select(TicketQueue.signature).where(TicketQueue.code == ticket.queue)
    return own or db.session.scalar(queue) or ""


def _act_as_prepared(sending: Sending, ticket: Ticket) -> None:
    """What the prepared replies do with the ticket besides: their tags, and who has it."""
    used = db.session.scalars(select(Macro).where(Macro.id.in_(sending.macros))).all() if sending.macros else ()
    for macro in used:
        if macro.tag:
            tag(ticket, sending.user.actor(), macro.tag)
        if macro.takes:
            ticket.assign(sending.user.actor(), sending.user)
    count_use([one.id for one in used], current_calendar().hours.local_date(clock.now()).strftime("%y%m"))


def _answered_at(sending: Sending) -> datetime:
    if sending.later or sending.review != SecondEyes.none:
        return clock.now()
    hours, now = current_calendar().hours, clock.now()
    same_day = hours.local_date(sending.asked_at) == hours.local_date(now)
    return sending.asked_at if same_day else now


def why_held(sending: Sending, ticket: Ticket) -> Held | None:
    """Why a reply whose time has come is not sent, if so: nobody sends words that do not fit any more."""
    if ticket.closed:
        return Held.closed
    if not (sending.user.active and sending.user.works_tickets and reaches(sending.user, ticket.customer_id)):
        return Held.left
    if not _waited(sending):
        return None
    if _said_since(sending, ticket):
        return Held.overtaken
    return Held.nobody if addressed(ticket, sending.to) is None else None


def _waited(sending: Sending) -> bool:
    """Whether it waited for longer than an undo: for its time, or for a second pair of eyes."""
    return sending.later or sending.review != SecondEyes.none


def _said_since(sending: Sending, ticket: Ticket) -> bool:
    """Whether somebody else spoke on the ticket since, or something was merged into it."""
    others = select(Message.id).where(
        Message.ticket_id == sending.ticket_id,
        (Message.id > sending.seen) | Message.id.in_(merged_in_since(ticket, sending.joined)),
        Message.kind != MessageKind.note,
        (Message.author_id != sending.user_id) | (Message.author_kind != ActorKind.user),
    )
    return db.session.scalar(others.limit(1)) is not None


def hold(sending: Sending, why: Held) -> None:
    """It is not sent; its writer is told, and finds it on the ticket."""
    if not sending.fail(why.value):
        return
    told_of_failure(sending, why.value)


def told_of_failure(sending: Sending, why: str) -> None:
    """Its writer hears of it; where they left or lost the customer, whose ticket it is, or else the team."""
    there = sending.user.active and reaches(sending.user, sending.ticket.customer_id)
    person = sending.user_id if there else sending.ticket.assignee_id
    if person is not None:
        tell(person, sending.ticket_id, NewsKind.undelivered, SYSTEM)
    else:
        _tell_team(sending.ticket, sending.user, NewsKind.undelivered, SYSTEM)
    record(SYSTEM, TicketAct.reply_held, sending.ticket, why=why)
    sending.ticket.touch()


def still_waiting(ticket_id: Any) -> Select[*tuple[Any, ...]]:
    """The replies of a ticket that are not out, to be put into a statement."""
    rows: Select[*tuple[Any, ...]] = select(
        *(Sending.id, Sending.body, Sending.due_at, Sending.review, Sending.state, Sending.last_error, Sending.later),
        *(Sending.decision, Sending.user_id, Sending.asked_at, Sending.to, Sending.cc, User.name.label("name")),
    )
    rows = rows.join(User, User.id == Sending.user_id).where(Sending.ticket_id == ticket_id)
    return rows.where(Sending.message_id.is_(None), Sending.withdrawn_at.is_(None)).order_by(Sending.id)
