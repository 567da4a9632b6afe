"""Suspending the service without prior notice, on one of seven grounds, and resuming it (terms 10-1)."""

import enum
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.models import Contract
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db


class SuspensionGround(enum.StrEnum):
    """The grounds of 10-1 in their order."""

    maintenance = "maintenance"
    outage = "outage"
    disaster = "disaster"
    unpaid = "unpaid"
    unknown_address = "unknown_address"
    emergency = "emergency"
    support_ended = "support_ended"


class Suspension(Model):
    """The service of a contract stands still from `since` until `until` (aware); None while it lasts."""

    __tablename__ = "contract_suspensions"
    __table_args__ = (
        Index("uq_contract_suspensions_open", "contract_id", unique=True, postgresql_where=text("until IS NULL")),
        Index("ix_contract_suspensions_customer_id", "customer_id", "since"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    ground: Mapped[SuspensionGround]
    words: Mapped[str] = mapped_column(default="", server_default="")
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    by_name: Mapped[str]

    contract: Mapped[Contract] = relationship()

    @property
    def clause(self) -> str:
        return f"10-1({list(SuspensionGround).index(self.ground) + 1})"


def suspend(
    by: Actor, contract: Contract, ground: SuspensionGround, words: str = "", since: datetime | None = None
) -> Suspension:
    """The service stands still from now, or from an earlier moment (aware), on.

    Refused where it does already, and for a contract that is not in force.
    """
    now = clock.now()
    since = since or now
    if since > now:
        raise Refusal(_("A suspension begins now, or began before; note it when it begins."), field="on")
    if not contract.holds_at(now, current_calendar().hours.local_date(now)):
        raise Refusal(_("This contract is not in force: there is no service to suspend (10-1)."))
    if suspension_of(contract) is not None:
        raise Refusal(_("The service of this contract is suspended already (10-1)."))
    suspension = Suspension(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        ground=ground,
        words=words.strip(),
        since=since,
        by_name=by.name,
    )
    suspension.contract = contract
    db.session.add(suspension)
    db.session.flush()
    record(by, ContractAct.suspended, contract, ground=ground.value, words=words.strip(), clause=suspension.clause)
    return suspension


def resume(by: Actor, contract: Contract) -> Suspension:
    """The service goes on from now, or the contract is over. Refused where it does not stand still."""
    suspension = suspension_of(contract)
    if suspension is None:
        raise Refusal(_("The service of this contract is not suspended."))
    suspension.until = clock.now()
    record(by, ContractAct.resumed, contract, clause=suspension.clause)
    return suspension


def suspension_of(contract: Contract) -> Suspension | None:
    """The one that lasts."""
    return db.session.scalar(
        select(Suspension).where(Suspension.contract_id == contract.id, Suspension.until.is_(None))
    )


def suspensions_of(contract: Contract) -> list[Suspension]:
    rows = select(Suspension).where(Suspension.contract_id == contract.id).order_by(Suspension.since.desc())
    return list(db.session.scalars(rows.limit(50)))
