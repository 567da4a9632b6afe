"""Every mail that came to a door, written before anything reads it, and what became of it (R10, R14).

`accept` is committed before the sender hears 250. Each row ends in exactly one disposition, so that at any time
received = waiting + the sum of the dispositions.
"""

import enum
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, func, insert, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.extensions import Model, db
from helpdesk.files.models import store
from helpdesk.mailgate.automatic import Kind, is_null_path
from helpdesk.mailgate.charsets import clean
from helpdesk.tickets.models import Ticket

PAGE = 50
ERROR_MAX = 2000


class Disposition(enum.StrEnum):
    """What became of a mail. `information`: a console told something that is no alert; `parked` opened and answered
    nothing; `refused` was too large to be taken."""

    new_ticket = "new_ticket"
    follow_up = "follow_up"
    alert = "alert"
    information = "information"
    bounce = "bounce"
    parked = "parked"
    duplicate = "duplicate"
    junk = "junk"
    unreadable = "unreadable"
    refused = "refused"


class Source(enum.StrEnum):
    """The door a mail came through."""

    smtp = "smtp"
    lmtp = "lmtp"
    imap = "imap"
    pipe = "pipe"


@dataclass(frozen=True)
class Arrival:
    """A mail at a door, with its envelope. `origin` is the peer's address, queue id or mailbox and UID.

    `believed`: it was handed over by one of our own servers, whose Authentication-Results count. `received_at`: when
    the mailbox it lay in took it; otherwise it is received now.
    """

    raw: bytes
    sender: str
    recipients: list[str]
    source: Source = Source.smtp
    origin: str = ""
    believed: bool = False
    received_at: datetime | None = None


