"""The desk's lists: plain selects of the columns they show, a page at a time, and the counts of all views.

Lists look at open tickets through partial indexes, so that their cost does not grow with what is closed.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Integer, Row, Select, and_, bindparam, func, or_, select, true

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import Calendar, hours_of, newest_version
from helpdesk.customers.models import Customer
from helpdesk.errors import number
from helpdesk.extensions import db
from helpdesk.tickets.models import Queue, Ticket, TicketState, Verdict
from helpdesk.tickets.paging import page_key, read_key
from helpdesk.wording import brief_words, short_words, span_words

PAGE = 50
COUNT_MAX = 999
SOON = timedelta(hours=4)
AMBER_SHARE = 4


class View(enum.StrEnum):
    mine = "mine"
    unassigned = "unassigned"
    soon = "soon"
    open = "open"
    alerts = "alerts"
    inquiries = "inquiries"
    contracts = "contracts"
    unmatched = "unmatched"
    contested = "contested"
    closed = "closed"


class Sort(enum.StrEnum):
    due = "due"
    updated = "updated"


@dataclass(frozen=True)
class Counts:
    """How many tickets each view holds, and the calendar that the same statement told."""

    by_view: dict[View, str]
    calendar: Calendar


@dataclass(frozen=True)
class Picked:
    """A list narrowed to a verdict, and to a confidence of `sure` percent or more (below it where negative)."""

    verdict: str = ""
    sure: int = 0

    @classmethod
    def of(cls, verdict: str | None, sure: str | None) -> "Picked":
        """Read from an address; what is no verdict and no percentage narrows nothing."""
        below = (sure or "").startswith("-")
        percent = number((sure or "").removeprefix("-")) or 0
        known = verdict if verdict in Verdict.__members__ else ""
        return cls(known or "", min(percent, 100) * (-1 if below else 1))

    @property
    def any(self) -> bool:
        return bool(self.verdict or self.sure)


@dataclass(frozen=True)
class Due:
    """A due time for people: tone is ok, soon (25 % left), past, met or none."""

    tone: str
    relative: str
    absolute: str


@dataclass(frozen=True)
class Line:
    """One row of a list, worded."""

    row: Row[Any]
    due: Due
    updated: str


_OPEN = Ticket.state != TicketState.closed
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
    Ticket.updated_at,
    Ticket.closed_at,
    Customer.name.label("customer"),
    User.name.label("assignee"),
)


def condition(view: View) -> ColumnElement[bool]:
    """Which tickets a view holds, with the parameters `me` and `soon`."""
    if view == View.closed:
        return Ticket.state == TicketState.closed
    special = {
        View.mine: Ticket.assignee_id == bindparam("me", type_=Integer),
        View.unassigned: Ticket.assignee_id.is_(None),
        View.soon: Ticket.due_at < bindparam("soon", type_=DateTime(timezone=True)),
        View.open: true(),
    }
    if view in special:
        return and_(_OPEN, special[view])
    return and_(_OPEN, Ticket.queue == Queue(view.value))


def count_views(user: User) -> Counts:
    """Every open view's count, exact to 999, and the calendar's version, in one statement.

    Only the desk sees counts, and the desk sees every ticket (R70).
    """
    row = db.session.execute(_COUNTS, parameters_of(user)).one()
    by_view: dict[View, str] = {view: _capped(getattr(row, view.value)) for view in _OPEN_VIEWS}
    return Counts(by_view, Calendar(row.calendar, hours_of(row.calendar)))


def list_tickets(
    user: User, view: View, *, sort: Sort = Sort.due, after: str | None = None, picked: Picked | None = None
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of a view and the key of the next, or None at the end. The desk sees every ticket (R70)."""
    at, last_id = read_key(after)
    start = Start.top if after is None else (Start.after_due if at is not None else Start.after_undue)
    picked = picked or Picked()
    rows = _list_statement(view, sort, start, (bool(picked.verdict), (picked.sure > 0) - (picked.sure < 0)))
    parameters = {**parameters_of(user), "at": at, "last": last_id, "page": PAGE + 1}
    parameters |= {"verdict": picked.verdict or None, "sure": abs(picked.sure)}
    tickets = db.session.execute(rows, parameters).all()
    more = len(tickets) > PAGE
    return tickets[:PAGE], _key(tickets[PAGE - 1], view, sort) if more else None


class Start(enum.StrEnum):
    """Where a page begins: at the top, after a ticket with a time, or after one that nothing is due on."""

    top = "top"
    after_due = "after_due"
    after_undue = "after_undue"


