"""What the page of the desk's figures shows: tiles, charts and tables, every number with the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from helpdesk import charts, clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.reports.days import By, Tally
from helpdesk.reports.desk import AGES, PERIODS, OpenRow, Scope, open_rows
from helpdesk.reports.periods import PeriodFigures, agent_figures, contests, period_figures, quantile
from helpdesk.web.pages import language
from helpdesk.wording import DAYS, span_words

FIRST_HOUR, LAST_HOUR = 8, 18
"""The hours of the day that have a bar of their own; what is earlier or later joins the nearest."""


@dataclass(frozen=True)
class AgentRow:
    """One agent's line: what is open now, and what the period came to. `agent_id` is None for what is nobody's."""

    agent_id: int | None
    name: str
    open: int
    late: int
    near: int
    tally: Tally

    @property
    def median(self) -> int | None:
        return quantile(self.tally.answers, 50)

    @property
    def ninety(self) -> int | None:
        return quantile(self.tally.answers, 90)


def figures_context(scope: Scope) -> dict[str, Any]:
    """Ten statements or so, none over what is closed for longer than the period."""
    rows, period = open_rows(scope), period_figures(scope)
    return {
        "scope": scope,
        "periods": PERIODS,
        "sums": {name: sum(getattr(row, name) for row in rows) for name in ("open", "late", "near")},
        "unassigned": sum(row.open for row in rows if row.agent_id is None),
        "period": period,
        "median": quantile(period.whole.answers, 50),
        "ninety": quantile(period.whole.answers, 90),
        "share": 1000 * period.met // (period.met + period.late) if period.met + period.late else None,
        # hours are kept for the whole alone
        "by_hour": _by_hour(period) if scope.by[0] == By.whole else None,
        "by_day": _by_day(period),
        "backlog": _backlog(rows),
        "ages": _ages(rows),
        "span": lambda minutes: "—" if minutes is None else span_words(timedelta(minutes=minutes), language()),
        "behind": lambda of, **more: url_for("desk.supervision.tickets", **scope.address(of=of, **more)),
        "people": db.session.execute(select(User.id, User.name).where(User.role.in_(DESK), User.active)).all(),
        "narrowed_to": _customer(scope),
    }


def period_context(scope: Scope) -> dict[str, Any]:
    """What the page has besides: each agent, where it is narrowed to nothing, and contests of 90 days."""
    whole = scope.by[0] == By.whole
    return {"agents": _agents(open_rows(scope), agent_figures(scope)) if whole else [], "contests": contests(scope)}


def _customer(scope: Scope) -> str:
    return db.session.scalar(select(Customer.name).where(Customer.id == scope.customer_id)) or ""


def age_words(age: int) -> str:
    """A class of the backlog: 当日, 1営業日, 3〜5営業日, 6営業日〜."""
    first = AGES[age]
    if first == 0:
        return str(_("today"))
    if age + 1 == len(AGES):
        return str(_("%(days)s business days and more", days=first))
    last = AGES[age + 1] - 1
    return str(_("%(days)s business days", days=first if first == last else f"{first}–{last}"))


def _ages(rows: Sequence[OpenRow]) -> list[tuple[int, str, int, int]]:
    """(class, words, ours, with the customer), the newest first."""
    sums = [(sum(row.ages[n][0] for row in rows), sum(row.ages[n][1] for row in rows)) for n in range(len(AGES))]
    return [(age, age_words(age), ours, theirs) for age, (ours, theirs) in enumerate(sums)]


def _backlog(rows: Sequence[OpenRow]) -> Markup:
    drawn = [(words, [("c1", ours), ("c4", theirs)]) for _age, words, ours, theirs in _ages(rows)]
    return charts.bars(str(_("Open tickets by age")), drawn)


def _by_hour(period: PeriodFigures) -> Markup:
    """Today by the hour: received by kind is only kept for the day, so the bars are received and completed."""
    hours = range(FIRST_HOUR, LAST_HOUR + 1)
    received, completed, usual = (dict.fromkeys(hours, 0) for _n in range(3))
    for name, (came, done) in period.today.hours.items():
        received[_shown(int(name))] += came
        completed[_shown(int(name))] += done
    for hour, count in period.mean_hours.items():
        usual[_shown(hour)] += count
    now = clock.now().astimezone(current_calendar().hours.zone).hour
    so_far = _("so far")
    labels = [f"{_hour_words(hour)} {so_far}" if hour == _shown(now) else _hour_words(hour) for hour in hours]
    return charts.stacked(
        str(_("Received and completed by hour")),
        labels,
        [
            charts.Series(str(_("received")), "c1", list(received.values())),
            charts.Series(str(_("completed")), "c2", list(completed.values()), outlined=True),
        ],
        means=list(usual.values()) if any(usual.values()) else (),
    )


def _shown(hour: int) -> int:
    return min(max(hour, FIRST_HOUR), LAST_HOUR)


def _hour_words(hour: int) -> str:
    mark = "h" if language() == "en" else "時"
    if hour == FIRST_HOUR:
        return f"〜{hour}{mark}"
    return f"{hour}{mark}〜" if hour == LAST_HOUR else f"{hour}{mark}"


def _by_day(period: PeriodFigures) -> Markup:
    labels = [f"{day.month}/{day.day} {DAYS[language()][day.weekday()]}" for day, _tally in period.by_day]
    each = [tally for _day, tally in period.by_day]
    return charts.stacked(
        str(_("Received and completed by day")),
        labels,
        [
            charts.Series(str(_("Inquiries")), "c1", [tally.inquiries for tally in each]),
            charts.Series(str(_("Alerts")), "c3", [tally.alerts for tally in each]),
            charts.Series(str(_("completed")), "c2", [tally.completed for tally in each], outlined=True),
        ],
    )


def _agents(rows: Sequence[OpenRow], tallies: dict[int | None, Tally]) -> list[AgentRow]:
    """Who has tickets open or did something in the period, by name; what is nobody's last."""
    open_of = {row.agent_id: row for row in rows}
    lacking = [key for key in tallies if key is not None and key not in open_of]
    names = {key: name for key, name in db.session.execute(select(User.id, User.name).where(User.id.in_(lacking)))}
    found = []
    for agent_id in {*open_of, *tallies}:
        row = open_of.get(agent_id)
        counts = (row.open, row.late, row.near) if row else (0, 0, 0)
        name = row.name if row else names.get(agent_id or 0, "")
        found.append(AgentRow(agent_id, name, *counts, tallies.get(agent_id, Tally())))
    return sorted(found, key=lambda row: (row.agent_id is None, row.name))
