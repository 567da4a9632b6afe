"""What the database knows about a mail: its customer, its sender, the ticket it belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, select

from helpdesk import clock
from helpdesk.alerts.placing import IncomingAlert
from helpdesk.audit.models import Actor, ActorKind
from helpdesk.customers.models import Contact, Customer, contacts_by_email, customers_by_alert_address
from helpdesk.extensions import db
from helpdesk.mailgate.automatic import Kind
from helpdesk.mailgate.braking import FailedAlerts, Recent, failed_alerts, recent
from helpdesk.mailgate.contents import Mark
from helpdesk.mailgate.ledger import IncomingMail, filed_before
from helpdesk.mailgate.pacing import paces_of
from helpdesk.mailgate.parsing import RECIPIENTS_MAX, Mail
from helpdesk.mailgate.routing import Hidden, Pace, password_told, references_in, token_in
from helpdesk.notices.models import Notice
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket, TicketKind
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
    customers = directory.customers(envelope) or directory.customers(mail.recipients)
    contact = directory.contacts.get(mail.sender)
    thread, named = _thread_of(mail, [*envelope, *mail.recipients])
    if thread is None and not row.failed_check:
        thread = _numbered(mail, contact)
    stranger = Actor(ActorKind.contact, mail.sender_name or mail.sender or "?", None, mail.sender)
    return MailContext(
        customers=customers,
        thread=thread,
        contact=contact,
        actor=contact.as_actor() if contact else stranger,
        takes_part=_takes_part(thread, contact, mail),
        named=named,
        triage=directory.triage,
    )


def _envelope(row: IncomingMail) -> list[str]:
    return list(row.envelope_to[:RECIPIENTS_MAX])


def _thread_of(mail: Mail, recipients: list[str]) -> tuple[Ticket | None, bool]:
    """The ticket a mail belongs to, and whether a number nobody could guess named it.

    Our token comes first, then our Message-IDs, the nearest first.
    """
    if token := token_in(recipients, current_app.config["SUPPORT_ADDRESS"]):
        ticket = _locked(Ticket.reply_token == token)
        if ticket is not None:
            return ticket, True
    if mail.references:
        ours = select(Notice.message_id, Notice.ticket_id)
        ours = ours.where(Notice.message_id.in_(mail.references), Notice.ticket_id.is_not(None))
        known = {row.message_id: row.ticket_id for row in db.session.execute(ours)}
        nearest = next((known[message_id] for message_id in mail.references if message_id in known), None)
        if nearest is not None:
            return _locked(Ticket.id == nearest), True
    return None, False


def _numbered(mail: Mail, contact: Contact | None) -> Ticket | None:
    """The ticket whose number the subject tells, for who takes part in it only: numbers can be guessed."""
    wanted = references_in(mail.subject)
    if not wanted:
        return None
    tickets = db.session.scalars(select(Ticket).where(Ticket.reference.in_(wanted)))
    mine = next((ticket for ticket in tickets if _takes_part(ticket, contact, mail)), None)
    return _locked(Ticket.id == mine.id) if mine is not None else None


def _locked(where: ColumnElement[bool]) -> Ticket | None:
    return db.session.scalar(select(Ticket).where(where).with_for_update())


def _takes_part(ticket: Ticket | None, contact: Contact | None, mail: Mail) -> bool:
    """The requester; on an alert ticket the customer's alert contacts; an unknown sender on their own inquiry."""
    if ticket is None:
        return False
    if contact is None:
        return ticket.kind == TicketKind.inquiry and ticket.requester_id is None and ticket.sender == mail.sender
    if ticket.kind == TicketKind.alert:
        return contact.alert_contact and contact.customer_id == ticket.customer_id
    return ticket.requester_id == contact.id


def closed_long_ago(ticket: Ticket | None, at: datetime) -> bool:
    """Closed for more days than a reply that came then reopens (HELPDESK_REOPEN_DAYS)."""
    if ticket is None or ticket.closed_at is None:
        return False
    return ticket.closed_at < at - timedelta(days=current_app.config["REOPEN_DAYS"])


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
