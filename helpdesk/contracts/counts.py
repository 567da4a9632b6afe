"""How many licences the dashboard shows, against what the plan is for; the notice where they differ (13-3; R54)."""

from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.changes import plan_on
from helpdesk.contracts.models import CLIENTS_MAX, Contract
from helpdesk.contracts.telling import tell_contract_people
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db


class LicenceCount(Model):
    """What somebody read off the dashboard on a day, who is named; `told_at`: the customer was told it differs."""

    __tablename__ = "licence_counts"
    __table_args__ = (Index("ix_licence_counts_contract_id", "contract_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    counted_on: Mapped[date]
    licences: Mapped[int]
    by_name: Mapped[str]
    by_customer: Mapped[bool]
    told_at: Mapped[datetime | None]

    contract: Mapped[Contract] = relationship()


def count_licences(
    by: Actor, contract: Contract, licences: int, counted_on: date, *, by_customer: bool = False
) -> LicenceCount:
    """Note the licence count of a day. Refused for what can be no count."""
    if not 0 <= licences <= CLIENTS_MAX:
        raise Refusal(_("Write the number of licences that the dashboard shows."), field="licences")
    row = LicenceCount(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        counted_on=counted_on,
        licences=licences,
        by_name=by.name,
        by_customer=by_customer,
    )
    row.contract = contract
    db.session.add(row)
    record(by, ContractAct.licences_counted, contract, licences=licences, on=counted_on.isoformat())
    return row


def last_count(contract: Contract) -> LicenceCount | None:
    rows = select(LicenceCount).where(LicenceCount.contract_id == contract.id)
    return db.session.scalar(rows.order_by(LicenceCount.counted_on.desc(), LicenceCount.id.desc()).limit(1))


def clients_over(contract: Contract, row: LicenceCount | None) -> int:
    """By how many licences a count differs from the plan of its day; 0 where they agree or one is unknown."""
    if row is None:
        return 0
    _plan, clients = plan_on(contract, row.counted_on)
    return row.licences - clients if clients is not None else 0


def tell_difference(by: Actor, row: LicenceCount) -> None:
    """The notice of 13-3: the customer has to change the contract to the count. Refused where nothing differs."""
    over = clients_over(row.contract, row)
    if over == 0:
        raise Refusal(_("The licences agree with the plan: there is nothing to give notice of (13-3)."))
    if row.told_at is not None:
        raise Refusal(_("The customer was told of this count already."))
    row.told_at = clock.now()
    plan, clients = plan_on(row.contract, row.counted_on)
    record(by, ContractAct.difference_told, row.contract, licences=row.licences, clients=clients)
    tell_contract_people(
        "clients_differ", row.contract, counted=row.counted_on, licences=row.licences, clients=clients, now_plan=plan
    )
