"""Files about a customer that the desk keeps: contracts on paper, network plans. Never shown to the customer."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.files.models import store
from helpdesk.files.names import clean_name

DOCUMENTS_MAX = 200


class CustomerFile(Model):
    """One file. `removed_at`: it is shown no more; the record names who took it off."""

    __tablename__ = "customer_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_files.sha256"))
    name: Mapped[str]
    size: Mapped[int]
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    removed_at: Mapped[datetime | None]

    def remove(self, by: Actor, customer: Customer) -> None:
        """Show it no more; a second time changes nothing."""
        if self.removed_at is None:
            self.removed_at = clock.now()
            record(by, CustomerAct.file_removed, customer, name=self.name, sha256=self.sha256)


def add_document(by: Actor, customer: Customer, name: str, content: bytes) -> CustomerFile:
    """Keep a file. Refused for an empty one, and for more than a customer has room for."""
    if not content:
        raise Refusal(_("Choose a file."), field="document")
    count = select(func.count()).where(CustomerFile.customer_id == customer.id, CustomerFile.removed_at.is_(None))
    if (db.session.scalar(count) or 0) >= DOCUMENTS_MAX:
        raise Refusal(_("At most %(count)s files are kept of a customer.", count=DOCUMENTS_MAX), field="document")
    row = CustomerFile(
        customer_id=customer.id,
        sha256=store(content),
        name=clean_name(name),
        size=len(content),
        added_at=clock.now(),
        added_by=by.name,
    )
    db.session.add(row)
    record(by, CustomerAct.file_added, customer, name=row.name, sha256=row.sha256)
    return row


def documents_of(customer_id: int) -> Sequence[CustomerFile]:
    """Those that are shown, the newest first."""
    rows = select(CustomerFile).where(CustomerFile.customer_id == customer_id, CustomerFile.removed_at.is_(None))
    return db.session.scalars(rows.order_by(CustomerFile.id.desc())).all()
