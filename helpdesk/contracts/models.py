"""Contracts in their simplest form: in force from a day until a day (R06)."""

from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import Date, ForeignKey, Integer, Select, bindparam, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.contracts.acts import ContractAct
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db


class Contract(Model):
    """`in_force_until` is the last day, in the service's zone; None while it renews by itself."""

    __tablename__ = "contracts"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    plan: Mapped[str]
    in_force_from: Mapped[date]
    in_force_until: Mapped[date | None]
    created_at: Mapped[datetime]

    def in_force(self, day: date) -> bool:
        return self.in_force_from <= day and (self.in_force_until is None or day <= self.in_force_until)

    def end(self, by: Actor, last_day: date) -> None:
        """Set the last day."""
        if last_day < self.in_force_from:
            raise Refusal(_("A contract cannot end before it begins."))
        record(by, ContractAct.ended, self, until=last_day.isoformat())
        self.in_force_until = last_day


def add_contract(by: Actor, customer: Customer, *, plan: str, start: date, end: date | None) -> Contract:
    if end is not None and end < start:
        raise Refusal(_("A contract cannot end before it begins."))
    contract = Contract(
        customer_id=customer.id, plan=plan, in_force_from=start, in_force_until=end, created_at=clock.now()
    )
    db.session.add(contract)
    db.session.flush()
    record(by, ContractAct.added, contract, customer=customer.id, plan=plan, start=start.isoformat())
    return contract


def is_covered(customer_id: int, day: date) -> bool:
    """Whether a contract covers this customer on `day` (service's zone) (R06)."""
    return db.session.scalar(_COVERED, {"customer": customer_id, "day": day}) is not None


def _covered() -> Select[int]:
    customer, day = bindparam("customer", type_=Integer), bindparam("day", type_=Date)
    not_ended = or_(Contract.in_force_until.is_(None), Contract.in_force_until >= day)
    return (
        select(Contract.id).where(Contract.customer_id == customer, Contract.in_force_from <= day, not_ended).limit(1)
    )


_COVERED = _covered()
"""Built once: every ticket asks it."""
