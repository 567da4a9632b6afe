"""Audits of customers under terms 9: told beforehand, at our cost, with scope and findings on record (R65)."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.models import Contract
from helpdesk.contracts.telling import tell_contract_people
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db


class CustomerAudit(Model):
    """One audit: told on a day, held on a later one."""

    __tablename__ = "customer_audits"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    told_on: Mapped[date]
    held_on: Mapped[date]
    scope: Mapped[str]
    findings: Mapped[str] = mapped_column(default="", server_default="")
    by_name: Mapped[str]
    recorded_at: Mapped[datetime]


def record_audit(
    by: Actor, customer: Customer, *, told_on: date, held_on: date, scope: str, findings: str = ""
) -> CustomerAudit:
    """Put an audit on record, whose findings may come later. Refused without prior notice, and without a scope (9)."""
    day = current_calendar().hours.local_date(clock.now())
    if told_on > day:
        raise Refusal(_("Nobody was told on a day to come."), field="told_on")
    if findings.strip() and held_on > day:
        raise Refusal(_("What was found is known once it was held."), field="findings")
    if told_on >= held_on:
        raise Refusal(_("An audit is told of before it is held (9)."), field="told_on")
    if not scope.strip():
        raise Refusal(_("Write what is looked at."), field="scope")
    audit = CustomerAudit(
        customer_id=customer.id,
        told_on=told_on,
        held_on=held_on,
        scope=scope.strip(),
        findings=findings.strip(),
        by_name=by.name,
        recorded_at=clock.now(),
    )
    db.session.add(audit)
    record(by, ContractAct.audited, customer, on=held_on.isoformat(), scope=scope.strip())
    return audit


def tell_audit(contract: Contract, audit: CustomerAudit) -> int:
    """Mail the notice to who handles the contract; returns how many."""
    return len(tell_contract_people("audit_notice", contract, held=audit.held_on, scope=audit.scope))


def add_findings(by: Actor, audit: CustomerAudit, words: str) -> None:
    """What was found, added to what stands there. Refused before it was held, and without words."""
    if audit.held_on > current_calendar().hours.local_date(clock.now()):
        raise Refusal(_("What was found is known once it was held."), field="words")
    if not words.strip():
        raise Refusal(_("Write what was found."), field="words")
    audit.findings = "\n".join(one for one in (audit.findings, words.strip()) if one)
    customer = db.session.get_one(Customer, audit.customer_id)
    record(by, ContractAct.audit_found, customer, on=audit.held_on.isoformat(), words=words.strip())


def audits_of(customer_id: int) -> Sequence[CustomerAudit]:
    rows = select(CustomerAudit).where(CustomerAudit.customer_id == customer_id)
    return db.session.scalars(rows.order_by(CustomerAudit.held_on.desc(), CustomerAudit.id.desc()).limit(50)).all()
