"""Subcontractors (terms 15): a register of who works for us; their people are agents for the customers given to them.

What they reach is narrowed beneath every statement of their requests, see `helpdesk.accounts.reach` (R62).
"""

from collections.abc import Sequence
from datetime import date, datetime

from blinker import Signal
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.accounts.acts import AccountAct
from helpdesk.accounts.models import User
from helpdesk.audit.models import Actor, record
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db

taken_back = Signal()
"""Sent by a `Subcontractor` that a `customer` was taken from, and `by` whom; receivers join its transaction."""


class Subcontractor(Model):
    """An organisation that works for us. `secrecy_on` is when it promised to keep what it learns (terms 8, 15)."""

    __tablename__ = "subcontractors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    secrecy_on: Mapped[date | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class GivenCustomer(Model):
    """A customer whose tickets a subcontractor's people work on."""

    __tablename__ = "given_customers"

    subcontractor_id: Mapped[int] = mapped_column(
        ForeignKey("subcontractors.id"), primary_key=True, autoincrement=False
    )
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True, autoincrement=False)
    given_at: Mapped[datetime]


def add_subcontractor(by: Actor, name: str, secrecy_on: date | None) -> Subcontractor:
    """Refused where one of this name is there."""
    _check_free(name)
    made = Subcontractor(name=name, secrecy_on=secrecy_on, created_at=clock.now())
    db.session.add(made)
    db.session.flush()
    record(by, AccountAct.subcontractor_added, made, name=name, secrecy_on=_written(secrecy_on))
    return made


def correct_subcontractor(by: Actor, of: Subcontractor, name: str, secrecy_on: date | None) -> None:
    """Its name, and since when it is bound to secrecy. Refused as adding is."""
    if name != of.name:
        _check_free(name)
    if (name, secrecy_on) != (of.name, of.secrecy_on):
        before, of.name, of.secrecy_on = of.name, name, secrecy_on
        record(by, AccountAct.subcontractor_changed, of, before=before, name=name, secrecy_on=_written(secrecy_on))


def give(by: Actor, of: Subcontractor, customer: Customer) -> None:
    """Its people work on this customer's tickets from their next request on.

    Refused while it is not bound to secrecy, and once the work with it ended.
    """
    if of.ended_at is not None:
        raise Refusal(_("The work with this subcontractor ended. Nobody was given to it."))
    if of.secrecy_on is None:
        raise Refusal(_("Write down since when it is bound to secrecy first (terms 8 and 15)."))
    if db.session.get(GivenCustomer, (of.id, customer.id)) is None:
        db.session.add(GivenCustomer(subcontractor_id=of.id, customer_id=customer.id, given_at=clock.now()))
        record(by, AccountAct.customer_given, of, name=of.name, customer=customer.name)


def take_back(by: Actor, of: Subcontractor, customer: Customer) -> None:
    """Its people see this customer no more, from their next request on; what they had is nobody's again."""
    rows = delete(GivenCustomer).where(
        GivenCustomer.subcontractor_id == of.id, GivenCustomer.customer_id == customer.id
    )
    if db.session.execute(rows.returning(GivenCustomer.customer_id)).first() is not None:
        taken_back.send(of, customer=customer, by=by)
        record(by, AccountAct.customer_taken_back, of, name=of.name, customer=customer.name)


def end_work(by: Actor, of: Subcontractor) -> None:
    """The work with it is over: its people's accounts close, its customers are taken back."""
    if of.ended_at is not None:
        return
    for customer in customers_given_to(of):
        take_back(by, of, customer)
    for user in people_of(of):
        user.deactivate(by)
    of.ended_at = clock.now()
    record(by, AccountAct.subcontractor_ended, of, name=of.name)


def all_subcontractors() -> Sequence[Subcontractor]:
    rows = select(Subcontractor).order_by(Subcontractor.ended_at.is_not(None), Subcontractor.name)
    return db.session.scalars(rows.limit(500)).all()


def customers_given_to(of: Subcontractor) -> Sequence[Customer]:
    rows = select(Customer).join(GivenCustomer, GivenCustomer.customer_id == Customer.id)
    return db.session.scalars(rows.where(GivenCustomer.subcontractor_id == of.id).order_by(Customer.name)).all()


def people_of(of: Subcontractor) -> Sequence[User]:
    return db.session.scalars(select(User).where(User.subcontractor_id == of.id).order_by(User.name)).all()


def reaches(user: User, customer_id: int | None) -> bool:
    """Whether this customer's tickets are for this person, as far as a subcontractor's people are concerned."""
    if user.subcontractor_id is None:
        return True
    return customer_id is not None and db.session.get(GivenCustomer, (user.subcontractor_id, customer_id)) is not None


def _check_free(name: str) -> None:
    if db.session.scalar(select(Subcontractor.id).where(Subcontractor.name == name)) is not None:
        raise Refusal(_("A subcontractor of this name is in the register already."), field="name")


def _written(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
