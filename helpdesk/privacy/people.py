"""Who a request is about: a customer's person with every row, address, name and number they had (R61)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from helpdesk.accounts.models import User
from helpdesk.audit.models import ActorKind, AuditEvent
from helpdesk.customers.changes import ContactChange
from helpdesk.customers.models import Contact
from helpdesk.extensions import db
from helpdesk.folding import fold
from helpdesk.privacy.models import PersonalRequest
from helpdesk.privacy.redacting import Redactor, pattern_of
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket


@dataclass(frozen=True)
class Person:
    """`names`, `addresses` and `phones` are those on record now and before; `shared_names` somebody else has as well.

    `families` are family names that nobody else at the customer has.
    """

    customer_id: int
    contact_ids: tuple[int, ...]
    user_ids: tuple[int, ...]
    names: tuple[str, ...]
    shared_names: tuple[str, ...]
    families: tuple[str, ...]
    addresses: tuple[str, ...]
    phones: tuple[str, ...]

    @cached_property
    def anywhere(self) -> Redactor:
        """What is theirs wherever it stands."""
        return Redactor(pattern_of(names=self.names, addresses=self.addresses, phones=self.phones))

    @cached_property
    def at_customer(self) -> Redactor:
        """What is theirs within what belongs to their customer."""
        names = (*self.names, *self.shared_names)
        return Redactor(pattern_of(names=names, addresses=self.addresses, phones=self.phones, families=self.families))

    def known_also_as(self, words: Sequence[str]) -> "Person":
        """The same with further words that only they are known by."""
        return replace(self, names=(*self.names, *words))

    def among(self, what: str) -> Any:
        """What a place's column is compared with (`DataPlace.rows`): values, or a statement that selects them."""
        return {
            "contacts": self.contact_ids,
            "users": self.user_ids,
            "addresses": self.addresses,
            "tickets": self.inquiries,
            "messages": self.messages,
            "events": self.events,
            "requests": select(PersonalRequest.id).where(PersonalRequest.contact_id.in_(self.contact_ids)),
        }[what]

    @property
    def inquiries(self) -> Select[int]:
        """Their own inquiries. An alert is their customer's, whoever answers for it."""
        asked = or_(Ticket.requester_id.in_(self.contact_ids), func.lower(Ticket.sender).in_(self.addresses))
        return select(Ticket.id).where(asked, Ticket.kind == TicketKind.inquiry)

    @property
    def messages(self) -> Select[int]:
        """What they wrote, and all that stands on their own inquiries."""
        wrote = or_(
            and_(Message.author_kind == ActorKind.contact, Message.author_id.in_(self.contact_ids)),
            and_(Message.author_kind == ActorKind.user, Message.author_id.in_(self.user_ids)),
        )
        theirs = select(Ticket.id).where(Ticket.customer_id == self.customer_id)
        return select(Message.id).where(
            or_(Message.ticket_id.in_(self.inquiries), and_(Message.ticket_id.in_(theirs), wrote))
        )

    @property
    def events(self) -> Select[int]:
        """What they did."""
        return select(AuditEvent.id).where(
            or_(
                and_(AuditEvent.actor_kind == ActorKind.contact, AuditEvent.actor_id.in_(self.contact_ids)),
                and_(AuditEvent.actor_kind == ActorKind.user, AuditEvent.actor_id.in_(self.user_ids)),
            )
        )


def person_of(contact: Contact) -> Person:
    """Everything by which a contact was known, also as the contacts that were put together with them."""
    rows = select(Contact).where(or_(Contact.id == contact.id, Contact.merged_into_id == contact.id))
    contacts = db.session.scalars(rows.order_by(Contact.id)).all()
    ids = tuple(one.id for one in contacts)
    users = db.session.scalars(select(User).where(User.contact_id.in_(ids)).order_by(User.id)).all()
    facts: list[Mapping[str, Any]] = [
        *({"name": one.name, "kana": one.kana, "email": one.email, "phone": one.phone} for one in contacts),
        *({"name": one.name, "email": one.email} for one in users),
    ]
    for change in db.session.scalars(select(ContactChange).where(ContactChange.contact_id.in_(ids))):
        facts += [change.before, change.after]
    names = _distinct(facts, "name", "kana")
    others = _others(contact, ids)
    shared = {one for one in names if fold(one) in {fold(name) for name, _customer in others}}
    return Person(
        customer_id=contact.customer_id,
        contact_ids=ids,
        user_ids=tuple(one.id for one in users),
        names=tuple(one for one in names if one not in shared),
        shared_names=tuple(sorted(shared)),
        families=_families(contact, names, others),
        addresses=tuple(one.lower() for one in _distinct(facts, "email")),
        phones=_distinct(facts, "phone"),
    )


def _distinct(facts: Sequence[Mapping[str, Any]], *keys: str) -> tuple[str, ...]:
    found = (" ".join(str(fact.get(key) or "").split()) for fact in facts for key in keys)
    return tuple(dict.fromkeys(one for one in found if one))


def _others(contact: Contact, ids: Sequence[int]) -> list[tuple[str, int | None]]:
    """Names of everybody else, with their customer."""
    people = db.session.execute(select(Contact.name, Contact.customer_id).where(Contact.id.not_in(ids)))
    staff = db.session.execute(select(User.name, User.reseller_id).where(User.contact_id.is_(None)))
    return [(name, customer) for name, customer in people] + [(name, None) for name, _reseller in staff]


def _families(contact: Contact, names: Sequence[str], others: Sequence[tuple[str, int | None]]) -> tuple[str, ...]:
    """The first part of a name written in two, where nobody else at the customer begins so."""
    own = {parts[0] for name in names if len(parts := name.split()) > 1 and not name.isascii()}
    here = {name.split()[0] for name, customer in others if customer == contact.customer_id and name.split()}
    return tuple(sorted(own - here))
