"""What stands beside a ticket, read in one statement (P7): contract, last tickets, agents, draft, lists."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from helpdesk.accounts.models import DESK, User
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db
from helpdesk.tickets.drafts import Draft
from helpdesk.tickets.models import Queue, Ticket

LAST = 5


@dataclass(frozen=True)
class Side:
    """Rows as dictionaries, as PostgreSQL's JSON gives them."""

    contract: str | None
    last: list[dict[str, Any]]
    agents: list[dict[str, Any]]
    draft: dict[str, Any] | None
    alert_contacts: list[dict[str, Any]]
    customers: list[dict[str, Any]]


def side_of(ticket: Ticket, user: User, place: str, today: date) -> Side:
    """Everything beside this ticket for this agent."""
    row = db.session.execute(
        select(
            _contract(ticket, today).label("contract"),
            _last(ticket).label("last"),
            _agents().label("agents"),
            select(Draft.words).where(Draft.user_id == user.id, Draft.place == place).scalar_subquery().label("draft"),
            _alert_contacts(ticket).label("alert_contacts"),
            _customers(ticket).label("customers"),
        )
    ).one()
    return Side(
        row.contract,
        row.last or [],
        row.agents or [],
        row.draft,
        row.alert_contacts or [],
        row.customers or [],
    )


def _contract(ticket: Ticket, today: date) -> Any:
    in_force = select(Contract.plan).where(
        Contract.customer_id == ticket.customer_id,
        Contract.in_force_from <= today,
        or_(Contract.in_force_until.is_(None), Contract.in_force_until >= today),
    )
    return in_force.order_by(Contract.in_force_from.desc()).limit(1).scalar_subquery()


def _last(ticket: Ticket) -> Any:
    other = aliased(Ticket)
    newest = (
        select(other.reference, other.subject, other.state)
        .where(other.customer_id == ticket.customer_id, other.id != ticket.id)
        .order_by(other.updated_at.desc(), other.id.desc())
        .limit(LAST)
        .subquery()
    )
    return _as_list(newest, "reference", "subject", "state")


def _agents() -> Any:
    rows = select(User.id, User.name).where(User.role.in_(DESK), User.active).order_by(User.name).subquery()
    return _as_list(rows, "id", "name")


def _alert_contacts(ticket: Ticket) -> Any:
    rows = (
        select(Contact.id, Contact.name, Contact.email, Contact.phone)
        .where(Contact.customer_id == ticket.customer_id, Contact.alert_contact)
        .order_by(Contact.id)
        .subquery()
    )
    return _as_list(rows, "id", "name", "email", "phone")


def _customers(ticket: Ticket) -> Any:
    """For a mail nobody could match: the customers it may belong to."""
    rows = select(Customer.id, Customer.name).order_by(Customer.name)
    rows = rows.limit(500 if ticket.queue == Queue.unmatched else 0)
    return _as_list(rows.subquery(), "id", "name")


def _as_list(rows: Any, *names: str) -> Any:
    pairs = [part for name in names for part in (name, rows.c[name])]
    return select(func.json_agg(func.json_build_object(*pairs))).select_from(rows).scalar_subquery()
