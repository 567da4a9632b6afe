"""The month's billing list by reseller: contracts, plan, client count, charged or free, changes (R51, R59)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from helpdesk.contracts.changes import ChangeState, PlanChange
from helpdesk.contracts.dates import month_end, month_start
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Customer
from helpdesk.customers.resellers import Reseller
from helpdesk.extensions import db


@dataclass(frozen=True)
class BillingLine:
    """One contract in one month. `was` is the plan before a change of that month; None where none took effect."""

    reseller: str
    customer: str
    contract: Contract
    plan: str
    clients: int | None
    charged: bool
    was: str | None


def billing_lines(month: date, reseller_id: int | None = None) -> Sequence[BillingLine]:
    """Each contract in force on any day of the month, by reseller and customer; of one reseller, or of all.

    The month of the service's start is free (5-4); each other in which the contract is in force is charged, also the
    months that a contract goes back over (11-4), and a last one that is cut short (11-3).
    """
    first, last = month_start(month), month_end(month)
    rows = (
        select(Contract, Customer, Reseller)
        .join(Customer, Customer.id == Contract.customer_id)
        .outerjoin(Reseller, Reseller.id == Customer.reseller_id)
        .where(Contract.in_force_from <= last, or_(Contract.in_force_until.is_(None), Contract.in_force_until >= first))
        .options(joinedload(Contract.customer))
        .order_by(Reseller.name.nulls_last(), Customer.name, Contract.in_force_from)
    )
    if reseller_id is not None:
        rows = rows.where(Customer.reseller_id == reseller_id)
    found = db.session.execute(rows).all()
    changes = _formed({contract.id for contract, _customer, _reseller in found}, first)
    return [
        _line(
            contract, customer.name, reseller.name if reseller is not None else "", changes.get(contract.id, []), first
        )
        for contract, customer, reseller in found
    ]


def _formed(ids: set[int], first: date) -> dict[int, list[PlanChange]]:
    rows = select(PlanChange).where(
        PlanChange.contract_id.in_(ids), PlanChange.state == ChangeState.formed, PlanChange.effective_on <= first
    )
    found: dict[int, list[PlanChange]] = {}
    for change in db.session.scalars(rows.order_by(PlanChange.effective_on, PlanChange.id)):
        found.setdefault(change.contract_id, []).append(change)
    return found


def _line(contract: Contract, customer: str, reseller: str, changes: list[PlanChange], first: date) -> BillingLine:
    plans = [(contract.plan, contract.clients), *((change.plan, change.clients) for change in changes)]
    plan, clients = plans[-1]
    before = [contract.plan, *(change.plan for change in changes if change.effective_on < first)][-1]
    changed = any(change.effective_on == first for change in changes)
    charged = month_start(contract.service_start) != first
    return BillingLine(reseller, customer, contract, plan, clients, charged, before if changed else None)
