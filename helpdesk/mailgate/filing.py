"""Filing one waiting mail: read, route, put where it belongs. Ticket and disposition commit together (R10, R14)."""

from collections.abc import Sequence
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk.actions.asking import answer_consent
from helpdesk.alerts.informing import note_informed, parted
from helpdesk.alerts.reading import SUBJECT
from helpdesk.alerts.receiving import receive_alerts
from helpdesk.audit.models import SYSTEM, Actor, ActorKind, record
from helpdesk.customers.alert_addresses import is_support, seen_working
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.models import read
from helpdesk.intake.following import follow_up
from helpdesk.intake.receiving import receive_inquiry
from helpdesk.mailgate.acts import MailAct
from helpdesk.mailgate.automatic import STATUS, Kind
from helpdesk.mailgate.bounce_effects import note_bounce
from helpdesk.mailgate.braking import TAKEN_IN, WORDS_MIN
from helpdesk.mailgate.charsets import clean
from helpdesk.mailgate.contents import Mark
from helpdesk.mailgate.context import Directory, MailContext, alerted, gather, look_up, masked, told_password
from helpdesk.mailgate.copies import copy_of, note_taken
from helpdesk.mailgate.ledger import ERROR_MAX, Disposition, IncomingMail
from helpdesk.mailgate.pacing import cap_for
from helpdesk.mailgate.parsing import Mail, parse_mail
from helpdesk.mailgate.quoting import without_quotes
from helpdesk.mailgate.routing import Cap, Destination, MailFacts, answers_something, password_told, route
from helpdesk.mailgate.taking import incoming_of, mailed_of, note_reading, uploads_of
from helpdesk.mailgate.threads import closed_long_ago
from helpdesk.tickets.kinds import SUBJECT_MAX, Channel, TicketKind
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.mailed import Mailed, Upload
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening, numbers_ahead
from helpdesk.triage.knowledge import TriageContext, triage_context


def file_mails(rows: Sequence[IncomingMail]) -> list[Disposition]:
    """File waiting mails, whose rows the caller locked, in their order and in the caller's transaction.

    All are read before the first is filed, and what they need from the database is asked for together; new rows
    are written at the end, or where a mail must see what the one before it did.
    """
    mails = [(row, _read(row)) for row in rows]
    for row, mail in mails:
        note_reading(row, mail)
    directory = gather(mails)
    with db.session.no_autoflush, numbers_ahead(len(mails)):
        filed = _file_all(mails, directory)
    db.session.flush()
    return filed


def _file_all(
    mails: Sequence[tuple[IncomingMail, Mail]], directory: Directory, *, by_hand: bool = False
) -> list[Disposition]:
    """One after the other; alerts at the end and together, so that a storm costs little a mail (R11)."""
    filed = []
    for row, mail in mails:
        filed.append(_disposed(row, *_file(row, mail, directory, by_hand=by_hand)))
        note_taken(row, directory.taken)
    reached = {to.strip().lower() for row, _alert in directory.alerts for to in row.envelope_to}
    if known := reached & directory.alert_addresses.keys():
        seen_working(sorted(known))
    tickets = receive_alerts([alert for _row, alert in directory.alerts])
    for (row, _alert), ticket in zip(directory.alerts, tickets, strict=True):
        row.ticket = ticket
    return filed


def _read(row: IncomingMail) -> Mail:
    return parse_mail(read(row.raw_sha256 or ""), null_path=row.envelope_from == "")


def _disposed(row: IncomingMail, disposition: Disposition, ticket: Ticket | None) -> Disposition:
    row.disposition, row.ticket = disposition, ticket
    if disposition == Disposition.new_ticket and row.thread is None:
        row.thread = ticket
    return disposition


def file_as_unreadable(row: IncomingMail, error: str) -> None:
    """What a mail becomes whose filing failed: still a ticket, with the original attached (R14)."""
    row.error = clean(error)[:ERROR_MAX]
    _disposed(row, Disposition.unreadable, _open_unreadable(row, Mail(kind=Kind.unreadable), triage_context()))


def take_in(row: IncomingMail, by: Actor) -> Disposition:
    """A person says that a parked mail, a bounce or junk is to be worked on after all: it is filed as a person's."""
    if row.raw_sha256 is None:
        raise Refusal(_("The original of this mail is gone: its period is over, or its sender was erased."))
    mail = _read(row)
    kind = Kind.person if mail.readable else mail.kind
    asked = replace(mail, kind=kind, junk=False, answered_by_machine=False, null_path=False)
    note_reading(row, asked)
    (disposition,) = _file_all([(row, asked)], gather([(row, asked)]), by_hand=True)
    row.reason = TAKEN_IN
    if row.ticket is not None:
        record(by, MailAct.taken_in, row.ticket, mail=row.id)
    return disposition


