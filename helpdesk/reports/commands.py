"""`helpdesk alerts ...` and `helpdesk report ...`: alert tickets and monthly reports from the command line."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from helpdesk import clock
from helpdesk.actions.models import Action
from helpdesk.actions.targets import ActionTarget
from helpdesk.alerts.alert_events import AlertEvent
from helpdesk.alerts.models import Alert
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.finding import the_customer
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.reports.days import count_day
from helpdesk.reports.figures import figures_of
from helpdesk.reports.making import made_now, pdf_of, xlsx_of
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.rows import period_of, read_month
from helpdesk.tickets.models import Ticket
from helpdesk.trust import Trust


@click.group(cls=AppGroup)
def alerts() -> None:
    """Look at alert tickets."""


@alerts.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with every event.")
def list_alerts(as_json: bool) -> None:
    """Show every alert ticket with what is known of its events; unknown facts are null."""
    for line in _lines():
        if as_json:
            click.echo(json.dumps(line, ensure_ascii=False))
        else:
            due = line["due_at"] or "-"
            click.echo(f"{line['reference']:12} {line['severity'] or '-':9} {line['occurrences']:>6} {due}")


def _lines() -> Iterator[dict[str, Any]]:
    rows = (
        select(Ticket, Alert, Customer.name, AlertEvent)
        .join(Alert, Alert.ticket_id == Ticket.id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(AlertEvent, AlertEvent.alert_id == Alert.id)
        .order_by(Ticket.id, AlertEvent.id)
        .execution_options(yield_per=500)
    )
    targets = _targets()
    for _ticket_id, group in groupby(db.session.execute(rows), key=lambda row: row[0].id):
        ticket_rows = list(group)
        ticket, alert, customer, _first = ticket_rows[0]
        events = [_event(row[3]) for row in ticket_rows if row[3] is not None]
        yield {
            "reference": ticket.reference,
            "customer": customer,
            "severity": ticket.severity.value if ticket.severity else None,
            "due_at": ticket.first_due_at.isoformat() if ticket.first_due_at else None,
            "reported_at": alert.reported_at.isoformat() if alert.reported_at else None,
            "occurrences": len(events),
            "events": events,
            "action_targets": targets.get(ticket.id, []),
        }


def _targets() -> dict[int, list[dict[str, Any]]]:
    """What the actions of each ticket are about: lists, or computers, as they are called, recorded and signed."""
    rows = select(Action.ticket_id, Action.reference, Action.kind, ActionTarget)
    rows = rows.join(ActionTarget, ActionTarget.action_id == Action.id).order_by(ActionTarget.id)
    targets: dict[int, list[dict[str, Any]]] = {}
    for ticket_id, reference, kind, target in db.session.execute(rows):
        targets.setdefault(ticket_id, []).append(
            {
                "action": reference,
                "kind": kind.value,
                "guid": target.guid,
                "name": target.name,
                "computers": target.computers,
            }
        )
    return targets


def _event(event: AlertEvent) -> dict[str, Any]:
    return {
        "computer": event.computer,
        "user": event.user,
        "sha256": event.sha256,
        "file_name": event.file_name,
        "file_path": event.file_path,
        "event_type": event.event_type,
        "detection": event.detection,
        "severity": event.severity.value if event.severity else None,
        "at": event.at.isoformat() if event.at else None,
        "verified": event.trust == Trust.verified,
        "connector_guid": event.connector_guid,
        "event_id": event.event_id,
        "detection_id": event.detection_id,
        "type_id": event.type_id,
        "disposition": event.disposition,
        "parent_sha256": event.parent_sha256,
    }


@click.group(cls=AppGroup)
def report() -> None:
    """Make the monthly reports of customers, and look at their figures."""


@report.command("figures")
@click.argument("customer")
@click.argument("month")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, each figure with its tickets.")
def show_figures(customer: str, month: str, as_json: bool) -> None:
    """Print the figures of a customer's MONTH (2026-10), counted now. CUSTOMER is a name or a number."""
    owner, wanted = the_customer(customer), ReportMonth.read(month)
    figures = figures_of(read_month(period_of(owner, wanted)))
    if as_json:
        told = [figure.as_json() for figure in figures]
        click.echo(json.dumps({"customer": owner.name, "month": str(wanted), "figures": told}, ensure_ascii=False))
        return
    for figure in figures:
        value = "-" if figure.value is None else figure.value
        click.echo(f"{figure.key:36} {value:>7} {figure.unit:8} {' '.join(figure.tickets[:5])}")


@report.command("make")
@click.argument("customer")
@click.argument("month")
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Write the report as a PDF here.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="Write it as a spreadsheet here.")
def make_report(customer: str, month: str, pdf: Path | None, xlsx: Path | None) -> None:
    """Count a customer's MONTH (2026-10) and write its report; the snapshot is kept.

    The same figures give the same files. Otherwise it says what changed; sent reports get a new edition to review.
    """
    for path in (pdf, xlsx):
        if path is not None and not path.absolute().parent.is_dir():
            raise click.BadParameter(f"{path.parent} is no directory. Nothing was made.")
    began = time.monotonic()
    made = made_now(the_customer(customer), ReportMonth.read(month))
    db.session.commit()
    for path, form in ((pdf, pdf_of), (xlsx, xlsx_of)):
        if path is not None:
            path.write_bytes(form(made))
            click.echo(f"{path}: {path.stat().st_size} bytes")
    click.echo(f"edition {made.edition}, {made.status.value}, snapshot {made.contents_digest}")
    click.echo(f"counted and written in {time.monotonic() - began:.2f} s")
    for change in made.changed:
        click.echo(f"  {change['key']}: {change['before']} -> {change['after']} {' '.join(change['tickets'][:20])}")


@report.command("days")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day to count anew; 31 days back.")
def recount_days(since: datetime | None) -> None:
    """Count the desk's figures of past days anew, a day a transaction."""
    today = current_calendar().hours.local_date(clock.now())
    first = since.date() if since else today - timedelta(days=31)
    days = [first + timedelta(days=n) for n in range((today - first).days)]
    for day in days:
        count_day(day)
        db.session.commit()
    click.echo(f"{len(days)} days were counted anew.")
