"""A brake for loops over new tickets: a sender or a domain that opens them one after the other (N1).

A robot that answers our receipts with fresh mails sits on no thread, so no cap of threads sees it. What it cannot hide
is its pace and its sameness. What is braked is parked with a note on the sender's newest ticket, and let in by one
click, after which the sender may go on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Boolean, ColumnElement, Text, column, func, literal, literal_column, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from helpdesk import clock
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition, IncomingMail
from helpdesk.mailgate.routing import Cap
from helpdesk.notices.models import Automatic, Notice
from helpdesk.tickets.models import Ticket

WINDOW, PACE = timedelta(hours=1), timedelta(minutes=5)
TAKEN_IN = "taken in by a person"
"""The reason of a mail that a person let in: its sender is no robot."""
WORDS_MIN = 10
"""Fewer characters than this are the same by chance: photos come without a word."""
NOTES_MAX = 3
"""So many braked mails are noted on a ticket in an hour; the ledger has them all."""


@dataclass(frozen=True)
class Opened:
    """A mail of the last hour that opened a ticket."""

    at: datetime
    digest: str
    ticket_id: int | None
    let_in: bool = False


@dataclass(frozen=True)
class Brake:
    """How many new tickets an hour: four fifths within five minutes, a third of them with the same words."""

    an_hour: int

    def holds(self, before: Sequence[Opened], digest: str | None, now: datetime) -> bool:
        """Whether one more would be too many after these, which all came from one sender."""
        let_in = any(mail.let_in for mail in before)
        limit = self.an_hour * (3 if let_in else 1)
        fast = self.fast(before, now) >= limit * 4 // 5
        return len(before) >= limit or fast or (not let_in and self.same(before, digest))

    def fast(self, before: Sequence[Opened], now: datetime) -> int:
        return sum(now - mail.at <= PACE for mail in before)

    def same(self, before: Sequence[Opened], digest: str | None) -> bool:
        """Whether these words came often enough; without a digest there were none to speak of."""
        return digest is not None and sum(mail.digest == digest for mail in before) >= self.an_hour // 3


@dataclass
class Recent:
    """The last hour's new tickets by mail: of each (sender, verified), and of strangers by their domain."""

    brake: Brake
    senders: dict[tuple[str, bool], list[Opened]] = field(default_factory=dict)
    domains: dict[str, list[Opened]] = field(default_factory=dict)
    braked: dict[tuple[str, bool], int] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    """Domains that machines of ours wrote to within the hour."""

    def cap(self, row: IncomingMail, *, registered: bool, worded: bool) -> Cap | None:
        """Whether this mail may not open another ticket. Colleagues of a registered customer brake nobody."""
        digest, own = row.digest if worded else None, self.senders.get(_key(row), [])
        if self.brake.holds(own, digest, row.received_at):
            return Cap.brake
        if registered or any(mail.let_in for mail in own):
            return None
        near = self.domains.get(row.sender_domain or "", [])
        many = row.sender_domain in self.answered and len(near) >= self.brake.an_hour
        fast = self.brake.fast(near, row.received_at) >= self.brake.an_hour
        return Cap.brake if many or fast or self.brake.same(near, digest) else None

    def note(self, row: IncomingMail, ticket: Ticket, *, registered: bool) -> None:
        """Count a mail of the batch that is being filed: it opened this ticket."""
        mail = Opened(row.received_at, row.digest or "", ticket.id)
        self.senders.setdefault(_key(row), []).insert(0, mail)
        if not registered:
            self.domains.setdefault(row.sender_domain or "", []).insert(0, mail)

    def note_braked(self, row: IncomingMail) -> int | None:
        """Count a mail that is braked; returns the ticket to note it on, of the first few."""
        key = _key(row)
        self.braked[key] = self.braked.get(key, 0) + 1
        own = self.senders.get(key) or self.domains.get(row.sender_domain or "", [])
        return own[0].ticket_id if own and self.braked[key] <= NOTES_MAX else None


def _key(row: IncomingMail) -> tuple[str, bool]:
    """Who forges a sender uses up the brake of the unverified only."""
    return row.sender or "", row.verified


def recent(rows: Sequence[IncomingMail], strangers: set[str]) -> Recent:
    """What the ledger tells of these mails' senders and of the strangers' domains: two statements for all of them."""
    tally = Recent(Brake(current_app.config["MAIL_BRAKE"]))
    keys = sorted({_key(row) for row in rows if row.sender})
    if not keys:
        return tally
    since = clock.now() - WINDOW
    for row in db.session.execute(_of_senders(keys, since, tally.brake.an_hour * 3)):
        key = (row.sender, row.verified)
        tally.senders.setdefault(key, []).append(_opened(row))
        tally.braked[key] = row.braked
    if strangers:
        for row in db.session.execute(_of_domains(sorted(strangers), since, tally.brake.an_hour)):
            tally.domains.setdefault(row.domain, []).append(_opened(row))
            if row.answered:
                tally.answered.add(row.domain)
    return tally


