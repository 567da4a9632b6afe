"""Customers and their people out of a table: every row's fault named first, then all of them or none (D10).

A row is a person; the columns of the customer stand in each of them, or in a row of their own. What is there already
stays as it is: the same file a second time brings nothing new.
"""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk.accounts.import_columns import HEADS, LANGUAGES, NO, ROLES, WAYS, YES, Head
from helpdesk.accounts.models import User
from helpdesk.accounts.people import PersonRights, PersonWords, add_person
from helpdesk.accounts.roles import Role
from helpdesk.addresses import is_address
from helpdesk.audit.models import Actor, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.alert_addresses import AlertAddress, add_alert_address
from helpdesk.customers.models import Contact, Customer, Language, Way, add_customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.folding import compact, fold

IMPORTING = 7_221_053
"""The advisory lock of an import."""
NAME_MAX, WORDS_MAX, PHONE_MAX, ADDRESS_MAX = 200, 100, 40, 254


class Fault(enum.StrEnum):
    """What is wrong with a row."""

    no_customer = "no_customer"
    too_long = "too_long"
    no_name = "no_name"
    no_email = "no_email"
    not_an_address = "not_an_address"
    not_understood = "not_understood"
    of_another_customer = "of_another_customer"
    twice = "twice"
    staff = "staff"
    closed = "closed"
    address_taken = "address_taken"


@dataclass(frozen=True)
class RowFault:
    """`value` is what stands in the cell."""

    fault: Fault
    head: Head
    value: str = ""


@dataclass
class RowPlan:
    """One row, counted as the table's own program counts it, and what it brings."""

    number: int
    customer: str
    person: PersonWords | None = None
    rights: PersonRights = field(default_factory=PersonRights)
    role: Role | None = None
    kana: str = ""
    addresses: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    brings: list[str] = field(default_factory=list)
    """Some of `customer`, `person`, `address`; empty where all of it is there already."""


@dataclass(frozen=True)
class ImportPlan:
    rows: list[RowPlan]

    @property
    def faulty(self) -> list[RowPlan]:
        return [row for row in self.rows if row.faults]

    def count(self, what: str) -> int:
        """How many customers, people or addresses are new."""
        return sum(row.brings.count(what) for row in self.rows)


class NoHead(ValueError):
    """The first row with words in it names no column of the customer's name."""


def plan_import(table: Sequence[Sequence[str]]) -> ImportPlan:
    """What a table would bring, a row each, with every fault; nothing is changed. Raises NoHead."""
    begins, columns = _head_of(table)
    rows = [
        _read(number, {head: row[index] if index < len(row) else "" for head, index in columns.items()})
        for number, row in enumerate(table[begins + 1 :], begins + 2)
        if any(cell.strip() for cell in row)
    ]
    _compare(rows)
    return ImportPlan(rows)


def lock_imports() -> None:
    """One import after the other: a second click finds what the first one brought."""
    db.session.execute(select(func.pg_advisory_xact_lock(IMPORTING)))


def run_import(by: Actor, plan: ImportPlan) -> None:
    """Bring in what is new, all of it in the caller's transaction. Refused while a row has a fault."""
    if plan.faulty:
        raise Refusal(_("Some rows have faults. Nothing was imported."))
    customers: dict[str, Customer] = {}
    for row in plan.rows:
        named = select(Customer).where(Customer.name == row.customer)
        customer = customers.get(row.customer) or db.session.scalar(named)
        if customer is None:
            customer = add_customer(by, row.customer, kana=row.kana)
        customers[row.customer] = customer
        if "person" in row.brings and row.person is not None:
            add_person(by, customer, row.person, row.rights, row.role)
        if "address" in row.brings:
            for address in row.addresses:
                if db.session.scalar(select(AlertAddress.id).where(AlertAddress.address == address)) is None:
                    add_alert_address(by, customer, address)
    for customer in customers.values():
        record(by, CustomerAct.imported, customer)


def _head_of(table: Sequence[Sequence[str]]) -> tuple[int, dict[Head, int]]:
    known = {_plain(name): head for head, names in HEADS.items() for name in names}
    for index, row in enumerate(table[:20]):
        columns: dict[Head, int] = {}
        for column, cell in enumerate(row):
            head = known.get(_plain(cell))
            if head is not None and head not in columns:
                columns[head] = column
        if Head.customer in columns:
            return index, columns
    raise NoHead


def _plain(name: str) -> str:
    return fold(name).replace(" ", "").replace("*", "").replace("(", "").replace(")", "")


