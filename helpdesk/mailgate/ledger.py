"""Every mail that was accepted, written before anything reads it, and what became of it (R10, R14).

`accept` is committed before the sender hears 250. `settle` reads, routes and files one waiting mail: ticket and
disposition commit together, so a mail is settled once however often the gateway dies.
"""

import enum
import hashlib
import logging
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.alerts.models import AlertMail, receive_alert
from helpdesk.alerts.reading import SUBJECT, read_alert
from helpdesk.audit.models import Actor, ActorKind
from helpdesk.customers.models import Contact, contact_by_email, customers_of_alert_addresses
from helpdesk.extensions import Model, db
from helpdesk.files.models import read, store
from helpdesk.mailgate.parsing import RECIPIENTS_MAX, Mail, parse_mail
from helpdesk.mailgate.routing import Destination, Known, is_verified, reference_in, route, token_in
from helpdesk.notices.models import Notice
from helpdesk.tickets.messages import Upload, customer_wrote
from helpdesk.tickets.models import Channel, Ticket, TicketKind
from helpdesk.tickets.opening import Opening
from helpdesk.triage.intake import receive_inquiry

log = logging.getLogger(__name__)


class Disposition(enum.StrEnum):
    new_ticket = "new_ticket"
    follow_up = "follow_up"
    alert = "alert"
    parked = "parked"
    duplicate = "duplicate"
    unreadable = "unreadable"