def _opened(row: Any) -> Opened:
    return Opened(row.received_at, row.digest or "", row.ticket_id, row.reason == TAKEN_IN)


_COLUMNS = tuple(getattr(IncomingMail, name) for name in ("received_at", "digest", "ticket_id", "reason"))


_OPENED: ColumnElement[Any] = literal_column(f"'{Disposition.new_ticket.value}'")
_BRAKED: ColumnElement[Any] = literal_column(f"'{Cap.brake.value}'")
"""As they stand in the indexes: a plan for any value would not use them."""


def _of_senders(keys: list[tuple[str, bool]], since: datetime, limit: int) -> Any:
    wanted = (
        func.unnest(literal([key[0] for key in keys], ARRAY(Text)), literal([key[1] for key in keys], ARRAY(Boolean)))
        .table_valued(column("sender", Text), column("verified", Boolean))
        .render_derived("wanted")
    )
    theirs = (
        IncomingMail.sender == wanted.c.sender,
        IncomingMail.verified == wanted.c.verified,
        IncomingMail.received_at > since,
    )
    mails = select(*_COLUMNS).where(*theirs, IncomingMail.disposition == _OPENED)
    mails = mails.order_by(IncomingMail.received_at.desc(), IncomingMail.id.desc()).limit(limit)
    lateral = mails.correlate(wanted).lateral("mails")
    held = select(literal(1)).where(*theirs, IncomingMail.reason == _BRAKED)
    counted = select(func.count().label("braked")).select_from(held.limit(NOTES_MAX).correlate(wanted).subquery())
    braked = counted.lateral("held")  # once a sender, not once a mail of theirs
    both = wanted.join(braked, true()).join(lateral, true())
    return select(wanted.c.sender, wanted.c.verified, braked.c.braked, *lateral.c).select_from(both)


def _of_domains(domains: list[str], since: datetime, limit: int) -> Any:
    """Of mails whose sender is nobody's contact, and whether a machine of ours wrote to their domain."""
    wanted = func.unnest(literal(domains, ARRAY(Text))).table_valued(column("domain", Text)).render_derived("wanted")
    mails = (
        select(*_COLUMNS)
        .join(Ticket, Ticket.id == IncomingMail.ticket_id)
        .where(
            IncomingMail.sender_domain == wanted.c.domain,
            IncomingMail.received_at > since,
            IncomingMail.disposition == Disposition.new_ticket,
            Ticket.requester_id.is_(None),
        )
        .order_by(IncomingMail.received_at.desc())
        .limit(limit)
    )
    written = select(Notice.id).where(
        func.split_part(Notice.to_address, "@", 2) == wanted.c.domain,
        Notice.created_at > since,
        Notice.automatic != Automatic.no,
    )
    lateral = mails.correlate(wanted).lateral("mails")
    answered = written.correlate(wanted).exists().label("answered")
    return select(wanted.c.domain, answered, *lateral.c).join_from(wanted, lateral, true())


@dataclass
class FailedAlerts:
    """Alert mails of the last hour whose sender's check failed, by customer: who forges them fills no queue."""

    counts: Counter[int | None] = field(default_factory=Counter)

    def is_over(self, customer: Customer | None) -> bool:
        """Count one more; whether it is one too many."""
        number = customer.id if customer else None
        self.counts[number] += 1
        return self.over(number) > 0

    def over(self, number: int | None) -> int:
        limit: int = current_app.config["MAIL_CAP_FAILED_ALERTS"]
        return self.counts[number] - limit

    def ticket_to_note(self, customer: Customer | None) -> Ticket | None:
        """The customer's newest such ticket, for the first few that are too many."""
        if customer is None or self.over(customer.id) > NOTES_MAX:
            return None
        rows = select(Ticket).where(Ticket.customer_id == customer.id, Ticket.failed_check)
        return db.session.scalar(rows.order_by(Ticket.updated_at.desc()).limit(1))


def failed_alerts() -> FailedAlerts:
    rows = (
        select(Ticket.customer_id, func.count())
        .join(IncomingMail, IncomingMail.ticket_id == Ticket.id)
        .where(
            IncomingMail.failed_check,
            IncomingMail.disposition == Disposition.alert,
            IncomingMail.received_at > clock.now() - WINDOW,
        )
        .group_by(Ticket.customer_id)
    )
    return FailedAlerts(Counter({customer: count for customer, count in db.session.execute(rows)}))
