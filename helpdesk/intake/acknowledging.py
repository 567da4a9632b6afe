"""The first mail that a ticket's sender gets: its number, and when work begins (R01, R06, R40)."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.addresses import is_address
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import Calendar
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.notices.models import Automatic, Notice, post
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.answering import ticket_link
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening
from helpdesk.tickets.recipients import Recipient, registered, unregistered
from helpdesk.wording import hours_words, when_words

HOUR = timedelta(hours=1)
MANY = 10_000
COLLECTED = "receipts_collected"
LISTED_MAX = 100
BULLET = "・"


def whom_to_acknowledge(opening: Opening) -> Recipient | None:
    """The registered person, or a verified sender whom nobody knows: theirs says so (R06)."""
    if opening.requester is not None:
        return registered(opening.requester)
    mailed = opening.mailed
    if opening.customer is not None or mailed is None or not mailed.verified or not is_address(opening.sender or ""):
        return None
    return unregistered(opening.sender or "", f"{opening.subject}{opening.body}")


def acknowledge(
    ticket: Ticket, to: Recipient, calendar: Calendar, *, in_reply_to: str | None = None, verified: bool = True
) -> None:
    """Tell the number and when work begins in service hours, in words and date (R01, R40).

    It repeats nothing of what an unverified sender wrote: they may not be who the mail says. To them, and to who is not
    registered, only so many go out in an hour, by address and by domain; what is more waits an hour at most, in one
    mail that lists the numbers, so that who forges somebody's name does not keep receipts from them for long (S9). Who
    is verified gets their own subject, so that all mails of the ticket are one conversation in their mail program.
    """
    language, known = to.language.value, to.contact is not None
    usual = "receipt_suspended" if ticket.stands_still else "receipt"
    template = (usual if ticket.covered else "no_contract") if known else "receipt_unmatched"
    record(SYSTEM, TicketAct.acknowledged, ticket, to=to.email)
    if (not verified or not known) and _many_within_the_hour(to.email, template):
        _collect(ticket, to, calendar)
        return
    receipt = post(
        template,
        to=to.email,
        language=language,
        automatic=Automatic.replied,
        ticket_id=ticket.id,
        reply_token=ticket.reply_token,
        charset=to.charset,
        in_reply_to=in_reply_to,
        reference=ticket.reference,
        salutation=to.salutation,
        begins=begins_words(calendar, language),
        hours=hours_words(calendar.hours.usual, calendar.hours.zone, language),
        due=when_words(ticket.first_due_at, calendar.hours.zone, language) if ticket.first_due_at else "",
        link=ticket_link(ticket),
        subject=ticket.subject if verified else "",
    )
    ticket.notices.add(receipt)


def _many_within_the_hour(address: str, template: str) -> bool:
    """Whether this address or its domain got as many such mails within the hour as one may get."""
    domain = address.rpartition("@")[2]
    same = (Notice.template == template) & (Notice.created_at > clock.now() - HOUR)
    to_person, to_domain = (
        select(func.count()).select_from(select(1).where(same, where).limit(MANY).subquery()).scalar_subquery()
        for where in (Notice.to_address == address, func.split_part(Notice.to_address, "@", 2) == domain)
    )
    row = db.session.execute(select(to_person.label("person"), to_domain.label("domain"))).one()
    config = current_app.config
    return bool(row.person >= config["RECEIPTS_PER_HOUR"] or row.domain >= config["RECEIPTS_PER_DOMAIN_HOUR"])


def _collect(ticket: Ticket, to: Recipient, calendar: Calendar) -> None:
    """Add the ticket's number to the mail to this address that waits, or begin one that goes out in an hour."""
    language = to.language.value
    received = when_words(ticket.opened_at, calendar.hours.zone, language)
    line = (
        f"{BULLET}{ticket.reference} ({received})" if language == "en" else f"{BULLET}{ticket.reference}（{received}）"
    )
    mine = (Notice.to_address == to.email) & (Notice.template == COLLECTED)
    waits = mine & (Notice.state == ErrandState.waiting) & (Notice.due_at > clock.now())
    waiting = db.session.scalars(select(Notice).where(waits).limit(1).with_for_update()).first()
    if waiting is None:
        waiting = post(
            COLLECTED, to=to.email, language=language, charset=to.charset, salutation=to.salutation, line=line
        )
        waiting.due_at = clock.now() + HOUR
    elif waiting.body.count(BULLET) < LISTED_MAX:
        before, last, after = waiting.body.rpartition(BULLET)
        newest, _newline, footer = after.partition("\n")
        waiting.body = f"{before}{last}{newest}\n{line}\n{footer}"


def begins_words(calendar: Calendar, language: str) -> str:
    """When work begins: now, within today's hours, or at the next opening with its date."""
    now = clock.now()
    zone = calendar.hours.zone
    if calendar.hours.is_open(now):
        closes = when_words(calendar.hours.closing(now), zone, language)
        if language == "en":
            return f"We are open now and begin at once (today's service hours end {closes})."
        return f"ただいまサービス提供時間内です。順に着手いたします(本日の受付は{closes}まで)。"
    opens = when_words(calendar.hours.next_opening(now), zone, language)
    if language == "en":
        return f"We are closed now. Work begins when service hours open next: {opens}."
    return f"ただいまサービス提供時間外です。次の営業時間の{opens}から着手いたします。"
