"""Applications for the service: what was asked for, and the grounds on which one is refused (3-2, 3-3, 3-4; R50)."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.mailing import tell_application
from helpdesk.customers.models import Customer, checked_address
from helpdesk.customers.resellers import Reseller
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db


class ApplicationState(enum.StrEnum):
    open = "open"
    formed = "formed"
    refused = "refused"


class RefusalGround(enum.StrEnum):
    """The six grounds of 3-4 in their order, and what cannot be a subject of the service (3-3, menu)."""

    false_statement = "false_statement"
    payment = "payment"
    abuse = "abuse"
    licence = "licence"
    maker = "maker"
    hindrance = "hindrance"
    not_eligible = "not_eligible"

    @property
    def clause(self) -> str:
        if self == RefusalGround.not_eligible:
            return "3-3"
        return f"3-4({list(RefusalGround).index(self) + 1})"


class LicenceEdition(enum.StrEnum):
    """Of Secure Endpoint; the service is for Essentials only (menu)."""

    essentials = "essentials"
    advantage = "advantage"
    premier = "premier"


class LicenceOrigin(enum.StrEnum):
    """Where the licences were bought (3-3): from the provider, from a reseller, or elsewhere."""

    provider = "provider"
    reseller = "reseller"
    elsewhere = "elsewhere"


@dataclass(frozen=True)
class ApplicationWords:
    """What an application says. `address` is where the start of the service is notified, which forms the contract."""

    plan: str
    address: str
    clients: int
    applied_on: date
    edition: LicenceEdition = LicenceEdition.essentials
    origin: LicenceOrigin = LicenceOrigin.reseller
    licence_until: date | None = None
    support_until: date | None = None
    wanted_start_on: date | None = None
    reseller: Reseller | None = None
    terms_version: str = ""
    menu_version: str = ""


class Application(Model):
    """One application. Its versions are those of the terms and the menu that were agreed to with it."""

    __tablename__ = "contract_applications"
    __table_args__ = (Index("ix_contract_applications_open", "applied_on", postgresql_where=text("state = 'open'")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    reseller_id: Mapped[int | None] = mapped_column(ForeignKey("resellers.id"))
    state: Mapped[ApplicationState] = mapped_column(default=ApplicationState.open)
    plan: Mapped[str]
    clients: Mapped[int]
    edition: Mapped[LicenceEdition]
    origin: Mapped[LicenceOrigin]
    licence_until: Mapped[date | None]
    support_until: Mapped[date | None]
    address: Mapped[str]
    applied_on: Mapped[date]
    wanted_start_on: Mapped[date | None]
    put_off_from: Mapped[date | None]
    """The start that was wanted first."""
    put_off_words: Mapped[str] = mapped_column(default="", server_default="")
    terms_version: Mapped[str] = mapped_column(default="", server_default="")
    menu_version: Mapped[str] = mapped_column(default="", server_default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="", server_default="")
    ground: Mapped[RefusalGround | None]
    ground_words: Mapped[str] = mapped_column(default="", server_default="")

    customer: Mapped[Customer] = relationship()
    reseller: Mapped[Reseller | None] = relationship()

    @property
    def obstacle(self) -> RefusalGround | None:
        """Why it cannot become a contract as it stands, whatever anybody decides."""
        if self.edition != LicenceEdition.essentials or self.origin == LicenceOrigin.elsewhere:
            return RefusalGround.not_eligible
        return None

    def put_off(self, by: Actor, start_on: date, words: str) -> None:
        """The start may be later than wanted (3-2, 5-5); the reason stays on record."""
        self._open_or_refuse()
        if not words.strip():
            raise Refusal(_("Write down why the start is put off (3-2, 5-5)."), field="words")
        record(by, ContractAct.put_off, self, until=start_on.isoformat(), words=words.strip())
        self.put_off_from = self.put_off_from or self.wanted_start_on or self.applied_on
        self.wanted_start_on, self.put_off_words = start_on, words.strip()

    def refuse(self, by: Actor, ground: RefusalGround, words: str = "") -> None:
        """It is not accepted, on one of the grounds that the terms name (3-3, 3-4)."""
        self._open_or_refuse()
        self.state, self.ground, self.ground_words = ApplicationState.refused, ground, words.strip()
        self.decided_at, self.decided_by = clock.now(), by.name
        told = {"plan": self.plan, "clause": ground.clause, "words": words.strip()}
        tell_application("application_refused", self.customer, self.address, **told)
        record(by, ContractAct.refused, self, ground=ground.value, clause=ground.clause, words=words.strip())

    def _open_or_refuse(self) -> None:
        if self.state != ApplicationState.open:
            raise Refusal(_("This application was decided already."))


def apply(by: Actor, customer: Customer, words: ApplicationWords) -> Application:
    """Put an application on record, by staff or for a reseller. Refused for an address that is none, and no clients."""
    if words.clients < 1:
        raise Refusal(_("Write how many clients are to be managed."), field="clients")
    application = Application(
        customer_id=customer.id,
        reseller_id=words.reseller.id if words.reseller else customer.reseller_id,
        plan=words.plan.strip(),
        clients=words.clients,
        edition=words.edition,
        origin=words.origin,
        licence_until=words.licence_until,
        support_until=words.support_until,
        address=checked_address(words.address),
        applied_on=words.applied_on,
        wanted_start_on=words.wanted_start_on,
        terms_version=words.terms_version,
        menu_version=words.menu_version,
        recorded_at=clock.now(),
        recorded_by=by.name,
        state=ApplicationState.open,
    )
    application.customer = customer
    db.session.add(application)
    db.session.flush()
    record(by, ContractAct.applied, application, customer=customer.id, plan=application.plan, clients=words.clients)
    return application


def open_applications(customer_id: int | None = None) -> Sequence[Application]:
    """Applications that nobody decided yet, the oldest first; of one customer, or of all."""
    rows = select(Application).where(Application.state == ApplicationState.open)
    if customer_id is not None:
        rows = rows.where(Application.customer_id == customer_id)
    rows = rows.options(joinedload(Application.customer)).order_by(Application.applied_on, Application.id)
    return db.session.scalars(rows.limit(200)).all()


def applications_of(customer_id: int) -> Sequence[Application]:
    rows = select(Application).where(Application.customer_id == customer_id)
    return db.session.scalars(rows.order_by(Application.id.desc()).limit(20)).all()
