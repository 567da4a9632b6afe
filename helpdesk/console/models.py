"""Console credentials, encrypted and write-only (R24), and what a console was seen to have."""

import enum
from datetime import datetime
from typing import ClassVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app
from sqlalchemy import ForeignKey, LargeBinary, delete, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.console.client import ConsoleClient, FileList
from helpdesk.customers.models import Customer
from helpdesk.errands import Errand, ErrandState
from helpdesk.errors import VendorError
from helpdesk.extensions import Model, db


class Region(enum.StrEnum):
    na = "na"
    eu = "eu"
    apjc = "apjc"


class ConsoleCredential(Errand, Model):
    """One customer's API key. Its errand is the test: reading the console with it, through a worker."""

    __tablename__ = "console_credentials"
    JOB: ClassVar[str] = "helpdesk.console.jobs.check"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), unique=True)
    region: Mapped[Region]
    client_id: Mapped[str]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    set_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship()

    def client(self) -> ConsoleClient:
        """A client of this customer's console. Raises VendorError where the key cannot be decrypted."""
        config = current_app.config
        try:
            api_key = _cipher().decrypt(self.secret).decode()
        except InvalidToken as error:
            raise VendorError(
                "The API key cannot be decrypted: HELPDESK_CREDENTIAL_KEYS lacks its key.", permanent=True
            ) from error
        url = config["CONSOLE_URLS"][self.region.value]
        return ConsoleClient(url, self.client_id, api_key, config["CONSOLE_TIMEOUT"])


class ConsoleList(Model):
    """A list seen on the customer's console when its credentials were last tested."""

    __tablename__ = "console_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    guid: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    seen_at: Mapped[datetime]


def set_credential(by: Actor, customer: Customer, *, region: Region, client_id: str, api_key: str) -> ConsoleCredential:
    """Store or replace a customer's API key and have it tested at once. Nobody can read it back."""
    row = credential_of(customer.id) or ConsoleCredential(customer_id=customer.id)
    row.region, row.client_id = region, client_id.strip()
    row.secret = _cipher().encrypt(api_key.strip().encode())
    row.set_at = clock.now()
    db.session.add(row)
    request_check(row)
    db.session.flush()
    record(by, "credential.set", customer, region=region.value, client_id=row.client_id)
    return row


def request_check(row: ConsoleCredential) -> None:
    """Ask a worker to read the console with this key."""
    row.state, row.due_at, row.tries = ErrandState.waiting, clock.now(), 0
    row.last_error, row.leased_until = None, None
    row.turn = (row.turn or 0) + 1


def credential_of(customer_id: int) -> ConsoleCredential | None:
    return db.session.scalar(select(ConsoleCredential).where(ConsoleCredential.customer_id == customer_id))


def failing_credentials() -> list[ConsoleCredential]:
    """The keys that consoles refuse or that cannot reach them, for the supervisor (R14)."""
    rows = select(ConsoleCredential).where(ConsoleCredential.last_error.is_not(None)).limit(20)
    return list(db.session.scalars(rows.options(joinedload(ConsoleCredential.customer))))


def lists_of(customer_id: int, kind: str) -> list[ConsoleList]:
    """The lists of a kind that the customer's console was seen to have, by name."""
    rows = select(ConsoleList).where(ConsoleList.customer_id == customer_id, ConsoleList.kind == kind)
    return list(db.session.scalars(rows.order_by(ConsoleList.name, ConsoleList.id)))


def remember_lists(customer_id: int, seen: list[FileList]) -> None:
    db.session.execute(delete(ConsoleList).where(ConsoleList.customer_id == customer_id))
    for item in seen:
        db.session.add(
            ConsoleList(customer_id=customer_id, guid=item.guid, name=item.name, kind=item.kind, seen_at=clock.now())
        )


def rotate_keys() -> int:
    """Encrypt every stored key anew with the first of HELPDESK_CREDENTIAL_KEYS; returns how many."""
    rows = list(db.session.scalars(select(ConsoleCredential)))
    for row in rows:
        row.secret = _cipher().rotate(row.secret)
        record(SYSTEM, "credential.rotated", row)
    return len(rows)


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in current_app.config["CREDENTIAL_KEYS"]])
