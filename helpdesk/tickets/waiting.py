"""Inquiries that wait for the customer end well: two reminders, then a closing that one click takes back."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import digest
from helpdesk.audit.models import SYSTEM, Actor, ActorKind, record
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.notices.models import post
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.answering import ticket_link
from helpdesk.tickets.kinds import TicketKind, TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.recipients import Recipient, recipient_of
from helpdesk.tickets.titles import titled_in
from helpdesk.wording import date_words, hours_words

DAYS_MAX = 60
OPEN_FOR = timedelta(days=60)


class Wait(Model):
    """Since when an inquiry waits for the customer, and how many reminders went out. Only counts while it waits."""

    __tablename__ = "waits"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    since: Mapped[datetime]
    reminders: Mapped[int] = mapped_column(default=0)

    ticket: Mapped[Ticket] = relationship()


class WaitingRule(Model):
    """After how many business days tickets of a queue are reminded, reminded again, and closed; 0: never."""

    __tablename__ = "waiting_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(String(32), unique=True)
    """A queue's code."""
    first: Mapped[int]
    again: Mapped[int]
    close: Mapped[int]


class ReopenLink(Model):
    """A link in the mail of a closing: whoever it was sent to opens the ticket again without a sign-in."""

    __tablename__ = "reopen_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]

    ticket: Mapped[Ticket] = relationship()
    contact: Mapped[Contact | None] = relationship()

    @property
    def open(self) -> bool:
        """Whether it still opens the ticket: in time, and for somebody of the ticket's customer."""
        person = self.contact
        theirs = person is None or (not person.closed and person.customer_id == self.ticket.customer_id)
        return theirs and clock.now() < self.expires_at

    def actor(self, address: str | None) -> Actor:
        return Actor(ActorKind.contact, self.name, self.contact_id, address)


SHIPPED = (3, 3, 4)
"""Business days to the first reminder, to the second, and to the closing, where a queue has no rule of its own."""


class WaitingRules(dict[str, WaitingRule]):
    """The rules by queue; one that has none of its own has the shipped days."""

    def __missing__(self, queue: str) -> WaitingRule:
        return WaitingRule(queue=queue, **dict(zip(_STEPS, SHIPPED, strict=True)))


def waiting_rules() -> WaitingRules:
    return WaitingRules({row.queue: row for row in db.session.scalars(select(WaitingRule))})


_STEPS = ("first", "again", "close")


def set_rule(by: Actor, queue: str, *, first: int, again: int, close: int) -> None:
    """Change when tickets of a queue are reminded and closed. Raises Refusal for days that cannot be."""
    if not all(0 <= days <= DAYS_MAX for days in (first, again, close)):
        raise Refusal(_("Write business days from 0 (never) to %(most)s.", most=DAYS_MAX), field="first")
    row = db.session.scalar(select(WaitingRule).where(WaitingRule.queue == queue))
    if row is None:
        row = WaitingRule(queue=queue)
        db.session.add(row)
    elif (row.first, row.again, row.close) == (first, again, close):
        return
    row.first, row.again, row.close = first, again, close
    db.session.flush()
    record(by, TicketAct.waiting_rule_set, row, queue=str(queue), first=first, again=again, close=close)


def wait(ticket: Ticket, by: Actor) -> None:
    """Nothing is due from the desk until the customer writes; an inquiry is reminded of, an alert's decision is not."""
    ticket.wait_for_customer(by)
    if ticket.kind == TicketKind.inquiry:
        now = {"since": clock.now(), "reminders": 0}
        row = insert(Wait).values(ticket_id=ticket.id, **now)
        db.session.execute(row.on_conflict_do_update(index_elements=[Wait.ticket_id], set_=now))


def keep_waiting(ticket: Ticket) -> None:
    """An inquiry that waits again, as it did before something was undone, is reminded of from now."""
    if ticket.state == TicketState.waiting and ticket.kind == TicketKind.inquiry:
        row = insert(Wait).values(ticket_id=ticket.id, since=clock.now(), reminders=0)
        db.session.execute(row.on_conflict_do_nothing())


