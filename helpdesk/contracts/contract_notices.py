"""What customers give notice of under the terms: each with its arrival, its consequence, and who saw to it (R53, R57).

The day of arrival decides (11-2), so it is stamped, and corrected only with a reason. A notice of non-renewal has its
effect by itself; whoever confirms it has read it.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.changes import ChangeState, PlanChange
from helpdesk.contracts.dates import Explained, change_effect
from helpdesk.contracts.life import end_by_notice_of, is_over, take_end_back
from helpdesk.contracts.models import Contract, Ending, check_day
from helpdesk.contracts.telling import tell_contract_people
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.wording import date_words, when_words

WORDS_MAX = 5_000


class ContractNoticeKind(enum.StrEnum):
    """Non-renewal (11-2), change (13-2), contacts (3-6), succession (4), a new contract after a gap (11-4), others."""

    nonrenewal = "nonrenewal"
    change = "change"
    contacts = "contacts"
    succession = "succession"
    recontract = "recontract"
    other = "other"


NOTICE_CLAUSES = {
    ContractNoticeKind.nonrenewal: "11-2",
    ContractNoticeKind.change: "13-2, 14",
    ContractNoticeKind.contacts: "3-6, 3-7",
    ContractNoticeKind.succession: "4-1, 4-2",
    ContractNoticeKind.recontract: "11-4",
    ContractNoticeKind.other: "",
}


class NoticeWay(enum.StrEnum):
    portal = "portal"
    mail = "mail"
    phone = "phone"
    post = "post"


class NoticeState(enum.StrEnum):
    received = "received"
    confirmed = "confirmed"
    withdrawn = "withdrawn"


@dataclass(frozen=True)
class NoticeWords:
    """What is given notice of. `wanted` has `plan` and `clients` of a change; `representative` of a succession."""

    kind: ContractNoticeKind
    words: str = ""
    wanted: dict[str, Any] = field(default_factory=dict)
    way: NoticeWay = NoticeWay.portal
    contact: Contact | None = None
    from_name: str = ""
    arrived_at: datetime | None = None
    ticket_id: int | None = None


class ContractNotice(Model):
    """One notice. `arrived_on` is the day in the service's zone that counts; `ja` and `en` are what follows and why."""

    __tablename__ = "contract_notices"
    __table_args__ = (
        Index("ix_contract_notices_received", "arrived_on", postgresql_where=text("state = 'received'")),
        Index("ix_contract_notices_customer_id", "customer_id", "id"),
        Index("ix_contract_notices_ticket_id", "ticket_id", postgresql_where=text("ticket_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("contract_changes.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    kind: Mapped[ContractNoticeKind]
    way: Mapped[NoticeWay]
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.received)
    from_name: Mapped[str]
    words: Mapped[str]
    wanted: Mapped[dict[str, Any]]
    arrived_at: Mapped[datetime]
    arrived_on: Mapped[date]
    recorded_at: Mapped[datetime]
    arrival_reason: Mapped[str] = mapped_column(default="", server_default="")
    arrival_by: Mapped[str] = mapped_column(default="", server_default="")
    effect_on: Mapped[date | None]
    ja: Mapped[str] = mapped_column(default="", server_default="")
    en: Mapped[str] = mapped_column(default="", server_default="")
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str] = mapped_column(default="", server_default="")
    closing_words: Mapped[str] = mapped_column(default="", server_default="")

    customer: Mapped[Customer] = relationship()
    contract: Mapped[Contract | None] = relationship()
    change: Mapped[PlanChange | None] = relationship()

    @property
    def clause(self) -> str:
        return NOTICE_CLAUSES[self.kind]

    def why(self, language: str) -> str:
        """How the effect came about, without the clause."""
        return (self.en if language == "en" else self.ja).partition(": ")[2]

    @property
    def sets_the_end(self) -> bool:
        """Whether the contract ends by this notice, and by nothing that came since."""
        contract = self.contract
        if contract is None or self.kind != ContractNoticeKind.nonrenewal or is_over(contract):
            return False
        return contract.ending == Ending.nonrenewal and contract.in_force_until == self.effect_on

    def confirm(self, by: Actor, words: str = "") -> None:
        """Somebody of ours has read it and seen to it; of a succession, with what was shown and who represents (4)."""
        self._open_or_refuse()
        if self.kind == ContractNoticeKind.succession and not words.strip():
            raise Refusal(_("Write down what was shown (4-1), and who represents them (4-2, 4-3)."), field="words")
        self.state, self.confirmed_at, self.confirmed_by = NoticeState.confirmed, clock.now(), by.name
        self.closing_words = words.strip()
        record(by, ContractAct.notice_confirmed, self.customer, kind=self.kind.value, words=words.strip())

    def take_back(self, by: Actor, words: str) -> None:
        """The customer takes it back and we agree: what followed from it is undone, while that can be."""
        if self.state == NoticeState.withdrawn:
            raise Refusal(_("This notice was taken back already."))
        if not words.strip():
            raise Refusal(_("Write down why."), field="words")
        if self.contract is not None and self.sets_the_end:
            take_end_back(by, self.contract, words)
        if self.change is not None:
            if self.change.state == ChangeState.formed:
                raise Refusal(_("The change was formed already; ask for another one."))
            self.change.state = ChangeState.withdrawn
        self.state, self.closing_words = NoticeState.withdrawn, words.strip()
        record(by, ContractAct.notice_taken_back, self.customer, kind=self.kind.value, words=words.strip())

    def correct_arrival(self, by: Actor, arrived_on: date, reason: str) -> None:
        """It arrived on another day than was stamped: what follows is counted anew.

        Refused without a reason, for a day to come, and once the contract is over.
        """
        if not reason.strip():
            raise Refusal(_("Write down why: the day of arrival decides (11-2)."), field="reason")
        if arrived_on > current_calendar().hours.local_date(clock.now()):
            raise Refusal(_("Nothing arrives on a day to come."), field="arrived_on")
        if self.state == NoticeState.withdrawn:
            raise Refusal(_("This notice was taken back already."))
        if self.kind == ContractNoticeKind.nonrenewal and not self.sets_the_end:
            raise Refusal(_("The contract ends by something else, or is over: the arrival decides nothing any more."))
        check_day(arrived_on, field="arrived_on")
        before, self.arrived_on = self.arrived_on, arrived_on
        self.arrival_reason, self.arrival_by = reason.strip(), by.name
        record(
            by,
            ContractAct.arrival_corrected,
            self.customer,
            before=before.isoformat(),
            after=arrived_on.isoformat(),
            reason=reason.strip(),
        )
        self._count_anew(by)
        acknowledge(self)

    def _count_anew(self, by: Actor) -> None:
        contract = self.contract
        if self.kind == ContractNoticeKind.nonrenewal and contract is not None:
            contract.in_force_until = None
            self.keep(end_by_notice_of(by, contract, self.arrived_on))
        elif self.change is not None and self.change.state == ChangeState.asked:
            effect = change_effect(self.arrived_on)
            self.change.requested_on, self.change.effective_on = self.arrived_on, effect.on
            self.change.ja, self.change.en = effect.ja, effect.en
            self.keep(effect)

    def keep(self, effect: Explained) -> None:
        """What follows from it, and why."""
        self.effect_on, self.ja, self.en = effect.on, effect.ja, effect.en

    def _open_or_refuse(self) -> None:
        if self.state != NoticeState.received:
            raise Refusal(_("Somebody saw to this notice already."))


def acknowledge(notice: ContractNotice) -> None:
    """The receipt tells what arrived when, what follows from it, and by which clause."""
    if notice.contract is None:
        return
    tell_contract_people(
        "contract_notice",
        notice.contract,
        kind=notice.kind.value,
        clause=notice.clause,
        arrived={language: _arrived(notice, language) for language in ("ja", "en")},
        given_by=notice.from_name,
        effect=notice.effect_on,
        why={"ja": notice.ja, "en": notice.en},
        words=notice.words,
    )


def _arrived(notice: ContractNotice, language: str) -> str:
    """The moment where it is known: somebody stamped a mail or a form, and wrote down the day of a call or letter."""
    zone = current_calendar().hours.zone
    stamped = notice.arrived_at.astimezone(zone)
    if stamped.date() != notice.arrived_on or (stamped.hour, stamped.minute, stamped.second) == (0, 0, 0):
        return date_words(notice.arrived_on, language)
    return when_words(notice.arrived_at, zone, language)


def open_notices() -> Sequence[ContractNotice]:
    """Notices that nobody of ours has seen to, the oldest first."""
    rows = select(ContractNotice).where(ContractNotice.state == NoticeState.received)
    rows = rows.options(joinedload(ContractNotice.customer)).order_by(ContractNotice.arrived_on, ContractNotice.id)
    return db.session.scalars(rows.limit(200)).all()


def notices_of(customer_id: int) -> Sequence[ContractNotice]:
    rows = select(ContractNotice).where(ContractNotice.customer_id == customer_id)
    return db.session.scalars(rows.order_by(ContractNotice.id.desc()).limit(50)).all()


def notice_of_ticket(ticket_id: int) -> ContractNotice | None:
    """What a ticket's words were made into, unless that was taken back."""
    rows = select(ContractNotice).where(ContractNotice.ticket_id == ticket_id)
    rows = rows.where(ContractNotice.state != NoticeState.withdrawn)
    return db.session.scalar(rows.order_by(ContractNotice.id.desc()).limit(1))
