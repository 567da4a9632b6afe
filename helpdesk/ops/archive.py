"""Everything that belongs to one customer as one ZIP: tickets, files, proofs and reports (V5).

It is made on request, during a contract or after its end. What the desk said among itself is not in it, nor is any key.
"""

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from helpdesk.actions.models import Action
from helpdesk.actions.proof import proof_of
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import contracts_of
from helpdesk.customers.models import Customer
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.files.models import path_of
from helpdesk.files.names import clean_name
from helpdesk.files.packing import packed
from helpdesk.reports.models import MonthlyReport
from helpdesk.tickets.messages import Attachment, Message, MessageKind
from helpdesk.tickets.models import Ticket

PORTION = 200


def write_archive(customer: Customer, out: BinaryIO) -> int:
    """Write the ZIP; returns how many tickets are in it. Times are of the service's zone, with their offset.

    A file of an alert that nobody cleared is within a ZIP of its own with the usual password, as the desk hands it out.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        count = 0
        for ticket in _tickets(customer.id):
            archive.writestr(f"tickets/{ticket.reference}.json", _json(_ticket(ticket, archive)))
            count += 1
        _proofs(customer.id, archive)
        _reports(customer.id, archive)
        contracts = [
            {"number": one.number, "plan": one.plan, "from": one.in_force_from, "until": one.in_force_until}
            for one in contracts_of(customer.id)
        ]
        archive.writestr("customer.json", _json({"name": customer.name, "tickets": count, "contracts": contracts}))
    return count


def _tickets(customer_id: int) -> Iterator[Ticket]:
    """Portions by id, so that memory does not grow with them."""
    last = 0
    while True:
        rows = select(Ticket).where(Ticket.customer_id == customer_id, Ticket.id > last).order_by(Ticket.id)
        found = db.session.scalars(rows.limit(PORTION)).all()
        if not found:
            return
        last = found[-1].id
        yield from found
        db.session.expire_all()


def _ticket(ticket: Ticket, archive: zipfile.ZipFile) -> dict[str, Any]:
    rows = select(Message).where(Message.ticket_id == ticket.id, Message.kind != MessageKind.note)
    rows = rows.options(selectinload(Message.attachments)).order_by(Message.id)
    return {
        "number": ticket.reference,
        "kind": ticket.kind.value,
        "state": ticket.state.value,
        "subject": ticket.subject,
        "opened_at": ticket.opened_at,
        "first_responded_at": ticket.first_responded_at,
        "closed_at": ticket.closed_at,
        "messages": [
            {
                "at": message.at,
                "from": message.author_name,
                "by_customer": message.kind == MessageKind.customer,
                "channel": message.channel.value,
                "words": message.body,
                "files": [_file(file, message, ticket.reference, archive) for file in message.attachments],
            }
            for message in db.session.scalars(rows)
        ],
    }


def _file(file: Attachment, message: Message, reference: str, archive: zipfile.ZipFile) -> str:
    name = f"files/{reference}/{file.id}-{clean_name(file.name)}"
    content = path_of(file.sha256).read_bytes()
    if message.from_console and file.cleared_at is None:
        name, content = f"{name}.zip", packed(file.name, content)
    archive.writestr(name, content)
    return name


def _proofs(customer_id: int, archive: zipfile.ZipFile) -> None:
    rows = select(Action).where(Action.customer_id == customer_id, Action.state == ErrandState.done)
    for action in db.session.scalars(rows.order_by(Action.id)):
        if action.proven:
            archive.writestr(f"proofs/{action.reference}.json", proof_of(action).as_text())


def _reports(customer_id: int, archive: zipfile.ZipFile) -> None:
    rows = select(MonthlyReport).where(MonthlyReport.customer_id == customer_id, MonthlyReport.approved_at.is_not(None))
    for report in db.session.scalars(rows.order_by(MonthlyReport.month, MonthlyReport.edition)):
        for sha256, ending in ((report.pdf_sha256, "pdf"), (report.xlsx_sha256, "xlsx")):
            if sha256 is not None:
                archive.write(path_of(sha256), f"reports/{report.month:%Y-%m}-{report.edition}.{ending}")


def _json(facts: Any) -> str:
    zone = current_calendar().hours.zone

    def written(value: Any) -> str:
        return (
            value.astimezone(zone).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()
        )

    return json.dumps(facts, ensure_ascii=False, indent=1, default=written)
