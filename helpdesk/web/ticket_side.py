"""What stands beside a ticket, read in one statement (P7): contract, last tickets, agents, draft, lists."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, DateTime, Integer, Select, Text, any_, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK
from helpdesk.contracts.contract_notices import ContractNotice
from helpdesk.contracts.models import Contract
from helpdesk.contracts.suspensions import Suspension
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db
from helpdesk.files.keeping import KeptFile
from helpdesk.tickets.checklists import items_of, templates_for
from helpdesk.tickets.drafts import Draft
from helpdesk.tickets.joinings import UNDO_FOR, Joining, joinings_of
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import followers_of
from helpdesk.tickets.queues import TicketQueue, colleagues_of
from helpdesk.tickets.sendings import still_waiting
from helpdesk.tickets.tags import tags_in_use

LAST = 5
CUSTOMERS_MAX = 2_000
CONTACTS_MAX = 500
_CUSTOMER = bindparam("customer", type_=Integer)


TABS = ("reply", "note")
PEOPLE_MAX = 100
GOING = timedelta(minutes=2)
WAITING = (
    *("id", "body", "due_at", "review", "state", "last_error", "later"),
    *("decision", "user_id", "asked_at", "to", "cc", "name"),
)


class WaitingReply:
    """A reply that is not out, as PostgreSQL's JSON tells it."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.id: int = row["id"]
        self.body: str = row["body"]
        self.due_at = datetime.fromisoformat(row["due_at"]) if row["due_at"] else None
        self.asked_at = datetime.fromisoformat(row["asked_at"])
        self.review: str = row["review"]
        self.held: str = row["last_error"] if row["state"] == "failed" else ""
        self.later: bool = row["later"]
        self.user_id: int = row["user_id"]
        self.name: str = row["name"]
        self.to: list[str] = row["to"]
        self.cc: list[str] = row["cc"]
        self.verdict: str | None = row["decision"]["verdict"] if row["decision"] else None

    def seconds_left(self, now: datetime) -> int:
        """Until it goes out; 0 where no time is set or it has come."""
        return max(0, int((self.due_at - now).total_seconds())) if self.due_at else 0

    def just_going(self, now: datetime) -> bool:
        """Its time has come within the last minutes: it is worth looking again shortly."""
        due = self.due_at is not None and timedelta() <= now - self.due_at + timedelta(seconds=1) < GOING
        return due and not self.held and self.review != "asked"


@dataclass(frozen=True)
class Kept:
    """Unsent words of one tab, and the number of their place."""

    words: dict[str, Any] = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True)
class Side:
    """Rows as dictionaries, as PostgreSQL's JSON gives them."""

    contract: str | None
    notice: dict[str, Any] | None
    """What the ticket was made into: kind and state of a notice, and the day of its effect."""
    suspended: bool
    had_contract: bool
    last: list[dict[str, Any]]
    agents: list[dict[str, Any]]
    drafts: dict[str, Kept]
    """What this agent has not sent yet by its tab, `reply` and `note`."""
    chosen: dict[str, list[dict[str, Any]]]
    """The files for it by its tab: id, name and size in bytes."""
    customers: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    tags: list[str]
    followers: list[dict[str, Any]]
    checklist: list[dict[str, Any]]
    templates: list[dict[str, Any]]
    colleagues: list[int]
    """The agents whose team works on the ticket's queue."""
    signature: str
    """What stands below this agent's replies here."""
    waiting: list["WaitingReply"]
    people: list[dict[str, Any]]
    """The customer's people who can be written to: name and address."""
    joined: int | None
    """Its last merge or split that can be undone."""


def side_of(ticket: Ticket, user: User, today: date) -> Side:
    """Everything beside this ticket for this agent."""
    row = db.session.execute(
        _SIDE,
        {
            "customer": ticket.customer_id,
            "ticket": ticket.id,
            "me": user.id,
            "places": [f"{tab}:{ticket.reference}" for tab in TABS],
            "today": today,
            "kind": ticket.kind.value,
            "yesterday": clock.now() - UNDO_FOR,
            "customers": CUSTOMERS_MAX if ticket.customer_id is None else 0,
            "contacts": CONTACTS_MAX if ticket.addressee is None else 0,
        },
    ).one()
    return Side(
        contract=row.contract,
        notice=row.notice,
        suspended=row.suspended,
        had_contract=row.had_contract,
        last=row.last or [],
        agents=row.agents or [],
        drafts={tab: Kept(**(row.drafts or {}).get(f"{tab}:{ticket.reference}", {})) for tab in TABS},
        chosen={tab: [one for one in row.chosen or [] if one["form"] == f"{tab}:{ticket.reference}"] for tab in TABS},
        customers=row.customers or [],
        contacts=row.contacts or [],
        tags=row.tags or [],
        followers=row.followers or [],
        checklist=row.checklist or [],
        templates=row.templates or [],
        colleagues=row.colleagues or [],
        waiting=[WaitingReply(one) for one in row.waiting or []],
        people=row.people or [],
        signature=user.preferences.get("signature", "") or row.signature or "",
        joined=row.joined,
    )


