"""What an alert mail says, as a pure function of its subject and text (R10).

The vendor's mails are hardly documented: one subject from 2018 and the first words of its body are known, the
rest is inferred. So facts are taken by label in any order, English and Japanese, and by shape: a SHA-256 is 64
hexadecimal digits, a connector is the GUID in a console link. A fact that is not plainly there stays None: a
wrong fact is worse than a missing one.
"""

import re
import unicodedata
from dataclasses import dataclass, replace

from helpdesk.tickets.models import Severity

SUBJECT = re.compile(
    r"^\[Cisco (?:AMP for Endpoints|Secure Endpoint)[^\]]*\]\s*\[(?P<filter>[^\]]*)\]\s*"
    r"Matching Events Found(?: On (?P<host>.+))?$",
    re.IGNORECASE,
)
SHA256 = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
CONNECTOR = re.compile(r"/computers/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
SUBJECT_MAX = 500
TEXT_MAX = 1_000_000
EVENTS_MAX = 500

LABELS = {
    "computer": (
        "computer",
        "computer name",
        "hostname",
        "host",
        "コンピューター",
        "コンピュータ",
        "コンピューター名",
        "ホスト名",
        "端末",
    ),
    "user": ("user", "user name", "username", "ユーザー", "ユーザ", "ユーザー名"),
    "file_name": ("file name", "filename", "file", "ファイル名", "ファイル"),
    "file_path": ("file path", "path", "ファイルパス", "パス"),
    "sha256": ("sha-256", "sha256", "file sha-256", "hash", "ハッシュ"),
    "event_type": (
        "event type",
        "event",
        "type",
        "イベントタイプ",
        "イベント種別",
        "イベントの種類",
        "イベント",
    ),
    "detection": ("detection", "detection name", "threat", "検出名", "検知名", "脅威名", "検出"),
    "severity": ("severity", "重大度"),
}
_FIELD = {label: field for field, labels in LABELS.items() for label in labels}
_LINE = re.compile(r"(?P<label>[^:：=|\s][^:：=|]{0,29})[:：|](?P<value>.+)")
LINE_MAX = 1_000
_SEVERITIES = {
    "low": Severity.low,
    "medium": Severity.medium,
    "high": Severity.high,
    "critical": Severity.critical,
    "低": Severity.low,
    "中": Severity.medium,
    "高": Severity.high,
    "緊急": Severity.critical,
    "重大": Severity.critical,
}
_RANK = list(Severity)


@dataclass(frozen=True)
class EventFacts:
    """One event as the mail tells it; None where it does not."""

    computer: str | None = None
    user: str | None = None
    file_name: str | None = None
    file_path: str | None = None
    sha256: str | None = None
    event_type: str | None = None
    detection: str | None = None
    severity: Severity | None = None
    connector_guid: str | None = None


@dataclass(frozen=True)
class AlertFacts:
    """All events of a mail, in its order; `recognised` tells whether anything was found at all."""

    events: tuple[EventFacts, ...]
    recognised: bool


def read_alert(subject: str, text: str) -> AlertFacts:
    """Take the facts out of an alert mail's decoded subject and plain text."""
    match = SUBJECT.match(" ".join(subject[:SUBJECT_MAX].split()))
    host = match["host"].strip() if match and match["host"] else None
    events = [_complete(event, host) for event in _events(text[:TEXT_MAX])]
    if not events:
        hashes = list(dict.fromkeys(h.lower() for h in SHA256.findall(text[:TEXT_MAX])))
        connectors = CONNECTOR.findall(text[:TEXT_MAX])
        guid = connectors[0].lower() if len(set(connectors)) == 1 else None
        if hashes:
            events = [EventFacts(computer=host, sha256=sha, connector_guid=guid) for sha in hashes[:EVENTS_MAX]]
        elif host or guid:
            events = [EventFacts(computer=host, connector_guid=guid)]
    return AlertFacts(tuple(events[:EVENTS_MAX]), recognised=bool(match or events))


def worst(severities: list[Severity | None]) -> Severity | None:
    """The highest severity told, or None."""
    told = [severity for severity in severities if severity is not None]
    return max(told, key=_RANK.index, default=None)


def alert_subject(facts: AlertFacts, fallback: str) -> str:
    """A ticket's subject: what happened, to which file, on how many computers."""
    if not facts.events:
        return fallback
    first = facts.events[0]
    computers = {event.computer for event in facts.events if event.computer}
    what = first.event_type or first.detection
    target = first.file_name or first.detection or (first.sha256[:12] + "…" if first.sha256 else None)
    if what is None and target is None:
        return fallback
    words = f"{what}: {target}" if what and target and what != target else (what or target or fallback)
    return f"{words} ({', '.join(sorted(computers))})" if 0 < len(computers) <= 2 else words


def _events(text: str) -> list[EventFacts]:
    """Labelled lines, cut into events where a field comes a second time."""
    events: list[EventFacts] = []
    current: dict[str, str] = {}
    guid: str | None = None
    for line in (whole[:LINE_MAX] for whole in text.splitlines()):
        if found := CONNECTOR.search(line):
            guid = found[1].lower()
        match = _LINE.match(line.strip(" \t\u3000>*-・"))
        field = _FIELD.get(unicodedata.normalize("NFKC", match["label"]).strip().lower()) if match else None
        if match is None or field is None or not match["value"].strip():
            continue
        if field in current:
            events.append(_event(current, guid))
            current, guid = {}, None
        current[field] = match["value"].strip()
    if current:
        events.append(_event(current, guid))
    return [event for event in events if event.computer or event.sha256 or event.file_name or event.detection]


def _event(fields: dict[str, str], guid: str | None) -> EventFacts:
    sha = SHA256.search(fields.get("sha256", ""))
    severity = _SEVERITIES.get(unicodedata.normalize("NFKC", fields.get("severity", "")).strip().lower())
    return EventFacts(
        computer=_short(fields.get("computer")),
        user=_short(fields.get("user")),
        file_name=_short(fields.get("file_name")),
        file_path=_short(fields.get("file_path")),
        sha256=sha[0].lower() if sha else None,
        event_type=_short(fields.get("event_type")),
        detection=_short(fields.get("detection")),
        severity=severity,
        connector_guid=guid,
    )


def _short(value: str | None) -> str | None:
    return value[:500] if value else None


def _complete(event: EventFacts, host: str | None) -> EventFacts:
    return event if event.computer or host is None else replace(event, computer=host)
