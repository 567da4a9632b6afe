"""What an alert mail says, as a pure function of its subject and text (R10).

The vendor's mails are hardly documented: one subject from 2018 and the first words of its body are known, the
rest is inferred. So facts are taken by label in any order, English and Japanese, and by shape: a SHA-256 is 64
hexadecimal digits, a connector is the GUID in a console link. A fact that is not plainly there stays None: a
wrong fact is worse than a missing one.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from helpdesk.alerts.informational import informational_in
from helpdesk.alerts.labels import (
    LINE_MAX,
    Linked,
    hashes_by_shape,
    labelled,
    linked,
    names_another,
    sha256_in,
    table_as_lines,
    told,
    unfolded,
)
from helpdesk.alerts.moments import moment
from helpdesk.config import CONSOLE_LINK_HOSTS
from helpdesk.console.values import ConsoleEvent, plain_path, severity_of

SUBJECT = re.compile(
    r"^\[Cisco (?:AMP for Endpoints|Secure Endpoint)[^\]]*\]\s*\[(?P<filter>[^\]]*)\]\s*"
    r"Matching Events Found(?: On (?P<host>.+))?$",
    re.IGNORECASE,
)
SUBJECT_MAX = 500
TEXT_MAX = 1_000_000
EVENTS_MAX = 500
LINES_MAX = 20_000

_BETWEEN = re.compile(r"\n[ \t\u3000]*\n|\n[ \t]*[-=_*─━]{3,200}[ \t]*\n")
_MAIL_HEADER = re.compile(r"(?m)^[ \t]{0,3}(?:From|To|Subject|Sent|差出人|宛先|件名|送信日時)[ \t]{0,3}[:：]")
"""The header of a forwarded mail: its date is not the event's."""


@dataclass(frozen=True)
class AlertFacts:
    """All events of a mail, in its order; `recognised` tells whether anything was found at all."""

    events: tuple[ConsoleEvent, ...]
    recognised: bool


def read_alert(
    subject: str, text: str, *, hosts: Collection[str] = CONSOLE_LINK_HOSTS, links: Sequence[str] = ()
) -> AlertFacts:
    """Take the facts out of an alert mail's decoded subject and plain text.

    `hosts` are those whose links count, `links` the addresses behind the words of its HTML part.
    """
    match = SUBJECT.match(" ".join(subject[:SUBJECT_MAX].split()))
    host = subject_host(subject)
    text = table_as_lines(unfolded(text[:TEXT_MAX].translate(_INVISIBLE)))
    events = [_complete(event, host) for event in _events(text, hosts)] or _by_shape(text, host, hosts)
    events = _with_links(events, linked([*text.splitlines(), *links][:LINES_MAX], hosts))
    return AlertFacts(tuple(events[:EVENTS_MAX]), recognised=bool(match or events))


def subject_host(subject: str) -> str | None:
    """The computer that the subject names, if it is a console's."""
    match = SUBJECT.match(" ".join(subject[:SUBJECT_MAX].split()))
    return match["host"].strip() if match and match["host"] else None


_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\xad"))
"""Characters without width, as HTML mails break long words with."""


def _by_shape(text: str, host: str | None, hosts: Collection[str]) -> list[ConsoleEvent]:
    """What a mail without labels tells: hashes, and the one computer that its links lead to."""
    lines = text.splitlines()[:LINES_MAX]
    links = linked(lines, hosts)
    guid = _only(links.connector_guids)
    hashes = hashes_by_shape(lines) or list(dict.fromkeys(links.hashes))
    if not hashes and (informed := _informing_lines(lines, hosts)):
        return informed
    if hashes:
        return [ConsoleEvent(computer=host, sha256=sha, connector_guid=guid) for sha in hashes[:EVENTS_MAX]]
    return [ConsoleEvent(computer=host, connector_guid=guid)] if host or guid else []


def _informing_lines(lines: Sequence[str], hosts: Collection[str]) -> list[ConsoleEvent]:
    """Lines of a digest that each name an informational event beside a link to its computer; all of them, or none."""
    events = []
    for line in lines:
        links = linked([line], hosts)
        if not links.connector_guids:
            continue
        name = informational_in(line)
        if name is None:
            return []
        guid, event_id = _only(links.connector_guids), _only(links.event_ids)
        events.append(ConsoleEvent(event_type=name, connector_guid=guid, event_id=event_id))
    return events


def _with_links(events: list[ConsoleEvent], links: Linked) -> list[ConsoleEvent]:
    """The events with what links say beyond their words: of one all that agree, of several one each, in order."""
    events = _filled(events, "connector_guid", links.connector_guids)
    events = _filled(events, "event_id", links.event_ids)
    return _filled(events, "sha256", links.hashes)


def _filled(events: list[ConsoleEvent], name: str, told_by: Sequence[str]) -> list[ConsoleEvent]:
    values = list(dict.fromkeys(told_by))
    pairs = list(zip(events, values, strict=False))
    fits = all(getattr(event, name) in (None, value) for event, value in pairs)
    if not fits or len(values) != len(events):
        return events
    changes: Any = [{name: value} for value in values]
    return [replace(event, **change) for event, change in zip(events, changes, strict=True)]


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
    subject = f"{what}: {target}" if what and target and what != target else (what or target or fallback)
    return f"{subject} ({', '.join(sorted(computers))})" if 0 < len(computers) <= 2 else subject


