"""All open alerts of all customers, by file or by customer: how far one file has spread, and who has how many. Read
only.
"""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, case, cast, distinct, func, select

from helpdesk.alerts.models import Alert
from helpdesk.console.values import Severity
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.tickets.kinds import TicketKind, TicketState
from helpdesk.tickets.models import Ticket

GROUPS_MAX = 200
TICKETS_MAX = 30


class GroupedBy(enum.StrEnum):
    file = "file"
    customer = "customer"


@dataclass(frozen=True)
class AlertGroup:
    """Open alerts that belong together; `tickets` are the first few as {reference, customer, state, subject, title}."""

    sha256: str | None
    customer: str
    customers: int
    alerts: int
    unreported: int
    severity: Severity | None
    due_at: datetime | None
    tickets: list[dict[str, Any]]

    @property
    def first(self) -> dict[str, Any]:
        return self.tickets[0]


def open_alerts(by: GroupedBy) -> list[AlertGroup]:
    """Those that are due first; one statement over the open tickets."""
    # what has no file is its own by what the console calls it
    file = func.coalesce(Alert.sha256, Ticket.title + Ticket.subject)
    key = file if by == GroupedBy.file else cast(func.coalesce(Ticket.customer_id, 0), Text)
    ticket = func.json_build_object(
        *("reference", Ticket.reference, "customer", Customer.name, "state", Ticket.state),
        *("subject", Ticket.subject, "title", Ticket.title),
    )
    rank = case(*((Ticket.severity == severity, number) for number, severity in enumerate(_SEVERITIES)), else_=None)
    rows = (
        select(
            *(func.min(Alert.sha256).label("sha256"), func.min(Customer.name).label("customer")),
            *(func.count(distinct(Ticket.customer_id)).label("customers"), func.count().label("alerts")),
            func.count().filter(Alert.reported_at.is_(None)).label("unreported"),
            *(func.max(rank).label("severity"), func.min(Ticket.due_at).label("due_at")),
            func.json_agg(ticket).label("tickets"),
        )
        .join(Alert, Alert.ticket_id == Ticket.id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.kind == TicketKind.alert, Ticket.state != TicketState.closed)
        .group_by(key)
        .order_by(func.min(Ticket.due_at).asc().nulls_last(), func.count().desc(), func.min(Ticket.id))
        .limit(GROUPS_MAX)
    )
    return [
        AlertGroup(
            row.sha256 if by == GroupedBy.file else None,
            row.customer or "",
            row.customers,
            row.alerts,
            row.unreported,
            None if row.severity is None else _SEVERITIES[row.severity],
            row.due_at,
            sorted(row.tickets, key=lambda one: one["reference"])[:TICKETS_MAX],
        )
        for row in db.session.execute(rows)
    ]


_SEVERITIES = sorted(Severity)
