"""What stands beside every page of the desk: the views, shipped and kept, each with its count."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Integer, Select, bindparam, func, or_, select

from helpdesk.accounts.models import User
from helpdesk.calendar.models import Calendar, hours_of, newest_version
from helpdesk.extensions import db
from helpdesk.marking import words_of
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.lists import TicketList, count_statement
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import unread_count
from helpdesk.tickets.queues import TicketQueue, named
from helpdesk.tickets.saved import SavedView
from helpdesk.tickets.views import COUNT_MAX, OPEN_VIEWS, View, capped, count_columns, parameters_of
from helpdesk.tickets.words import QUEUE_WORDS

KEPT_MAX = 40
"""Of one's own and everybody's kept lists so many are shown."""


@dataclass(frozen=True)
class KeptView:
    """A kept list with its count."""

    id: int
    name: str
    shared: bool
    mine: bool
    list: TicketList
    count: str


@dataclass(frozen=True)
class OwnQueue:
    """A queue that supervisors made, with its count of open tickets; a closed one only while some are in it."""

    code: str
    name: str
    count: str
    closed: bool


@dataclass(frozen=True)
class Counts:
    """How many tickets each view holds, and the calendar that the same statement told."""

    by_view: dict[View, str]
    calendar: Calendar
    kept: Sequence[KeptView]
    news: int
    """What this person was told and has not read, up to 100."""
    own: Sequence[OwnQueue] = ()

    @cached_property
    def queues(self) -> dict[str, str]:
        """The names of the queues in use by their codes, those that ship first."""
        return words_of(QUEUE_WORDS) | {one.code: one.name for one in self.own if not one.closed}

    @property
    def queue_choices(self) -> tuple[tuple[str, str], ...]:
        """The same as pairs, for what is cached by its words."""
        return tuple(self.queues.items())

    def queue_word(self, code: str) -> str:
        """What a queue is called; one that is closed and empty is told as such."""
        called = {**self.queues, **{one.code: one.name for one in self.own}}
        return called.get(code) or _("a closed queue")


def count_views(user: User) -> Counts:
    """Every open view's count, exact to 999, in one statement; one more for the lists that are kept, if any are.

    Only the desk sees counts, and the desk sees every ticket (R70).
    """
    row = db.session.execute(_COUNTS, parameters_of(user)).one()
    by_view: dict[View, str] = {view: capped(getattr(row, view.value)) for view in OPEN_VIEWS}
    calendar = Calendar(row.calendar, hours_of(row.calendar))
    own = [
        OwnQueue(one["code"], named(one["name"], one["name_en"]), capped(one["count"]), one["closed"])
        for one in row.queues or []
        if one["count"] or not one["closed"]
    ]
    # the words of a shared list may name any customer
    saved = [one for one in row.saved or [] if user.subcontractor_id is None or one["user"] == user.id]
    return Counts(by_view, calendar, _kept(user, saved, calendar), row.news, own)


def _kept(user: User, saved: Sequence[dict[str, Any]], calendar: Calendar) -> list[KeptView]:
    lists = [TicketList.read(one["view"], {name: str(value) for name, value in one["words"].items()}) for one in saved]
    counts: Sequence[int] = ()
    # what is closed is not counted on every page
    counted = [one for one in lists if one.view != View.closed]
    if counted:
        columns = select(*(count_statement(one, user, calendar.hours) for one in counted))
        counts = db.session.execute(columns, parameters_of(user)).one()
    told = dict(zip(map(id, counted), map(capped, counts), strict=True))
    return [
        KeptView(one["id"], one["name"], one["shared"], one["user"] == user.id, shown, told.get(id(shown), ""))
        for one, shown in zip(saved, lists, strict=True)
    ]


def _statement() -> Select[*tuple[Any, ...]]:
    """Built once: putting so large a statement together costs more than running it."""
    kept = (
        select(SavedView.id, SavedView.name, SavedView.shared, SavedView.view, SavedView.words, SavedView.user_id)
        .where(or_(SavedView.user_id == bindparam("me", type_=Integer), SavedView.shared))
        .order_by(SavedView.shared, SavedView.name, SavedView.id)
        .limit(KEPT_MAX)
        .subquery()
    )
    names = {"id": "id", "name": "name", "shared": "shared", "view": "view", "words": "words", "user": "user_id"}
    pairs = [part for name, column in names.items() for part in (name, kept.c[column])]
    saved = select(func.json_agg(func.json_build_object(*pairs))).select_from(kept).scalar_subquery()
    calendar = newest_version().scalar_subquery().label("calendar")
    return select(
        *count_columns(), calendar, saved.label("saved"), unread_count().label("news"), _own().label("queues")
    )


def _own() -> Any:
    awake = (Ticket.state != TicketState.closed, Ticket.snoozed_until.is_(None))
    few = select(Ticket.id).where(Ticket.queue == TicketQueue.code, *awake).limit(COUNT_MAX + 1)
    count = select(func.count()).select_from(few.correlate(TicketQueue).subquery()).scalar_subquery()
    rows = (
        select(
            *(TicketQueue.code, TicketQueue.name, TicketQueue.name_en),
            TicketQueue.closed_at.is_not(None).label("closed"),
            count.label("count"),
        )
        .where(TicketQueue.name != "")
        .order_by(TicketQueue.name)
        .subquery()
    )
    pairs = [part for name in ("code", "name", "name_en", "closed", "count") for part in (name, rows.c[name])]
    return select(func.json_agg(func.json_build_object(*pairs))).select_from(rows).scalar_subquery()


_COUNTS = _statement()
