"""Changes of a plan: asked for, formed by the provider's notice, in effect on the 1st of a month (3-5, 13, 14; R54)."""

import enum
from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.hours import DAY
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.applications import RefusalGround
from helpdesk.contracts.dates import change_effect, effect_when_formed, provider_termination
from helpdesk.contracts.models import Contract
from helpdesk.contracts.telling import tell_contract_people
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db


class ChangeState(enum.StrEnum):
    asked = "asked"
    formed = "formed"
    refused = "refused"
    withdrawn = "withdrawn"


class PlanChange(Model):
    """What a contract's plan becomes from `effective_on` on; `plan` and `clients` are the ones after the change."""

    __tablename__ = "contract_changes"
    __table_args__ = (
        Index("ix_contract_changes_asked", "requested_on", postgresql_where=text("state = 'asked'")),
        Index("ix_contract_changes_contract_id", "contract_id", "effective_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    state: Mapped[ChangeState]
    requested_on: Mapped[date]
    effective_on: Mapped[date]
    plan: Mapped[str]
    clients: Mapped[int]
    ja: Mapped[str]
    en: Mapped[str]
    by_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="", server_default="")
    ground: Mapped[RefusalGround | None]
    ground_words: Mapped[str] = mapped_column(default="", server_default="")

    contract: Mapped[Contract] = relationship()

    def why(self, language: str) -> str:
        """How the day of its effect came about, without the clause."""
        return (self.en if language == "en" else self.ja).partition(": ")[2]

    def form(self, by: Actor) -> None:
        """The provider's notice forms the change (3-5); where its day is past, for the next 1st (14).

        Refused where it was decided, and after the contract's end.
        """
        self._asked_or_refuse()
        day = current_calendar().hours.local_date(clock.now())
        if self.effective_on <= day:
            later = effect_when_formed(day)
            self.effective_on, self.ja, self.en = later.on, later.ja, later.en
        if self.contract.in_force_until is not None and self.effective_on > self.contract.in_force_until:
            raise Refusal(_("The contract ends before the change could take effect (13-2, 14)."))
        self.state, self.decided_at, self.decided_by = ChangeState.formed, clock.now(), by.name
        record(by, ContractAct.change_formed, self.contract, plan=self.plan, on=self.effective_on.isoformat())
        tell_contract_people(
            "plan_change",
            self.contract,
            after=self.plan,
            clients=self.clients,
            effective=self.effective_on,
            why={"ja": self.ja, "en": self.en},
        )

    def refuse(self, by: Actor, ground: RefusalGround, words: str = "") -> None:
        """It is not accepted, on one of the grounds of 3-4 (3-5)."""
        self._asked_or_refuse()
        self.state, self.ground, self.ground_words = ChangeState.refused, ground, words.strip()
        self.decided_at, self.decided_by = clock.now(), by.name
        tell_contract_people(
            "change_refused", self.contract, asked=self.plan, clause=ground.clause, words=words.strip()
        )
        record(by, ContractAct.change_refused, self.contract, clause=ground.clause, words=words.strip())

    def _asked_or_refuse(self) -> None:
        if self.state != ChangeState.asked:
            raise Refusal(_("This change was decided already."))


def ask_for_change(by: Actor, contract: Contract, *, plan: str, clients: int, requested_on: date) -> PlanChange:
    """Note what is asked for and when it would take effect (13-2, 14).

    Refused where that lies after the contract's end, and where nothing changes.
    """
    effect = change_effect(requested_on)
    if clients < 1:
        raise Refusal(_("Write how many clients are to be managed."), field="clients")
    if not plan.strip():
        raise Refusal(_("Please fill this in."), field="plan")
    if (plan.strip(), clients) == plan_on(contract, effect.on):
        raise Refusal(_("This is the plan already."), field="plan")
    if requested_on < contract.in_force_from and effect.on <= contract.in_force_from:
        raise Refusal(_("The contract has not begun by then: a change is asked for once it runs (13-2)."), field="plan")
    if contract.in_force_until is not None and effect.on > contract.in_force_until:
        raise Refusal(_("The contract ends before the change could take effect (13-2, 14)."), field="plan")
    change = PlanChange(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        state=ChangeState.asked,
        requested_on=requested_on,
        effective_on=effect.on,
        plan=plan.strip(),
        clients=clients,
        ja=effect.ja,
        en=effect.en,
        by_name=by.name,
    )
    change.contract = contract
    db.session.add(change)
    db.session.flush()
    record(by, ContractAct.change_asked, contract, plan=change.plan, on=change.effective_on.isoformat())
    return change


def end_in_part(by: Actor, contract: Contract, *, plan: str, clients: int, words: str) -> PlanChange:
    """By a month's notice of ours a part of the contract ends: from the day after it the plan is smaller (12-4).

    Refused without a reason, for a plan that is no smaller, and where the contract ends before.
    """
    day = current_calendar().hours.local_date(clock.now())
    end, now = provider_termination(day), plan_on(contract, day)
    if not words.strip():
        raise Refusal(_("Write down why: the customer and the record are told."), field="words")
    if now[1] is not None and clients >= now[1]:
        raise Refusal(_("A part ends where fewer clients remain (12-4)."), field="clients")
    if day < contract.in_force_from or (contract.in_force_until is not None and contract.in_force_until <= end.on):
        raise Refusal(_("The contract is not in force until then (12-4)."), field="words")
    change = PlanChange(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        state=ChangeState.formed,
        requested_on=day,
        effective_on=end.on + DAY,
        plan=plan.strip(),
        clients=clients,
        ja=end.ja,
        en=end.en,
        by_name=by.name,
        decided_at=clock.now(),
        decided_by=by.name,
    )
    change.contract = contract
    db.session.add(change)
    record(by, ContractAct.part_ended, contract, plan=plan.strip(), on=end.on.isoformat(), words=words.strip())
    why = {"ja": end.told("ja"), "en": end.told("en")}
    told = {"before": now[0], "after": plan.strip(), "clients": clients, "until": end.on, "words": words.strip()}
    tell_contract_people("contract_part", contract, why=why, **told)
    return change


def plan_on(contract: Contract, day: date) -> tuple[str, int | None]:
    """The plan and its client count on a day, by the changes that were formed."""
    last = None
    for change in changes_of(contract):
        if change.state == ChangeState.formed and change.effective_on <= day:
            last = change
    return (last.plan, last.clients) if last is not None else (contract.plan, contract.clients)


def changes_of(contract: Contract) -> Sequence[PlanChange]:
    """In the order in which they take effect."""
    rows = select(PlanChange).where(PlanChange.contract_id == contract.id)
    return db.session.scalars(rows.order_by(PlanChange.effective_on, PlanChange.id)).all()


def asked_changes() -> Sequence[PlanChange]:
    """What customers asked for and nobody decided, the oldest first."""
    rows = select(PlanChange).where(PlanChange.state == ChangeState.asked).options(joinedload(PlanChange.contract))
    return db.session.scalars(rows.order_by(PlanChange.requested_on, PlanChange.id).limit(200)).all()
