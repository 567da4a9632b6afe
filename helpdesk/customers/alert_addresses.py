"""The addresses that consoles' alert mails arrive at: each stands for one customer (R10)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, func, or_, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.models import Contact, Customer, checked_address
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db


class AlertAddress(Model):
    """An address at the provider that stands for one customer's console: what arrives there is an alert (R10)."""

    __tablename__ = "alert_addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    address: Mapped[str] = mapped_column(unique=True)
    added_at: Mapped[datetime | None]
    first_mail_at: Mapped[datetime | None]
    """When its first mail came: until then nobody knows whether the console writes to it."""
    last_mail_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship(viewonly=True)


def add_alert_address(by: Actor, customer: Customer, address: str) -> AlertAddress:
    """Let mail to this address be alerts of this customer. Refused where it stands for one already."""
    address = checked_address(address)
    owner = db.session.scalar(select(AlertAddress).where(AlertAddress.address == address))
    if owner is not None:
        raise Refusal(_("This alert address belongs to %(name)s already.", name=owner.customer.name), field="address")
    if is_support(address) or db.session.scalar(select(Contact.id).where(func.lower(Contact.email) == address)):
        raise Refusal(_("This is the address of a person or of our own support."), field="address")
    row = AlertAddress(customer_id=customer.id, address=address, added_at=clock.now())
    db.session.add(row)
    db.session.flush()
    record(by, CustomerAct.alert_address_added, customer, address=address)
    return row


def remove_alert_address(by: Actor, row: AlertAddress) -> None:
    """What arrives there from now on is no alert of anybody."""
    record(by, CustomerAct.alert_address_removed, row.customer, address=row.address)
    db.session.delete(row)


def move_alert_address(by: Actor, row: AlertAddress, to: Customer) -> None:
    """What arrives there from now on is an alert of another customer; whether it works shows anew."""
    if to.id == row.customer_id:
        return
    for customer in (row.customer, to):
        record(by, CustomerAct.alert_address_moved, customer, address=row.address, customer=to.name)
    row.customer_id, row.first_mail_at, row.last_mail_at, row.added_at = to.id, None, None, clock.now()


def alert_addresses_of(customer: Customer) -> Sequence[AlertAddress]:
    rows = select(AlertAddress).where(AlertAddress.customer_id == customer.id)
    return db.session.scalars(rows.order_by(AlertAddress.address)).all()


def is_door(address: str) -> bool:
    """Whether mail to this address comes in here: an alert address of anybody, or our own support address."""
    return (
        is_support(address)
        or db.session.scalar(select(AlertAddress.id).where(AlertAddress.address == address)) is not None
    )


def is_support(address: str) -> bool:
    """Whether it is the support address, with or without a ticket's token."""
    local, _sign, domain = address.lower().rpartition("@")
    own, _sign, own_domain = current_app.config["SUPPORT_ADDRESS"].lower().rpartition("@")
    return bool(domain == own_domain and local.partition("+")[0] == own.partition("+")[0])


def is_foreign(address: str, own: str) -> bool:
    """Whether an address lies outside the provider's own mail domain, as that of the support address has it."""
    domain, ours = address.rpartition("@")[2].lower(), own.rpartition("@")[2].lower()
    return domain != ours and not domain.endswith("." + ours)


def seen_working(addresses: Collection[str]) -> None:
    """An alert mail came to one of these; the last time is kept to the hour, so that a storm writes once."""
    now = clock.now()
    stale = or_(AlertAddress.last_mail_at.is_(None), AlertAddress.last_mail_at < now - timedelta(hours=1))
    row = update(AlertAddress).where(AlertAddress.address.in_(addresses), stale)
    first = func.coalesce(AlertAddress.first_mail_at, now)
    db.session.execute(row.values(first_mail_at=first, last_mail_at=now))


def customers_by_alert_address(addresses: set[str]) -> dict[str, Customer]:
    """The customers that these addresses stand for."""
    rows = select(AlertAddress).where(AlertAddress.address.in_(addresses)).options(joinedload(AlertAddress.customer))
    return {row.address: row.customer for row in db.session.scalars(rows)}
