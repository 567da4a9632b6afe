"""Somebody is to be erased: when that may be, what ends at once, and the errand that waits for their mails (R61)."""

import hmac
from collections.abc import Sequence
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.accounts.models import User, user_of
from helpdesk.actions.instructions import Instruction
from helpdesk.actions.models import Action
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.cover import in_force_on
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Contact
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.locking import locked, relocked
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.masking import ERASED
from helpdesk.notices.models import UNSENT, Notice
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.privacy.kinds import OPEN_STATES, RequestState
from helpdesk.privacy.models import Erasure, PersonalRequest
from helpdesk.privacy.people import Person, person_of
from helpdesk.tickets.kinds import TicketKind, TicketState
from helpdesk.tickets.models import Ticket

ALSO_MAX = 20
MAILS_FIRST = timedelta(minutes=10)
"""So long mails to a person have before they are erased with them."""


def ask_for_erasing(
    by: Actor,
    contact: Contact,
    *,
    request: PersonalRequest | None = None,
    also: Sequence[str] = (),
    keep_attached: bool = False,
) -> Erasure:
    """Close the person at once, and have them erased once the mails that tell them are out."""
    account = user_of(contact)
    if account is not None:
        account.deactivate(by)
    contact.close(by)
    words = _several(also)
    erasure = Erasure(customer_id=contact.customer_id, contact_id=contact.id, asked_at=clock.now(), by_name=by.name)
    erasure.request, erasure.also, erasure.went, erasure.keep_attached = request, words, {}, keep_attached
    erasure.due_at, erasure.address_digest = clock.now(), address_digest(contact.email)
    erasure.also_kept = locked("\n".join(words)).decode() if words else ""
    known = person_of(contact)
    addresses = sorted({address_digest(one) for one in (*known.addresses, contact.email)})
    erasure.listed = {"people": list(known.contact_ids), "addresses": addresses}
    _end_others(by, known, request)
    db.session.add(erasure)
    db.session.flush()
    return erasure


def ask_for_outsider(by: Actor, address: str, words: Sequence[str], how: str) -> Erasure:
    """Have somebody erased who wrote to us and is not on record, by the address they wrote from.

    `words` are such as their name; `how` says what showed that it is them. Refused for who is on record, without `how`,
    and while an inquiry of theirs is open.
    """
    address = address.strip().lower()
    known = select(Contact.id).where(func.lower(Contact.email) == address, Contact.name != ERASED)
    account = select(User.id).where(func.lower(User.email) == address)
    if db.session.scalar(known.limit(1)) is not None or db.session.scalar(account.limit(1)) is not None:
        raise Refusal(_("Somebody with this address is on record: record a request of theirs."), field="email")
    if not how.strip():
        raise Refusal(_("Write what shows that it is them."), field="how")
    open_ones = select(Ticket.reference).where(
        Ticket.requester_id.is_(None), func.lower(Ticket.sender) == address, Ticket.state != TicketState.closed
    )
    if (number := db.session.scalar(open_ones.order_by(Ticket.id.desc()).limit(1))) is not None:
        raise Refusal(_("%(number)s is open. Close it first.", number=number), field="email")
    return _outside(by, [address, *_several(words)], how)


def erase_outsider_again(told: Sequence[str]) -> Erasure | None:
    """After a restore: the address and the words of a line of the list; None where nothing of the address is here."""
    address = told[0]
    places = (
        select(Ticket.id).where(func.lower(Ticket.sender) == address),
        select(IncomingMail.id).where(IncomingMail.sender == address),
        select(Notice.id).where(Notice.to_address == address),
    )
    here = any(db.session.scalar(rows.limit(1)) is not None for rows in places)
    return _outside(SYSTEM, list(told), "") if here else None


def _outside(by: Actor, told: list[str], how: str) -> Erasure:
    erasure = Erasure(asked_at=clock.now(), by_name=by.name, due_at=clock.now(), also=told, went={})
    erasure.address_digest, erasure.also_kept = address_digest(told[0]), locked("\n".join(told)).decode()
    erasure.listed = {"people": [], "addresses": [erasure.address_digest]}
    db.session.add(erasure)
    db.session.flush()
    record(by, PrivacyAct.outsider, erasure, how=how)
    return erasure


def _several(words: Sequence[str]) -> list[str]:
    return [one.strip() for one in words if len(one.strip()) > 1][:ALSO_MAX]


def relock_words() -> int:
    """Encrypt the words of every erasing with the first key, in the caller's transaction; returns how many."""
    rows = db.session.scalars(select(Erasure).where(Erasure.also_kept != "")).all()
    for row in rows:
        row.also_kept = relocked(row.also_kept.encode()).decode()
    return len(rows)


def _end_others(by: Actor, person: Person, request: PersonalRequest | None) -> None:
    """What else the person asked for has nobody to be told."""
    rows = select(PersonalRequest).where(
        PersonalRequest.contact_id.in_(person.contact_ids), PersonalRequest.state.in_(OPEN_STATES)
    )
    for other in db.session.scalars(rows).all():
        if request is None or other.id != request.id:
            other.state = RequestState.withdrawn
            record(by, PrivacyAct.withdrawn, other.ticket)
            close_ticket_of(by, other)


def check_erasable(contact: Contact, *, but: int | None = None) -> None:
    """Refused while a ticket of theirs is open, a decision is asked of them, or a contract has nobody else."""
    rows = select(Ticket.reference).where(
        Ticket.requester_id == contact.id, Ticket.state != TicketState.closed, Ticket.kind == TicketKind.inquiry
    )
    if but is not None:
        rows = rows.where(Ticket.id != but)
    if (open_one := db.session.scalar(rows.limit(1))) is not None:
        raise Refusal(_("%(number)s is open. Close it, or give it to another person, first.", number=open_one))
    decided = select(Instruction.id).where(Instruction.action_id == Action.id)
    asked = select(Action).where(Action.asked_to_id == contact.id, ~decided.exists())
    waiting = (one.reference for one in db.session.scalars(asked.order_by(Action.id.desc()).limit(50)) if one.pending)
    if (pending := next(waiting, None)) is not None:
        raise Refusal(_("%(number)s waits for this person's decision. See to it first.", number=pending))
    today = current_calendar().hours.local_date(clock.now())
    running = select(Contract.id).where(Contract.customer_id == contact.customer_id, in_force_on(today))
    others = select(func.count()).where(
        Contact.customer_id == contact.customer_id, Contact.id != contact.id, Contact.closed_at.is_(None)
    )
    if db.session.scalar(running.limit(1)) is not None and not db.session.scalar(others):
        raise Refusal(_("A contract is in force, and nobody else of the customer is on record (16-7)."))


def mails_on_their_way(person: Person) -> bool:
    """Whether a mail to them, or one on their inquiries to somebody else, has not left yet."""
    theirs = Notice.to_address.in_(person.addresses) | Notice.ticket_id.in_(person.inquiries)
    waiting = select(Notice.id).where(theirs, Notice.state.in_(UNSENT), Notice.withdrawn_at.is_(None))
    return db.session.scalar(waiting.limit(1)) is not None


def address_digest(address: str) -> str:
    """Tells whether an address is one that was erased, under the installation's key, and nothing else."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, address.lower().encode(), "sha256").hexdigest()


def close_ticket_of(by: Actor, request: PersonalRequest) -> None:
    if not request.ticket.closed:
        request.ticket.close(by, reason=request.state.value)
