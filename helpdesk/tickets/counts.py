"""What stands beside every page of the desk: the views, shipped and kept, each with its count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, or_, select

from helpdesk.accounts.models import User
from helpdesk.calendar.models import Calendar, hours_of, newest_version
from helpdesk.extensions import db
from helpdesk.tickets.lists import TicketList, count_statement
from helpdesk.tickets.news import unread_count
from helpdesk.tickets.saved import SavedView
from helpdesk.tickets.views import OPEN_VIEWS, View, capped, count_columns, parameters_of

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
class Counts:
    """How many tickets each view holds, and the calendar that the same statement told."""

    by_view: dict[View, str]
    calendar: Calendar
    kept: Sequence[KeptView]
    news: int
    """What this person was told and has not read, up to 100."""


def count_views(user: User) -> Counts:
    """Every open view's count, exact to 999, in one statement; one more for the lists that are kept, if any are.

    Only the desk sees counts, and the desk sees every ticket (R70).
    """
    row = db.session.execute(_COUNTS, parameters_of(user)).one()
    by_view: dict[View, str] = {view: capped(getattr(row, view.value)) for view in OPEN_VIEWS}
    calendar = Calendar(row.calendar, hours_of(row.calendar))
    return Counts(by_view, calendar, _kept(user, row.saved or [], calendar), row.news)


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
    return select(*count_columns(), calendar, saved.label("saved"), unread_count().label("news"))


_COUNTS = _statement()
