"""Opening a ticket: the one verb behind portal, mail, phone and alert mails (R01)."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Select, Text, bindparam, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import Calendar
from helpdesk.contracts.cover import Cover, CoverAt, cover_of
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db
from helpdesk.masking import mask_secrets
from helpdesk.settings.models import current_settings
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.kinds import SUBJECT_MAX, Channel, Intent, Priority, Queue, TicketKind, TicketState
from helpdesk.tickets.mailed import Mailed, Upload
from helpdesk.tickets.messages import MessageKind, add_message
from helpdesk.tickets.models import Ticket, home_queue
from helpdesk.tickets.references import ReferenceCounter
from helpdesk.tickets.standing import settle


@dataclass(frozen=True)
class Opening:
    """What a door knows when a ticket is opened. `sender` is a From that belongs to no contact."""

    kind: TicketKind
    subject: str
    body: str
    channel: Channel
    customer: Customer | None = None
    requester: Contact | None = None
    sender: str | None = None
    topic: str = ""
    concerns: str = ""
    files: list[Upload] = field(default_factory=list)
    mailed: Mailed | None = None
    once: str | None = None
    """A form's own random key: the same form sent twice opens one ticket."""
    called_at: datetime | None = None
    """When somebody called (aware)."""
    caller: str = ""
    """Who called, and their number, where they are no contact."""

    @property
    def received_at(self) -> datetime:
        """When it came: a call's stated time, a mail's acceptance, otherwise now (R12)."""
        return self.called_at or (self.mailed and self.mailed.received_at) or clock.now()


def open_ticket(by: Actor, opening: Opening, calendar: Calendar) -> Ticket:
    """Open one ticket with one reference, its first message and its due time, in the caller's transaction.

    Its number and id are taken at once; its rows are written with whatever is flushed next.
    """
    ticket = _new_ticket(opening, opening.received_at, calendar)
    ticket.once = _own_key(opening.once, by) if opening.once else None
    db.session.add(ticket)
    record(by, TicketAct.opened, ticket, channel=opening.channel.value, kind=opening.kind.value)
    add_message(
        ticket,
        by,
        opening.body,
        kind=MessageKind.customer,
        channel=opening.channel,
        files=opening.files,
        mailed=opening.mailed,
        at=ticket.opened_at,
        title=ticket.subject,
    )
    return ticket


def opened_before(once: str, by: Actor) -> str | None:
    """The number of the ticket that this person's form of that key opened already."""
    reference: str | None = db.session.scalar(_OPENED_BEFORE, {"once": _own_key(once, by)})
    return reference


_OPENED_BEFORE = select(Ticket.reference).where(Ticket.once == bindparam("once", type_=Text))


def _own_key(once: str, by: Actor) -> str:
    """A form's key within those of its person: somebody else's form of the same key is another."""
    return hashlib.sha256(f"{by.kind.value} {by.id} {once}".encode()).hexdigest()


def _new_ticket(opening: Opening, received_at: datetime, calendar: Calendar) -> Ticket:
    due = due_time(opening.kind, received_at, calendar)
    found = _cover(opening.customer, received_at)
    covered, now = found.holds, clock.now()
    stands = found.cover == Cover.suspended
    ticket_id, reference = next_number(now, calendar)
    return Ticket(
        id=ticket_id,
        reference=reference,
        reply_token=secrets.token_hex(16),
        kind=opening.kind,
        queue=_queue(opening, covered),
        customer=opening.customer,
        requester=opening.requester,
        sender=opening.sender,
        caller=opening.caller,
        subject=" ".join(mask_secrets(opening.subject.replace("\x00", "")).split())[:SUBJECT_MAX] or "-",
        topic=opening.topic,
        concerns=opening.concerns,
        channel=opening.channel,
        verified=opening.mailed is None or opening.mailed.verified,
        failed_check=opening.mailed is not None and opening.mailed.failed,
        covered=covered,
        opened_at=received_at,
        updated_at=now,
        due_at=None if stands else due,
        due_left=int(calendar.hours.service_time(received_at, due).total_seconds()) if stands else None,
        due_since=received_at,
        first_due_at=None if stands else due,
        calendar_version=calendar.version,
        state=TicketState.new,
        priority=Priority.normal,
        verdict_decided=False,
        preview="",
        version=1,
    )


