"""Mailboxes elsewhere that are polled by IMAP: how far each was read, and what went wrong last."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy import BigInteger, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.extensions import Model, db


class Mailbox(Model):
    """UIDs up to `last_uid` are on the ledger, as long as the server keeps its `uid_validity` (RFC 3501 2.3.1.1)."""

    __tablename__ = "mailboxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    def validated(self, uid_validity: int) -> None:
        """A server that counts anew is read from the start; what came before is known by its content."""
        if self.uid_validity != uid_validity:
            self.uid_validity, self.last_uid = uid_validity, 0

    def read_up_to(self, uid: int) -> None:
        self.last_uid = max(self.last_uid, uid)

    def looked(self, error: str | None = None) -> None:
        self.seen_at, self.last_error = clock.now(), error[:500] if error else None


@dataclass(frozen=True)
class Address:
    """Where a mailbox is. `name` holds no password."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    folder: str

    @property
    def name(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


def read_address(url: str) -> Address:
    """imaps://user:password@host:993/INBOX as values; the configuration checked its form."""
    parts = urlsplit(url)
    tls = parts.scheme == "imaps"
    return Address(
        host=parts.hostname or "",
        port=parts.port or (993 if tls else 143),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def mailbox(name: str) -> Mailbox:
    """The mailbox's row, locked, made where there is none."""
    db.session.execute(insert(Mailbox).values(name=name, last_uid=0).on_conflict_do_nothing())
    return db.session.scalars(select(Mailbox).where(Mailbox.name == name).with_for_update()).one()


def failing_mailboxes() -> list[Mailbox]:
    return list(db.session.scalars(select(Mailbox).where(Mailbox.last_error.is_not(None)).order_by(Mailbox.name)))