class IncomingMail(Model):
    """One accepted mail. No disposition means it still waits."""

    __tablename__ = "incoming_mails"
    __table_args__ = (
        Index("ix_incoming_mails_waiting", "id", postgresql_where=text("disposition IS NULL")),
        Index("ix_incoming_mails_same", "fingerprint"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    envelope_from: Mapped[str]
    envelope_to: Mapped[list[Any]]
    raw_sha256: Mapped[str] = mapped_column(ForeignKey("stored_files.sha256"))
    size: Mapped[int]
    fingerprint: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    disposition: Mapped[Disposition | None]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    error: Mapped[str | None]


def accept(raw: bytes, envelope_from: str, envelope_to: list[str]) -> int:
    """Keep a mail and its envelope, in the caller's transaction; returns the ledger row's id."""
    sha256 = store(raw)
    envelope = "\n".join([envelope_from.lower(), *sorted(to.lower() for to in envelope_to), sha256])
    row = IncomingMail(
        received_at=clock.now(),
        envelope_from=envelope_from,
        envelope_to=list(envelope_to),
        raw_sha256=sha256,
        size=len(raw),
        fingerprint=hashlib.sha256(envelope.encode()).hexdigest(),
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def waiting_ids(limit: int = 200) -> list[int]:
    """Mails that were accepted but not settled, oldest first."""
    rows = select(IncomingMail.id).where(IncomingMail.disposition.is_(None)).order_by(IncomingMail.id)
    return list(db.session.scalars(rows.limit(limit)))


def count_try(mail_id: int) -> int:
    """Note that a mail is about to be filed, committed before it is read; returns the how-manieth try this is."""
    row = db.session.get(IncomingMail, mail_id)
    if row is None or row.disposition is not None:
        return 0
    row.tries += 1
    return row.tries


def settle(mail_id: int) -> Disposition | None:
    """File one waiting mail in the caller's transaction; None where another process has it."""
    row = db.session.scalar(
        select(IncomingMail)
        .where(IncomingMail.id == mail_id, IncomingMail.disposition.is_(None))
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    mail = parse_mail(read(row.raw_sha256))
    if _seen_before(row):
        row.disposition = Disposition.duplicate
    elif not mail.readable:
        row.disposition, row.ticket_id = Disposition.unreadable, _open_unreadable(row, mail).id
    else:
        row.disposition, ticket = _file(row, mail)
        row.ticket_id = ticket.id if ticket else None
    return row.disposition


def settle_as_unreadable(mail_id: int, error: str) -> None:
    """What a mail becomes whose filing failed: still a ticket, with the original attached (R14)."""
    row = db.session.scalar(
        select(IncomingMail)
        .where(IncomingMail.id == mail_id, IncomingMail.disposition.is_(None))
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.error = error[:2000]
        row.disposition, row.ticket_id = (
            Disposition.unreadable,
            _open_unreadable(row, Mail(readable=False)).id,
        )


def counts() -> dict[str, int]:
    """received = waiting + the sum of the dispositions."""
    rows = db.session.execute(select(IncomingMail.disposition, func.count()).group_by(IncomingMail.disposition))
    named = {(disposition.value if disposition else "waiting"): count for disposition, count in rows}
    return {"received": sum(named.values()), "waiting": 0, **named}


def _seen_before(row: IncomingMail) -> bool:
    """The same envelope and content came before: one mail delivered twice, not two."""
    same = select(IncomingMail.id).where(IncomingMail.fingerprint == row.fingerprint, IncomingMail.id < row.id)
    return db.session.scalar(same.limit(1)) is not None


def _file(row: IncomingMail, mail: Mail) -> tuple[Disposition, Ticket | None]:
    customers = customers_of_alert_addresses(row.envelope_to) or customers_of_alert_addresses(list(mail.recipients))
    ticket = _thread_of(mail, [*row.envelope_to[:RECIPIENTS_MAX], *mail.recipients])
    contact = contact_by_email(mail.sender) if mail.sender else None
    known = Known(
        alert_address=bool(customers),
        reads_as_alert=contact is None and SUBJECT.match(mail.subject) is not None,
        thread_ticket=ticket.id if ticket else None,
        sender_takes_part=_takes_part(ticket, contact, mail),
    )
    destination = route(mail, known)
    verified = is_verified(mail.authentication, current_app.config["AUTHSERV_ID"])
    actor = (
        contact.as_actor() if contact else Actor(ActorKind.contact, mail.sender_name or mail.sender, None, mail.sender)
    )
    if destination == Destination.alert:
        opened = receive_alert(
            actor,
            customers[0] if len(customers) == 1 else None,
            read_alert(mail.subject, mail.text),
            mail=AlertMail(mail.subject, mail.text or "-", mail.sender, mail.message_id, row.raw_sha256, verified),
        )
        return Disposition.alert, opened
    if destination == Destination.parked or (not row.envelope_from and destination == Destination.follow_up):
        return Disposition.parked, ticket
    files = [Upload(file.name, file.content, file.content_type) for file in mail.files]
    if destination == Destination.follow_up and ticket is not None:
        customer_wrote(
            ticket,
            actor,
            mail.text or "-",
            channel=Channel.mail,
            files=files,
            mail_message_id=mail.message_id,
            raw_sha256=row.raw_sha256,
            verified=verified,
        )
        return Disposition.follow_up, ticket
    return Disposition.new_ticket, _open_inquiry(row, mail, actor, contact, files, verified)


def _open_inquiry(  # noqa: PLR0917 - what _file found out, in its order
    row: IncomingMail, mail: Mail, actor: Actor, contact: Contact | None, files: list[Upload], verified: bool
) -> Ticket:
    """Never refused for its content: limits of the form do not apply, the original is kept."""
    return receive_inquiry(
        actor,
        Opening(
            kind=TicketKind.inquiry,
            subject=mail.subject or "(件名なし / no subject)",
            body=mail.text or "-",
            channel=Channel.mail,
            customer=contact.customer if contact else None,
            requester=contact,
            sender=mail.sender or row.envelope_from,
            verified=verified,
            files=files,
            mail_message_id=mail.message_id,
            raw_sha256=row.raw_sha256,
            from_mail=True,
        ),
    )


def _thread_of(mail: Mail, recipients: list[str]) -> Ticket | None:
    """The ticket a mail belongs to: our token, then our Message-IDs, then the number in the subject."""
    if token := token_in(recipients, current_app.config["SUPPORT_ADDRESS"]):
        found = db.session.scalar(select(Ticket).where(Ticket.reply_token == token).with_for_update())
        if found is not None:
            return found
    if mail.references:
        ours = select(Notice.ticket_id).where(Notice.message_id.in_(mail.references)).limit(1)
        if ticket_id := db.session.scalar(ours):
            return db.session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update())
    if reference := reference_in(mail.subject):
        return db.session.scalar(select(Ticket).where(Ticket.reference == reference).with_for_update())
    return None


def _takes_part(ticket: Ticket | None, contact: Contact | None, mail: Mail) -> bool:
    """The requester; on an alert ticket also the customer's alert contacts; an unknown sender on their own thread."""
    if ticket is None:
        return False
    if contact is None:
        return ticket.requester_id is None and ticket.sender == mail.sender
    if ticket.kind == TicketKind.alert:
        return contact.alert_contact and contact.customer_id == ticket.customer_id
    return ticket.requester_id == contact.id


def _open_unreadable(row: IncomingMail, mail: Mail) -> Ticket:
    original = Upload("original.eml", read(row.raw_sha256), "message/rfc822")
    return receive_inquiry(
        Actor(ActorKind.contact, row.envelope_from or "?", None, row.envelope_from),
        Opening(
            kind=TicketKind.inquiry,
            subject=mail.subject or "読み取れないメール / unreadable mail",
            body=mail.text.strip() or "原本を添付しています。 / The original is attached.",
            channel=Channel.mail,
            sender=row.envelope_from,
            verified=False,
            files=[original],
            raw_sha256=row.raw_sha256,
            from_mail=True,
        ),
    )