def _read(number: int, cells: dict[Head, str]) -> RowPlan:
    def cell(head: Head) -> str:
        return " ".join(cells.get(head, "").split())

    row = RowPlan(number, cell(Head.customer), kana=cell(Head.customer_kana))
    if not row.customer:
        row.faults.append(RowFault(Fault.no_customer, Head.customer))
    for head in (Head.customer, Head.customer_kana, Head.name, Head.kana, Head.department, Head.phone, Head.email):
        most = {Head.customer: NAME_MAX, Head.customer_kana: NAME_MAX, Head.phone: PHONE_MAX, Head.email: ADDRESS_MAX}
        if len(cell(head)) > most.get(head, WORDS_MAX):
            row.faults.append(RowFault(Fault.too_long, head, cell(head)[:40]))
    row.addresses = [one.lower() for one in re.split(r"[,;、\s]+", cell(Head.alert_addresses)) if one]
    row.faults += [
        RowFault(Fault.not_an_address, Head.alert_addresses, one) for one in row.addresses if not is_address(one)
    ]
    if any(cell(head) for head in (Head.name, Head.email, Head.kana, Head.phone)):
        _read_person(row, {head: cell(head) for head in Head})
    return row


def _read_person(row: RowPlan, cells: dict[Head, str]) -> None:
    def choice(head: Head, known: dict[str, object]) -> object:
        value = fold(cells[head])
        if value not in known:
            row.faults.append(RowFault(Fault.not_understood, head, cells[head]))
        return known.get(value)

    yes_no: dict[str, object] = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
    if not cells[Head.name]:
        row.faults.append(RowFault(Fault.no_name, Head.name))
    if not cells[Head.email]:
        row.faults.append(RowFault(Fault.no_email, Head.email))
    elif not is_address(cells[Head.email]):
        row.faults.append(RowFault(Fault.not_an_address, Head.email, cells[Head.email]))
    language = choice(Head.language, dict(LANGUAGES))
    way = choice(Head.way, dict(WAYS))
    told, instructs = choice(Head.told, yes_no), choice(Head.instructs, yes_no)
    reports, contract = choice(Head.reports, yes_no), choice(Head.contract, yes_no)
    role = choice(Head.sign_in, dict(ROLES))
    row.role = role if isinstance(role, Role) else None
    row.person = PersonWords(
        name=cells[Head.name],
        email=cells[Head.email].lower(),
        kana=cells[Head.kana],
        department=cells[Head.department],
        phone=cells[Head.phone],
        language=language if isinstance(language, Language) else Language.ja,
    )
    way_of = way if isinstance(way, Way) else Way.mail
    row.rights = PersonRights(bool(told), bool(instructs), way_of, bool(reports), bool(contract))


def _by_their_names_now(rows: Sequence[RowPlan]) -> None:
    """A customer is the same however its name is spaced, and by its former names; so is one that the table repeats."""
    now: dict[str, str] = {}
    for name, former in db.session.execute(select(Customer.name, Customer.former_names)):
        for one in (*(old["name"] for old in former), name):
            now[compact(one)] = name
    for row in rows:
        if row.customer:
            row.customer = now.setdefault(compact(row.customer), row.customer)


def _compare(rows: Sequence[RowPlan]) -> None:
    """Say of each row what is new, and what clashes with what is there or with an earlier row: five statements."""
    _by_their_names_now(rows)
    names = {row.customer for row in rows}
    emails = {row.person.email for row in rows if row.person is not None}
    places = {address for row in rows for address in row.addresses}
    customers = set(db.session.scalars(select(Customer.name).where(Customer.name.in_(names))))
    found = db.session.execute(
        select(func.lower(Contact.email), Contact.closed_at, Customer.name)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(func.lower(Contact.email).in_(emails))
    )
    people = {email: (name, closed_at is not None) for email, closed_at, name in found}
    staff = set(db.session.scalars(select(func.lower(User.email)).where(func.lower(User.email).in_(emails))))
    taken = select(AlertAddress.address, Customer.name).join(Customer, Customer.id == AlertAddress.customer_id)
    owners = {address: name for address, name in db.session.execute(taken.where(AlertAddress.address.in_(places)))}
    seen: set[str] = set()
    for row in rows:
        if row.customer and row.customer not in customers:
            customers.add(row.customer)
            row.brings.append("customer")
        _compare_person(row, people, staff, seen)
        for address in row.addresses:
            if address not in owners:
                owners[address] = row.customer
                row.brings.append("address")
            elif owners[address] != row.customer:
                row.faults.append(RowFault(Fault.address_taken, Head.alert_addresses, address))


def _compare_person(row: RowPlan, people: dict[str, tuple[str, bool]], staff: set[str], seen: set[str]) -> None:
    if row.person is None or not row.person.email:
        return
    email = row.person.email
    there = people.get(email)
    if email in seen:
        row.faults.append(RowFault(Fault.twice, Head.email, email))
    elif there is not None and there[0] != row.customer:
        row.faults.append(RowFault(Fault.of_another_customer, Head.email, email))
    elif there is not None and there[1]:
        row.faults.append(RowFault(Fault.closed, Head.email, email))
    elif there is None and email in staff:
        row.faults.append(RowFault(Fault.staff, Head.email, email))
    elif there is None:
        row.brings.append("person")
    seen.add(email)
