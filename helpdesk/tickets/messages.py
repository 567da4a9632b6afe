"""What is said on a ticket: the customer's words, the desk's replies, internal notes, and their attachments."""

import enum
import secrets
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import Actor, ActorKind, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.files.models import store
from helpdesk.files.names import clean_name
from helpdesk.masking import mask_secrets, moved, secret_spans
from helpdesk.notices.models import Notice
from helpdesk.settings.models import current_settings
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.kinds import BODY_MAX, FILES_MAX, FILES_SIZE_MAX, Channel, TicketKind, TicketState
from helpdesk.tickets.mailed import Mailed, Upload
from helpdesk.tickets.mentions import mentioned_in
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import NewsKind, tell, tell_followers
from helpdesk.tickets.terms import search_vector

PREVIEW = 120


SECRET_MASKED = "secret_masked"  # noqa: S105 - the name of a mark
"""The mark of a message whose secret was masked."""


class MessageKind(enum.StrEnum):
    customer = "customer"
    agent = "agent"
    note = "note"


class Message(Model):
    """`verified` is None where no mail was involved. `raw_sha256` is the original mail, `folds` what it quotes.

    `terms` is what search finds it by; empty while it waits to be indexed.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_ticket", "ticket_id", "id"),
        Index("ix_messages_terms", "terms", postgresql_using="gin", postgresql_where=text("terms IS NOT NULL")),
        Index(
            "ix_messages_newest",
            "id",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 128, "autosummarize": "on"},
        ),
        Index("ix_messages_mail", "mail_message_id", postgresql_where=text("mail_message_id IS NOT NULL")),
        Index(
            "ix_messages_file", "raw_sha256", postgresql_using="hash", postgresql_where=text("raw_sha256 IS NOT NULL")
        ),
        Index("ix_messages_unindexed", "id", postgresql_where=text("terms IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[MessageKind]
    author_name: Mapped[str]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    channel: Mapped[Channel]
    at: Mapped[datetime]
    body: Mapped[str]
    mail_message_id: Mapped[str | None]
    raw_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    verified: Mapped[bool | None]
    folds: Mapped[list[Any]] = mapped_column(default=list)
    has_html: Mapped[bool] = mapped_column(default=False)
    marks: Mapped[list[Any]] = mapped_column(default=list)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))
    terms: Mapped[str | None] = deferred(mapped_column(TSVECTOR))

    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id")
    notice: Mapped[Notice | None] = relationship()
    ticket: Mapped[Ticket] = relationship()

    def reads(self, mailed: Mailed, body: str) -> None:
        """Take over how the original reads (again): its words, what they quote, and what is to be known."""
        self.body = body.replace("\x00", "")
        self.mail_message_id, self.raw_sha256, self.verified = mailed.message_id, mailed.raw_sha256, mailed.verified
        self.folds = [list(span) for span in mailed.folds]
        self.has_html, self.marks = mailed.has_html, list(mailed.marks)
        self.terms = None
        self.hide_secrets()

    def hide_secrets(self) -> None:
        """Mask passwords and keys in what a customer wrote: nobody reads them here; a mail's original keeps them."""
        spans = secret_spans(self.body)
        if spans:
            self.folds = [[moved(start, spans), moved(end, spans)] for start, end in self.folds]
            self.body, self.has_html = mask_secrets(self.body), False
            self.marks = [*self.marks, SECRET_MASKED]

    @property
    def from_console(self) -> bool:
        """Whether a console wrote it, by mail or read from its API, and no person of the customer."""
        told = self.kind == MessageKind.customer and self.author_id is None
        return told and self.ticket.kind == TicketKind.alert and self.channel in (Channel.mail, Channel.console)

    @property
    def first_words(self) -> str:
        """The beginning of its own words, on one line."""
        own = next((words for words, quoted in self.pieces if not quoted), "")
        return " ".join(own[: PREVIEW * 2].split())[:PREVIEW]

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The words in order, each piece with whether it is a quotation to fold."""
        pieces: list[tuple[str, bool]] = []
        position = 0
        for start, end in self.folds:
            pieces += [(self.body[position:start], False), (self.body[start:end], True)]
            position = end
        pieces.append((self.body[position:], False))
        return [(words.strip("\n"), quoted) for words, quoted in pieces if words.strip()]


class Attachment(Model):
    """A file on a message. `key` is random: it names the file in URLs. `inline`: an image within the mail's HTML."""

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_file", "sha256", postgresql_using="hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_files.sha256"))
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    inline: Mapped[bool] = mapped_column(default=False)
    cleared_at: Mapped[datetime | None]
    """When an agent said that a file of an alert may be downloaded as it is."""