class IncomingMail(Model):
    """One mail. No disposition means it still waits; what was read of it is filled in when it is filed.

    `thread_id` is the ticket it points at, `ticket_id` the one it is on; `digest` names its sender's own words.
    `believed` was decided when it was accepted: whether Authentication-Results in it are our own servers' (S6).
    `tries` counts attempts at filing it, the last at `tried_at` (real time), and `error` is what the last met.
    """

    __tablename__ = "incoming_mails"
    __table_args__ = (
        Index(
            "ix_incoming_mails_file",
            "raw_sha256",
            postgresql_using="hash",
            postgresql_where=text("raw_sha256 IS NOT NULL"),
        ),
        Index("ix_incoming_mails_waiting", "id", postgresql_where=text("disposition IS NULL")),
        Index("ix_incoming_mails_same", "fingerprint"),
        Index("ix_incoming_mails_sender", "sender", "received_at"),
        Index("ix_incoming_mails_opened", "sender", "received_at", postgresql_where=text("disposition = 'new_ticket'")),
        Index("ix_incoming_mails_braked", "sender", "received_at", postgresql_where=text("reason = 'brake'")),
        Index("ix_incoming_mails_domain", "sender_domain", "received_at"),
        Index("ix_incoming_mails_message", "message_id", postgresql_where=text("message_id IS NOT NULL")),
        Index("ix_incoming_mails_thread", "thread_id", "received_at"),
        Index("ix_incoming_mails_disposition", "disposition", "id"),
        Index(
            "ix_incoming_mails_failed", "received_at", postgresql_where=text("failed_check AND disposition = 'alert'")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    source: Mapped[Source] = mapped_column(default=Source.smtp)
    origin: Mapped[str | None]
    envelope_from: Mapped[str]
    envelope_to: Mapped[list[Any]]
    raw_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    size: Mapped[int]
    fingerprint: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    disposition: Mapped[Disposition | None]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    message_id: Mapped[str | None]
    sender: Mapped[str | None]
    sender_domain: Mapped[str | None]
    subject: Mapped[str | None]
    kind: Mapped[Kind | None]
    reason: Mapped[str | None]
    digest: Mapped[str | None]
    believed: Mapped[bool] = mapped_column(default=False)
    verified: Mapped[bool] = mapped_column(default=False)
    failed_check: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None]

    ticket: Mapped[Ticket | None] = relationship(foreign_keys=[ticket_id])
    thread: Mapped[Ticket | None] = relationship(foreign_keys=[thread_id])


def accept(arrivals: Sequence[Arrival]) -> list[int]:
    """Keep mails and their envelopes, in the caller's transaction; returns the ledger rows' ids in order.

    The null path is one value, the empty one, however a door was told it (RFC 5321 4.5.5).
    """
    rows = [_row(arrival, store(arrival.raw)) for arrival in arrivals]
    made = insert(IncomingMail).returning(IncomingMail.id, sort_by_parameter_order=True)
    return list(db.session.scalars(made, rows))


def refuse(arrival: Arrival, size: int, reason: str) -> None:
    """Note a mail that was not taken, in the caller's transaction: its sender was told so and keeps it."""
    row = _row(arrival, None) | {"size": size, "disposition": Disposition.refused, "reason": reason}
    db.session.execute(insert(IncomingMail).values(**row))


def _row(arrival: Arrival, sha256: str | None) -> dict[str, Any]:
    sender = "" if is_null_path(arrival.sender) else clean(arrival.sender).strip().strip("<>")
    recipients = [clean(to) for to in arrival.recipients]
    envelope = [sender.lower(), *sorted(to.lower() for to in recipients), sha256 or ""]
    now = clock.now()
    return {
        "received_at": min(arrival.received_at or now, now),
        "source": arrival.source,
        "origin": clean(arrival.origin[:300]),
        "believed": arrival.believed,
        "envelope_from": sender,
        "envelope_to": recipients,
        "raw_sha256": sha256,
        "size": len(arrival.raw),
        "fingerprint": hashlib.sha256("\n".join(envelope).encode()).hexdigest(),
    }


def claim_new(limit: int, size: int) -> list[int]:
    """Count a try on the oldest mails that nobody tried yet, and return their ids; the caller commits before it reads.

    At most `limit` of them, and so many that their originals have `size` bytes together, but one at least.
    """
    rows = db.session.execute(
        select(IncomingMail.id, IncomingMail.size)
        .where(IncomingMail.disposition.is_(None), IncomingMail.tries == 0)
        .order_by(IncomingMail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    sums = itertools.accumulate(row.size for row in rows)
    ids = [row.id for number, (row, sum_) in enumerate(zip(rows, sums, strict=True)) if not number or sum_ <= size]
    if ids:
        _count_try(IncomingMail.id.in_(ids))
    return ids


def claim_left_over(before: datetime) -> int | None:
    """Count a try on the oldest mail that waits although it was tried, not later than that moment (real time).

    None where there is none. The caller commits before it reads, so a mail that kills its reader is known by its tries.
    """
    chosen = select(IncomingMail.id).where(*_left_over(before)).order_by(IncomingMail.id).limit(1)
    mail_id = db.session.scalar(chosen.with_for_update(skip_locked=True))
    if mail_id is not None:
        _count_try(IncomingMail.id == mail_id)
    return mail_id


def some_are_left_over(before: datetime) -> bool:
    return db.session.scalar(select(IncomingMail.id).where(*_left_over(before)).limit(1)) is not None


def _left_over(before: datetime) -> tuple[ColumnElement[bool], ...]:
    # the release before this column left it empty
    tried = or_(IncomingMail.tried_at.is_(None), IncomingMail.tried_at <= before)
    return IncomingMail.disposition.is_(None), IncomingMail.tries > 0, tried


def _count_try(where: ColumnElement[bool]) -> None:
    move = update(IncomingMail).where(where).values(tries=IncomingMail.tries + 1, tried_at=clock.real_now())
    db.session.execute(move.execution_options(synchronize_session=False))


def some_are_new() -> bool:
    """Whether a mail waits that nobody tried yet."""
    new = select(IncomingMail.id).where(IncomingMail.disposition.is_(None), IncomingMail.tries == 0)
    return db.session.scalar(new.limit(1)) is not None


def note_failure(ids: Sequence[int], error: str, at: datetime) -> None:
    """Why mails still wait stands on their rows, whatever failed (N22); they count as tried `at` that (real) time."""
    note = update(IncomingMail).where(IncomingMail.id.in_(ids), IncomingMail.disposition.is_(None))
    note = note.values(error=clean(error)[:ERROR_MAX], tried_at=at)
    db.session.execute(note.execution_options(synchronize_session=False))


def rows_to_file(ids: Sequence[int]) -> list[IncomingMail]:
    """These mails in their order, locked, as far as they still wait and no other process has them."""
    rows = select(IncomingMail).where(IncomingMail.id.in_(ids), IncomingMail.disposition.is_(None))
    return list(db.session.scalars(rows.order_by(IncomingMail.id).with_for_update(skip_locked=True)))


def row_for_update(mail_id: int) -> IncomingMail | None:
    """One row of the ledger, locked."""
    return db.session.scalar(select(IncomingMail).where(IncomingMail.id == mail_id).with_for_update())


def filed_before(rows: Sequence[IncomingMail]) -> set[str]:
    """The fingerprints among these that another mail has which was filed: the same envelope and content is one mail.

    They are locked first, so that two processes do not file two copies at the same moment.
    """
    prints = sorted({row.fingerprint for row in rows})
    keys = sorted(int(fingerprint[:15], 16) for fingerprint in prints)
    db.session.execute(select(func.pg_advisory_xact_lock(func.unnest(keys))))
    own = {row.id for row in rows}
    filed = select(IncomingMail.fingerprint).where(
        IncomingMail.fingerprint.in_(prints),
        IncomingMail.id.not_in(own),
        IncomingMail.disposition.is_not(None),
        IncomingMail.disposition.not_in((Disposition.duplicate, Disposition.refused)),
    )
    return set(db.session.scalars(filed))


def counts() -> dict[str, int]:
    """received = waiting + the sum of the dispositions."""
    rows = db.session.execute(select(IncomingMail.disposition, func.count()).group_by(IncomingMail.disposition))
    named = {(disposition.value if disposition else "waiting"): count for disposition, count in rows}
    return {"received": sum(named.values()), "waiting": 0, **named}


def newest_rows(disposition: str = "", before: int | None = None, limit: int = PAGE) -> Sequence[Any]:
    """(mail, reference of its ticket) newest first, of one disposition, `waiting`, or all; keyset by id."""
    rows = _narrowed(disposition).order_by(IncomingMail.id.desc()).limit(limit)
    if before is not None:
        rows = rows.where(IncomingMail.id < before)
    return db.session.execute(rows).all()


def rows_of(disposition: str = "") -> Any:
    """(mail, reference of its ticket) of one disposition, `waiting`, or the whole ledger, oldest first, streamed."""
    return db.session.execute(_narrowed(disposition).order_by(IncomingMail.id).execution_options(yield_per=500))


def _narrowed(disposition: str) -> Select[Any]:
    rows: Select[Any] = _with_reference()
    if disposition == "waiting":
        return rows.where(IncomingMail.disposition.is_(None))
    if disposition in Disposition.__members__:
        return rows.where(IncomingMail.disposition == Disposition(disposition))
    return rows


def _with_reference() -> Any:
    return select(IncomingMail, Ticket.reference).outerjoin(Ticket, Ticket.id == IncomingMail.ticket_id)
