"""Resellers (terms 1-3): who ordered the service for a customer; their people read, and change nothing (R70)."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db


class Reseller(Model):
    """An organisation that sells the service on."""

    __tablename__ = "resellers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


def add_reseller(by: Actor, name: str) -> Reseller:
    """Refused where one of this name is there."""
    _check_free(name)
    reseller = Reseller(name=name.strip(), created_at=clock.now())
    db.session.add(reseller)
    db.session.flush()
    record(by, CustomerAct.reseller_added, reseller, name=reseller.name)
    return reseller


def rename_reseller(by: Actor, reseller: Reseller, name: str) -> None:
    if name.strip() != reseller.name:
        _check_free(name)
        record(by, CustomerAct.reseller_renamed, reseller, before=reseller.name, name=name.strip())
        reseller.name = name.strip()


def assign_reseller(by: Actor, customer: Customer, reseller: Reseller | None) -> None:
    """Whose customer this is: that reseller's people see it from their next request on, the one before no more."""
    wanted = reseller.id if reseller is not None else None
    if wanted != customer.reseller_id:
        customer.reseller_id = wanted
        record(by, CustomerAct.reseller_set, customer, name=reseller.name if reseller is not None else "")


def all_resellers() -> Sequence[Reseller]:
    return db.session.scalars(select(Reseller).order_by(Reseller.name).limit(500)).all()


def _check_free(name: str) -> None:
    if db.session.scalar(select(Reseller.id).where(Reseller.name == name.strip())) is not None:
        raise Refusal(_("A reseller of this name exists already."), field="name")
