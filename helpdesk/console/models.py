"""Console credentials, encrypted and write-only (R24), and what a console was seen to have."""

import enum
import re
from datetime import datetime, timedelta
from typing import ClassVar

import httpx2
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, LargeBinary, Select, delete, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.console.acts import ConsoleAct
from helpdesk.console.client import ConsoleClient
from helpdesk.console.transport import BearerTokens
from helpdesk.console.values import FileList, Rate
from helpdesk.customers.models import Customer
from helpdesk.errands import Errand, ErrandState
from helpdesk.errors import Refusal, VendorError
from helpdesk.extensions import Model, db
from helpdesk.locking import locked, relocked, unlocked

GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Region(enum.StrEnum):
    na = "na"
    eu = "eu"
    apjc = "apjc"


class Signing(enum.StrEnum):
    """How calls are signed: with the API key itself, or with a bearer token got for it."""

    basic = "basic"
    token = "token"  # noqa: S105 - a word, not a secret


class Purpose(enum.IntEnum):
    """What a call is for. Its value is how many calls of the hour it leaves to others."""

    action = 0
    reading = 100


class UsedUp(VendorError):
    """The hour's calls are used up, as the console said before; it was not asked again."""


class ConsoleCredential(Errand, Model):
    """One customer's API key. Its errand is the test: reading the console with it, through a worker.

    `allow_list_guid` is an allow list named by a person, where the console's policies do not show one.
    `rate_left` calls are left until `rate_resets_at` (real time), as the console last said.
    """

    __tablename__ = "console_credentials"
    JOB: ClassVar[str] = "helpdesk.console.jobs.check"
    LABEL: ClassVar[str] = "ConsoleCredential"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), unique=True)
    region: Mapped[Region]
    signing: Mapped[Signing] = mapped_column(default=Signing.basic)
    client_id: Mapped[str]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    allow_list_guid: Mapped[str | None]
    set_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    told_failing_at: Mapped[datetime | None]
    rate_left: Mapped[int | None]
    rate_resets_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship()

    def client(self, purpose: Purpose) -> ConsoleClient:
        """A client of this customer's console; that the key was used is recorded in the caller's transaction (R24).

        Raises VendorError where the key cannot be decrypted, or where the hour's calls are used up for `purpose`.
        """
        now = clock.real_now()
        if self.rate_resets_at is not None and self.rate_resets_at > now and (self.rate_left or 0) <= purpose:
            pause = int((self.rate_resets_at - now).total_seconds()) + 1
            raise UsedUp("The console's calls of this hour are used up.", retry_after=pause)
        record(SYSTEM, ConsoleAct.used, self.customer, purpose=purpose.name)
        config = current_app.config
        url, secret = config["CONSOLE_URLS"][self.region.value], unlocked(self.secret)
        auth: httpx2.Auth = httpx2.BasicAuth(self.client_id, secret)
        if self.signing == Signing.token:
            auth = BearerTokens(config["CONSOLE_TOKEN_URLS"][self.region.value], url, self.client_id, secret)
        return ConsoleClient(url, auth, config["CONSOLE_TIMEOUT"])

    def heed(self, rate: Rate | None, error: VendorError | None = None) -> None:
        """Keep what the console said of its rate limit, so that every worker honours it.

        A pause that is in force is not made longer by those who were refused by it: they did not ask the console.
        """
        if error is not None and error.retry_after is not None and not isinstance(error, UsedUp):
            rate = Rate(0, error.retry_after)
        if rate is not None:
            self.rate_left = rate.remaining
            self.rate_resets_at = clock.real_now() + timedelta(seconds=rate.resets_in)


class ConsoleList(Model):
    """A list seen on the customer's console when its credentials were last tested."""

    __tablename__ = "console_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    guid: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    seen_at: Mapped[datetime]


def set_credential(
    by: Actor,
    customer: Customer,
    *,
    region: Region,
    client_id: str,
    api_key: str,
    signing: Signing = Signing.basic,
    shared: bool = False,
) -> ConsoleCredential:
    """Store or replace a customer's API key and have it tested at once. Nobody can read it back.

    Refused for a client that another customer's key has, unless both are known to use one console.
    """
    others = select(ConsoleCredential.id).where(
        ConsoleCredential.client_id == client_id.strip(), ConsoleCredential.customer_id != customer.id
    )
    if not shared and db.session.scalar(others.limit(1)) is not None:
        raise Refusal(_("This API client belongs to another customer already."), field="client_id")
    row = credential_of(customer.id) or ConsoleCredential(customer_id=customer.id)
    row.region, row.client_id, row.signing = region, client_id.strip(), signing
    row.secret = locked(api_key.strip())
    row.set_at = clock.now()
    row.told_failing_at = row.rate_left = row.rate_resets_at = None
    db.session.add(row)
    request_check(row)
    db.session.flush()
    record(by, ConsoleAct.credential_set, customer, region=region.value, client_id=row.client_id, signing=signing.value)
    return row


def destroy_credential(by: Actor, row: ConsoleCredential) -> None:
    """The key that was lent is given back: nothing of it is kept but the record (R24)."""
    record(by, ConsoleAct.credential_destroyed, row.customer, client_id=row.client_id, region=row.region.value)
    db.session.execute(delete(ConsoleList).where(ConsoleList.customer_id == row.customer_id))
    db.session.delete(row)


def request_check(row: ConsoleCredential) -> None:
    """Ask a worker to read the console with this key."""
    row.restart()
    row.last_error, row.leased_until = None, None
    row.turn = (row.turn or 0) + 1


def recheck_old(left: Select[int]) -> int:
    """Have keys tested that were not for a day, so that one which was withdrawn is noticed (R14). Returns how many.

    Those of customers who `left` are used no more.
    """
    old = clock.now() - timedelta(days=1)
    rows = (
        select(ConsoleCredential)
        .where(ConsoleCredential.state.in_((ErrandState.done, ErrandState.failed)), ConsoleCredential.finished_at < old)
        .where(ConsoleCredential.customer_id.not_in(left))
    )
    credentials = list(db.session.scalars(rows.order_by(ConsoleCredential.finished_at).limit(20)))
    for row in credentials:
        request_check(row)
    return len(credentials)


def set_allow_list(by: Actor, row: ConsoleCredential, guid: str) -> None:
    """Name the allow list of a console whose policies show none, or with nothing forget it; the test looks at it."""
    if guid and not GUID.fullmatch(guid):
        raise Refusal(_("This is no GUID of a list."))
    row.allow_list_guid = guid or None
    request_check(row)
    record(by, ConsoleAct.allow_list_set, row.customer, guid=row.allow_list_guid)


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
        row.secret = relocked(row.secret)
        record(SYSTEM, ConsoleAct.rotated, row)
    return len(rows)