def _events(text: str, hosts: Collection[str]) -> list[ConsoleEvent]:
    """Labelled lines as events: by paragraph where several tell of one each, else cut where a field comes again."""
    blocks = [block for block in _BETWEEN.split(text) if len(_MAIL_HEADER.findall(block)) < 2]
    text = "\n\n".join(blocks)
    telling = [fields for block in blocks for fields in [set(_labelled(block))] if fields & {"computer", "sha256"}]
    apart = len(telling) > 1 and len(set.intersection(*telling) & {"computer", "sha256"}) > 0
    events = [event for block in (blocks if apart else [text]) for event in _events_in(block, hosts)]
    return [event for event in events if event.computer or event.sha256 or event.file_name or event.detection]


def _labelled(block: str) -> Iterator[str]:
    """The fields that a paragraph names."""
    return (fact[0] for _line, fact in _told_lines(block) if fact is not None)


def _events_in(text: str, hosts: Collection[str]) -> list[ConsoleEvent]:
    events: list[ConsoleEvent] = []
    current: dict[str, str] = {}
    lines: list[str] = []
    for line, fact in _told_lines(text):
        if fact is not None and fact[0] == "other_sha256":
            continue
        if fact is not None and fact[0] in current:
            events.append(_event(current, lines, hosts))
            current, lines = {}, []
        lines.append(line)
        if fact is not None:
            current[fact[0]] = fact[1]
    if current:
        events.append(_event(current, lines, hosts))
    return events


def _told_lines(text: str) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """Lines with what they tell: a label alone takes the next line, a heading of a parent the hash below it."""
    waiting: str | None = None
    parents = False
    for line in (whole[:LINE_MAX] for whole in text.splitlines()):
        field, value = labelled(line)
        fact = told(line)
        parents = parents or (waiting == "parent" and field is not None)
        if waiting is not None and field is None and line.strip():
            fact, value = (waiting, line.strip()), line.strip()
        if fact is not None and parents:
            fact = _of_parent(*fact)
        parents = line.strip() != "" and (
            parents or (field is None and not value and names_another(line.lower()) and not sha256_in(line))
        )
        waiting = field if field is not None and not value else (waiting if not line.strip() else None)
        yield line, fact


def _of_parent(field: str, value: str) -> tuple[str, str] | None:
    """What a field is below the heading of a parent or an archive."""
    if field == "file_name":
        return "parent", value
    if field in ("file_path", "disposition"):
        return None
    return ("parent_sha256" if field == "sha256" else field, value)


def _event(fields: dict[str, str], lines: list[str], hosts: Collection[str]) -> ConsoleEvent:
    """An event of its labelled fields; its lines are read once more for links and for a hash by its shape."""
    links = linked(lines, hosts)
    labelled_sha, parent = sha256_in(fields.get("sha256", "")), sha256_in(fields.get("parent_sha256", ""))
    shaped = [labelled_sha] if labelled_sha else [sha for sha in hashes_by_shape(lines) if sha != parent]
    severity = unicodedata.normalize("NFKC", fields.get("severity", "")).strip()
    digits = re.fullmatch(r"\d{5,20}", fields.get("event_id", ""))
    host = _HOST.fullmatch(fields.get("computer", ""))
    name, path = _named_file(fields.get("file_name"), fields.get("file_path"))
    return ConsoleEvent(
        computer=host[1] if host else _short(fields.get("computer")),
        user=_short(fields.get("user")),
        file_name=_short(name),
        file_path=_short(path),
        sha256=_only(shaped) or _only(links.hashes),
        event_type=_short(fields.get("event_type")),
        detection=_short(fields.get("detection")),
        severity=severity_of(severity),
        connector_guid=_only(links.connector_guids),
        at=moment(fields.get("at", "")),
        event_id=digits[0] if digits else _only(links.event_ids),
        detection_id=_short(fields.get("detection_id")),
        disposition=_short(fields.get("disposition")),
        parent=_short(fields.get("parent")),
        parent_sha256=parent,
    )


def _named_file(name: str | None, path: str | None) -> tuple[str | None, str | None]:
    """The file's name and plain path; a mail may write the path where it says the file."""
    if name is not None and re.match(r"(?:[A-Za-z]:[\\/]|\\\\|file://|/[^/\s]+/)", name):
        path, name = path or name, None
    path = plain_path(path)
    if name is None and path is not None:
        name = re.split(r"[\\/]", path)[-1] or None
    return name, path


_HOST = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,252})\s*[(（][^()（）]{0,100}[)）]")
"""A host name with something in brackets behind it, which is no part of it."""


def _only(values: Sequence[str]) -> str | None:
    """The value, where all say the same: a wrong fact is worse than a missing one."""
    return values[0] if len(set(values)) == 1 else None


def _short(value: str | None) -> str | None:
    return value[:500] if value else None


def _complete(event: ConsoleEvent, host: str | None) -> ConsoleEvent:
    return event if event.computer or host is None else replace(event, computer=host)
