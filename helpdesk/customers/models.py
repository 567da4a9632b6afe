"""Customers, the people on their side, and the addresses their consoles' alert mails arrive at."""

import enum
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, func, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.addresses import is_address
from helpdesk.audit.models import Actor, ActorKind, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.naming import found_by
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
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
    inquiry_queue: Mapped[str | None] = mapped_column(String(32))
    alert_queue: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    found_by: Mapped[str] = mapped_column(default="", server_default="")
    """What it is found by (finding.py), folded."""

    contacts: Mapped[list["Contact"]] = relationship(back_populates="customer", order_by="Contact.id")
    alert_addresses: Mapped[list["AlertAddress"]] = relationship(order_by="AlertAddress.address")

    def set_reading(self, by: Actor, kana: str) -> None:
        """Say how the name is read, so that it is found by it."""
        if self.kana != kana.strip():
            self.kana = kana.strip()
            self.found_by = found_by([self.name, self.kana])
            record(by, CustomerAct.reading_set, self, kana=self.kana)

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
    language: Mapped[Language] = mapped_column(default=Language.ja)
    closed_at: Mapped[datetime | None]
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

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    def close(self, by: Actor) -> None:
        """End every right at once: no mail goes out to this person any more, and theirs are a stranger's (S4)."""
        if self.closed:
            return
        self.set_alert_rights(by, told=False, may_instruct=False, way=self.way)
        self.set_gets_reports(by, False)
        self.closed_at = clock.now()
        withdraw_mails(self.email)
        record(by, CustomerAct.contact_closed, self, email=self.email)

    def reopen(self, by: Actor) -> None:
        """Write to this person again; the right to instruct is given anew by itself."""
        if self.closed:
            self.closed_at = None
            record(by, CustomerAct.contact_reopened, self, email=self.email)

    def as_actor(self) -> Actor:
        return Actor(ActorKind.contact, self.name, self.id, self.email)


class AlertAddress(Model):
    """An address at the provider that stands for one customer's console: what arrives there is an alert (R10)."""

    __tablename__ = "alert_addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    address: Mapped[str] = mapped_column(unique=True)

    customer: Mapped[Customer] = relationship(viewonly=True)


def add_customer(by: Actor, name: str, *, kana: str = "", language: Language = Language.ja) -> Customer:
    if db.session.scalar(select(Customer.id).where(Customer.name == name.strip())):
        raise Refusal(_("A customer of this name exists already."))
    customer = Customer(name=name.strip(), kana=kana.strip(), language=language, created_at=clock.now())
    customer.found_by = found_by([name, kana])
    db.session.add(customer)
    db.session.flush()
    record(by, CustomerAct.added, customer, name=customer.name)
    return customer


def add_contact(
    by: Actor,
    customer: Customer,
    *,
    name: str,
    email: str,
    kana: str = "",
    department: str = "",
    phone: str = "",
    told_of_alerts: bool = False,
    may_instruct: bool = False,
    way: Way = Way.mail,
    language: Language = Language.ja,
) -> Contact:
    """Add a person. One address belongs to one person, whoever their customer is (R06).

    Refused for what is no address that a mail could be sent to.
    """
    email = checked_address(email)
    if contact_by_email(email) is not None:
        raise Refusal(_("This mail address belongs to a contact already."))
    contact = Contact(
        customer_id=customer.id,
        name=name,
        email=email,
        kana=kana,
        department=department,
        phone=phone,
        told_of_alerts=told_of_alerts,
        may_instruct=may_instruct,
        way=way,
        language=language,
        found_by=found_by([name, kana, email, department], phone),
    )
    db.session.add(contact)
    db.session.flush()
    rights = {"told": told_of_alerts, "may_instruct": may_instruct}
    record(by, CustomerAct.contact_added, customer, contact=contact.id, name=name, **rights)
    return contact


def add_alert_address(by: Actor, customer: Customer, address: str) -> AlertAddress:
    address = checked_address(address)
    if db.session.scalar(select(AlertAddress.id).where(AlertAddress.address == address)):
        raise Refusal(_("This alert address is taken already."))
    row = AlertAddress(customer_id=customer.id, address=address)
    db.session.add(row)
    db.session.flush()
    record(by, CustomerAct.alert_address_added, customer, address=address)
    return row


def checked_address(text: str) -> str:
    """An address as it is stored: without blanks around it, in lower case. Refused where it is none."""
    address = text.strip().lower()
    if not is_address(address):
        raise Refusal(_("This is not a mail address."))
    return address


def contact_by_email(email: str) -> Contact | None:
    """The person with exactly this address, case aside, closed or not (R06)."""
    return db.session.scalar(select(Contact).where(func.lower(Contact.email) == email.strip().lower()))


def contacts_by_email(emails: set[str]) -> dict[str, Contact]:
    """The people with exactly these addresses who are not closed, by address in lower case."""
    rows = select(Contact).where(func.lower(Contact.email).in_(emails), Contact.closed_at.is_(None))
    return {contact.email.lower(): contact for contact in db.session.scalars(rows)}


def customers_by_alert_address(addresses: set[str]) -> dict[str, Customer]:
    """The customers that these addresses stand for."""
    rows = select(AlertAddress).where(AlertAddress.address.in_(addresses)).options(joinedload(AlertAddress.customer))
    return {row.address: row.customer for row in db.session.scalars(rows)}


def told_contacts(customer: Customer) -> list[Contact]:
    """Those whom the customer named to be told of alerts, in the order they were added (R13)."""
    return [person for person in _people(customer) if person.told_of_alerts]


def instructing_contacts(customer: Customer) -> list[Contact]:
    """Those who may instruct, in the order they were added (R13)."""
    return [person for person in _people(customer) if person.may_instruct]


def report_contacts(customer: Customer) -> list[Contact]:
    """Those who get the monthly reports, in the order they were added (R30)."""
    return [person for person in _people(customer) if person.gets_reports]


def main_contact(customer: Customer) -> Contact | None:
    """The first person on record: who is told of an alert where the customer named nobody for it."""
    return next(iter(_people(customer)), None)


def _people(customer: Customer) -> list[Contact]:
    rows = select(Contact).where(Contact.customer_id == customer.id, Contact.closed_at.is_(None))
    return list(db.session.scalars(rows.order_by(Contact.id)))
