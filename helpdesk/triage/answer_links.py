"""The page of an answer, reached by a link in its mail without a sign-in: its places, and contesting it (R03)."""

import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import digest
from helpdesk.audit.models import Actor, ActorKind
from helpdesk.customers.models import Contact
from helpdesk.extensions import Model, db
from helpdesk.locking import locked
from helpdesk.notices.models import Notice
from helpdesk.tickets.answering import PageLink
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.recipients import recipient_of
from helpdesk.triage.models import Decision

OPEN_FOR = timedelta(days=60)


class AnswerLink(Model):
    """A link in the mail of one answer to one person: random, stored hashed. It ends at `expires_at` (business time),
    and with the person's rights."""

    __tablename__ = "answer_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]

    decision: Mapped[Decision] = relationship()
    ticket: Mapped[Ticket] = relationship()
    contact: Mapped[Contact | None] = relationship()

    @property
    def open(self) -> bool:
        """Whether it still shows the answer: in time, and to somebody who still belongs to the ticket's customer."""
        if clock.now() >= self.expires_at:
            return False
        person = self.contact
        return person is None or (not person.closed and person.customer_id == self.ticket.customer_id)

    def actor(self, address: str | None) -> Actor:
        """Who acts by it: the person to whom it was sent."""
        return Actor(ActorKind.contact, self.name, self.contact_id, address)


def new_link(ticket: Ticket) -> tuple[AnswerLink, PageLink] | None:
    """A link for who is answered on the ticket, not yet of a decision; None where nobody is mailed."""
    to = recipient_of(ticket)
    if to is None:
        return None
    token, until = secrets.token_urlsafe(24), clock.now() + OPEN_FOR
    row = AnswerLink(ticket=ticket, contact=to.contact, name=to.name, token_hash=digest(token), expires_at=until)
    return row, PageLink(_url(token), until)


def renew_link(notice: Notice) -> None:
    """Before an answer's mail goes out again: it gets a link of its own, since no text keeps one (S8)."""
    rows = (
        select(AnswerLink)
        .join(Decision, Decision.id == AnswerLink.decision_id)
        .join(Message, Message.id == Decision.message_id)
        .where(Message.notice_id == notice.id)
    )
    link = db.session.scalar(rows.limit(1))
    if link is not None and notice.secret is None:
        token = secrets.token_urlsafe(24)
        link.token_hash = digest(token)
        notice.secret = locked(_url(token))


def _url(token: str) -> str:
    return f"{current_app.config['BASE_URL']}/answers/{token}"


def answer_link_of(token: str, *, lock: bool = False) -> AnswerLink | None:
    """The link of this token; with `lock` its ticket is locked, too."""
    link = db.session.scalar(select(AnswerLink).where(AnswerLink.token_hash == digest(token)))
    if link is not None and lock:
        db.session.get_one(Ticket, link.ticket_id, with_for_update=True, populate_existing=True)
    return link
