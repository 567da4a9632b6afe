"""Business time: the only place that reads it.

In demo and test mode a file holds an offset in seconds that every process on the machine adds to real time,
so service hours can be tried at any hour of any day. Outside those modes no file is configured and
business time is real time. Leases, rate limits and token expiry use real time, never this clock.
"""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

_lock = threading.Lock()
_file: Path | None = None
_seen: tuple[int, timedelta] = (0, timedelta())


def use_offset_file(path: Path | None) -> None:
    """Read the offset from `path` from now on; None means real time."""
    global _file, _seen
    with _lock:
        _file, _seen = path, (0, timedelta())


def now() -> datetime:
    """Business time, aware, UTC."""
    return datetime.now(UTC) + offset()


def real_now() -> datetime:
    """Real time, aware, UTC: for leases, rate limits and token expiry."""
    return datetime.now(UTC)


def offset() -> timedelta:
    """How far business time is ahead of real time; zero outside demo and test mode."""
    global _seen  # noqa: PLW0603
    if _file is None:
        return timedelta()
    try:
        stamp = _file.stat().st_mtime_ns
    except FileNotFoundError:
        return timedelta()
    if stamp != _seen[0]:
        _seen = (stamp, timedelta(seconds=float(_file.read_text() or "0")))
    return _seen[1]


def set_now(moment: datetime) -> timedelta:
    """Move business time to `moment` (aware) for every process; returns the offset.

    Raises RuntimeError where no offset file is configured, which is everywhere but in demo and test mode.
    """
    return _write(moment.astimezone(UTC) - datetime.now(UTC))


def reset() -> None:
    """Go back to real time."""
    _write(timedelta())


def _write(ahead: timedelta) -> timedelta:
    if _file is None:
        raise RuntimeError("The clock can only be moved in demo or test mode (HELPDESK_DEMO=1).")
    _file.parent.mkdir(parents=True, exist_ok=True)
    fresh = _file.with_suffix(".new")
    fresh.write_text(str(ahead.total_seconds()))
    fresh.replace(_file)
    return ahead
