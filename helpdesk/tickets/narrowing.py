"""What a list of tickets is narrowed to: one word of an address each, so that a list can be kept, sent and counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.calendar.hours import ServiceHours, midnight
from helpdesk.customers.models import Customer
from helpdesk.errands import ErrandState
from helpdesk.errors import number
from helpdesk.folding import fold
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Channel, Priority, TicketKind, TicketState, Verdict
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.queues import CODE, of_team
from helpdesk.tickets.sendings import SecondEyes, Sending
from helpdesk.tickets.tags import clean_tag
from helpdesk.tickets.views import SOON

ME, NOBODY = "me", "none"
DUES = ("past", "soon", "today", "none")
DELIVERIES = ("failed", "waiting", "review")
CUSTOMER_MAX = 100
SINCE_MAX = 4_000_000_000_000


@dataclass(frozen=True)
class TicketFilter:
    """Empty values narrow nothing. `sure` is a confidence in percent: so much or more, below it where negative.

    `queue` is a code, `team` a number, `customer` is part of a name or its reading, `assignee` an agent's
    number, `me` or `none`; `due` is past, soon, today (by the end of this day) or none; `delivery` tells of mails that
    failed or wait; `since` is when tickets came, in milliseconds.
    """

    kind: str = ""
    state: str = ""
    queue: str = ""
    team: str = ""
    priority: str = ""
    verdict: str = ""
    sure: int = 0
    customer: str = ""
    assignee: str = ""
    tag: str = ""
    due: str = ""
    channel: str = ""
    delivery: str = ""
    since: int = 0

    @classmethod
    def read(cls, words: Mapping[str, str]) -> "TicketFilter":
        """From an address or a form; what is none of ours narrows nothing."""
        assignee = words.get("assignee", "")
        return cls(
            **{name: words[name] for name, known in _KNOWN.items() if words.get(name, "") in known},
            sure=_percent(words.get("sure", "")),
            customer=" ".join(words.get("customer", "").replace("\x00", "").split())[:CUSTOMER_MAX],
            queue=queue if CODE.fullmatch(queue := words.get("queue", "")) else "",
            team=str(number(words.get("team")) or ""),
            assignee=assignee if assignee in (ME, NOBODY) else str(number(assignee) or ""),
            tag=clean_tag(words.get("tag", "")),
            since=_milliseconds(words.get("since", "")),
        )

    def address(self) -> dict[str, str | int]:
        """The parameters of a page that is narrowed alike."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}

    def without(self, name: str) -> dict[str, str | int]:
        """The same without one of them."""
        return {key: value for key, value in self.address().items() if key != name}

    @property
    def came_since(self) -> datetime:
        return _moment(self.since)

    def __bool__(self) -> bool:
        return bool(self.address())

    def conditions(self, me: User, hours: ServiceHours) -> list[ColumnElement[bool]]:
        """On Ticket."""
        found: list[ColumnElement[bool]] = []
        for name, column in _COLUMNS.items():
            if value := getattr(self, name):
                found.append(column(value))
        if self.sure:
            percent = Ticket.verdict_confidence
            found.append(percent >= self.sure if self.sure > 0 else percent < -self.sure)
        if self.assignee:
            whose = {ME: me.id, NOBODY: None}.get(self.assignee, number(self.assignee))
            found.append(Ticket.assignee_id == whose)
        if self.team:
            found.append(of_team(int(self.team)))
        if self.due:
            found.append(_due(self.due, hours))
        return found


NOTHING = TicketFilter()


def _milliseconds(words: str) -> int:
    known = words.isascii() and words.isdecimal() and len(words) <= len(str(SINCE_MAX))
    return min(int(words), SINCE_MAX) if known else 0


def moment_of_page(words: str) -> datetime:
    """When a page was loaded (UTC), by its milliseconds in an address."""
    return _moment(_milliseconds(words))


def _moment(since: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=since)


def _percent(words: str) -> int:
    percent = min(number(words.removeprefix("-")) or 0, 100)
    return -percent if words.startswith("-") else percent


def _due(words: str, hours: ServiceHours) -> ColumnElement[bool]:
    now = clock.now()
    if words == "none":
        return Ticket.due_at.is_(None)
    if words == "past":
        return Ticket.due_at < now
    until = now + SOON if words == "soon" else midnight(hours.local_date(now) + timedelta(days=1), hours.zone)
    return and_(Ticket.due_at >= now, Ticket.due_at < until)


def _of_customer(words: str) -> ColumnElement[bool]:
    named = (Customer.found_by.contains(word, autoescape=True) for word in fold(words).split())
    return Ticket.customer_id.in_(select(Customer.id).where(*named))


def _delivery(words: str) -> ColumnElement[bool]:
    mails = select(Notice.id).where(Notice.ticket_id == Ticket.id)
    if words == "failed":
        back = Notice.bounced_at.is_not(None) & Notice.resent_at.is_(None)
        return mails.where((Notice.state == ErrandState.failed) | back).exists()
    waits = (Sending.state == ErrandState.waiting, Sending.ticket_id == Ticket.id)
    if words == "review":
        return select(Sending.id).where(*waits, Sending.review == SecondEyes.asked).exists()
    return mails.where(Notice.state == ErrandState.waiting).exists() | select(Sending.id).where(*waits).exists()


_KNOWN: dict[str, Any] = {
    "kind": TicketKind.__members__,
    "state": TicketState.__members__,
    "priority": Priority.__members__,
    "verdict": Verdict.__members__,
    "due": DUES,
    "channel": Channel.__members__,
    "delivery": DELIVERIES,
}
_COLUMNS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "kind": lambda value: Ticket.kind == TicketKind(value),
    "state": lambda value: Ticket.state == TicketState(value),
    "queue": lambda value: Ticket.queue == value,
    "priority": lambda value: Ticket.priority == Priority(value),
    "verdict": lambda value: Ticket.verdict == Verdict(value),
    "channel": lambda value: Ticket.channel == Channel(value),
    "tag": lambda value: Ticket.tags.contains([value]),
    "customer": _of_customer,
    "delivery": _delivery,
    "since": lambda value: Ticket.opened_at > _moment(value),
}
