"""Attachments and raw mails, content-addressed: stored once under their SHA-256, never changed."""

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.extensions import Model, db


class StoredFile(Model):
    """Bytes on disk under `files/<first two>/<sha256>`."""

    __tablename__ = "stored_files"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    stored_at: Mapped[datetime]


def store(content: bytes) -> str:
    """Write `content` durably (fsync) and record it in the caller's transaction; returns its SHA-256."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if not path.exists():
        _write(path, content)
    row = insert(StoredFile).values(sha256=sha256, size=len(content), stored_at=clock.now())
    db.session.execute(row.on_conflict_do_nothing())
    # somebody may have cleared the disk of it before the row was there (dropping.py)
    if not path.exists():
        _write(path, content)
    return sha256


def path_of(sha256: str) -> Path:
    root: Path = current_app.config["FILES"]
    return root / sha256[:2] / sha256


def read(sha256: str) -> bytes:
    return path_of(sha256).read_bytes()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    Path(fresh).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
