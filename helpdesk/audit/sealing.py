"""Seals over the record: each holds the digest of the rows since the one before and of that one, so that a row that is
changed, taken out or put in later shows (R63).

Erasing personal values leaves the rows as they are (`personal.py`), so the seals hold after it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Row, Select, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import AuditEvent
from helpdesk.audit.personal import ADDRESS, DETAIL, NAME, AuditValue, digest_of, is_apart
from helpdesk.extensions import Model, db

ROWS_MAX, SEALS_MAX = 20_000, 25
FAULTS_MAX = 100
BEFORE_ALL = -(2**31)
GROUNDS = {
    "erasures": "SELECT finished_at IS NOT NULL FROM erasures WHERE id = :number",
    "amendments": "SELECT finished_at IS NOT NULL FROM amendments WHERE id = :number AND NOT dry",
    "retention_runs": "SELECT finished_at IS NOT NULL FROM retention_runs WHERE id = :number AND NOT dry",
}
"""Why values may be emptied, by name, since they stand on a higher floor; and whether it has ended."""
EMPTIED = "emptied"
"""Under this key the act that ends it tells how many values it emptied."""


class AuditSeal(Model):
    """The rows with `from_id` to `to_id`, how many there are, and the digest of them after the seal before."""

    __tablename__ = "audit_seals"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    from_id: Mapped[int]
    to_id: Mapped[int] = mapped_column(unique=True)
    rows: Mapped[int]
    digest: Mapped[str]


@dataclass
class RecordCheck:
    """What a look at the whole record found; `faults` are sentences for whoever operates it."""

    rows: int = 0
    sealed: int = 0
    seals: int = 0
    erased: int = 0
    last_digest: str = ""
    faults: list[str] = field(default_factory=list)

    def fault(self, words: str) -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(words)


def seal_record() -> int:
    """Seal what was recorded since the last seal, at most half a million rows; returns how many rows.

    The table is held against writers for the moment it takes to read the newest id, so that no transaction on its way
    adds a row behind the seal. Where writers hold it longer than a second, the next run does it.
    """
    newest = _newest_of_all()
    last = db.session.scalar(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1))
    sealed = 0
    for _turn in range(SEALS_MAX):
        before, digest = (last.to_id, last.digest) if last is not None else (BEFORE_ALL, "")
        rows = list(db.session.execute(_rows_after(before, newest).limit(ROWS_MAX)))
        if not rows:
            break
        last = AuditSeal(at=clock.now(), from_id=before + 1, to_id=rows[-1].id, rows=len(rows))
        last.digest = _digest(_head(digest, last), rows)
        db.session.add(last)
        db.session.flush()
        sealed += len(rows)
    return sealed


def _newest_of_all() -> int:
    """The newest id with no older one on its way."""
    try:
        with db.session.begin_nested():
            db.session.execute(text("SET LOCAL lock_timeout = '1s'"))
            db.session.execute(text("LOCK TABLE audit_events IN SHARE ROW EXCLUSIVE MODE"))
            newest = db.session.scalar(select(func.max(AuditEvent.id)))
            raise _Released(newest or 0)
    except _Released as read:
        return read.newest
    except OperationalError:
        return 0


class _Released(Exception):
    def __init__(self, newest: int) -> None:
        super().__init__()
        self.newest = newest


def check_record() -> RecordCheck:
    """Read the whole record: each seal against its rows, each value beside a row against the row's hash."""
    found, before, to_id = RecordCheck(), "", BEFORE_ALL
    for seal in db.session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        rows = list(db.session.execute(_rows_after(to_id, seal.to_id)))
        if len(rows) != seal.rows:
            found.fault(f"seal {seal.id}: {seal.rows} rows were sealed up to {seal.to_id}, {len(rows)} are there")
        elif _digest(_head(before, seal), rows) != seal.digest:
            found.fault(f"seal {seal.id}: a row from {seal.from_id} to {seal.to_id} is not what was sealed")
        found.seals, found.sealed = found.seals + 1, found.sealed + len(rows)
        before, to_id = seal.digest, seal.to_id
    found.last_digest = before
    _check_values(found)
    _check_grounds(found)
    return found


