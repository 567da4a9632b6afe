"""What the database knows about a mail: its customer, its sender, the ticket it belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from helpdesk import clock
from helpdesk.alerts.placing import IncomingAlert
from helpdesk.alerts.reading import SUBJECT
from helpdesk.audit.models import Actor, ActorKind
from helpdesk.customers.alert_addresses import customers_by_alert_address
from helpdesk.customers.models import Contact, Customer
from helpdesk.customers.people import contacts_by_email
from helpdesk.extensions import db
from helpdesk.mailgate.automatic import Kind
from helpdesk.mailgate.braking import FailedAlerts, Recent, failed_alerts, recent
from helpdesk.mailgate.contents import Mark
from helpdesk.mailgate.copies import Key, Taken, taken_before
from helpdesk.mailgate.ledger import IncomingMail, filed_before
from helpdesk.mailgate.pacing import paces_of
from helpdesk.mailgate.parsing import RECIPIENTS_MAX, Mail
from helpdesk.mailgate.routing import Hidden, Pace, password_told
from helpdesk.mailgate.threads import takes_part, thread_of
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.triage.knowledge import TriageContext, triage_context

PASSWORD_WAIT = timedelta(hours=24)


@dataclass
class MailContext:
    """What the database knows about a mail's sender and thread."""

    customers: list[Customer]
    thread: Ticket | None
    contact: Contact | None
    actor: Actor
    takes_part: bool
    named: bool
    triage: TriageContext


@dataclass(frozen=True)
class Directory:
    """What is looked up for several mails at once: people, alert addresses, copies filed before, how fast
    mails like them came, which new tickets their senders opened, what triage goes by."""

    contacts: dict[str, Contact]
    alert_addresses: dict[str, Customer]
    filed: set[str]
    taken: dict[Key, list[Taken]]
    batch: set[str]
    """Message-IDs of the mails that are filed together."""
    paces: dict[int, Pace]
    recent: Recent
    failed: FailedAlerts
    triage: TriageContext
    alerts: list[tuple[IncomingMail, IncomingAlert]] = field(default_factory=list)
    """Alert mails among them, to be received together at the end."""

    def customers(self, addresses: Iterable[str]) -> list[Customer]:
        """The customers whose alert addresses are among these, each once; several is a doubt, not a choice."""
        customers = (self.alert_addresses.get(address.strip().lower()) for address in addresses)
        return list({customer.id: customer for customer in customers if customer is not None}.values())


def gather(read: Sequence[tuple[IncomingMail, Mail]]) -> Directory:
    """A few statements for all of these mails.

    Only what may run into a cap is counted: neither alerts nor copies nor what cannot be read, however many come.
    """
    addresses = {to.strip().lower() for row, mail in read for to in (*_envelope(row), *mail.recipients)}
    contacts = contacts_by_email({mail.sender for _row, mail in read if mail.sender})
    strangers = {row.sender_domain for row, mail in read if row.sender_domain and mail.sender not in contacts}
    directory = Directory(
        contacts=contacts,
        alert_addresses=customers_by_alert_address(addresses),
        filed=filed_before([row for row, _mail in read]),
        taken=taken_before(read),
        batch={mail.message_id for _row, mail in read if mail.message_id},
        paces={},
        recent=recent([row for row, mail in read if mail.kind == Kind.person], strangers),
        failed=failed_alerts() if any(row.failed_check for row, _mail in read) else FailedAlerts(),
        triage=triage_context(),
    )
    capped = {
        row.fingerprint: row
        for row, mail in read
        if mail.readable
        and row.fingerprint not in directory.filed
        and not directory.customers((*_envelope(row), *mail.recipients))
    }
    directory.paces.update(paces_of(list(capped.values())) if capped else {})
    return directory


def look_up(row: IncomingMail, mail: Mail, directory: Directory) -> MailContext:
    """Who wrote, for whom, on which ticket: the thread's ticket is locked."""
    envelope = _envelope(row)
    customers = alerted(envelope, mail, directory)
    contact = directory.contacts.get(mail.sender)
    if directory.batch & set(mail.references):
        db.session.flush()  # it answers one that is filed with it
    recipients = [*envelope, *mail.recipients]
    thread = thread_of(mail, recipients, contact, numbers=not row.failed_check, at=row.received_at)
    stranger = Actor(ActorKind.contact, mail.sender_name or mail.sender or "?", None, mail.sender)
    return MailContext(
        customers=customers,
        thread=thread.ticket,
        contact=contact,
        actor=contact.as_actor() if contact else stranger,
        takes_part=takes_part(thread.ticket, contact, mail.sender, known=thread.known),
        named=thread.named,
        triage=directory.triage,
    )


def alerted(envelope: list[str], mail: Mail, directory: Directory) -> list[Customer]:
    """Whose alert address the mail went to, by its envelope.

    By its header only where the envelope does not say that it went to the support address, or where it looks like a
    console's own: who writes to support and copies an alert address has asked something.
    """
    named = directory.customers(envelope)
    support: str = current_app.config["SUPPORT_ADDRESS"]
    asked = any(address.strip().lower() == support for address in envelope)
    if named or (asked and SUBJECT.match(mail.subject) is None):
        return named
    return directory.customers(mail.recipients)


def _envelope(row: IncomingMail) -> list[str]:
    return list(row.envelope_to[:RECIPIENTS_MAX])


def told_password(mail: Mail, seen: MailContext) -> tuple[Ticket, Mail] | None:
    """The sender's ticket of the last day whose locked ZIP this mail tells the password of, with the mail masked."""
    hidden = password_told(mail)
    if hidden is None or not mail.sender:
        return None
    db.session.flush()
    locked = (
        select(Ticket)
        .join(Message, Message.ticket_id == Ticket.id)
        .where(
            Ticket.sender == mail.sender,
            Ticket.opened_at > clock.now() - PASSWORD_WAIT,
            Message.marks.contains([Mark.locked_zip.value]),
        )
        .order_by(Ticket.id.desc())
        .limit(5)
    )
    tickets = list(db.session.scalars(locked).unique())
    same = [ticket for ticket in tickets if hidden.subject and hidden.subject in ticket.subject]
    chosen = (same or tickets)[:1] if same or len(tickets) == 1 else []
    if not chosen or _takes_no_part(chosen[0], seen):
        return None
    db.session.refresh(chosen[0], with_for_update=True)
    return chosen[0], masked(mail, hidden)


def masked(mail: Mail, hidden: Hidden) -> Mail:
    """The mail with the password taken out; its original keeps it."""
    return replace(mail, text=hidden.text, html="", shown=(), marks=mail.marks | {Mark.password_masked})


def _takes_no_part(ticket: Ticket, seen: MailContext) -> bool:
    return ticket.requester_id is not None and (seen.contact is None or seen.contact.id != ticket.requester_id)
