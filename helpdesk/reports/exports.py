"""Lists as tables to be exported: the very rows that a list or a search shows, all of them, one by one (R70)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from helpdesk.accounts.models import User
from helpdesk.accounts.words import ROLE_WORDS
from helpdesk.calendar.models import current_calendar
from helpdesk.console.words import SEVERITY_WORDS
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import rows_of
from helpdesk.mailgate.words import DISPOSITION_WORDS
from helpdesk.marking import word
from helpdesk.search.finding import MATCHES, PAGE, find_tickets
from helpdesk.search.query import Query
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.queues import queue_names
from helpdesk.tickets.titles import titled
from helpdesk.tickets.words import CUSTOMER_STATE_WORDS, PRIORITY_WORDS, STATE_WORDS, VERDICT_WORDS

STREAMED = {"yield_per": 500}


def desk_tickets(conditions: Sequence[ColumnElement[bool]], parameters: Mapping[str, Any] | None = None) -> Table:
    """Tickets as the desk sees them, the newest first."""
    assignee = aliased(User)
    rows: Select[*tuple[Any, ...]] = (
        select(
            *(Ticket.reference, Ticket.queue, Ticket.state, Ticket.priority, Ticket.subject, Ticket.title),
            *(Customer.name.label("customer"), assignee.name.label("assignee"), Ticket.verdict, Ticket.severity),
            *(Ticket.opened_at, Ticket.due_at, Ticket.first_responded_at, Ticket.closed_at, Ticket.updated_at),
        )
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(assignee, assignee.id == Ticket.assignee_id)
        .where(*conditions)
        .order_by(Ticket.id.desc())
        .execution_options(**STREAMED)
    )
    queues = queue_names()
    cells = (
        [
            row.reference,
            queues.get(row.queue, row.queue),
            word(STATE_WORDS, row.state.value),
            word(PRIORITY_WORDS, row.priority.value),
            titled(row.subject, row.title),
            row.customer,
            row.assignee,
            word(VERDICT_WORDS, row.verdict.value) if row.verdict else None,
            word(SEVERITY_WORDS, row.severity.value) if row.severity else None,
            *(row.opened_at, row.due_at, row.first_responded_at, row.closed_at, row.updated_at),
        ]
        for row in _each(rows, parameters)
    )
    return Table(_("Tickets"), _desk_columns(), cells)


def _desk_columns() -> list[Column]:
    return [
        Column(_("Number"), CellKind.reference, 12),
        Column(_("Queue"), width=14),
        Column(_("State"), width=12),
        Column(_("Priority"), width=8),
        Column(_("Subject"), width=50),
        Column(_("Customer"), width=26),
        Column(_("Assignee"), width=14),
        Column(_("Verdict"), width=12),
        Column(_("Severity"), width=10),
        *(Column(words, CellKind.moment, 17) for words in _moments()),
    ]


def own_tickets(conditions: Sequence[ColumnElement[bool]]) -> Table:
    """Tickets as their customer sees them, the newest first."""
    columns = [
        Column(_("Number"), CellKind.reference, 12),
        Column(_("State"), width=14),
        Column(_("Subject"), width=50),
        Column(_("Requester"), width=16),
        Column(_("Severity"), width=10),
        Column(_("Received at"), CellKind.moment, 17),
        Column(_("First response"), CellKind.moment, 17),
        Column(_("Completed"), CellKind.moment, 17),
    ]
    rows: Select[*tuple[Any, ...]] = (
        select(
            *(Ticket.reference, Ticket.state, Ticket.subject, Ticket.title, Contact.name.label("requester")),
            *(Ticket.severity, Ticket.opened_at, Ticket.first_responded_at, Ticket.closed_at),
        )
        .outerjoin(Contact, Contact.id == Ticket.requester_id)
        .where(*conditions)
        .order_by(Ticket.id.desc())
        .execution_options(**STREAMED)
    )
    cells = (
        [
            row.reference,
            word(CUSTOMER_STATE_WORDS, row.state.value),
            titled(row.subject, row.title),
            row.requester,
            word(SEVERITY_WORDS, row.severity.value) if row.severity else None,
            *(row.opened_at, row.first_responded_at, row.closed_at),
        ]
        for row in _each(rows)
    )
    return Table(_("Tickets"), columns, cells)


def found_tickets(user: User, query: Query) -> list[int]:
    """The ids of what a search finds, as far as it looks (MATCHES messages)."""
    zone, found = current_calendar().hours.zone, []
    for skip in range(0, MATCHES, PAGE):
        hits = find_tickets(user, query, zone, skip=skip).hits
        found += [hit.row.reference for hit in hits]
        if len(hits) < PAGE:
            break
    return list(db.session.scalars(select(Ticket.id).where(Ticket.reference.in_(found))))


def mail_ledger(disposition: str) -> Table:
    """The mail door's ledger, oldest first."""
    columns = [
        Column(_("Received at"), CellKind.moment, 17),
        Column(_("From"), width=30),
        Column(_("Subject"), width=50),
        Column(_("What became of it"), width=18),
        Column(_("Number"), CellKind.reference, 12),
        Column("Message-ID", width=40),
        Column("SHA-256", width=40),
    ]
    cells = (
        [
            mail.received_at,
            mail.sender,
            mail.subject,
            word(DISPOSITION_WORDS, mail.disposition.value if mail.disposition else "waiting"),
            reference,
            mail.message_id,
            mail.raw_sha256,
        ]
        for mail, reference in _later(disposition)
    )
    return Table(_("Mail ledger"), columns, cells)


def all_customers() -> Table:
    columns = [Column(_("Customer"), width=36), Column(_("Language"), width=10)]
    columns.append(Column(_("Added"), CellKind.moment, 17))
    rows = select(Customer).order_by(Customer.name).execution_options(**STREAMED)
    cells = ([one.name, one.language.value, one.created_at] for (one,) in _each(rows))
    return Table(_("Customers"), columns, cells)


def all_accounts() -> Table:
    columns = [Column(_("Name"), width=20), Column(_("Mail address"), width=32), Column(_("Role"), width=20)]
    columns += [Column(_("Active"), width=8), Column(_("Added"), CellKind.moment, 17)]
    rows = select(User).order_by(User.name, User.id).execution_options(**STREAMED)
    cells = (
        [one.name, one.email, word(ROLE_WORDS, one.role.value), _yes(one.active), one.created_at]
        for (one,) in _each(rows)
    )
    return Table(_("Accounts"), columns, cells)


def _each(rows: Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None) -> Iterator[Any]:
    """The rows as they come, asked for when the first is read: the record of the export is committed before."""
    yield from db.session.execute(rows, parameters or {})


def _later(disposition: str) -> Iterator[Any]:
    yield from rows_of(disposition)


def _moments() -> Iterable[str]:
    return (_("Received at"), _("Due"), _("First response"), _("Completed"), _("Updated"))


def _yes(value: bool) -> str:
    return str(_("yes") if value else _("no"))