def remind_or_close() -> int:
    """Remind who is waited for, or close what nobody answered; in service hours only. Returns how many acted."""
    hours, now = current_calendar().hours, clock.now()
    if not hours.is_open(now):
        return 0
    rules = waiting_rules()
    today = hours.local_date(now)
    rows = select(Wait).where(Wait.since < now - A_NIGHT).options(joinedload(Wait.ticket, innerjoin=True))
    acted = 0
    for row in db.session.scalars(rows.order_by(Wait.since)).all():
        if row.ticket.state != TicketState.waiting:
            db.session.delete(row)
        elif _due_on(row, rules[row.ticket.queue], hours) <= today:
            acted += _act(row, rules[row.ticket.queue], hours)
    return acted


A_NIGHT = timedelta(hours=12)


def _due_on(row: Wait, rule: WaitingRule, hours: ServiceHours) -> date:
    """The business day of the next step; the last of all days where the chain ended."""
    days = (rule.first, rule.again, rule.close)[: row.reminders + 1]
    if len(days) <= row.reminders or 0 in days:
        return date.max
    return hours.business_day_after(hours.local_date(row.since), sum(days))


def _act(row: Wait, rule: WaitingRule, hours: ServiceHours) -> int:
    ticket = db.session.get_one(Ticket, row.ticket_id, with_for_update=True, populate_existing=True)
    to = recipient_of(ticket)
    if ticket.state != TicketState.waiting or to is None:
        return 0
    if row.reminders == REMINDERS:
        _close(row, ticket, to)
        return 1
    row.reminders += 1
    left = (rule.again, rule.close)[row.reminders - 1 :]
    closes = hours.business_day_after(hours.local_date(clock.now()), sum(left)) if 0 not in left else None
    _mail(ticket, to, "waiting_reminder", closes=date_words(closes, to.language.value) if closes else "")
    record(SYSTEM, TicketAct.reminded, ticket, to=to.email, number=row.reminders)
    ticket.touch()
    return 1


REMINDERS = 2


def _close(row: Wait, ticket: Ticket, to: Recipient) -> None:
    token = secrets.token_urlsafe(24)
    expires = clock.now() + OPEN_FOR
    contact_id = to.contact.id if to.contact else None
    link = ReopenLink(ticket_id=ticket.id, contact_id=contact_id, name=to.name, token_hash=digest(token))
    link.expires_at = expires
    db.session.add(link)
    ticket.close(SYSTEM, "no answer")
    zone, language = current_calendar().hours.zone, to.language.value
    until = date_words(expires.astimezone(zone).date(), language)
    _mail(ticket, to, "waiting_closed", secret_link=f"{current_app.config['BASE_URL']}/reopening/{token}", until=until)
    db.session.delete(row)


def _mail(ticket: Ticket, to: Recipient, template: str, *, secret_link: str | None = None, **words: Any) -> None:
    hours, language = current_calendar().hours, to.language.value
    post(
        template,
        to=to.email,
        language=language,
        ticket_id=ticket.id,
        reply_token=ticket.reply_token,
        charset=to.charset,
        secret_link=secret_link,
        reference=ticket.reference,
        salutation=to.salutation,
        subject=titled_in(language, ticket.subject, ticket.title),
        portal=ticket_link(ticket),
        hours=hours_words(hours.usual, hours.zone, language),
        **words,
    )


def reopen_link_of(token: str, *, lock: bool = False) -> ReopenLink | None:
    """The link of this token; with `lock` its ticket is locked, too."""
    link = db.session.scalar(select(ReopenLink).where(ReopenLink.token_hash == digest(token)))
    if link is not None and lock:
        db.session.get_one(Ticket, link.ticket_id, with_for_update=True, populate_existing=True)
    return link