def cover(ticket: Ticket) -> None:
    """After a ticket was matched: whether its customer has a contract in force (R06)."""
    ticket.covered = _cover(ticket.customer, ticket.opened_at).holds
    settle(ticket)
    if not ticket.covered or ticket.intent == Intent.notice:
        ticket.queue = Queue.contracts


def due_time(kind: TicketKind, received_at: datetime, calendar: Calendar) -> datetime:
    """When the first response is due.

    An inquiry's first answer: configured minutes of service time after it came. An alert's report: the end of
    service hours on the second business day after the day of receipt (R12, interpretation: `within two
    business days`).
    """
    if kind == TicketKind.alert:
        return calendar.hours.end_of_business_day_after(received_at, current_settings().report_business_days)
    return calendar.hours.add_service_time(received_at, timedelta(minutes=current_settings().first_answer_minutes))


def next_number(now: datetime, calendar: Calendar) -> tuple[int, str]:
    """The next ticket's id, and its number of the month in the service's zone: 2611-0480.

    The numbers are gapless: they commit with their tickets.
    """
    month = calendar.hours.local_date(now).strftime("%y%m")
    ahead: _Ahead | None = db.session.info.get(_AHEAD)
    # a batch that runs over midnight of the month's last day takes the new month's one by one
    if ahead is None or ahead.month not in (None, month):
        return _take(month, 1)[0]
    if not ahead.numbers:
        ahead.month, ahead.numbers = month, _take(month, ahead.count)
    return ahead.numbers.pop(0)


@contextmanager
def numbers_ahead(count: int) -> Iterator[None]:
    """For some tickets of one transaction: the first takes so many numbers at once; what is left goes back.

    Nobody else takes one meanwhile, since the counter stays locked until the transaction ends.
    """
    ahead = db.session.info[_AHEAD] = _Ahead(count)
    try:
        yield
        if ahead.numbers:
            db.session.execute(_GIVE_BACK, {"of": ahead.month, "left": len(ahead.numbers)})
    finally:
        del db.session.info[_AHEAD]


@dataclass
class _Ahead:
    """Numbers taken in advance by this session's transaction."""

    count: int
    month: str | None = None
    numbers: list[tuple[int, str]] = field(default_factory=list)


_AHEAD = "ticket numbers taken in advance"


def _take(month: str, count: int) -> list[tuple[int, str]]:
    rows = db.session.execute(_NEXT, {"month": month, "count": count}).all()
    return [(row.id, f"{month}-{row.last - count + n:04d}") for n, row in enumerate(rows, 1)]


def _next_numbers() -> Select[*tuple[Any, ...]]:
    count = bindparam("count", type_=Integer)
    taken = (
        insert(ReferenceCounter)
        .values(month=bindparam("month", type_=Text), last=count)
        .on_conflict_do_update(index_elements=[ReferenceCounter.month], set_={"last": ReferenceCounter.last + count})
        .returning(ReferenceCounter.last)
        .cte("taken")
    )
    each = func.generate_series(1, count).table_valued("number")
    return select(taken.c.last, func.nextval("tickets_id_seq").label("id")).select_from(taken.join(each, true()))


_NEXT = _next_numbers()
"""Built once: every ticket takes a number."""
_GIVE_BACK = (
    update(ReferenceCounter.__table__)  # type: ignore[arg-type]
    .where(ReferenceCounter.month == bindparam("of", type_=Text))
    .values(last=ReferenceCounter.last - bindparam("left", type_=Integer))
)


def _cover(customer: Customer | None, at: datetime) -> CoverAt:
    """Nobody's ticket is nobody's to refuse: it counts as covered until it is matched."""
    return cover_of(customer.id, at) if customer is not None else CoverAt(Cover.in_force)


def _queue(opening: Opening, covered: bool) -> str:
    if opening.customer is None:
        return Queue.unmatched
    if not covered:
        return Queue.contracts
    return home_queue(opening.customer, opening.kind)