def reread(row: IncomingMail) -> Disposition | None:
    """Run a row again with today's reader: what is on a ticket is read anew in place, the rest is routed afresh."""
    if row.raw_sha256 is None or row.disposition in (Disposition.duplicate, Disposition.refused):
        return row.disposition
    message = _message_of(row)
    if message is None:
        return file_mails([row])[0]
    mail = _read(row)
    if not mail.readable:
        return row.disposition
    hidden = password_told(mail) if Mark.password_masked.value in message.marks else None
    mail = masked(mail, hidden) if hidden else mail
    before, ticket = message.body, db.session.get_one(Ticket, message.ticket_id)
    message.reads(mailed_of(row, mail), mail.body or "-")
    if row.disposition == Disposition.unreadable:
        ticket.subject, ticket.sender = (mail.subject or ticket.subject)[:SUBJECT_MAX], mail.sender or ticket.sender
        row.disposition = Disposition.new_ticket
    if message.body != before:
        ticket.touch()
        record(SYSTEM, MailAct.read_again, ticket, mail=row.id)
    return row.disposition


def _message_of(row: IncomingMail) -> Message | None:
    """The words on a ticket that this mail became."""
    if row.ticket_id is None or row.disposition in (Disposition.parked, Disposition.bounce):
        return None
    same = select(Message).where(Message.ticket_id == row.ticket_id, Message.raw_sha256 == row.raw_sha256)
    return db.session.scalar(same.order_by(Message.id).limit(1))


def _file(
    row: IncomingMail, mail: Mail, directory: Directory, *, by_hand: bool = False
) -> tuple[Disposition, Ticket | None]:
    if not by_hand and row.fingerprint in directory.filed:
        return Disposition.duplicate, None
    directory.filed.add(row.fingerprint)
    if not mail.readable:
        return Disposition.unreadable, _open_unreadable(row, mail, directory.triage)
    to_alerts = bool(alerted(list(row.envelope_to), mail, directory))
    if not by_hand and (copy := copy_of(row, mail, directory.taken, alert=to_alerts)) is not None:
        return Disposition.duplicate, db.session.get(Ticket, copy.ticket_id) if copy.ticket_id else None
    seen = look_up(row, mail, directory)
    row.thread = seen.thread
    known = MailFacts(
        alert_address=bool(seen.customers),
        reads_as_alert=seen.contact is None and SUBJECT.match(mail.subject) is not None,
        thread_ticket=seen.thread.id if seen.thread else None,
        sender_takes_part=seen.takes_part,
        closed_long_ago=closed_long_ago(seen.thread, row.received_at),
        registered=seen.contact is not None,
        answers_ours=seen.named and not by_hand,
        from_ours=is_support(mail.sender) and not by_hand,
        cap=None if by_hand or seen.customers else _cap(row, mail, seen, directory),
    )
    destination, reason = route(mail, known)
    row.reason = reason or None
    if destination == Destination.alert:
        return _file_alert(row, mail, seen, directory, by_hand=by_hand)
    disposition, ticket = _put(row, mail, seen, destination)
    if disposition == Disposition.new_ticket and ticket is not None:
        directory.recent.note(row, ticket, registered=seen.contact is not None)
    return disposition, ticket


def _file_alert(
    row: IncomingMail, mail: Mail, seen: MailContext, directory: Directory, *, by_hand: bool
) -> tuple[Disposition, Ticket | None]:
    """Alerts wait to be received together; what only informs is noted, and too many that fail the check are parked."""
    alert = incoming_of(row, mail, seen)
    if row.failed_check and not by_hand and directory.failed.is_over(alert.customer):
        row.reason, row.thread = Cap.failed.value, directory.failed.ticket_to_note(alert.customer)
        seen.thread = row.thread
        return Disposition.parked, _park(row, mail, seen)
    if not by_hand:
        alert, informing = parted(alert)
        if informing:
            note_informed(alert, informing)
        if informing and not alert.facts.events:
            return Disposition.information, None
    directory.alerts.append((row, alert))
    return Disposition.alert, None


