"""The alerts of a month as a report lists them: findings, report, instruction, action and proof of each (R30)."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.types import NullType

from helpdesk.actions.instructions import Instruction
from helpdesk.actions.models import Action
from helpdesk.alerts.alert_events import AffectedComputer, AlertEvent
from helpdesk.alerts.models import Alert, Finding, FindingSource
from helpdesk.alerts.outcomes import WORST_FIRST
from helpdesk.extensions import db
from helpdesk.reports.figures import kind_of
from helpdesk.reports.rows import MonthRows, Period, alerts_of
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket

HOSTS_NAMED = 3


def incidents_of(month: MonthRows) -> list[dict[str, Any]]:
    """One a ticket, oldest first, as JSON values: what is not known is None. Four statements, whatever the month."""
    period = month.period
    ids = alerts_of(period).with_only_columns(Alert.id)
    spread, facts, words = _spread(ids), _facts(ids), _findings(ids)
    actions = _actions(period)
    return [
        _incident(row, spread.get(row.alert_id, {}), facts.get(row.alert_id))
        | {"findings": words.get(row.alert_id, {}), "actions": actions.get(row.id, [])}
        for row in month.alerts
    ]


def hosts_of(period: Period, most: int) -> list[list[Any]]:
    """[computer, alerts] of the month, the most first; each alert counts once a computer."""
    ids = alerts_of(period).with_only_columns(Alert.id)
    rows = (
        select(func.min(AffectedComputer.name), func.count())
        .where(AffectedComputer.alert_id.in_(ids))
        .group_by(func.lower(AffectedComputer.name))
        .order_by(func.count().desc(), func.lower(AffectedComputer.name))
        .limit(most)
    )
    return [[name, count] for name, count in db.session.execute(rows)]


def _incident(row: Row[Any], spread: dict[str, Any], fact: Row[Any] | None) -> dict[str, Any]:
    reported, due = row.reported_at, row.first_due_at
    return {
        "reference": row.reference,
        "opened_at": row.opened_at.isoformat(),
        "subject": row.subject,
        "title": row.title,
        "severity": row.severity.name if row.severity else None,
        "state": _state_then(row.state, row.closed_then),
        "type": fact.event_type if fact else None,
        "file": fact.file_name if fact else None,
        "path": fact.file_path if fact else None,
        "detection": fact.detection if fact else None,
        "sha256": row.sha256,
        "parent": fact.parent if fact else None,
        "due_at": due.isoformat() if due else None,
        "reported_at": reported.isoformat() if reported else None,
        "in_time": reported <= due if reported and due else None,
        "reported_to": row.reported_to,
        "way": row.report_channel.value if row.report_channel else None,
        "false_positive": row.false_positive_at is not None,
        "computers": spread.get("names", []),
        "users": spread.get("users", []),
        "outcomes": spread.get("outcomes", {}),
    }


def _state_then(state: TicketState, closed: bool) -> str:
    """Its state at the month's end, as far as it is known: what was closed after it was open then."""
    if closed:
        return TicketState.closed.value
    return TicketState.open.value if state == TicketState.closed else state.value


def _spread(ids: Select[int]) -> dict[int, dict[str, Any]]:
    """By alert: how many computers had which outcome, worst first, some of their names and users."""
    rows = select(
        AffectedComputer.alert_id,
        AffectedComputer.outcome,
        func.count().label("count"),
        # the driver's lists as they are: 10,000 of them are walked once
        func.array_agg(AffectedComputer.name, type_=NullType()).label("names"),
        func.array_agg(AffectedComputer.user, type_=NullType()).label("users"),
    ).where(AffectedComputer.alert_id.in_(ids))
    by_alert: dict[int, dict[str, Any]] = {}
    told = db.session.execute(rows.group_by(AffectedComputer.alert_id, AffectedComputer.outcome)).all()
    for row in sorted(told, key=lambda row: WORST_FIRST.index(row.outcome)):
        one = by_alert.setdefault(row.alert_id, {"outcomes": {}, "names": [], "users": []})
        one["outcomes"][row.outcome.value] = row.count
        one["names"] = (one["names"] + sorted(row.names))[:HOSTS_NAMED]
        one["users"] = sorted({*one["users"], *(user for user in row.users if user)})[:HOSTS_NAMED]
    return by_alert


def _facts(ids: Select[int]) -> dict[int, Row[Any]]:
    """By alert: what its first event that names a file says, else its first event."""
    columns = (AlertEvent.event_type, AlertEvent.file_name, AlertEvent.file_path, AlertEvent.detection)
    rows: Select[*tuple[Any, ...]] = (
        select(AlertEvent.alert_id, *columns, AlertEvent.parent)
        .where(AlertEvent.alert_id.in_(ids))
        .ext(distinct_on(AlertEvent.alert_id))
        .order_by(AlertEvent.alert_id, AlertEvent.file_name.is_(None), AlertEvent.id)
    )
    return {row.alert_id: row for row in db.session.execute(rows)}


def _findings(ids: Select[int]) -> dict[int, dict[str, str]]:
    """By alert and kind: what an agent found, or else what the console's trajectory showed."""
    rows = db.session.scalars(select(Finding).where(Finding.alert_id.in_(ids)))
    found: dict[int, dict[str, str]] = defaultdict(dict)
    # a person's words come last and replace the console's
    for finding in sorted(rows, key=lambda finding: finding.source == FindingSource.agent):
        found[finding.alert_id][finding.kind.value] = finding.words
    return found


def _actions(period: Period) -> dict[int, list[dict[str, Any]]]:
    """By ticket: its actions with who instructed what, and whether there is a proof."""
    tickets = alerts_of(period).with_only_columns(Ticket.id)
    last = (
        select(Instruction)
        .ext(distinct_on(Instruction.action_id))
        .order_by(Instruction.action_id, Instruction.id.desc())
        .subquery()
    )
    rows = (
        select(Action, last.c.choice, last.c.name, last.c.at, last.c.channel)
        .outerjoin(last, last.c.action_id == Action.id)
        .where(Action.ticket_id.in_(tickets))
        .order_by(Action.id)
    )
    by_ticket: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for action, choice, name, at, channel in db.session.execute(rows):
        by_ticket[action.ticket_id].append(
            {
                "reference": action.reference,
                "kind": kind_of(action),
                "status": action.status.value,
                "file": action.file_name,
                "choice": choice.value if choice else None,
                "by": name,
                "at": at.isoformat() if at else None,
                "through": channel.value if channel else None,
                "verified_at": action.verified_at.isoformat() if action.verified_at else None,
                "proven": action.proven,
            }
        )
    return by_ticket