def clear_file(file: Attachment, ticket: Ticket, by: Actor) -> None:
    """Let a file that came with an alert be downloaded as it is; a second time changes nothing."""
    if file.cleared_at is None:
        file.cleared_at = clock.now()
        ticket.touch()
        record(by, TicketAct.file_cleared, ticket, name=file.name, sha256=file.sha256)


def check_words(body: str, files: list[Upload]) -> None:
    """The limits every door keeps. Raises Refusal with a sentence for the person."""
    if not body.strip():
        raise Refusal(_("Please write something first."))
    if len(body) > BODY_MAX:
        raise Refusal(_("The text is longer than %(count)s characters. Please attach it as a file.", count=BODY_MAX))
    if len(files) > FILES_MAX:
        raise Refusal(_("At most %(count)s files fit on one message.", count=FILES_MAX))
    if sum(len(file.content) for file in files) > FILES_SIZE_MAX:
        raise Refusal(_("The files may have %(limit)s MB together.", limit=FILES_SIZE_MAX // 1024 // 1024))


def add_message(
    ticket: Ticket,
    by: Actor,
    body: str,
    *,
    kind: MessageKind,
    channel: Channel,
    files: list[Upload] | None = None,
    mailed: Mailed | None = None,
    at: datetime | None = None,
    title: str = "",
) -> Message:
    """Put words on a ticket. The doors check their limits first; a mail is never refused for its content.

    They were said `at` that time, otherwise when their mail was accepted, otherwise now. The message that opens a
    ticket is found by its `title`, too.
    """
    message = Message(
        ticket=ticket,
        kind=kind,
        author_name=by.name,
        author_kind=by.kind,
        author_id=by.id,
        channel=channel,
        at=at or (mailed and mailed.received_at) or clock.now(),
        body=body.replace("\x00", ""),
        folds=[],
        marks=[],
        attachments=[_attach(file) for file in files or []],
    )
    if mailed is not None:
        message.reads(mailed, body)
    elif kind == MessageKind.customer:
        message.hide_secrets()
    message.terms = search_vector(message.body, title)
    db.session.add(message)
    if kind != MessageKind.note and not message.from_console:
        ticket.preview = message.first_words
    ticket.touch()
    return message


def note(ticket: Ticket, by: User, body: str, *, files: list[Upload] | None = None) -> Message:
    """Write an internal note: never mailed, never shown to a customer."""
    check_words(body, files or [])
    message = add_message(ticket, by.actor(), body, kind=MessageKind.note, channel=Channel.portal, files=files)
    db.session.flush()
    record(by.actor(), TicketAct.noted, ticket, message=message.id)
    for user_id in mentioned_in(body):
        tell(user_id, ticket.id, NewsKind.mentioned, by.actor())
    return message


def customer_wrote(
    ticket: Ticket,
    by: Actor,
    body: str,
    *,
    channel: Channel,
    files: list[Upload] | None = None,
    mailed: Mailed | None = None,
    called_at: datetime | None = None,
) -> Message:
    """The customer's side adds words: a waiting ticket opens, a closed one reopens, an answer is due again.

    It is counted from when the words came: a call's stated time, a mail's acceptance, otherwise now.
    """
    minutes = current_settings().first_answer_minutes
    message = add_message(
        ticket, by, body, kind=MessageKind.customer, channel=channel, files=files, mailed=mailed, at=called_at
    )
    ticket.snoozed_until = None
    if ticket.closed:
        ticket.reopen(by, "the customer wrote", current_calendar(), minutes, since=message.at)
    elif ticket.state == TicketState.waiting or ticket.due_at is None:
        ticket.state = TicketState.open
        ticket.restart_clock(current_calendar(), minutes, since=message.at)
    db.session.flush()
    record(by, TicketAct.customer_wrote, ticket, message=message.id, channel=channel.value)
    tell_followers(ticket.assignee_id, ticket.id, NewsKind.answered, by)
    return message


def _attach(file: Upload) -> Attachment:
    return Attachment(
        key=secrets.token_urlsafe(16),
        sha256=store(file.content),
        name=clean_name(file.name),
        content_type=file.content_type[:100],
        size=len(file.content),
        inline=file.inline,
    )
