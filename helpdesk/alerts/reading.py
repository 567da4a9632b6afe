"""What an alert mail says, as a pure function of its subject and text (R10).

The vendor's mails are hardly documented: one subject from 2018 and the first words of its body are known, the
rest is inferred. So facts are taken by label in any order, English and Japanese, and by shape: a SHA-256 is 64
hexadecimal digits, a connector is the GUID in a console link. A fact that is not plainly there stays None: a
wrong fact is worse than a missing one.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from helpdesk.console.values import Event
from helpdesk.tickets.models import Severity

SUBJECT = re.compile(
    r"^\[Cisco (?:AMP for Endpoints|Secure Endpoint)[^\]]*\]\s*\[(?P<filter>[^\]]*)\]\s*"
    r"Matching Events Found(?: On (?P<host>.+))?$",
    re.IGNORECASE,
)
SHA256 = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
EVENT_ID = re.compile(r"/trajectory2\?(?:[^\s\"'<>#]{0,200}&)?id=(\d{5,20})(?!\d)", re.IGNORECASE)
"""The event a link to a computer's trajectory opens at."""
CONNECTOR = re.compile(r"/computers/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
SUBJECT_MAX = 500
TEXT_MAX = 1_000_000
EVENTS_MAX = 500

LABELS = {
    "computer": "computer|computer name|hostname|host name|host|device|device name|endpoint|machine|workstation|"
    "コンピューター|コンピュータ|コンピューター名|コンピュータ名|ホスト名|ホスト|端末|端末名|デバイス|デバイス名|対象端末",
    "user": "user|user name|username|logged in user|account|ユーザー|ユーザ|ユーザー名|ユーザ名|利用者|ログインユーザー|アカウント",
    "file_name": "file name|filename|file|detected file|ファイル名|ファイル|検出ファイル|検知ファイル|対象ファイル",
    "file_path": "file path|filepath|path|full path|ファイルパス|パス|ファイルの場所|フルパス",
    "sha256": "sha-256|sha256|file sha-256|file sha256|sha-256 hash|sha256 hash|hash|file hash|ハッシュ|ハッシュ値|ファイルハッシュ|"
    "sha-256 ハッシュ|sha256ハッシュ",
    "event_type": "event type|event|type|event name|イベントタイプ|イベント種別|イベントの種類|イベント|イベント名|種別",
    "detection": "detection|detection name|threat|threat name|malware|malware name|signature|検出名|検知名|脅威名|脅威|検出|検知|マルウェア名",
    "severity": "severity|重大度|深刻度|重要度",
    "at": "date|time|timestamp|date/time|detected at|event time|event date|detection time|日時|検出日時|検知日時|発生日時|検出時刻|イベント日時|時刻",
}
_FIELD = {label: field for field, labels in LABELS.items() for label in labels.split("|")}
_LINE = re.compile(r"(?P<label>[^:：=|\s][^:：=|\t]{0,29})(?:[:：|]|\t+[:：]?)(?P<value>.+)")
_BETWEEN = re.compile(r"\n[ \t\u3000]*\n|\n[ \t]*[-=_*─━]{3,200}[ \t]*\n")
_NOTHING = frozenset(["n/a", "na", "none", "unknown", "not available", "-", "--", "不明", "なし", "該当なし", "―"])
_MAIL_HEADER = re.compile(r"(?m)^[ \t]{0,3}(?:From|To|Subject|Sent|差出人|宛先|件名|送信日時)[ \t]{0,3}[:：]")
"""The header of a forwarded mail: its date is not the event's."""
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
    at: datetime | None = None
    """When it happened, in UTC; None where the mail tells no time with its zone."""
    event_id: str | None = None
    """The vendor's int64 as digits: the API's own, or out of a link in a mail."""
    detection_id: str | None = None
    type_id: int | None = None
    disposition: str | None = None
    parent: str | None = None
    error: str | None = None
    raw: dict[str, Any] | None = field(default=None, compare=False, repr=False)
    """The API's event as it came; None for one that a mail told."""

    @classmethod
    def of(cls, event: Event) -> "EventFacts":
        """An event of the API in the same terms as a mail's."""
        return cls(
            computer=event.computer,
            user=event.user,
            file_name=event.file_name,
            file_path=event.file_path,
            sha256=event.sha256,
            event_type=event.type,
            detection=event.detection,
            severity=_SEVERITIES.get((event.severity or "").lower()),
            connector_guid=event.guid,
            at=event.at,
            event_id=event.id,
            detection_id=event.detection_id,
            type_id=event.type_id,
            disposition=event.disposition,
            parent=event.parent,
            error=event.error,
            raw=event.raw,
        )


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
    """Labelled lines as events: by paragraph where several tell of one each, else cut where a field comes again."""
    blocks = [block for block in _BETWEEN.split(text) if len(_MAIL_HEADER.findall(block)) < 2]
    text = "\n\n".join(blocks)
    telling = [fields for block in blocks for fields in [set(_labelled(block))] if fields & {"computer", "sha256"}]
    apart = len(telling) > 1 and len(set.intersection(*telling) & {"computer", "sha256"}) > 0
    found = [event for block in (blocks if apart else [text]) for event in _events_in(block)]
    return [event for event in found if event.computer or event.sha256 or event.file_name or event.detection]


def _labelled(block: str) -> Iterator[str]:
    """The fields that a paragraph names."""
    for line in block.splitlines():
        if (told := _told(line[:LINE_MAX])) is not None:
            yield told[0]


def _events_in(text: str) -> list[EventFacts]:
    events: list[EventFacts] = []
    current: dict[str, str] = {}
    guid: str | None = None
    event_id: str | None = None
    for line in (whole[:LINE_MAX] for whole in text.splitlines()):
        if found := CONNECTOR.search(line):
            guid = found[1].lower()
        if found := EVENT_ID.search(line):
            event_id = found[1]
        told = _told(line)
        if told is None:
            continue
        field, value = told
        if field in current:
            events.append(_event(current, guid, event_id))
            current, guid, event_id = {}, None, None
        current[field] = value
    if current:
        events.append(_event(current, guid, event_id))
    return events


def _told(line: str) -> tuple[str, str] | None:
    """(field, value) of a labelled line."""
    match = _LINE.match(line.strip(" \u3000>*-・•"))
    if match is None:
        return None
    label = unicodedata.normalize("NFKC", match["label"]).strip(" *_").lower()
    value = match["value"].strip(" \t\u3000*")
    field = _FIELD.get(label)
    return (field, value) if field and value and value.lower() not in _NOTHING else None


def _event(fields: dict[str, str], guid: str | None, event_id: str | None) -> EventFacts:
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
        at=_moment(fields.get("at", "")),
        event_id=event_id,
    )


def _moment(words: str) -> datetime | None:
    """A time that names its zone (ISO 8601 or RFC 5322), in UTC; any other could be wrong by hours."""
    text = words.strip()[:60].replace(" UTC", "+00:00").replace(" GMT", "+00:00").replace(" JST", "+09:00")
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if found.tzinfo is not None and 2000 < found.year < 2100:
            return found.astimezone(UTC)
    return None


def _short(value: str | None) -> str | None:
    return value[:500] if value else None


def _complete(event: EventFacts, host: str | None) -> EventFacts:
    return event if event.computer or host is None else replace(event, computer=host)
