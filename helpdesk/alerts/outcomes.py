"""What became of a file on a computer, told event by event, and how bad an alert is by it. Pure (R10, R11).

A detection and what became of it are one item: by `detection_id` where the event has one, in any order of
arrival, else by file and time. Event types are known by their number; their names changed over the years, so that
a name only helps where a mail gives nothing else.
"""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from helpdesk.console.values import ConsoleEvent, Severity
from helpdesk.tickets.kinds import Priority
from helpdesk.trust import Trust


class Outcome(enum.StrEnum):
    """What became of the file, worst first. `seen`: it is or was there without a detection."""

    executed = "executed"
    failed = "failed"
    detected = "detected"
    seen = "seen"
    quarantined = "quarantined"


WORST_FIRST = list(Outcome)
_BELIEVED = list(Trust)
TOGETHER = timedelta(seconds=60)
"""Events of one moment may be told in any order."""
_BY_TYPE = {
    553648143: Outcome.quarantined,
    553648155: Outcome.quarantined,
    2164260880: Outcome.failed,
    2164260893: Outcome.failed,
    1107296272: Outcome.executed,
}
_BY_NAME = {
    "threat quarantined": Outcome.quarantined,
    "retrospective quarantine": Outcome.quarantined,
    "cloud recall quarantine successful": Outcome.quarantined,
    "quarantine failure": Outcome.failed,
    "retrospective quarantine attempt failed": Outcome.failed,
    "cloud recall quarantine attempt failed": Outcome.failed,
    "executed malware": Outcome.executed,
}
_UP = {None: Severity.high, Severity.low: Severity.high, Severity.medium: Severity.high}
_PRIORITIES = {Severity.critical: Priority.urgent, Severity.high: Priority.high}
_LOWER = {Priority.urgent: Priority.high, Priority.high: Priority.normal, Priority.normal: Priority.low}
_RANK = list(Severity)
RESTORED = frozenset({553648146, 553648149, 553648154})
"""A quarantined file was put back: the quarantine no longer holds."""
TICKET_TYPES = frozenset(
    {
        *(1090519054, 553648143, 2164260880, 553648147, 553648155, 2164260893, 1090524040, 1090524041, 1090519084),
        *(1107296257, 1107296258, *range(1107296261, 1107296265), *range(1107296266, 1107296279), 1091567670),
        *(
            *range(1107296279, 1107296286),
            1107296265,
            2164260931,
            1090519081,
            1090519105,
            1090519102,
            1090519103,
            553648215,
        ),
        *(1107296344, 1090519112, 553648168, 553648199, 1091567628, *RESTORED),
    }
)
"""Types that are worth a ticket: the vendor's default filter for managed services, and what became of detections."""


@dataclass(frozen=True)
class Item:
    """One detection on a computer and where it stands; `at` is when that was so.

    `end`: something became of it, against a bare detection. `path` is where, as far as told.
    """

    outcome: Outcome
    at: datetime | None
    end: bool = True
    path: str | None = None
    trust: Trust = Trust.unknown


def outcome_of(event: ConsoleEvent) -> Outcome:
    """What one event says; a type nobody knows counts as a detection without a known end."""
    if event.type_id is not None and event.type_id in _BY_TYPE:
        return _BY_TYPE[event.type_id]
    name = (event.event_type or "").strip().lower()
    return _BY_NAME.get(name) or (Outcome.failed if _FAILED_JA.search(name) else Outcome.detected)


_FAILED_JA = re.compile(r"隔離.{0,20}(?:失敗|できません|エラー)")
"""No public text names the Japanese types. Words that say something failed are taken for it; none lowers anything."""


def concerns(event: ConsoleEvent) -> bool:
    """Whether an event of the API is worth a ticket: by its type, or whatever is High or Critical."""
    return (event.type_id or 0) in TICKET_TYPES or event.severity in (Severity.high, Severity.critical)


def item_key(event: ConsoleEvent) -> str:
    if outcome_of(event) == Outcome.executed:
        return f"executed:{event.sha256 or event.detection or ''}"
    return event.detection_id or f"file:{event.sha256 or event.file_name or event.detection or ''}"


def with_event(items: dict[str, Item], event: ConsoleEvent) -> dict[str, Item]:
    """The items of a computer after one more event."""
    key, outcome = item_key(event), outcome_of(event)
    end = outcome != Outcome.detected or event.type_id in RESTORED
    new = Item(outcome, event.at, end, event.file_path, event.trust)
    before = items.get(key)
    return {**items, key: new if before is None else _later(before, new, paired=event.detection_id is not None)}


def _later(before: Item, new: Item, *, paired: bool) -> Item:
    """Which of two outcomes of one item holds: an end beats a detection of its moment, the later end an earlier.

    Two copies of a file, told without a detection's id, are not one: the worse holds. Who is believed less may only
    make it worse.
    """
    if before.trust != new.trust:
        more, less = sorted((before, new), key=lambda item: _BELIEVED.index(item.trust))
        return less if WORST_FIRST.index(less.outcome) < WORST_FIRST.index(more.outcome) and less is new else more
    if not paired and before.path and new.path and before.path != new.path:
        return min(before, new, key=lambda item: WORST_FIRST.index(item.outcome))
    if before.outcome == new.outcome:
        return max(before, new, key=lambda item: (item.at is not None, item.at or new.at))
    first, last = (before, new) if _before(before, new) else (new, before)
    if not last.end and (paired or _together(first, last)):
        return first
    return last


def _before(item: Item, other: Item) -> bool:
    """In order of time; without times in the order they were told."""
    return item.at is None or other.at is None or item.at <= other.at


def _together(item: Item, other: Item) -> bool:
    return item.at is None or other.at is None or abs(item.at - other.at) <= TOGETHER


def is_no_worse(outcome: Outcome, than: Outcome) -> bool:
    return WORST_FIRST.index(outcome) >= WORST_FIRST.index(than)


def worst_of(outcomes: Iterable[Outcome]) -> Outcome | None:
    return min(outcomes, key=WORST_FIRST.index, default=None)


def judged(highest: Severity | None, outcomes: Iterable[Outcome]) -> tuple[Severity | None, Priority]:
    """A ticket's severity and priority: the maximum told, raised where a file ran or could not be quarantined.

    The urgency is lowered by one only where every detection was quarantined.
    """
    kinds = set(outcomes)
    severity = highest
    if kinds & {Outcome.executed, Outcome.failed}:
        severity = _UP.get(highest, highest)
    priority = _PRIORITIES.get(severity, Priority.normal) if severity else Priority.normal
    if kinds == {Outcome.quarantined}:
        return severity, _LOWER[priority]
    return severity, Priority.urgent if Outcome.executed in kinds else priority


def worst(severities: Iterable[Severity | None]) -> Severity | None:
    """The highest severity told, or None."""
    return max((severity for severity in severities if severity is not None), key=_RANK.index, default=None)


def as_json(items: dict[str, Item]) -> dict[str, Any]:
    return {
        key: [item.outcome.value, item.at.isoformat() if item.at else None, item.end, item.path, item.trust.value]
        for key, item in items.items()
    }


def from_json(kept: dict[str, Any]) -> dict[str, Item]:
    return {
        key: Item(Outcome(outcome), datetime.fromisoformat(at) if at else None, end, path, Trust(trust))
        for key, (outcome, at, end, path, trust) in kept.items()
    }
