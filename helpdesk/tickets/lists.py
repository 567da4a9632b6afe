"""The desk's lists: a view, narrowed and in an order; a page at a time, and where a ticket stands in it.

Plain selects of the columns they show. A list is its address: the same words give the same list again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, func, literal, select, true, union_all

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.calendar.hours import ServiceHours
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.tickets.dues import Due, due_words
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.narrowing import NOTHING, TicketFilter
from helpdesk.tickets.paging import read_sorted, sorted_key
from helpdesk.tickets.sorting import SORTED, Order, Start, beyond, direction_of
from helpdesk.tickets.views import COUNT_MAX, View, capped, condition, parameters_of
from helpdesk.wording import brief_words

PAGE = 50
CLOSED_LOOKED_AT = 20_000
"""Of closed tickets a narrowed list looks at so many of the newest: the rest is for the search."""


@dataclass(frozen=True)
class TicketList:
    """A view as somebody looks at it. Closed tickets have one order: the last closed first."""

    view: View = View.open
    order: Order = Order.due
    descending: bool = False
    narrowed: TicketFilter = NOTHING

    @classmethod
    def read(cls, view: str, words: Mapping[str, str]) -> "TicketList":
        """From an address; what is none of ours is the usual list."""
        shown = View(view) if view in View.__members__ else View.open
        asked = words.get("sort", "")
        name = asked.removeprefix("-")
        order = Order(name) if name in Order.__members__ and shown != View.closed else Order.due
        return cls(shown, order, asked.startswith("-") and name == order.value, TicketFilter.read(words))

    @property
    def sort(self) -> str:
        return f"{'-' if self.descending else ''}{self.order.value}"

    def address(self, **more: Any) -> dict[str, Any]:
        """The parameters of its page but for the view."""
        usual = not self.descending and self.order == Order.due
        return ({} if usual else {"sort": self.sort}) | self.narrowed.address() | more

    def sorted_by(self, order: str) -> dict[str, Any]:
        """The parameters of the same list sorted by a column: the other way round where it is so already."""
        first = order in (Order.updated.value, Order.number.value)
        down = not self.descending if order == self.order.value else first
        return self.narrowed.address() | {"sort": f"{'-' if down else ''}{order}"}


@dataclass(frozen=True)
class Line:
    """One row of a list, worded. `key` says where it stands in the list's order; "" in lists that are not kept."""

    row: Row[Any]
    due: Due
    updated: str
    key: str = ""


@dataclass(frozen=True)
class ListPlace:
    """Where a ticket stands in a list: its number of so many (999+ at most), and its neighbours as (reference, key)."""

    number: int
    total: int
    before: tuple[str, str] | None
    after: tuple[str, str] | None

    @property
    def number_words(self) -> str:
        return capped(self.number)

    @property
    def total_words(self) -> str:
        return capped(self.total)


LIST_COLUMNS = (
    Ticket.id,
    Ticket.reference,
    Ticket.kind,
    Ticket.intent,
    Ticket.state,
    Ticket.subject,
    Ticket.title,
    Ticket.preview,
    Ticket.priority,
    Ticket.verdict,
    Ticket.verdict_confidence,
    Ticket.verdict_decided,
    Ticket.severity,
    Ticket.verified,
    Ticket.failed_check,
    Ticket.due_at,
    Ticket.due_since,
    Ticket.first_responded_at,
    Ticket.first_due_at,
    Ticket.due_left,
    Ticket.updated_at,
    Ticket.closed_at,
    Ticket.snoozed_until,
    Ticket.version,
    func.array_to_string(Ticket.tags, " ").label("tag_words"),
    Customer.name.label("customer"),
    User.name.label("assignee"),
)


