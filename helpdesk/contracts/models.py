"""Contracts: what was agreed with a customer from when until when, and how each ended (R50 to R55)."""

import enum
from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, func, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.dates import APPLICATION, FIRST_YEAR, LAST_YEAR, START, Explained, minimum_term_end
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.settings.models import current_settings

NUMBERING = 0x636F6E  # an advisory lock of its own: "con"
CLIENTS_MAX = 1_000_000


class Ending(enum.StrEnum):
    """Why a contract ends, by the clause."""

    nonrenewal = "nonrenewal"
    ground = "ground"
    breach = "breach"
    antisocial = "antisocial"
    default = "default"
    notice = "notice"
    service_end = "service_end"
    corrected = "corrected"
    cancelled = "cancelled"


CLAUSES = {
    Ending.nonrenewal: "11-2",
    Ending.ground: "3-4",
    Ending.breach: "12-1",
    Ending.antisocial: "12-2",
    Ending.default: "12-3",
    Ending.notice: "12-4",
    Ending.service_end: "12-5",
    Ending.corrected: "",
    Ending.cancelled: "",
}
AT_ONCE = (Ending.ground, Ending.breach, Ending.antisocial, Ending.default)
"""They end the contract at a moment, without notice; the others on the last day that they name."""
CHOSEN = tuple(one for one in Ending if one not in (Ending.nonrenewal, Ending.cancelled))
"""What staff choose for an end; the others have pages of their own."""


class ContractState(enum.StrEnum):
    """The one word people see."""

    starting = "starting"
    active = "active"
    ending = "ending"
    suspended = "suspended"
    ended = "ended"


class Contract(Model):
    """`in_force_until` is the last day, in the service's zone; None while it renews by itself.

    `started_on` is the service's start, which counts for dates; a re-contract is in force from the day after the one
    before ended (11-4). `ended_at` is the moment of an end without notice. `clients` is the client count of the plan.
    `overview_at`: the customer was told what stays changed on their console; `seen_off_at`: its end was seen to.
    """

    __tablename__ = "contracts"
    __table_args__ = (
        Index("ix_contracts_ending", "in_force_until", postgresql_where=text("in_force_until IS NOT NULL")),
        Index("uq_contracts_number", "number", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("contract_applications.id"))
    plan: Mapped[str]
    clients: Mapped[int | None]
    applied_on: Mapped[date | None]
    started_on: Mapped[date | None]
    in_force_from: Mapped[date]
    in_force_until: Mapped[date | None]
    licence_until: Mapped[date | None]
    support_until: Mapped[date | None]
    start_notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))
    formed_at: Mapped[datetime | None]
    ending: Mapped[Ending | None]
    ending_words: Mapped[str] = mapped_column(default="", server_default="")
    ending_words_en: Mapped[str] = mapped_column(default="", server_default="")
    """Where the reason is ours: in English, too."""
    ending_decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    all_due: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Everything owed fell due at once (12-1 to 12-3)."""
    overview_at: Mapped[datetime | None]
    seen_off_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    customer: Mapped[Customer] = relationship()

    @property
    def service_start(self) -> date:
        """The day from which the start month and the minimum term are counted."""
        return self.started_on or self.in_force_from

    @property
    def minimum_term(self) -> Explained:
        """The last day of the minimum term, counted as the settings say."""
        counted_from = APPLICATION if current_settings().term_from_application else START
        return minimum_term_end(self.applied_on or self.service_start, self.service_start, counted_from)

    def in_force(self, day: date) -> bool:
        return self.in_force_from <= day and (self.in_force_until is None or day <= self.in_force_until)

    def holds_at(self, at: datetime, day: date) -> bool:
        """Whether it is in force at a moment, whose day in the service's zone is given."""
        return self.in_force(day) and (self.ended_at is None or at < self.ended_at)

    def state_on(self, at: datetime, day: date, *, suspended: bool = False) -> ContractState:
        """What to call its standing at a moment, whose day in the service's zone is given."""
        if self.ending == Ending.cancelled:
            return ContractState.ended
        if day < self.in_force_from:
            return ContractState.starting
        if not self.holds_at(at, day):
            return ContractState.ended
        if suspended:
            return ContractState.suspended
        return ContractState.active if self.in_force_until is None else ContractState.ending

    def set_end(self, by: Actor, last_day: date, ending: Ending, words: str = "", *, english: str = "") -> None:
        """Note when and why it ends. The verbs of `life` decide the day; here only what can never be is refused."""
        if last_day < self.in_force_from:
            raise Refusal(_("A contract cannot end before it begins."), field="on")
        check_day(last_day, field="on")
        refuse_overlap(self.customer_id, self.in_force_from, last_day, but=self)
        self.in_force_until, self.ending = last_day, ending
        self.ending_words, self.ending_words_en = words.strip(), english
        self.ending_decided_at, self.overview_at, self.seen_off_at = clock.now(), None, None
        record(by, ContractAct.ended, self, until=last_day.isoformat(), why=ending.value, words=self.ending_words)