def _statement() -> Select[*tuple[Any, ...]]:
    """Built once: putting it together costs more than running it."""
    me, places = bindparam("me", type_=Integer), bindparam("places", type_=ARRAY(Text))
    ticket = bindparam("ticket", type_=Integer)
    colleagues = colleagues_of(ticket).subquery()
    people = select(Contact.name, Contact.email).where(Contact.customer_id == _CUSTOMER, Contact.closed_at.is_(None))
    people = people.order_by(Contact.name).limit(PEOPLE_MAX)
    kept = func.json_build_object("words", Draft.words, "number", Draft.number)
    drafts = select(func.json_object_agg(Draft.place, kept)).where(Draft.user_id == me, Draft.place == any_(places))
    files = select(KeptFile.id, KeptFile.form, KeptFile.name, KeptFile.size).order_by(KeptFile.id)
    files = files.where(KeptFile.user_id == me, KeptFile.form == any_(places))
    return select(
        _contract().label("contract"),
        _notice(ticket).label("notice"),
        _suspended().label("suspended"),
        exists().where(Contract.customer_id == _CUSTOMER).label("had_contract"),
        _last().label("last"),
        _agents().label("agents"),
        drafts.scalar_subquery().label("drafts"),
        as_list(files.subquery(), "id", "form", "name", "size").label("chosen"),
        _customers().label("customers"),
        _contacts().label("contacts"),
        tags_as_list().label("tags"),
        as_list(followers_of(ticket).subquery(), "id", "name").label("followers"),
        as_list(items_of(ticket).subquery(), "id", "words", "done_by").label("checklist"),
        as_list(templates_for(bindparam("kind", type_=Text), ticket).subquery(), "id", "name").label("templates"),
        as_list(still_waiting(ticket).subquery(), *WAITING).label("waiting"),
        select(TicketQueue.signature)
        .where(TicketQueue.code == select(Ticket.queue).where(Ticket.id == ticket).scalar_subquery())
        .scalar_subquery()
        .label("signature"),
        as_list(people.subquery(), "name", "email").label("people"),
        select(func.json_agg(colleagues.c.user_id)).select_from(colleagues).scalar_subquery().label("colleagues"),
        joinings_of(ticket, bindparam("yesterday", type_=DateTime(timezone=True)))
        .with_only_columns(func.max(Joining.id))
        .scalar_subquery()
        .label("joined"),
    )


def _contract() -> Any:
    today = bindparam("today", type_=Date)
    in_force = select(Contract.plan).where(
        Contract.customer_id == _CUSTOMER,
        Contract.in_force_from <= today,
        or_(Contract.in_force_until.is_(None), Contract.in_force_until >= today),
    )
    return in_force.order_by(Contract.in_force_from.desc()).limit(1).scalar_subquery()


def _suspended() -> Any:
    today = bindparam("today", type_=Date)
    stands = exists().where(Suspension.customer_id == _CUSTOMER, Suspension.until.is_(None))
    return stands.where(
        Suspension.contract_id == Contract.id,
        Contract.in_force_from <= today,
        or_(Contract.in_force_until.is_(None), Contract.in_force_until >= today),
    )


def _notice(ticket: Any) -> Any:
    rows = select(ContractNotice.kind, ContractNotice.state, ContractNotice.effect_on)
    rows = rows.where(ContractNotice.ticket_id == ticket).order_by(ContractNotice.id.desc()).limit(1)
    newest = rows.subquery()
    pairs = [part for name in ("kind", "state", "effect_on") for part in (name, newest.c[name])]
    return select(func.json_build_object(*pairs)).select_from(newest).scalar_subquery()


def _last() -> Any:
    other = aliased(Ticket)
    newest = (
        select(other.reference, other.subject, other.title, other.state, other.failed_check)
        .where(other.customer_id == _CUSTOMER, other.id != bindparam("ticket", type_=Integer))
        .order_by(other.updated_at.desc(), other.id.desc())
        .limit(LAST)
        .subquery()
    )
    return as_list(newest, "reference", "subject", "title", "state", "failed_check")


def _agents() -> Any:
    return as_list(AGENTS.subquery(), "id", "name")


def _customers() -> Any:
    """For a mail nobody could match: the customers it may belong to."""
    rows = select(Customer.id, Customer.name).order_by(Customer.name)
    rows = rows.limit(bindparam("customers", type_=Integer))
    return as_list(rows.subquery(), "id", "name")


def _contacts() -> Any:
    """For a ticket whose requester may not be written to: the customer's people."""
    rows = select(Contact.id, Contact.name, Contact.email)
    rows = rows.where(Contact.customer_id == _CUSTOMER, Contact.closed_at.is_(None))
    rows = rows.order_by(Contact.name).limit(bindparam("contacts", type_=Integer))
    return as_list(rows.subquery(), "id", "name", "email")


def as_list(rows: Any, *names: str) -> Any:
    pairs = [part for name in names for part in (name, rows.c[name])]
    return select(func.json_agg(func.json_build_object(*pairs))).select_from(rows).scalar_subquery()


def tags_as_list() -> Any:
    """The tags in use as one JSON list, to be put into a statement."""
    tags = tags_in_use().subquery()
    return select(func.json_agg(tags.c.tag)).select_from(tags).scalar_subquery()


AGENTS = select(User.id, User.name).where(User.role.in_(DESK), User.active).order_by(User.name)
_SIDE = _statement()
