"""Personal values of the record: they stand beside it, so that erasing them leaves the record whole (R61, R63).

A row of the record holds a salted hash where a name, an address or somebody's words would stand; value and salt stand
in `audit_values`. Without them nobody finds out from the hash what was there, and every later check of the rows gives
the same result. Pure but for the table.
"""

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.extensions import Model

MARK = "#sha256:"
NAME, ADDRESS, DETAIL = "actor_name", "actor_address", "details."
PLAIN = frozenset(
    {
        "action",
        "active",
        "again",
        "already_there",
        "arrived",
        "channel",
        "charset",
        "clause",
        "close",
        "closes",
        "digest",
        "fields",
        "form",
        "from_on",
        "ground",
        "intent",
        "kind",
        "language",
        "last_day",
        "on",
        "opens",
        "priority",
        "public",
        "purpose",
        "queue",
        "reference",
        "region",
        "role",
        "secrecy_on",
        "section",
        "sections",
        "sha256",
        "signing",
        "source",
        "start",
        "state",
        "through",
        "until",
        "verdict",
    }
)
"""Details whose texts are codes, days or references; every other text is taken for personal."""


class AuditValue(Model):
    """A value that a row of the record holds the hash of: canonical JSON, or None once it was erased."""

    __tablename__ = "audit_values"
    __table_args__ = (Index("ix_audit_values_kept", "event_id", postgresql_where=text("erased_at IS NULL")),)

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_events.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[str | None]
    value: Mapped[str | None]
    erased_at: Mapped[datetime | None]
    erased_for: Mapped[str | None]
    """Why it is gone: the table and id of an erasing or of a run of periods, such as `erasures:7`."""


def kept_apart(field: str, value: Any) -> tuple[str, AuditValue]:
    """What the record's row says, and the row that stands beside it."""
    salt, written = secrets.token_hex(16), json.dumps(value, ensure_ascii=False, sort_keys=True)
    return digest_of(salt, written), AuditValue(field=field, salt=salt, value=written)


def is_personal(key: str, value: Any) -> bool:
    """Whether a detail may tell of a person: any text that is no code, alone or within a list or an object."""
    if key in PLAIN and not is_apart(value):
        return False
    return isinstance(value, str | list | tuple | dict) and bool(value)


def is_apart(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(MARK)


def digest_of(salt: str | None, written: str | None) -> str:
    """What a row says of a value."""
    return MARK + hashlib.sha256(f"{salt}{written}".encode()).hexdigest()