def _check_values(found: RecordCheck) -> None:
    """Every hash has its value beside it, or the mark of its erasure."""
    last = BEFORE_ALL
    while events := list(db.session.execute(_rows_after(last, None).limit(ROWS_MAX))):
        first, last = events[0].id, events[-1].id
        found.rows += len(events)
        values = select(*_VALUE).where(AuditValue.event_id.between(first, last))
        beside = {(one.event_id, one.field): one for one in db.session.execute(values)}
        for event in events:
            for name, stored in _hashes(event):
                kept = beside.get((event.id, name))
                if kept is None:
                    found.fault(f"event {event.id}: what stood beside {name} is gone")
                elif kept.erased_at is not None:
                    found.erased += 1
                elif digest_of(kept.salt, kept.value) != stored:
                    found.fault(f"event {event.id}: {name} is not what was recorded")


def _check_grounds(found: RecordCheck) -> None:
    """What was emptied names an erasing, or a run of periods, that there is."""
    grounds = select(AuditValue.erased_for, func.count()).where(AuditValue.erased_at.is_not(None))
    for ground, count in db.session.execute(grounds.group_by(AuditValue.erased_for)):
        table, _colon, number = (ground or "").partition(":")
        known = table in GROUNDS and number.isdecimal()
        ended = db.session.scalar(text(GROUNDS[table]), {"number": int(number)}) if known else None
        if ended is None:
            found.fault(f"{count} values were emptied for {ground or 'nothing'}, which is no erasing on record")
        elif ended and (told := _told(table, int(number))) is not None and told != count:
            found.fault(f"{count} values were emptied for {ground}, which recorded {told}")


def _told(table: str, number: int) -> int | None:
    """How many values an ended erasing or run recorded; None for one from before that was recorded."""
    rows = select(AuditEvent.stored_details).where(AuditEvent.subject_kind == table, AuditEvent.subject_id == number)
    told = [one[EMPTIED] for one in db.session.scalars(rows) if EMPTIED in one]
    return sum(told) if told else None


def emptied_for(ground: str) -> int:
    """How many values were emptied for a ground, such as `erasures:7`, so far."""
    rows = select(func.count()).select_from(AuditValue).where(AuditValue.erased_for == ground)
    return db.session.scalar(rows) or 0


def _hashes(event: Row[tuple[object, ...]]) -> Iterator[tuple[str, str]]:
    stored = [(NAME, event.stored_name), (ADDRESS, event.stored_address)]
    stored += [(DETAIL + key, value) for key, value in event.stored_details.items()]
    return ((name, value) for name, value in stored if is_apart(value))


_VALUE = (AuditValue.event_id, AuditValue.field, AuditValue.salt, AuditValue.value, AuditValue.erased_at)
_COLUMNS = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.actor_kind,
    AuditEvent.actor_id,
    AuditEvent.stored_name,
    AuditEvent.stored_address,
    AuditEvent.act,
    AuditEvent.subject_kind,
    AuditEvent.subject_id,
    AuditEvent.stored_details,
)


def _rows_after(last: int, newest: int | None) -> Select[tuple[object, ...]]:
    rows = select(*_COLUMNS).where(AuditEvent.id > last).order_by(AuditEvent.id)
    return rows if newest is None else rows.where(AuditEvent.id <= newest)


def _head(before: str, seal: AuditSeal) -> str:
    """What a seal's digest begins with: the digest before, and what else the seal says."""
    return f"{before} {seal.at.astimezone(UTC).isoformat()} {seal.from_id} {seal.to_id} {seal.rows}"


def _digest(before: str, rows: list[Row[tuple[object, ...]]]) -> str:
    """SHA-256 over the seal's head and one line of canonical JSON for each row."""
    sha = hashlib.sha256(before.encode())
    for row in rows:
        written = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in row]
        sha.update(b"\n" + json.dumps(written, ensure_ascii=False, sort_keys=True).encode())
    return sha.hexdigest()
