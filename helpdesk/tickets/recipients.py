"""Whom the desk's words are mailed to: a registered person, or a verified sender who is nobody's yet (R06, N20)."""

import re
from dataclasses import dataclass

from helpdesk.customers.models import Contact, Language
from helpdesk.notices.models import Charset
from helpdesk.tickets.models import Ticket, TicketKind


@dataclass(frozen=True)
class Recipient:
    """How a mail reaches and addresses somebody; `contact` is None for who is not registered."""

    name: str
    email: str
    language: Language
    salutation: str
    charset: Charset = Charset.utf_8
    contact: Contact | None = None


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


def registered(contact: Contact) -> Recipient:
    charset = contact.customer.mail_charset
    return Recipient(contact.name, contact.email, contact.language, contact.salutation, charset, contact)


def unregistered(address: str, words: str) -> Recipient:
    """Written to in the language of their own words."""
    if _JAPANESE.search(words) is None:
        return Recipient(address, address, Language.en, "Dear Sir or Madam,")
    return Recipient(address, address, Language.ja, "ご担当者様")


_JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")
