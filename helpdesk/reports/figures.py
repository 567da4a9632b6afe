"""The figures of a customer's month, each with the tickets it counts (R30). Read only.

A month's tickets are those that came in it, in the service's zone; an alert that was merged counts with the one it
was merged into. What happens at a moment (an action's result, a contest, a closing) counts in the month of that
moment, so that a past month's figures hardly ever move. A month that still runs is counted up to now.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import Row, Text, cast, distinct, func, select

from helpdesk.actions.models import Action, ActionKind, ActionStatus
from helpdesk.alerts.models import Alert, AlertArrival, EventSource
from helpdesk.calendar.models import current_calendar, hours_of
from helpdesk.console.values import Severity
from helpdesk.extensions import db
from helpdesk.reports.rows import MonthRows, Period, action_rows, contested, within
from helpdesk.tickets.kinds import TicketKind, Verdict
from helpdesk.tickets.models import Ticket

UNKNOWN = "unknown"
PENDING = "pending"
_RESULTS = (
    ActionStatus.done,
    ActionStatus.already,
    ActionStatus.failed,
    ActionStatus.unclear,
    ActionStatus.declined,
    ActionStatus.withdrawn,
)


@dataclass(frozen=True)
class Figure:
    """One figure: `unit` is count, minutes (of service hours) or percent; `tickets` are the references behind it.

    `value` is None where there is nothing to make a median or a share of.
    """

    key: str
    value: int | None
    unit: str = "count"
    tickets: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, "value": self.value, "unit": self.unit, "tickets": list(self.tickets)}


def figures_of(month: MonthRows) -> list[Figure]:
    """Every figure of the month, in a fixed order; those that count nothing are there as well. Three statements."""
    return [*_alerts(month), *_actions(month.period), *_inquiries(month), *_open_at_end(month)]


def service_seconds(row: Row[Any], until: datetime) -> int:
    """Service hours from a ticket's arrival until then, by the calendar that its due time was counted with."""
    return int(hours_of(row.calendar_version).service_time(row.opened_at, until).total_seconds())


def median_minutes(key: str, seconds: dict[str, int]) -> Figure:
    """The median in whole minutes, rounded down, of what was measured by ticket."""
    value = int(median(seconds.values())) // 60 if seconds else None
    return Figure(key, value, "minutes", tuple(sorted(seconds)))


def counted(key: str, references: Iterable[str]) -> Figure:
    """How many tickets, each once, in the order of their numbers."""
    each = tuple(sorted(set(references)))
    return Figure(key, len(each), tickets=each)


