"""Contracts by state, counted and listed in the database: what ended long ago costs nothing to those in force."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select
from sqlalchemy.orm import joinedload

from helpdesk.contracts.changes import ChangeState, PlanChange
from helpdesk.contracts.models import Contract, ContractState, Ending
from helpdesk.contracts.suspensions import Suspension
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.folding import fold

LISTED_MAX = 200


def in_state(state: ContractState, day: date) -> ColumnElement[bool]:
    """The condition on Contract of a state on a day; the same words as `Contract.state_on` uses."""
    over = or_(Contract.in_force_until < day, Contract.ended_at.is_not(None), Contract.ending == Ending.cancelled)
    # an end that nobody set is unknown to SQL, and not over
    over = func.coalesce(over, False)
    stands = exists().where(Suspension.contract_id == Contract.id, Suspension.until.is_(None))
    begun = and_(not_(over), Contract.in_force_from <= day)
    return {
        ContractState.starting: and_(not_(over), Contract.in_force_from > day),
        ContractState.active: and_(begun, not_(stands), Contract.in_force_until.is_(None)),
        ContractState.ending: and_(begun, not_(stands), Contract.in_force_until.is_not(None)),
        ContractState.suspended: and_(begun, stands),
        ContractState.ended: over,
    }[state]


def count_states(day: date) -> Mapping[ContractState, int]:
    """How many contracts are in each state: one statement."""
    counts = [func.count().filter(in_state(state, day)).label(state.value) for state in ContractState]
    row = db.session.execute(select(*counts).select_from(Contract)).one()
    return {state: getattr(row, state.value) for state in ContractState}


def list_contracts(day: date, words: str = "", state: ContractState | None = None) -> Sequence[Contract]:
    """Contracts by the latest start whose customer fits the words; of one state, or of those that are not over."""
    rows = select(Contract).join(Customer).options(joinedload(Contract.customer))
    for word in fold(words).split():
        rows = rows.where(Customer.found_by.contains(word, autoescape=True))
    if state is not None:
        rows = rows.where(in_state(state, day))
    elif not words:
        rows = rows.where(not_(in_state(ContractState.ended, day)))
    return db.session.scalars(rows.order_by(Contract.in_force_from.desc(), Contract.id.desc()).limit(LISTED_MAX)).all()


def state_of(contract: Contract, day: date, suspended: set[int]) -> ContractState:
    """The state of one that was listed; `suspended` has the ids of contracts whose service stands still."""
    if contract.ended_at is not None or contract.ending == Ending.cancelled:
        return ContractState.ended
    if day < contract.in_force_from:
        return ContractState.starting
    if not contract.in_force(day):
        return ContractState.ended
    if contract.id in suspended:
        return ContractState.suspended
    return ContractState.active if contract.in_force_until is None else ContractState.ending


def suspended_contracts() -> set[int]:
    return set(db.session.scalars(select(Suspension.contract_id).where(Suspension.until.is_(None))))


def plans_on(contracts: Sequence[Contract], day: date) -> Mapping[int, tuple[str, int | None]]:
    """The plan and client count of each contract on a day, by its id: one statement, however many."""
    plans: dict[int, tuple[str, int | None]] = {one.id: (one.plan, one.clients) for one in contracts}
    rows = select(PlanChange).where(PlanChange.state == ChangeState.formed, PlanChange.effective_on <= day)
    rows = rows.where(PlanChange.contract_id.in_(list(plans)))
    for change in db.session.scalars(rows.order_by(PlanChange.effective_on, PlanChange.id)):
        plans[change.contract_id] = (change.plan, change.clients)
    return plans