def add_contract(
    by: Actor,
    customer: Customer,
    *,
    plan: str,
    start: date,
    end: date | None = None,
    clients: int | None = None,
    applied_on: date | None = None,
    started_on: date | None = None,
) -> Contract:
    """Put a contract on record: in force from `start` on, with its number of the year.

    Refused where it ends before it begins, and where another of this customer covers some of its days (14).
    """
    if end is not None and end < start:
        raise Refusal(_("A contract cannot end before it begins."), field="end")
    for day, name in ((start, "start"), (end, "end"), (applied_on, "applied_on"), (started_on, "start_on")):
        check_day(day, field=name)
    refuse_overlap(customer.id, start, end)
    contract = Contract(
        customer_id=customer.id,
        number=_next_number(start),
        plan=plan,
        clients=clients,
        applied_on=applied_on,
        started_on=started_on,
        in_force_from=start,
        in_force_until=end,
        ending=Ending.corrected if end is not None else None,
        created_at=clock.now(),
    )
    contract.customer = customer
    db.session.add(contract)
    db.session.flush()
    record(by, ContractAct.added, contract, customer=customer.id, plan=plan, start=start.isoformat())
    return contract


def check_day(day: date | None, *, field: str) -> None:
    """Refused for a day that nobody can mean: calendars are known for some decades."""
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Refusal(_("Choose a day between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR), field=field)


def refuse_overlap(customer_id: int, start: date, end: date | None, *, but: Contract | None = None) -> None:
    """Refused where another contract covers some of these days; whoever comes second waits and sees the first."""
    db.session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update())
    rows = select(Contract).where(
        Contract.customer_id == customer_id, or_(Contract.in_force_until.is_(None), Contract.in_force_until >= start)
    )
    rows = rows.where(Contract.ending.is_distinct_from(Ending.cancelled))
    if but is not None:
        rows = rows.where(Contract.id != but.id)
    if end is not None:
        rows = rows.where(Contract.in_force_from <= end)
    other = db.session.scalar(rows.order_by(Contract.in_force_from).limit(1))
    if other is not None:
        number = other.number or str(other.id)
        raise Refusal(
            _("%(number)s covers some of these days: one contract follows another (11-4, 14).", number=number),
            field="start",
        )


def contracts_of(customer_id: int) -> Sequence[Contract]:
    """A customer's contracts, the newest first."""
    rows = select(Contract).where(Contract.customer_id == customer_id)
    return db.session.scalars(rows.order_by(Contract.in_force_from.desc(), Contract.id.desc()).limit(100)).all()


def _next_number(start: date) -> str:
    db.session.execute(select(func.pg_advisory_xact_lock(NUMBERING)))
    prefix = f"C-{start.year:04d}-"
    taken = select(func.max(func.cast(func.substr(Contract.number, len(prefix) + 1), Contract.id.type)))
    last = db.session.scalar(taken.where(Contract.number.startswith(prefix)))
    return f"{prefix}{(last or 0) + 1:03d}"