def share(key: str, part: int, whole: int) -> Figure:
    """A percentage, rounded down so that 100 % means all."""
    return Figure(key, 100 * part // whole if whole else None, "percent")


def _alerts(month: MonthRows) -> list[Figure]:
    period, rows = month.period, month.alerts
    severities = [*(severity.name for severity in Severity), UNKNOWN]
    weeks = period.month.weeks()
    zone = current_calendar().hours.zone
    week_of = {
        row.reference: next(n for n, (_first, last) in enumerate(weeks, 1) if _day(row.opened_at, zone) <= last)
        for row in rows
    }
    in_time = [row.reference for row in rows if row.reported_at and row.reported_at <= row.first_due_at]
    late = [row.reference for row in rows if row.reported_at and row.reported_at > row.first_due_at]
    unreported = [row for row in rows if row.reported_at is None]
    overdue = [row.reference for row in unreported if row.first_due_at and row.first_due_at < period.end]
    return [
        *_received(period),
        counted("alerts.tickets", (row.reference for row in rows)),
        *(
            counted(
                f"alerts.by_severity.{name}",
                (row.reference for row in rows if (row.severity.name if row.severity else UNKNOWN) == name),
            )
            for name in severities
        ),
        *(
            counted(f"alerts.by_week.{n}", (reference for reference, week in week_of.items() if week == n))
            for n in range(1, len(weeks) + 1)
        ),
        counted("alerts.reported_in_time", in_time),
        counted("alerts.reported_late", late),
        share("alerts.in_time_percent", len(in_time), len(in_time) + len(late) + len(overdue)),
        counted("alerts.not_reported", (row.reference for row in unreported)),
        counted("alerts.not_reported_overdue", overdue),
        counted("alerts.false_positive", (row.reference for row in rows if row.false_positive_at)),
    ]


def _day(at: datetime, zone: Any) -> Any:
    return at.astimezone(zone).date()


def _received(period: Period) -> list[Figure]:
    """The console's mails: those on tickets, and those that only informed. One mail may have opened several."""
    mail = func.coalesce(AlertArrival.mail, cast(AlertArrival.id, Text))
    of_month = select(
        func.count(distinct(mail)).filter(AlertArrival.alert_id.is_not(None)).label("alerts"),
        func.count(distinct(mail)).filter(AlertArrival.alert_id.is_(None)).label("informing"),
        func.array_agg(distinct(Ticket.reference)).filter(Ticket.id.is_not(None)).label("tickets"),
    )
    row = db.session.execute(
        of_month.select_from(AlertArrival)
        .outerjoin(Alert, Alert.id == AlertArrival.alert_id)
        .outerjoin(Ticket, Ticket.id == Alert.ticket_id)
        .where(
            AlertArrival.customer_id == period.customer_id,
            AlertArrival.source == EventSource.mail,
            *within(AlertArrival.at, period),
        )
    ).one()
    return [
        Figure("alerts.received_mails", row.alerts, tickets=tuple(sorted(row.tickets or []))),
        Figure("alerts.informing_mails", row.informing),
    ]


def result_in(action: Action, period: Period) -> str:
    """An action's result where it came in the period, else that it was pending at its end."""
    ended = action.withdrawn_at or action.declined_at or action.finished_at
    known = ended is not None and ended < period.end and action.status in _RESULTS
    return action.status.value if known else PENDING


def kind_of(action: Action) -> str:
    """quarantine, allow or isolate; what takes one back is counted apart."""
    return f"{action.kind.value}_undo" if action.undo else action.kind.value


def _actions(period: Period) -> list[Figure]:
    told: dict[tuple[str, str], list[str]] = {}
    for action, reference in action_rows(period):
        told.setdefault((kind_of(action), result_in(action, period)), []).append(reference)
    kinds = [kind.value for kind in ActionKind] + [f"{kind.value}_undo" for kind in ActionKind]
    results = [*(result.value for result in _RESULTS), PENDING]
    return [
        # each action counts, also where one ticket had two
        Figure(f"actions.{kind}.{result}", len(found), tickets=tuple(sorted(set(found))))
        for kind in kinds
        for result in results
        if (found := told.get((kind, result), [])) or not kind.endswith("_undo")
    ]


def _inquiries(month: MonthRows) -> list[Figure]:
    rows, completed = month.inquiries, month.completed
    decided: dict[str, list[str]] = {}
    for row in rows:
        verdict = row.verdict.value if row.verdict and row.verdict_decided else "undecided"
        decided.setdefault(verdict, []).append(row.reference)
    answered = [row for row in rows if row.first_responded_at]
    met = [row.reference for row in answered if row.first_due_at and row.first_responded_at <= row.first_due_at]
    return [
        counted("inquiries.opened", (row.reference for row in rows)),
        counted("inquiries.closed", (row.reference for row in completed)),
        *(
            counted(f"inquiries.by_verdict.{verdict}", decided.get(verdict, []))
            for verdict in [*(verdict.value for verdict in Verdict), "undecided"]
        ),
        counted("inquiries.contested", db.session.scalars(contested(month.period))),
        median_minutes(
            "first_answer.median_minutes",
            {row.reference: service_seconds(row, row.first_responded_at) for row in answered},
        ),
        counted("first_answer.in_time", met),
        counted("first_answer.late", {row.reference for row in answered} - set(met)),
        share("first_answer.in_time_percent", len(met), len(answered)),
        median_minutes(
            "solution.median_minutes", {row.reference: service_seconds(row, row.completed_at) for row in completed}
        ),
    ]


def _open_at_end(month: MonthRows) -> list[Figure]:
    rows = month.open_at_end
    of_kind = {kind: [row.reference for row in rows if row.kind == kind] for kind in TicketKind}
    by_kind = [counted(f"open.at_end.{kind.value}", references) for kind, references in of_kind.items()]
    return [counted("open.at_end", (row.reference for row in rows)), *by_kind]
