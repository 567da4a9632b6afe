"""What a console tells, as values. Field by field after the vendor's v1 documentation; what may be absent is None."""

import enum
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import unquote

from helpdesk.trust import Trust

TEXT_MAX = 1000
DETECTIONS = "simple_custom_detections"
BLOCKED = "application_blocking"
ALLOWED = "application_whitelist"
"""The allow list's type, as it was seen in policies; no public page names it."""


@dataclass(frozen=True)
class FileList:
    """A list of hashes on the console. `kind` is the vendor's type string."""

    guid: str
    name: str
    kind: str


@dataclass(frozen=True)
class ListItem:
    """One SHA-256 on a list."""

    sha256: str
    description: str
    source: str


@dataclass(frozen=True)
class Answer:
    """What the console said to a call that changes it: for the record of attempts."""

    status: int
    body: str
    request: str = ""
    """What was sent, without the signature: method, path and body."""
    request_id: str = ""


@dataclass(frozen=True)
class Rate:
    """What the console's headers say of the calls left in this hour; `resets_in` are seconds left, not an epoch."""

    remaining: int
    resets_in: int


@dataclass(frozen=True)
class Isolation:
    """A computer's isolation: `not_isolated`, `pending_start`, `isolated` or `pending_stop`."""

    available: bool
    status: str
    comment: str


@dataclass(frozen=True)
class Computer:
    """A computer as GET /v1/computers/{guid} shows it; the short form of a search leaves most of it empty."""

    guid: str
    name: str
    system: str | None = None
    group: str | None = None
    policy: str | None = None
    policy_name: str | None = None
    last_seen: datetime | None = None
    connector_version: str | None = None

    @property
    def version(self) -> tuple[int, ...]:
        """The connector's version as numbers to compare; empty where it is not told as numbers."""
        parts = (self.connector_version or "").split(".")
        return tuple(map(int, parts)) if all(re.fullmatch(r"[0-9]{1,9}", part) for part in parts) else ()

    @classmethod
    def read(cls, item: dict[str, Any]) -> Self:
        policy = _part(item, "policy")
        return cls(
            guid=str(item["connector_guid"]),
            name=_text(item.get("hostname")) or str(item["connector_guid"]),
            system=" ".join(str(item.get(key) or "") for key in ("operating_system", "os_version")).strip() or None,
            group=_text(item.get("group_guid")),
            policy=_text(policy.get("guid")),
            policy_name=_text(policy.get("name")),
            last_seen=_moment(item.get("last_seen")),
            connector_version=_text(item.get("connector_version")),
        )


@dataclass(frozen=True)
class Policy:
    """A policy of a group with the lists it uses."""

    guid: str
    name: str
    lists: tuple[FileList, ...]


class Severity(enum.StrEnum):
    """A severity in the vendor's words."""

    low = "Low"
    medium = "Medium"
    high = "High"
    critical = "Critical"


@dataclass(frozen=True)
class ConsoleEvent:
    """One event of a console, whoever told it: the API, or a mail. What was not told is None.

    `at` is when it happened, in UTC. `event_id` is the vendor's int64, kept as its digits: the API's own, or out of a
    link in a mail. `detection_id` joins a detection and what became of it. `trust` is how far the teller is believed;
    `raw` the API's event as it came.
    """

    computer: str | None = None
    user: str | None = None
    file_name: str | None = None
    file_path: str | None = None
    sha256: str | None = None
    event_type: str | None = None
    detection: str | None = None
    severity: Severity | None = None
    connector_guid: str | None = None
    at: datetime | None = None
    event_id: str | None = None
    detection_id: str | None = None
    type_id: int | None = None
    disposition: str | None = None
    parent: str | None = None
    parent_sha256: str | None = None
    error: str | None = None
    trust: Trust = Trust.unknown
    raw: dict[str, Any] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def read(cls, item: dict[str, Any]) -> Self:
        """An event of GET /v1/events or of a trajectory."""
        computer, file = _part(item, "computer"), _part(item, "file")
        indicator = _part(item, "cloud_ioc").get("short_description")
        user = _text(computer.get("user"))
        return cls(
            computer=_text(computer.get("hostname")),
            user=user if user and user.lower() != "not available" else None,
            file_name=_text(file.get("file_name")),
            file_path=plain_path(_text(file.get("file_path"))),
            sha256=(_text(_part(file, "identity").get("sha256")) or "").lower() or None,
            event_type=_text(item.get("event_type")),
            detection=_text(item.get("detection") or indicator),
            severity=severity_of(_text(item.get("severity")) or ""),
            connector_guid=_text(item.get("connector_guid") or computer.get("connector_guid")),
            at=_stamp(item),
            event_id=str(item["id"]) if item.get("id") is not None else None,
            detection_id=str(item["detection_id"])[:TEXT_MAX] if item.get("detection_id") else None,
            type_id=_number(item.get("event_type_id")),
            disposition=_text(file.get("disposition")),
            parent=_text(_part(file, "parent").get("file_name")),
            parent_sha256=(_text(_part(_part(file, "parent"), "identity").get("sha256")) or "").lower() or None,
            error=_text(_part(item, "error").get("description")),
            trust=Trust.verified,
            raw=item,
        )


def severity_of(word: str) -> Severity | None:
    """The severity that a word names, English or Japanese, or None."""
    return _SEVERITIES.get(word.strip().lower())


_SEVERITIES = {severity.value.lower(): severity for severity in Severity}
_SEVERITIES |= {"低": Severity.low, "中": Severity.medium, "高": Severity.high}
_SEVERITIES |= {"緊急": Severity.critical, "重大": Severity.critical}


def same_host(name: str, other: str) -> bool:
    """Whether two names are one computer's: the same, case aside, or one with and one without its domain."""
    first, second = name.strip().lower().rstrip("."), other.strip().lower().rstrip(".")
    short = first.split(".")[0] == second.split(".")[0] and "." in first + second
    return first == second or (short and ("." not in first or "." not in second))


def plain_path(path: str | None) -> str | None:
    r"""One way of writing a path that comes in five: \\?\C:\x, C:\x, /C:/x, file:///C%3A/x; 8.3 names stay."""
    if not path:
        return None
    text = unquote(path.removeprefix("file://")) if path.startswith("file://") else path
    text = text.removeprefix("\\\\?\\")
    drive = text.lstrip("/")
    if len(drive) > 2 and drive[0].isalpha() and drive[1:3] in (":/", ":\\"):
        return drive[0].upper() + drive[1:].replace("/", "\\")
    return text


def _stamp(item: dict[str, Any]) -> datetime | None:
    """The event's time in UTC: seconds and nanoseconds, else its date."""
    seconds = item.get("timestamp") or item.get("start_timestamp")
    if isinstance(seconds, int) and 0 < seconds < 4_000_000_000:
        return datetime.fromtimestamp(seconds, UTC)
    return _moment(item.get("date") or item.get("start_date"))


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _part(item: dict[str, Any], key: str) -> dict[str, Any]:
    """An object within an object; anything else there counts as nothing."""
    part = item.get(key)
    return part if isinstance(part, dict) else {}


def _text(value: Any) -> str | None:
    """A text on one line, cut at a length that no fact needs; anything else counts as nothing."""
    return " ".join(value[:TEXT_MAX].split()) or None if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None
