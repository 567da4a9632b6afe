"""The desk's own words to a customer: on the ticket, and by mail with their files (R01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Automatic, Notice, post
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.kinds import Channel, TicketKind
from helpdesk.tickets.mailed import Upload
from helpdesk.tickets.messages import Attachment, Message, MessageKind, add_message, check_words
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.recipients import Recipient, addressed, check_addresses
from helpdesk.tickets.titles import titled_in
from helpdesk.wording import hours_words, size_words, when_words


@dataclass(frozen=True)
class PageLink:
    """A secret page that goes along with an answer, open until then (aware)."""

    url: str
    until: datetime


def reply(
    ticket: Ticket,
    by: User | None,
    body: str,
    *,
    files: list[Upload] | None = None,
    page: PageLink | None = None,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    at: datetime | None = None,
    signature: str = "",
) -> Message:
    """The desk answers: the words go on the ticket and by mail to the requester, or `to` (R01).

    On an inquiry that meets what is due, `at` that time or now; an alert is only met by its report (R12), and words
    that reach nobody meet nothing. Without `by` the product answers by itself, and its mail says so.
    """
    check_words(body, files or [])
    if ticket.closed:
        raise Refusal(_("This ticket is closed already. Reopen it first."))
    author = by.actor() if by else SYSTEM
    message = add_message(ticket, author, body, kind=MessageKind.agent, channel=Channel.portal, files=files)
    automatic = Automatic.no if by else Automatic.replied
    check_addresses(ticket, [*to, *cc])
    whom = addressed(ticket, to)
    if whom is not None:
        mailed = f"{body.rstrip()}\n\n{signature}" if signature else body
        message.notice = mail_words(ticket, mailed, whom, automatic=automatic, files=message.attachments, page=page)
        message.notice.also_to, message.notice.cc = [one.lower() for one in to[1:]], [one.lower() for one in cc]
    if ticket.kind == TicketKind.inquiry and message.notice is not None:
        ticket.respond(at or clock.now())
    db.session.flush()
    record(author, TicketAct.replied, ticket, message=message.id)
    return message


def mail_words(
    ticket: Ticket,
    body: str,
    whom: Recipient,
    *,
    automatic: Automatic = Automatic.no,
    files: Sequence[Attachment] = (),
    page: PageLink | None = None,
) -> Notice:
    """Mail the desk's own words to somebody.

    Its files go along as far as they are small enough together; the others are named, with the link to the ticket.
    """
    along, hours = _light_enough(files), current_calendar().hours
    return post(
        "reply",
        to=whom.email,
        language=whom.language.value,
        automatic=automatic,
        ticket_id=ticket.id,
        reply_token=ticket.reply_token,
        charset=whom.charset,
        reference=ticket.reference,
        subject=titled_in(whom.language.value, ticket.subject, ticket.title),
        body=body,
        portal=ticket_link(ticket),
        secret_link=page.url if page else None,
        contestable=page is not None,
        until=when_words(page.until, hours.zone, whom.language.value) if page else "",
        hours=hours_words(hours.usual, hours.zone, whom.language.value),
        files=[{"name": file.name, "type": file.content_type, "sha256": file.sha256} for file in along],
        left_behind=[(file.name, size_words(file.size)) for file in files if file not in along],
    )


def _light_enough(files: Sequence[Attachment]) -> list[Attachment]:
    """The files that may go along, in their order: together within HELPDESK_MAIL_FILES_LIMIT."""
    left: int = current_app.config["MAIL_FILES_LIMIT"]
    along = []
    for file in files:
        if file.size <= left:
            along.append(file)
            left -= file.size
    return along


def ticket_link(ticket: Ticket) -> str:
    """The customer's page of this ticket, for mails."""
    base: str = current_app.config["BASE_URL"]
    return f"{base}/portal/tickets/{ticket.reference}"
