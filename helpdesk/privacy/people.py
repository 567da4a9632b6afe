"""Who a request is about: a customer's person with every row, address, name and number they had (R61)."""

import re
import unicodedata
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
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.privacy.models import PersonalRequest
from helpdesk.privacy.redacting import NAME_MIN, SHORT, Redactor, is_latin, parts_of, size_of
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket

NOBODY = 0
"""No customer's number."""


@dataclass(frozen=True)
class Person:
    """`names`, `addresses` and `phones` are those on record now and before.

    `local_names` are looked for within the customer only: what somebody else is called as well, or is so short that it
    stands in other words. `words` are single words: a family or given name that nobody else at the customer has, the
    name of a role. An address or a number that somebody else has, too, is not among theirs.
    """

    customer_id: int
    contact_ids: tuple[int, ...]
    user_ids: tuple[int, ...]
    names: tuple[str, ...]
    local_names: tuple[str, ...]
    words: tuple[str, ...]
    addresses: tuple[str, ...]
    phones: tuple[str, ...]
    literals: tuple[str, ...] = ()
    """Words that whoever decides said only they are known by: they go wherever they stand."""

    @cached_property
    def anywhere(self) -> Redactor:
        """What is theirs wherever it stands."""
        return Redactor(names=self.names, addresses=self.addresses, phones=self.phones, literals=self.literals)

    @cached_property
    def at_customer(self) -> Redactor:
        """What is theirs within what belongs to their customer."""
        names = (*self.names, *self.local_names)
        return Redactor(
            names=names, addresses=self.addresses, phones=self.phones, words=self.words, literals=self.literals
        )

    def known_also_as(self, words: Sequence[str]) -> "Person":
        """The same with further words that only they are known by."""
        several = [one for one in words if len(parts_of(one)) > 1]
        alone = [one for one in words if len(parts_of(one)) == 1]
        return replace(self, names=(*self.names, *several), literals=tuple(alone))

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
        alone = and_(Ticket.requester_id.is_(None), func.lower(Ticket.sender).in_(self.addresses))
        asked = or_(Ticket.requester_id.in_(self.contact_ids), alone)
        return select(Ticket.id).where(asked, Ticket.kind == TicketKind.inquiry)

    @property
    def messages(self) -> Select[int]:
        """What they wrote, and all that stands on their own inquiries."""
        mailed = select(IncomingMail.raw_sha256).where(IncomingMail.sender.in_(self.addresses))
        wrote = or_(
            Message.raw_sha256.in_(mailed.where(IncomingMail.raw_sha256.is_not(None))),
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
    ids = _put_together(contact)
    contacts = db.session.scalars(select(Contact).where(Contact.id.in_(ids)).order_by(Contact.id)).all()
    users = db.session.scalars(select(User).where(User.contact_id.in_(ids)).order_by(User.id)).all()
    facts: list[Mapping[str, Any]] = [
        *({"name": one.name, "kana": one.kana, "email": one.email, "phone": one.phone} for one in contacts),
        *({"name": one.name, "email": one.email} for one in users),
    ]
    for change in db.session.scalars(select(ContactChange).where(ContactChange.contact_id.in_(ids))):
        facts += [change.before, change.after]
    others = _others(ids)
    theirs = {one.email.lower() for one in others}
    numbers = {_digits(one.phone) for one in others} | {_digits(current_settings().provider_phone)}
    return Person(
        customer_id=contact.customer_id,
        contact_ids=ids,
        user_ids=tuple(one.id for one in users),
        **_names(_distinct(facts, "name", "kana"), others, contact.customer_id),
        addresses=tuple(one for address in _distinct(facts, "email") if (one := address.lower()) not in theirs),
        phones=tuple(one for one in _distinct(facts, "phone") if _digits(one) not in numbers),
    )


def person_outside(address: str, words: Sequence[str] = ()) -> Person:
    """Somebody who is not on record, by whom they wrote as: what they wrote, and where the address or a word stands."""
    nobody = Person(NOBODY, (), (), (), (), (), (address.strip().lower(),), ())
    return nobody.known_also_as(words)


def _names(names: Sequence[str], others: Sequence["_Other"], customer_id: int) -> dict[str, tuple[str, ...]]:
    """Where each name is looked for: everywhere, at the customer, or as a word."""
    known = {_together(name) for one in others for name in (one.name, one.kana)}
    here = {part for one in others if one.customer_id == customer_id for part in parts_of(f"{one.name} {one.kana}")}
    roles = {one for one in names if _ROLE.search(one)}
    several = {one for one in names if len(parts_of(one)) > 1} - roles
    single = set(names) - several - roles
    whole = several | {one for one in single if not is_latin(one) and size_of(one) >= SHORT and one not in here}
    local = {one for one in several if _together(one) in known or size_of(one) <= NAME_MIN}
    local |= {one for one in whole - several if _together(one) in known or size_of(one) == SHORT}
    parts = {part for one in several if not is_latin(one) for part in (parts_of(one)[0], parts_of(one)[-1])}
    alone = {one for one in parts if len(one) > 1} | single | roles
    return {
        "names": tuple(one for one in names if one in whole - local),
        "local_names": tuple(one for one in names if one in local),
        "words": tuple(sorted(one for one in alone if not any(name.startswith(one) for name in here))),
    }


_ROLE = re.compile(
    "担当|窓口|管理|情報|システム|総務|経理|人事|事務局|サポート|チーム|センター|デスク|ヘルプ|運用|セキュリティ|"
    r"ネットワーク|インフラ|開発|営業|代表|\b(?:team|support|desk|admins?|administrators?|security|systems?|office|"
    r"dept|department|services?|group|info|network|helpdesk|operations?|noc|soc|csirt|it)\b",
    re.IGNORECASE,
)
"""A contact that is no person but a post: its name is looked for as a word only."""


def _together(name: str) -> str:
    return "".join(fold(name).split())


def _put_together(contact: Contact) -> tuple[int, ...]:
    """The contact and all that were put together with it, one after the other."""
    ids, fresh = {contact.id}, {contact.id}
    while fresh:
        rows = select(Contact.id).where(Contact.merged_into_id.in_(fresh), Contact.id.not_in(ids))
        fresh = set(db.session.scalars(rows))
        ids |= fresh
    return tuple(sorted(ids))


@dataclass(frozen=True)
class _Other:
    name: str
    kana: str
    email: str
    phone: str
    customer_id: int | None


def _others(ids: Sequence[int]) -> list[_Other]:
    """Everybody else: people of customers, and accounts of ours."""
    people = select(Contact.name, Contact.kana, Contact.email, Contact.phone, Contact.customer_id)
    people = people.where(Contact.id.not_in(ids))
    staff = select(User.name, User.email).where(User.contact_id.is_(None))
    found = [_Other(*row) for row in db.session.execute(people)]
    return found + [_Other(name, "", email, "", None) for name, email in db.session.execute(staff)]


def _digits(phone: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKC", phone) if one.isdigit())


def _distinct(facts: Sequence[Mapping[str, Any]], *keys: str) -> tuple[str, ...]:
    found = (" ".join(str(fact.get(key) or "").split()) for fact in facts for key in keys)
    return tuple(dict.fromkeys(one for one in found if one))