def _cap(row: IncomingMail, mail: Mail, seen: MailContext, directory: Directory) -> Cap | None:
    """Which bound a mail runs into. One that is braked points at its sender's newest ticket, where people see it."""
    cap = cap_for(row, mail, directory.paces, takes_part=seen.takes_part)
    if cap is not None or seen.takes_part or mail.kind != Kind.person:
        return cap
    worded = len(mail.text.strip()) >= WORDS_MIN
    cap = directory.recent.cap(row, registered=seen.contact is not None, worded=worded)
    if cap is not None:
        newest = directory.recent.note_braked(row)
        if row.thread is None and newest is not None:
            row.thread = seen.thread = db.session.get(Ticket, newest)
    return cap


def _put(
    row: IncomingMail, mail: Mail, seen: MailContext, destination: Destination
) -> tuple[Disposition, Ticket | None]:
    if destination == Destination.bounce:
        return Disposition.bounce, note_bounce(
            mail.bounce, seen.thread if seen.named else None, row.id, by_id=mail.sign == STATUS
        )
    if destination == Destination.junk:
        return Disposition.junk, None
    if destination == Destination.parked:
        return Disposition.parked, _park(row, mail, seen)
    if destination == Destination.follow_up and seen.thread is not None:
        _add_words(row, mail, seen.thread, seen.actor, acknowledged=_may_acknowledge(mail, seen))
        if seen.thread.kind == TicketKind.alert:
            answer_consent(seen.thread, seen.contact, without_quotes(mail.body, mail.subject))
        return Disposition.follow_up, seen.thread
    if destination == Destination.inquiry and (earlier := told_password(mail, seen)) is not None:
        ticket, masked = earlier
        _add_words(row, masked, ticket, seen.actor, acknowledged=False)
        return Disposition.follow_up, ticket
    ticket = _open_inquiry(row, mail, seen, destination)
    # an instruction stands on the alert that it means
    return Disposition.follow_up if ticket.kind == TicketKind.alert else Disposition.new_ticket, ticket


def _park(row: IncomingMail, mail: Mail, seen: MailContext) -> Ticket | None:
    """Nothing is opened or answered; the ticket it points at says so, and whoever reads it may take it in."""
    if seen.thread is not None and row.disposition is None:
        record(
            SYSTEM, MailAct.parked, seen.thread, mail=row.id, sender=mail.sender, kind=mail.kind.value, why=row.reason
        )
        seen.thread.touch()
    return seen.thread


def _add_words(row: IncomingMail, mail: Mail, ticket: Ticket, by: Actor, *, acknowledged: bool) -> None:
    follow_up(
        ticket,
        by,
        mail.body or "-",
        channel=Channel.mail,
        files=uploads_of(mail),
        mailed=mailed_of(row, mail),
        own_words=without_quotes(mail.body, mail.subject),
        acknowledged=acknowledged,
    )


def _open_inquiry(row: IncomingMail, mail: Mail, seen: MailContext, destination: Destination) -> Ticket:
    """Never refused for its content: limits of the form do not apply, the original is kept."""
    opening = Opening(
        kind=TicketKind.inquiry,
        subject=mail.subject or "(件名なし / no subject)",
        body=mail.body or "-",
        channel=Channel.mail,
        customer=seen.contact.customer if seen.contact else None,
        requester=seen.contact,
        sender=mail.sender or row.envelope_from,
        files=uploads_of(mail),
        mailed=mailed_of(row, mail),
    )
    ticket = receive_inquiry(seen.actor, opening, seen.triage, acknowledged=_may_acknowledge(mail, seen))
    if seen.thread is not None and seen.thread is not ticket:
        follows = destination == Destination.successor
        link(ticket, seen.thread, seen.actor, LinkKind.follows if follows else LinkKind.related)
    return ticket


def _may_acknowledge(mail: Mail, seen: MailContext) -> bool:
    """Not to what answers one of our own mails from somewhere else, nor where the mail may come from a machine."""
    return mail.may_be_answered and not (answers_something(mail) and seen.thread is not None and not seen.takes_part)


def _open_unreadable(row: IncomingMail, mail: Mail, triage: TriageContext) -> Ticket:
    original = Upload("original.eml", read(row.raw_sha256 or ""), "message/rfc822")
    opening = Opening(
        kind=TicketKind.inquiry,
        subject=mail.subject or "読み取れないメール / unreadable mail",
        body=mail.text.strip() or "原本を添付しています。 / The original is attached.",
        channel=Channel.mail,
        sender=row.envelope_from,
        files=[original],
        mailed=Mailed(mail.message_id, row.raw_sha256, verified=False, received_at=row.received_at),
    )
    return receive_inquiry(Actor(ActorKind.contact, row.envelope_from or "?", None, row.envelope_from), opening, triage)
