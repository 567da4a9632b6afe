"""What a customer still lacks before the service works for them, and what stopped working (D10, R14)."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.console.models import ConsoleCredential, ConsoleList
from helpdesk.contracts.models import Contract
from helpdesk.customers.alert_addresses import AlertAddress
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db
from helpdesk.folding import fold

CUSTOMERS_MAX = 200


class Point(enum.StrEnum):
    """What has to be there, in the order in which it is done."""

    people = "people"
    told = "told"
    instructs = "instructs"
    contract = "contract"
    key = "key"
    lists = "lists"
    address = "address"


class PointState(enum.StrEnum):
    """There and seen working, there and not yet seen working, not there, or no longer working."""

    done = "done"
    waiting = "waiting"
    open = "open"
    failing = "failing"


@dataclass(frozen=True)
class Readiness:
    """One customer with the state of each point; `failing` says why the key does not work, if so."""

    id: int
    name: str
    kana: str
    created_at: datetime
    points: dict[Point, PointState]
    failing: str

    @property
    def left(self) -> int:
        """How many points are not done."""
        return sum(state != PointState.done for state in self.points.values())


def readiness_of(customer: Customer, today: date) -> Readiness:
    row = db.session.execute(_rows(today).where(Customer.id == customer.id)).one()
    return _read(row)


def customers_as_they_stand(today: date, words: str = "", *, only_open: bool = False) -> Sequence[Readiness]:
    """Customers by name, those that fit the words, or only those where something is open; one statement."""
    rows = _rows(today).order_by(Customer.name).limit(CUSTOMERS_MAX)
    for word in fold(words).split():
        rows = rows.where(Customer.found_by.contains(word, autoescape=True))
    if only_open:
        done = (
            _administered(),
            _told(),
            _instructs(),
            _covered(today),
            _works(),
            _has_lists(),
            _has_address(seen=True),
        )
        rows = rows.where(or_(*(~one for one in done)))
    return [_read(row) for row in db.session.execute(rows)]


def _rows(today: date) -> Select[*tuple[Any, ...]]:
    return select(
        *(Customer.id, Customer.name, Customer.kana, Customer.created_at),
        _administered().label("people"),
        _told().label("told"),
        _instructs().label("instructs"),
        _covered(today).label("contract"),
        ConsoleCredential.checked_at,
        ConsoleCredential.last_error,
        ConsoleCredential.id.label("credential"),
        _has_lists().label("lists"),
        _has_address(seen=False).label("address"),
        _has_address(seen=True).label("working"),
    ).outerjoin(ConsoleCredential, ConsoleCredential.customer_id == Customer.id)


def _read(row: Any) -> Readiness:
    def there(value: bool) -> PointState:
        return PointState.done if value else PointState.open

    key = PointState.open
    if row.credential is not None:
        key = PointState.done if row.checked_at is not None else PointState.waiting
        key = PointState.failing if row.last_error else key
    address = PointState.done if row.working else PointState.waiting if row.address else PointState.open
    points = {Point(name): there(getattr(row, name)) for name in ("people", "told", "instructs", "contract", "lists")}
    points |= {Point.key: key, Point.address: address}
    ordered = {point: points[point] for point in Point}
    return Readiness(row.id, row.name, row.kana, row.created_at, ordered, row.last_error or "")


def _person() -> ColumnElement[bool]:
    return and_(Contact.customer_id == Customer.id, Contact.closed_at.is_(None))


def _administered() -> ColumnElement[bool]:
    signs_in = (User.contact_id == Contact.id, User.role == Role.customer_admin, User.active)
    return exists().where(_person(), *signs_in).correlate(Customer)


def _told() -> ColumnElement[bool]:
    return exists().where(_person(), Contact.told_of_alerts).correlate(Customer)


def _instructs() -> ColumnElement[bool]:
    return exists().where(_person(), Contact.may_instruct).correlate(Customer)


def _covered(today: date) -> ColumnElement[bool]:
    not_ended = or_(Contract.in_force_until.is_(None), Contract.in_force_until >= today)
    return (
        exists()
        .where(Contract.customer_id == Customer.id, Contract.in_force_from <= today, not_ended)
        .correlate(Customer)
    )


def _works() -> ColumnElement[bool]:
    works = (ConsoleCredential.checked_at.is_not(None), ConsoleCredential.last_error.is_(None))
    return exists().where(ConsoleCredential.customer_id == Customer.id, *works).correlate(Customer)


def _has_lists() -> ColumnElement[bool]:
    return exists().where(ConsoleList.customer_id == Customer.id).correlate(Customer)


def _has_address(*, seen: bool) -> ColumnElement[bool]:
    found = exists().where(AlertAddress.customer_id == Customer.id).correlate(Customer)
    return found.where(AlertAddress.first_mail_at.is_not(None)) if seen else found
