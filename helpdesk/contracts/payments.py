"""What customers paid, as staff record it, and the bound of liability that follows for a day of damage (7-4; R59).

Money is whole yen. What nobody recorded is unknown, and said to be so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.windows import LiabilityWindow, liability_window
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db

YEN_MAX = 2_000_000_000


class Payment(Model):
    """An amount in yen that was actually paid on a day. `removed_at`: it was recorded by mistake."""

    __tablename__ = "contract_payments"
    __table_args__ = (Index("ix_contract_payments_customer_id", "customer_id", "paid_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    paid_on: Mapped[date]
    yen: Mapped[int]
    words: Mapped[str] = mapped_column(default="", server_default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    removed_at: Mapped[datetime | None]

    def remove(self, by: Actor, customer: Customer, words: str) -> None:
        """It was recorded by mistake: it counts no more, and stays on record. Refused without a reason."""
        if not words.strip():
            raise Refusal(_("Write down why."), field="words")
        if self.removed_at is None:
            self.removed_at = clock.now()
            told = {"amount": self.yen, "on": self.paid_on.isoformat(), "words": words.strip()}
            record(by, ContractAct.payment_removed, customer, **told)


def record_payment(by: Actor, customer: Customer, paid_on: date, yen: int, words: str = "") -> Payment:
    """Note what was paid. Refused for nothing, and for a day to come (`paid_on` is of the service's zone)."""
    if not 0 < yen <= YEN_MAX:
        raise Refusal(_("Write the amount in yen."), field="yen")
    payment = Payment(
        customer_id=customer.id,
        paid_on=paid_on,
        yen=yen,
        words=words.strip(),
        recorded_at=clock.now(),
        recorded_by=by.name,
    )
    db.session.add(payment)
    record(by, ContractAct.paid, customer, amount=yen, on=paid_on.isoformat())
    return payment


def payments_of(customer_id: int) -> Sequence[Payment]:
    rows = select(Payment).where(Payment.customer_id == customer_id, Payment.removed_at.is_(None))
    return db.session.scalars(rows.order_by(Payment.paid_on.desc(), Payment.id.desc()).limit(200)).all()


@dataclass(frozen=True)
class LiabilityCap:
    """The bound for damage of a day; `yen` is None where no payment of these days is on record: it is unknown then."""

    window: LiabilityWindow
    payments: Sequence[Payment]
    yen: int | None


def liability_cap(customer_id: int, damage_on: date) -> LiabilityCap:
    """What was actually paid in the three months right before the damage (7-4)."""
    window = liability_window(damage_on)
    rows = select(Payment).where(Payment.customer_id == customer_id, Payment.removed_at.is_(None))
    rows = rows.where(Payment.paid_on.between(window.first, window.last.on)).order_by(Payment.paid_on, Payment.id)
    counted = db.session.scalars(rows).all()
    return LiabilityCap(window, counted, sum(one.yen for one in counted) if counted else None)