def list_tickets(
    user: User, shown: TicketList, hours: ServiceHours, after: str | None = None
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of a list and the key of the next, or None at the end. The desk sees every ticket (R70)."""
    value, last = read_sorted(after, _kept_as(shown))
    start = Start.top if not after else (Start.valued if value is not None else Start.empty)
    rows = _list_statement(shown.view, shown.order, shown.descending, start)
    if shown.narrowed:
        rows = rows.where(*_narrowing(shown, user, hours))
    parameters = {**parameters_of(user), "value": value, "last": last, "page": PAGE + 1}
    tickets = db.session.execute(rows, parameters).all()
    more = len(tickets) > PAGE
    return tickets[:PAGE], key_of(tickets[PAGE - 1]) if more else None


def key_of(row: Row[Any]) -> str:
    """Where a row stands in its list's order."""
    return sorted_key(row.sorted_by, row.id)


def conditions_of(shown: TicketList, user: User, hours: ServiceHours) -> list[ColumnElement[bool]]:
    """What holds for the list's tickets, with the parameters of `parameters_of`."""
    return [condition(shown.view), *(_narrowing(shown, user, hours) if shown.narrowed else [])]


def count_statement(shown: TicketList, user: User, hours: ServiceHours) -> Any:
    """How many tickets the list holds, up to 1,000, to be put into a statement."""
    return _count(conditions_of(shown, user, hours))


def count_list(user: User, shown: TicketList, hours: ServiceHours) -> int:
    """How many tickets the list holds, up to 1,000."""
    return db.session.scalar(select(count_statement(shown, user, hours)), parameters_of(user)) or 0


def place_in(user: User, shown: TicketList, hours: ServiceHours, key: str) -> ListPlace:
    """Where a list goes on from the place that a key names, whether its ticket stands there still or not.

    Two statements.
    """
    value, last = read_sorted(key, _kept_as(shown))
    start = Start.valued if value is not None else Start.empty
    by, down = _sorting(shown)
    conditions, further = conditions_of(shown, user, hours), beyond(by, down, start)
    before = beyond(by, down, start, back=True)
    asked = {**parameters_of(user), "value": value, "last": last}
    next_one = _first(by, [*conditions, further], direction_of(by, down), "after")
    last_one = _first(by, [*conditions, before], direction_of(by, down, back=True), "before")
    sides = db.session.execute(union_all(select(next_one.subquery()), select(last_one.subquery())), asked)
    found = {row.side: (row.reference, key_of(row)) for row in sides}
    number, total = db.session.execute(select(_count([*conditions, before]), _count(conditions)), asked).one()
    return ListPlace(number + 1, max(total, number + 1), found.get("before"), found.get("after"))


def worded(rows: Sequence[Row[Any]], hours: ServiceHours, language: str, *, kept: bool = False) -> list[Line]:
    """Rows with their due and updated times in words; `kept`: with their places in the list."""
    now = clock.now()
    return [
        Line(
            row,
            due_words(
                *(row.due_at, row.due_since, row.first_responded_at, row.state, hours, now, language),
                first_due=row.first_due_at,
                stands=row.due_left is not None,
            ),
            brief_words(row.updated_at, now, hours.zone, language),
            key_of(row) if kept else "",
        )
        for row in rows
    ]


@lru_cache(maxsize=512)
def _list_statement(view: View, order: Order, descending: bool, start: Start) -> Select[*tuple[Any, ...]]:
    """Built once a combination: putting it together costs more than running it."""
    by, down = _sorting(TicketList(view, order, descending))
    rows: Select[*tuple[Any, ...]] = _joined(select(*LIST_COLUMNS, by.label("sorted_by"))).where(condition(view))
    if start != Start.top:
        rows = rows.where(beyond(by, down, start))
    return rows.order_by(*direction_of(by, down)).limit(bindparam("page", type_=Integer))


def _first(by: Any, conditions: Sequence[ColumnElement[bool]], direction: Any, side: str) -> Select[*tuple[Any, ...]]:
    rows: Select[*tuple[Any, ...]] = _joined(
        select(literal(side).label("side"), Ticket.id, Ticket.reference, by.label("sorted_by"))
    )
    return rows.where(*conditions).order_by(*direction).limit(1)


def _count(conditions: Sequence[ColumnElement[bool]]) -> Any:
    few = _joined(select(Ticket.id)).where(*conditions).limit(COUNT_MAX + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def _joined(rows: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    of_customer = rows.outerjoin(Customer, Customer.id == Ticket.customer_id)
    return of_customer.outerjoin(User, User.id == Ticket.assignee_id)


def _sorting(shown: TicketList) -> tuple[Any, bool]:
    """What a list is sorted by, and whether downwards."""
    if shown.view == View.closed:
        return Ticket.closed_at, True
    return SORTED[shown.order], shown.descending


def _narrowing(shown: TicketList, user: User, hours: ServiceHours) -> list[ColumnElement[bool]]:
    found = shown.narrowed.conditions(user, hours)
    if shown.view == View.closed:
        newest = select(Ticket.closed_at).where(Ticket.state == TicketState.closed).order_by(Ticket.closed_at.desc())
        oldest = newest.offset(CLOSED_LOOKED_AT).limit(1).scalar_subquery()
        found.append(func.coalesce(Ticket.closed_at >= oldest, true()))
    return found


def _kept_as(shown: TicketList) -> type:
    """What a key of this list holds."""
    if shown.view == View.closed or shown.order in (Order.due, Order.updated):
        return datetime
    return str if shown.order in (Order.customer, Order.assignee) else int
