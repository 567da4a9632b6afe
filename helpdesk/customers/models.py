"""Customers, the people on their side, and the addresses their consoles' alert mails arrive at."""

import enum
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.addresses import is_address
from helpdesk.audit.models import Actor, ActorKind, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.naming import found_by
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.masking import ERASED
from helpdesk.notices.models import Charset, withdraw_mails


class Language(enum.StrEnum):
    ja = "ja"
    en = "en"


class Way(enum.StrEnum):
    """How a person wants to be told of alerts, and how they were (menu 1-(2): by phone or by mail)."""

    mail = "mail"
    phone = "phone"


class Customer(Model):
    """An organisation or an individual that uses the service (terms 1-2); its tickets begin in queues by their code."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_reseller_id", "reseller_id", postgresql_where=text("reseller_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kana: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[Language] = mapped_column(default=Language.ja)
    mail_charset: Mapped[Charset] = mapped_column(default=Charset.utf_8)
    second_eyes: Mapped[bool] = mapped_column(default=False)
    """Every action waits for a second supervisor before the customer is asked."""
    mail_second_eyes: Mapped[bool] = mapped_column(default=False, server_default="false")
    isolation: Mapped[bool] = mapped_column(default=False)
    """Computers may be isolated, which lies beyond the standard service."""
    links_need_sign_in: Mapped[bool] = mapped_column(default=False)
    auto_answer_from: Mapped[int | None]
    """Places in the manual are answered by themselves from this confidence (percent); None: never."""
    reseller_id: Mapped[int | None] = mapped_column(ForeignKey("resellers.id"))
    inquiry_queue: Mapped[str | None] = mapped_column(String(32))
    alert_queue: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    former_names: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """Each with the last day that it was the name, in the service's zone."""
    notes: Mapped[str] = mapped_column(default="", server_default="")
    found_by: Mapped[str] = mapped_column(default="", server_default="")
    """What it is found by (finding.py), folded."""

    contacts: Mapped[list["Contact"]] = relationship(back_populates="customer", order_by="Contact.id")

    def rename(self, by: Actor, name: str, kana: str, today: date) -> None:
        """Correct the name and how it is read; it goes on being found by the names it had (R57).

        `today` is in the service's zone. Refused where another customer has the name.
        """
        name, kana = name.strip(), kana.strip()
        if name != self.name:
            if db.session.scalar(select(Customer.id).where(Customer.name == name, Customer.id != self.id)):
                raise Refusal(_("A customer of this name exists already."), field="name")
            record(by, CustomerAct.renamed, self, before=self.name, name=name)
            self.former_names = [*self.former_names, {"name": self.name, "until": today.isoformat()}]
            self.name = name
        if kana != self.kana:
            self.kana = kana
            record(by, CustomerAct.reading_set, self, kana=kana)
        self.found_by = found_by([self.name, self.kana, *(one["name"] for one in self.former_names)])

    def set_notes(self, by: Actor, notes: str) -> None:
        """What the desk should know of this customer; the customer never sees it."""
        if notes != self.notes:
            self.notes = notes
            record(by, CustomerAct.notes_set, self)

    def set_mail_charset(self, by: Actor, charset: Charset) -> None:
        """Write this customer's mails in another charset from now on."""
        if self.mail_charset != charset:
            self.mail_charset = charset
            record(by, CustomerAct.mail_charset_set, self, charset=charset.value)

    def set_auto_answer(self, by: Actor, confidence: int | None) -> None:
        """Answer with the manual by itself from this confidence on, in percent, or never."""
        if self.auto_answer_from != confidence:
            self.auto_answer_from = confidence
            record(by, CustomerAct.auto_answer_set, self, confidence=confidence)

    def set_handling(
        self, by: Actor, *, second_eyes: bool, isolation: bool, links_need_sign_in: bool, mail_second_eyes: bool = False
    ) -> None:
        """How this customer's actions and mails are handled."""
        wanted = {"second_eyes": second_eyes, "isolation": isolation, "links_need_sign_in": links_need_sign_in}
        wanted["mail_second_eyes"] = mail_second_eyes
        changed = {name: value for name, value in wanted.items() if getattr(self, name) != value}
        for name, value in changed.items():
            setattr(self, name, value)
        if changed:
            record(by, CustomerAct.handling_set, self, **changed)


