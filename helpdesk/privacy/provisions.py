"""What was given to whom outside, recorded when it is given (16-3); to an authority with prior notice (8-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.accounts.subcontractors import GivenCustomer, Subcontractor
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.privacy.models import Provision, ReceiverKind

SHOWN = 200


@dataclass(frozen=True)
class ProvisionWords:
    """What was given, to whom, when, and how."""

    kind: ReceiverKind
    receiver: str
    what: str
    given_on: date
    told_on: date | None = None
    words: str = ""


def record_provision(by: Actor, customer: Customer, given: ProvisionWords, contact: Contact | None = None) -> Provision:
    """Put it on record. Refused for a person who had it stopped (16-6), unless an authority orders it, and for an
    authority's order without the day on which notice of it was given before (8-1)."""
    ordered = given.kind == ReceiverKind.authority
    if contact is not None and contact.customer_id != customer.id:
        raise Refusal(_("This person belongs to another customer."), field="contact")
    if contact is not None and contact.provision_stopped_at is not None and not ordered:
        raise Refusal(_("This person had provision to third parties stopped (16-6)."), field="contact")
    if ordered and given.told_on is None:
        raise Refusal(_("Write on which day notice was given: it comes before (8-1)."), field="told_on")
    if given.told_on is not None and given.told_on > given.given_on:
        raise Refusal(_("Notice is given before, not after."), field="told_on")
    row = Provision(customer_id=customer.id, contact=contact, kind=given.kind, receiver=given.receiver.strip())
    row.what, row.words, row.given_on, row.told_on = (
        given.what.strip(),
        given.words.strip(),
        given.given_on,
        given.told_on,
    )
    row.by_name, row.recorded_at = by.name, clock.now()
    db.session.add(row)
    db.session.flush()
    record(by, PrivacyAct.provided, customer, receiver=row.receiver, given=row.what)
    return row


def who_stopped(customer_id: int) -> Sequence[str]:
    """People of a customer of whom nothing is given to anybody outside (16-6)."""
    stopped = Contact.provision_stopped_at.is_not(None) & Contact.closed_at.is_(None)
    rows = select(Contact.name).where(Contact.customer_id == customer_id, stopped)
    return db.session.scalars(rows.order_by(Contact.id)).all()


def provisions(customer_id: int | None = None, limit: int = SHOWN) -> Sequence[Provision]:
    """The newest first, of one customer or of all."""
    rows = select(Provision).options(joinedload(Provision.customer), joinedload(Provision.contact))
    if customer_id is not None:
        rows = rows.where(Provision.customer_id == customer_id)
    return db.session.scalars(rows.order_by(Provision.id.desc()).limit(limit)).all()


def entrusted(customer_id: int) -> Sequence[tuple[str, date, bool]]:
    """Subcontractors to whom the customer is given now, since when, and whether they promised secrecy (15, 16-3)."""
    rows = select(Subcontractor.name, GivenCustomer.given_at, Subcontractor.secrecy_on).join(Subcontractor)
    rows = rows.where(GivenCustomer.customer_id == customer_id, Subcontractor.ended_at.is_(None))
    zone = current_calendar().hours.zone
    found = db.session.execute(rows.order_by(Subcontractor.name))
    return [(name, at.astimezone(zone).date(), bound is not None) for name, at, bound in found]