@lru_cache(maxsize=256)
def _list_statement(view: View, sort: Sort, start: Start, picked: tuple[bool, int]) -> Select[*tuple[Any, ...]]:
    """Built once a combination: putting it together costs more than running it."""
    rows: Select[*tuple[Any, ...]] = (
        select(*LIST_COLUMNS)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(User, User.id == Ticket.assignee_id)
        .where(condition(view))
    )
    by_verdict, by_confidence = picked
    if by_verdict:
        rows = rows.where(Ticket.verdict == bindparam("verdict", type_=Ticket.verdict.type))
    if by_confidence > 0:
        rows = rows.where(Ticket.verdict_confidence >= bindparam("sure", type_=Integer))
    elif by_confidence < 0:
        rows = rows.where(Ticket.verdict_confidence < bindparam("sure", type_=Integer))
    return _page(rows, view, sort, start).limit(bindparam("page", type_=Integer))


def picked_conditions(picked: Picked) -> list[ColumnElement[bool]]:
    """What narrows a list, as conditions with their values in them."""
    found: list[ColumnElement[bool]] = [Ticket.verdict == Verdict(picked.verdict)] if picked.verdict else []
    if picked.sure:
        sure = Ticket.verdict_confidence >= picked.sure if picked.sure > 0 else Ticket.verdict_confidence < -picked.sure
        found.append(sure)
    return found


def worded(rows: Sequence[Row[Any]], hours: ServiceHours, language: str) -> list[Line]:
    """Rows with their due and updated times in words."""
    now = clock.now()
    return [
        Line(
            row,
            due_words(
                *(row.due_at, row.due_since, row.first_responded_at, row.state, hours, now, language),
                first_due=row.first_due_at,
            ),
            brief_words(row.updated_at, now, hours.zone, language),
        )
        for row in rows
    ]


def due_words(  # noqa: PLR0917 - the columns a due time is told from
    due_at: datetime | None,
    since: datetime,
    responded_at: datetime | None,
    state: TicketState,
    hours: ServiceHours,
    now: datetime,
    language: str,
    *,
    first_due: datetime | None = None,
) -> Due:
    """A due time in service hours: relative over absolute; amber when a quarter is left, red when past."""
    if due_at is None:
        if state == TicketState.waiting:
            return Due("waits", "お客様待ち" if language == "ja" else "with customer", "")
        moment = short_words(responded_at, now, hours.zone, language) if responded_at else ""
        if not moment:
            return Due("none", "", "")
        if first_due is not None and responded_at is not None and responded_at > first_due:
            return Due("late", "遅れて回答" if language == "ja" else "answered late", moment)
        return Due("met", "回答済" if language == "ja" else "answered", moment)
    absolute = short_words(due_at, now, hours.zone, language)
    left = hours.service_time(now, due_at)
    if due_at <= now:
        late = span_words(left, language)
        return Due("past", f"超過 {late}" if language == "ja" else f"{late} late", absolute)
    whole = hours.service_time(since, due_at)
    tone = "soon" if left * AMBER_SHARE <= whole else "ok"
    remaining = span_words(left, language)
    return Due(tone, f"あと {remaining}" if language == "ja" else f"{remaining} left", absolute)


def parameters_of(user: User) -> dict[str, Any]:
    """What the views' conditions ask for."""
    return {"me": user.id, "soon": clock.now() + SOON}


def _count_statement() -> Select[*tuple[Any, ...]]:
    """Built once: putting so large a statement together costs more than running it."""
    columns: list[ColumnElement[Any]] = []
    for view in _OPEN_VIEWS:
        few = select(Ticket.id).where(condition(view)).limit(COUNT_MAX + 1).subquery()
        columns.append(select(func.count()).select_from(few).scalar_subquery().label(view.value))
    return select(*columns, newest_version().scalar_subquery().label("calendar"))


def _capped(count: int) -> str:
    return f"{COUNT_MAX}+" if count > COUNT_MAX else str(count)


def _page(rows: Select[*tuple[Any, ...]], view: View, sort: Sort, start: Start) -> Select[*tuple[Any, ...]]:
    at, last = bindparam("at", type_=DateTime(timezone=True)), bindparam("last", type_=Integer)
    if view == View.closed or sort == Sort.updated:
        column = Ticket.closed_at if view == View.closed else Ticket.updated_at
        if start != Start.top:
            rows = rows.where(or_(column < at, and_(column == at, Ticket.id < last)))
        return rows.order_by(column.desc(), Ticket.id.desc())
    if start == Start.after_due:
        later = or_(Ticket.due_at > at, and_(Ticket.due_at == at, Ticket.id > last), Ticket.due_at.is_(None))
        rows = rows.where(later)
    elif start == Start.after_undue:
        rows = rows.where(Ticket.due_at.is_(None), Ticket.id > last)
    return rows.order_by(Ticket.due_at.asc().nulls_last(), Ticket.id)


def _key(row: Row[Any], view: View, sort: Sort) -> str:
    at: datetime | None = row.due_at if sort == Sort.due else row.updated_at
    if view == View.closed:
        at = row.closed_at
    return page_key(at, row.id)


_OPEN_VIEWS = [view for view in View if view != View.closed]
_COUNTS = _count_statement()
