"""Whom the desk's words are mailed to: a registered person, or a verified sender who is nobody's yet (R06, N20)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk.addresses import is_address
from helpdesk.customers.models import Contact, Language
from helpdesk.customers.people import contacts_by_email
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Charset
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.models import Ticket


@dataclass(frozen=True)
class Recipient:
    """How a mail reaches and addresses somebody; `contact` is None for who is not registered."""

    name: str
    email: str
    language: Language
    salutation: str
    charset: Charset = Charset.utf_8
    contact: Contact | None = None

    @property
    def mailbox(self) -> str:
        """As an address field shows it: the name without what would part it from others, and the address."""
        name = re.sub(r"[,;、<>\"\s]+", " ", self.name).strip() if self.contact is not None else ""
        return f"{name} <{self.email}>" if name else self.email


def recipient_of(ticket: Ticket) -> Recipient | None:
    """Who is answered on this ticket; None where nobody may be written to.

    A stranger is where their mail's sender was verified and no registered person stands on the ticket.
    """
    if ticket.addressee is not None:
        return registered(ticket.addressee)
    stranger = ticket.requester is None and ticket.kind == TicketKind.inquiry and ticket.verified
    if not stranger or not ticket.sender:
        return None
    return unregistered(ticket.sender, f"{ticket.subject}{ticket.preview}")


def addressed(ticket: Ticket, to: Sequence[str]) -> Recipient | None:
    """Whom a reply addresses: the first of these addresses, or who is answered on the ticket."""
    usual = recipient_of(ticket)
    if not to or (usual is not None and usual.email.lower() == to[0].lower()):
        return usual
    contact = contacts_by_email({to[0].lower()}).get(to[0].lower())
    if contact is not None and contact.customer_id == ticket.customer_id:
        return registered(contact)
    return unregistered(to[0], f"{ticket.subject}{ticket.preview}")


def check_addresses(ticket: Ticket, addresses: Sequence[str]) -> list[str]:
    """Those that are neither the customer's people nor who wrote: somebody outside.

    Refused for a person of the customer who may not be written to of this ticket (S4).
    """
    wanted = {address.lower() for address in addresses}
    rows = db.session.scalars(select(Contact).where(func.lower(Contact.email).in_(wanted)))
    people, usual = {one.email.lower(): one for one in rows}, recipient_of(ticket)
    outside = []
    for address in dict.fromkeys(one.lower() for one in addresses):
        person = people.get(address)
        ours = person is not None and person.customer_id == ticket.customer_id
        if ours and person is not None and (person.closed or not (_may_read(ticket, person))):
            raise Refusal(_("%(name)s may not be written to of this ticket.", name=person.name), field="to")
        if not ours and (usual is None or usual.email.lower() != address):
            outside.append(address)
    return outside


def _may_read(ticket: Ticket, person: Contact) -> bool:
    told = ticket.told_unnamed and ticket.requester_id == person.id
    return ticket.kind != TicketKind.alert or person.sees_alerts or told


def read_addresses(words: str) -> list[str]:
    """Addresses as people write them: apart by commas, semicolons, 、 or line ends, with names or without.

    Refused for one that is none, or for too many.
    """
    pieces = [one for one in re.split(r"[,;、\n]+", words.replace("\x00", "")) if one.strip()]
    found = [parseaddr(one)[1] or one.strip() for one in pieces]
    for address in found:
        if not is_address(address):
            raise Refusal(_("%(address)s is no mail address.", address=address[:80]), field="to")
    if len(found) > ADDRESSES_MAX:
        raise Refusal(_("At most %(count)s addresses.", count=ADDRESSES_MAX), field="to")
    return list(dict.fromkeys(found))


ADDRESSES_MAX = 10


def registered(contact: Contact) -> Recipient:
    charset = contact.customer.mail_charset
    return Recipient(contact.name, contact.email, contact.language, contact.salutation, charset, contact)


def unregistered(address: str, words: str) -> Recipient:
    """Written to in the language of their own words."""
    if _JAPANESE.search(words) is None:
        return Recipient(address, address, Language.en, "Dear Sir or Madam,")
    return Recipient(address, address, Language.ja, "ご担当者様")


_JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")
