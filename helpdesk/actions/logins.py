"""The dashboard login a customer lends, for what the API refuses: revealed to an agent who may, once a reason (R24)."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.actions.acts import ActionAct
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.locking import locked, relocked, unlocked

REASON_MIN = 5


class DashboardLogin(Model):
    """User name and password of one customer's dashboard, encrypted together; shown to nobody but by `reveal`."""

    __tablename__ = "dashboard_logins"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), unique=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    set_at: Mapped[datetime]

    def reveal(self, by: User, ticket: object, reason: str) -> tuple[str, str]:
        """(user name, password), for one ticket and a reason, on record. Refused without the right."""
        if not by.may_reveal:
            raise Refusal(_("Your account may not see dashboard logins. Ask your supervisor."))
        if len(reason.strip()) < REASON_MIN:
            raise Refusal(_("Write down why the login is needed."))
        name, _line, password = unlocked(self.secret).partition("\n")
        record(by.actor(), ActionAct.login_revealed, ticket, reason=reason.strip()[:500])
        return name, password


def set_login(by: Actor, customer: Customer, name: str, password: str) -> DashboardLogin:
    """Store or replace the login; nobody reads it back from here."""
    row = login_of(customer.id) or DashboardLogin(customer_id=customer.id)
    row.secret, row.set_at = locked(f"{name.strip()}\n{password}"), clock.now()
    db.session.add(row)
    db.session.flush()
    record(by, ActionAct.login_set, customer)
    return row


def destroy_login(by: Actor, row: DashboardLogin, customer: Customer) -> None:
    """The login that was lent is given back: nothing of it is kept but the record (R24)."""
    record(by, ActionAct.login_destroyed, customer)
    db.session.delete(row)


def login_of(customer_id: int) -> DashboardLogin | None:
    return db.session.scalar(select(DashboardLogin).where(DashboardLogin.customer_id == customer_id))


def rotate_logins() -> int:
    """Encrypt every stored login anew with the first key; returns how many."""
    rows = list(db.session.scalars(select(DashboardLogin)))
    for row in rows:
        row.secret = relocked(row.secret)
        record(SYSTEM, ActionAct.login_rotated, row)
    return len(rows)
