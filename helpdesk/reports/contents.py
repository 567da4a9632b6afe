"""What a monthly report tells, as JSON values: the snapshot that is kept, and what changed since another (R30).

Counted once, it is told in three forms (documents.py). It holds no time of making, so that counting the same facts
again gives the same snapshot, to the byte.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, cast, func, or_, select

from helpdesk import clock
from helpdesk.alerts.models import Alert
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.manuals.models import section_of_key
from helpdesk.reports.figures import Figure, figures_of
from helpdesk.reports.incidents import hosts_of, incidents_of
from helpdesk.reports.month_ends import month_end_facts
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.rows import MonthRows, Period, period_of, read_month
from helpdesk.tickets.kinds import TicketKind, TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.triage.models import Decision

HOSTS = 5
PLACES = 5
TREND_MONTHS = 12


def contents_of(customer: Customer, month: ReportMonth, kept: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything that the report of this month tells. `kept` is last month's snapshot as it was sent, if any.

    What that one could not know yet, such as a report given after it was made, is told in this one.
    """
    period = period_of(customer, month)
    rows = read_month(period)
    figures, incidents = figures_of(rows), incidents_of(rows)
    return {
        "customer": customer.name,
        "month": str(month),
        "language": customer.language.value,
        "running": month.span(current_calendar().hours.zone)[1] > clock.now(),
        "plans": _plans(customer, month),
        "figures": [figure.as_json() for figure in figures],
        "weeks": _weeks(month, incidents, figures),
        "incidents": incidents,
        "types": _ranked(Counter(one["type"] or "" for one in incidents)),
        "states": _ranked(Counter(one["state"] for one in incidents)),
        "outcomes": _ranked(Counter(next(iter(one["outcomes"]), "") for one in incidents)),
        "hosts": hosts_of(period, HOSTS),
        "trend": _trend(period),
        "inquiries": _inquiries(rows),
        "places": _places(period, customer.language.value),
        "console": month_end_facts(customer.id, month),
        "open": _open(rows),
        "late": _late(customer, month, kept) if kept else None,
    }


@dataclass(frozen=True)
class FigureChange:
    """A figure that differs between two snapshots, with the tickets that make the difference."""

    key: str
    before: int | None
    after: int | None
    tickets: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, "before": self.before, "after": self.after, "tickets": list(self.tickets)}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FigureChange]:
    """What differs between two snapshots' figures, in the order of the later."""
    known = {one["key"]: one for one in before["figures"]}
    found = []
    for one in after["figures"]:
        old = known.get(one["key"], {"value": None, "tickets": []})
        if old["value"] != one["value"] or old["tickets"] != one["tickets"]:
            tickets = tuple(sorted(set(old["tickets"]) ^ set(one["tickets"])))
            found.append(FigureChange(one["key"], old["value"], one["value"], tickets))
    return found


def digest_of(contents: Mapping[str, Any]) -> str:
    """The snapshot's SHA-256, of its JSON with sorted keys."""
    return hashlib.sha256(json.dumps(contents, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def value_of(contents: Mapping[str, Any], key: str) -> int | None:
    """One figure of a snapshot."""
    return next((one["value"] for one in contents["figures"] if one["key"] == key), None)


def _late(customer: Customer, month: ReportMonth, kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What came to be known of the month before after its report."""
    again = {"figures": [figure.as_json() for figure in figures_of(read_month(period_of(customer, month.back(1))))]}
    return [change.as_json() for change in changes(kept, again)]


def _plans(customer: Customer, month: ReportMonth) -> list[dict[str, Any]]:
    """The contracts in force on any day of the month."""
    rows = select(Contract).where(
        Contract.customer_id == customer.id,
        Contract.in_force_from <= month.last,
        or_(Contract.in_force_until.is_(None), Contract.in_force_until >= month.first),
    )
    return [
        {
            "plan": contract.plan,
            "from": contract.in_force_from.isoformat(),
            "until": contract.in_force_until.isoformat() if contract.in_force_until else None,
        }
        for contract in db.session.scalars(rows.order_by(Contract.in_force_from, Contract.id))
    ]


def _weeks(month: ReportMonth, incidents: Sequence[Mapping[str, Any]], figures: Sequence[Figure]) -> list[Any]:
    """Each week's alerts by severity; which week a ticket is in, the figures say."""
    severity_of = {one["reference"]: one["severity"] or "unknown" for one in incidents}
    of_week = {figure.key: figure.tickets for figure in figures if figure.key.startswith("alerts.by_week.")}
    return [
        {
            "from": first.isoformat(),
            "until": last.isoformat(),
            "severities": dict(
                sorted(Counter(severity_of.get(one, "unknown") for one in of_week[f"alerts.by_week.{number}"]).items())
            ),
        }
        for number, (first, last) in enumerate(month.weeks(), 1)
    ]


def _trend(period: Period) -> list[list[Any]]:
    """Alert tickets of the months before this one, oldest first, as [month, count]."""
    zone = current_calendar().hours.zone
    months = [period.month.back(n) for n in range(TREND_MONTHS - 1, -1, -1)]
    first = cast(func.date_trunc("month", func.timezone(zone.key, Ticket.opened_at)), Date)
    rows = (
        select(first, func.count())
        .join(Alert, Alert.ticket_id == Ticket.id)
        .where(
            Alert.merged_into_id.is_(None),
            Ticket.customer_id == period.customer_id,
            Ticket.kind == TicketKind.alert,
            Ticket.opened_at >= months[0].span(zone)[0],
            Ticket.opened_at < period.start,
        )
        .group_by(first)
    )
    counts = {ReportMonth.of(day): count for day, count in db.session.execute(rows)}
    return [[str(month), counts.get(month, 0)] for month in months[:-1]]


def _inquiries(rows: MonthRows) -> list[dict[str, Any]]:
    return [
        {
            "reference": row.reference,
            "opened_at": row.opened_at.isoformat(),
            "subject": row.subject,
            "verdict": row.verdict.value if row.verdict and row.verdict_decided else None,
            "due_at": row.first_due_at.isoformat() if row.first_due_at else None,
            "answered_at": row.first_responded_at.isoformat() if row.first_responded_at else None,
            "closed_at": row.closed_at.isoformat() if row.closed_at and row.closed_at < rows.period.end else None,
        }
        for row in rows.inquiries
    ]


def _places(period: Period, language: str) -> list[list[Any]]:
    """The manual's places that answers to the month's tickets cited most, as [heading, times]."""
    rows = select(Decision.section_keys).join(Ticket, Ticket.id == Decision.ticket_id)
    rows = rows.where(
        Ticket.customer_id == period.customer_id, Ticket.opened_at >= period.start, Ticket.opened_at < period.end
    )
    cited = _ranked(Counter(key for keys in db.session.scalars(rows) for key in keys))[:PLACES]
    return [[_heading(key, language), times] for key, times in cited]


def _heading(key: str, language: str) -> str:
    section = section_of_key(key)
    return section.title(language) if section is not None else key


def _open(rows: MonthRows) -> list[dict[str, Any]]:
    return [
        {
            "reference": row.reference,
            "kind": row.kind.value,
            "opened_at": row.opened_at.isoformat(),
            "subject": row.subject,
            "title": row.title,
            # it was open then, whatever became of it
            "state": "open" if row.state == TicketState.closed else row.state.value,
        }
        for row in rows.open_at_end
    ]


def _ranked(counts: Counter[str]) -> list[list[Any]]:
    """[word, count], the most first, equal ones by their words."""
    return [[word, count] for word, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
