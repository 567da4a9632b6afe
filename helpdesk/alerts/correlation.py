"""Which events are one alert: the file decides, else the computer and what was seen on it. Pure (R11)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from helpdesk.console.values import ConsoleEvent
from helpdesk.folding import folded_name
from helpdesk.trust import Trust

MESSAGES_MAX = 5
"""So many mails of an alert are shown as messages; what comes after is told by its events."""
KEYS_MAX = 200
"""A mail of more files than this is a flood: no incident tells of so many."""
_MARKS = (1, 2, 5)


def key_of(event: ConsoleEvent) -> str | None:
    """What decides the ticket within a customer; None where the event tells neither a file nor a computer."""
    if event.sha256:
        return f"file:{event.sha256.lower()}"
    indicator = event.detection or event.event_type
    if event.computer and indicator:
        return f"host:{folded_name(event.computer)}:{indicator.lower()}"[:300]
    return None


def grouped(events: Iterable[ConsoleEvent]) -> list[tuple[str | None, tuple[ConsoleEvent, ...]]]:
    """Events by key in the order of the mail; those without one, or beyond KEYS_MAX, go with the first that has one."""
    by_key: dict[str | None, list[ConsoleEvent]] = {}
    for event in events:
        by_key.setdefault(key_for(event), []).append(event)
    loose = by_key.pop(None, [])
    groups = [(key, tuple(group)) for key, group in by_key.items()]
    if not groups:
        return [(None, tuple(loose))]
    first_key, first = groups[0]
    over = [event for _key, group in groups[KEYS_MAX:] for event in group]
    return [(first_key, (*first, *loose, *over)), *groups[1:KEYS_MAX]]


def apart(events: Iterable[ConsoleEvent]) -> list[tuple[str | None, tuple[ConsoleEvent, ...]]]:
    """Events of the API by key; those without one have nothing to do with each other and stay alone."""
    by_key: dict[str, list[ConsoleEvent]] = {}
    loose: list[ConsoleEvent] = []
    for event in events:
        key = key_of(event)
        if key is None:
            loose.append(event)
        else:
            by_key.setdefault(key, []).append(event)
    return [*((key, tuple(group)) for key, group in by_key.items()), *((None, (event,)) for event in loose)]


def gathers_until(events: Iterable[ConsoleEvent], told_at: datetime, window: timedelta) -> datetime:
    """The end of the window that gathers a first report: fixed from the first event's own time (R11).

    Where no event tells its time, or a time that lies ahead, it runs from when it was told.
    """
    times = [event.at for event in events if event.at is not None and event.at <= told_at]
    return min(times, default=told_at) + window


def key_for(event: ConsoleEvent) -> str | None:
    """The key within a customer; what comes from a sender whose check failed stays apart from everything else."""
    key = key_of(event)
    return f"{key}{APART}" if key is not None and event.trust == Trust.failed else key


APART = "!failed"
SAME_MINUTE = timedelta(minutes=1)


def agree(event: ConsoleEvent, other: ConsoleEvent) -> bool:
    """Whether two tellings do not contradict each other about computer, connector and file."""
    pairs = (
        (_lower(event.computer), _lower(other.computer)),
        (event.connector_guid, other.connector_guid),
        (event.sha256, other.sha256),
    )
    return all(first is None or second is None or first == second for first, second in pairs)


def is_same_told(before: ConsoleEvent, now: ConsoleEvent) -> bool:
    """Whether a mail of the same event id tells what stands already: told by who is believed no less, agreeing in
    computer, file and type, and in one of them for sure. Ids alone may be rounded, or anybody's."""
    believed = list(Trust)
    sure = any(
        first is not None and first == second
        for first, second in (
            (_lower(before.computer), _lower(now.computer)),
            (before.sha256, now.sha256),
            (before.connector_guid, now.connector_guid),
        )
    )
    return (
        believed.index(before.trust) <= believed.index(now.trust)
        and agree(before, now)
        and same_kind(before.event_type, now.event_type)
        and sure
    )


def same_kind(first: str | None, second: str | None) -> bool:
    """Whether two names of an event's type may be one's: the same, or told in two languages, or one not told."""
    if first is None or second is None:
        return True
    one, other = first.strip().lower(), second.strip().lower()
    return one == other or one.isascii() != other.isascii()


def _lower(name: str | None) -> str | None:
    return folded_name(name) if name else None


def _same_words(mail: ConsoleEvent, api: ConsoleEvent) -> bool:
    pairs = ((_lower(mail.detection), _lower(api.detection)), (_lower(mail.file_name), _lower(api.file_name)))
    both = [(first, second) for first, second in pairs if first is not None and second is not None]
    return bool(both) and all(first == second for first, second in both)


def same_event(mail: ConsoleEvent, api: ConsoleEvent, within: timedelta) -> bool:
    """Whether a mail's event and the API's look like one: computer, file, type, and time where the mail tells it.

    A mail that tells no hash is one with the API's event only where both name the same detection or file, and the same
    minute.
    """
    within = within if mail.sha256 else min(within, SAME_MINUTE)
    same = (
        bool(mail.computer or mail.sha256)
        and folded_name(mail.computer or "") == folded_name(api.computer or "")
        and (mail.sha256 == api.sha256 or (mail.sha256 is None and _same_words(mail, api)))
        and agree(mail, api)
        and same_kind(mail.event_type, api.event_type)
    )
    return same and (mail.at is None or api.at is None or abs(mail.at - api.at) <= within)


def worth_telling(mails: int) -> bool:
    """Whether the timeline says how many mails there are: at 1, 2, 5, 10, 20, 50, 100 and so on."""
    digits = 10 ** (len(str(mails)) - 1)
    return mails % digits == 0 and mails // digits in _MARKS
