"""The people on customers' sides: found, added, changed, put together (R13, R57)."""

from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk.audit.models import Actor, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.models import Contact, Customer, Language, Way, checked_address
from helpdesk.customers.naming import found_by
from helpdesk.errors import Refusal
from helpdesk.extensions import db


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


def contact_by_email(email: str) -> Contact | None:
    """The person with exactly this address, case aside, closed or not (R06)."""
    return db.session.scalar(select(Contact).where(func.lower(Contact.email) == email.strip().lower()))


def contacts_by_email(emails: set[str]) -> dict[str, Contact]:
    """The people with exactly these addresses who are not closed, by address in lower case."""
    rows = select(Contact).where(func.lower(Contact.email).in_(emails), Contact.closed_at.is_(None))
    return {contact.email.lower(): contact for contact in db.session.scalars(rows)}


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