class Contact(Model):
    """A person on the customer's side, with or without a sign-in.

    Who is told of alerts and who may instruct are two rights that the customer gives (R13); with either somebody sees
    the customer's alerts. A closed one is written to no more, and mail from the address is a stranger's.
    """

    __tablename__ = "contacts"
    __table_args__ = (Index("uq_contacts_email", text("lower(email)"), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    department: Mapped[str] = mapped_column(default="")
    email: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    told_of_alerts: Mapped[bool] = mapped_column(default=False)
    may_instruct: Mapped[bool] = mapped_column(default=False)
    way: Mapped[Way] = mapped_column(default=Way.mail)
    gets_reports: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Monthly reports go to them by mail, and they may read them on the portal (R30)."""
    handles_contract: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Is told of the contract and may give notices about it."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    language: Mapped[Language] = mapped_column(default=Language.ja)
    closed_at: Mapped[datetime | None]
    use_stopped_at: Mapped[datetime | None]
    """Since when they get no news and offers; mails about tickets and the contract go on (16-6)."""
    provision_stopped_at: Mapped[datetime | None]
    """Since when what tells of them is given to nobody outside (16-6)."""
    found_by: Mapped[str] = mapped_column(default="", server_default="")
    """What they are found by besides their customer (finding.py), folded."""

    customer: Mapped[Customer] = relationship(back_populates="contacts", lazy="joined", innerjoin=True)

    @property
    def salutation(self) -> str:
        """How a mail addresses this person."""
        if self.language == Language.en:
            return f"Dear {self.name},"
        return f"{self.customer.name}\n{self.department} {self.name} 様".replace("\n ", "\n")

    @property
    def sees_alerts(self) -> bool:
        """Whether they see the customer's alert tickets and get mails about them."""
        return self.told_of_alerts or self.may_instruct

    def set_alert_rights(self, by: Actor, *, told: bool, may_instruct: bool, way: Way) -> None:
        """Give or take both rights; who has none left gets no mail about alerts any more."""
        if (told or may_instruct) and self.closed:
            raise Refusal(_("This person is closed. Reopen them first."))
        before = (self.told_of_alerts, self.may_instruct, self.way)
        if before == (told, may_instruct, way):
            return
        saw = self.sees_alerts
        self.told_of_alerts, self.may_instruct, self.way = told, may_instruct, way
        if saw and not self.sees_alerts:
            withdraw_mails(self.email, about_alerts=True)
        details = {"told": told, "may_instruct": may_instruct, "way": way.value}
        record(by, CustomerAct.alert_rights_set, self, name=self.name, **details)

    def set_gets_reports(self, by: Actor, gets: bool) -> None:
        """Name this person for monthly reports, or no longer."""
        if gets and self.closed:
            raise Refusal(_("This person is closed. Reopen them first."))
        if gets != self.gets_reports:
            self.gets_reports = gets
            record(by, CustomerAct.reports_set, self, name=self.name, gets=gets)

    def set_handles_contract(self, by: Actor, handles: bool) -> None:
        """Name this person for what concerns the contract, or no longer."""
        if handles and self.closed:
            raise Refusal(_("This person is closed. Reopen them first."))
        if handles != self.handles_contract:
            self.handles_contract = handles
            record(by, CustomerAct.contract_right_set, self, name=self.name, handles=handles)

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    @property
    def erased(self) -> bool:
        """Whether nothing of the person is left but this row (R61)."""
        return self.name == ERASED

    def close(self, by: Actor) -> None:
        """End every right at once: no mail goes out to this person any more, and theirs are a stranger's (S4)."""
        if self.closed:
            return
        self.set_alert_rights(by, told=False, may_instruct=False, way=self.way)
        self.set_gets_reports(by, False)
        self.set_handles_contract(by, False)
        self.closed_at = clock.now()
        withdraw_mails(self.email)
        record(by, CustomerAct.contact_closed, self, email=self.email)

    def reopen(self, by: Actor) -> None:
        """Write to this person again; the right to instruct is given anew by itself."""
        if self.erased:
            raise Refusal(_("This person was erased. Add them anew."))
        if self.merged_into_id is not None:
            raise Refusal(_("This person was put together with another and goes on there."))
        if self.closed:
            self.closed_at = None
            record(by, CustomerAct.contact_reopened, self, email=self.email)

    def as_actor(self) -> Actor:
        return Actor(ActorKind.contact, self.name, self.id, self.email)


def add_customer(by: Actor, name: str, *, kana: str = "", language: Language = Language.ja) -> Customer:
    if db.session.scalar(select(Customer.id).where(Customer.name == name.strip())):
        raise Refusal(_("A customer of this name exists already."))
    customer = Customer(name=name.strip(), kana=kana.strip(), language=language, created_at=clock.now())
    customer.found_by = found_by([name, kana])
    db.session.add(customer)
    db.session.flush()
    record(by, CustomerAct.added, customer, name=customer.name)
    return customer


def checked_address(text: str) -> str:
    """An address as it is stored: without blanks around it, in lower case. Refused where it is none."""
    address = text.strip().lower()
    if not is_address(address):
        raise Refusal(_("This is not a mail address."))
    return address
