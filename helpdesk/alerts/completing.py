"""What the API adds to an alert: asked for outside a transaction, then put on its findings and spread (R10)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import distinct, func, select

from helpdesk import clock
from helpdesk.alerts.alert_events import AffectedComputer, AlertEvent, computers_of, judge, spread_to
from helpdesk.alerts.models import Alert, FindingKind, FindingSource, set_finding
from helpdesk.console.client import ConsoleClient
from helpdesk.console.values import Computer, ConsoleEvent, Policy, same_host
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.folding import folded_name

BEFORE = timedelta(days=7)
OF_A_FILE = timedelta(days=365)
"""The activity of a file knows no end: its events are asked for so much longer, or its computers would seem clean."""
EVENTS_OF_FILE = 10_000
AN_HOUR = timedelta(hours=1)
AGAIN_AFTER = AN_HOUR
"""A computer's policy is asked for again after this."""
COMPUTERS_MAX = 200
"""So many computers are asked about one by one in one reading; the rate limit is per hour."""
ROUTE_MAX = 6
RENEW_EVERY = 10
UNNAMED_MAX, EVENTS_MAX = 10, 200
"""Of an alert without a file so many computers' newest events are read."""


@dataclass(frozen=True)
class ConsoleQuestion:
    """What a reading starts from: the file, since when, and the computers known so far as (name, guid).

    `claims` are connectors that only mails named with a computer, `nameless` those they named without. `fresh` were
    asked about within the hour.
    """

    sha256: str | None
    since: datetime
    computers: dict[str, tuple[str, str | None]]
    claims: dict[str, str]
    nameless: tuple[str, ...]
    fresh: frozenset[str]


@dataclass
class ConsoleReading:
    """What one reading of the console brought."""

    events: list[ConsoleEvent] = field(default_factory=list)
    seen: list[Computer] = field(default_factory=list)
    computers: dict[str, Computer] = field(default_factory=dict)
    """By the name under which they were asked for; the console says the same name and connector."""
    doubts: dict[str, str] = field(default_factory=dict)
    """Computers whose name and connector do not belong together: what the console says."""
    policies: dict[str, list[Policy]] = field(default_factory=dict)
    route: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    on_lists: list[dict[str, str]] | None = None
    """The lists that hold the file, where they were asked."""
    left: int = 0
    """Computers that another reading has to ask about."""


def question(alert: Alert) -> ConsoleQuestion:
    """What to ask the console about an alert."""
    rows, hour_ago = computers_of(alert), clock.now() - AGAIN_AFTER
    known = {name: (computer.name, computer.guid) for name, computer in rows.items()}
    fresh = frozenset(
        name for name, computer in rows.items() if computer.looked_up_at and computer.looked_up_at > hour_ago
    )
    first = db.session.scalar(select(func.min(AlertEvent.at)).where(AlertEvent.alert_id == alert.id))
    # a digest of a month tells of events that are older than a week
    since = min(alert.ticket.opened_at - BEFORE, first - AN_HOUR if first else alert.ticket.opened_at)
    return ConsoleQuestion(alert.sha256, since, known, _claims(alert), _nameless(alert), fresh)


def _nameless(alert: Alert) -> tuple[str, ...]:
    rows = select(AlertEvent.connector_guid).where(AlertEvent.alert_id == alert.id, AlertEvent.computer.is_(None))
    rows = rows.where(AlertEvent.connector_guid.is_not(None)).distinct().limit(UNNAMED_MAX)
    return tuple(guid for guid in db.session.scalars(rows) if guid)


def _claims(alert: Alert) -> dict[str, str]:
    """The connectors that mails named with a computer; where they name several, none."""
    claims = select(func.lower(AlertEvent.computer), func.min(AlertEvent.connector_guid)).where(
        AlertEvent.alert_id == alert.id, AlertEvent.computer.is_not(None), AlertEvent.connector_guid.is_not(None)
    )
    single = func.count(distinct(AlertEvent.connector_guid)) == 1
    rows = db.session.execute(claims.group_by(func.lower(AlertEvent.computer)).having(single))
    return {name: guid for name, guid in rows}


def unasked(alert: Alert) -> bool:
    """Whether computers came to the alert since a reading began, or were left for another."""
    rows = select(AffectedComputer.id).where(AffectedComputer.alert_id == alert.id)
    return db.session.scalar(rows.where(AffectedComputer.looked_up_at.is_(None)).limit(1)) is not None


def ask(console: ConsoleClient, asked: ConsoleQuestion, renew: Callable[[], None]) -> ConsoleReading:
    """Read events, spread, the computers' policies with their lists, and the route; `renew` keeps the turn."""
    reading = ConsoleReading()
    if asked.sha256:
        reading.events = console.events(sha256=asked.sha256, since=asked.since - OF_A_FILE, limit=EVENTS_OF_FILE)
        reading.seen = console.seen_on(asked.sha256)
    else:
        reading.events = _events_of_computers(console, asked)
    targets = _targets(asked, reading)
    guids = {folded_name(computer.name): computer.guid for computer in reading.seen}
    for event in reading.events:
        if event.computer and event.connector_guid:
            guids[folded_name(event.computer)] = event.connector_guid
    reading.doubts = _shared_names(reading)
    wanted = [(name, *target) for name, target in targets.items() if name not in asked.fresh]
    reading.left = max(0, len(wanted) - COMPUTERS_MAX)
    for number, (name, host, guid) in enumerate(wanted[:COMPUTERS_MAX]):
        if number % RENEW_EVERY == 0:
            renew()
        reading.asked.add(name)
        if name not in reading.doubts:
            _ask_about(console, reading, host, guid or guids.get(name) or asked.claims.get(name))
    reading.route = _route(console, asked.sha256, reading)
    if asked.sha256 and reading.policies:
        reading.on_lists = _holding(console, asked.sha256, reading)
    return reading


def _holding(console: ConsoleClient, sha256: str, reading: ConsoleReading) -> list[dict[str, str]]:
    """The lists that hold the file, of those that the computers' policies use: one may contradict what is proposed."""
    used = {one.guid: one for policies in reading.policies.values() for policy in policies for one in policy.lists}
    hold = []
    for file_list in list(used.values())[:LISTS_MAX]:
        try:
            item = console.find_item(file_list.guid, sha256)
        except VendorError as error:
            if not error.permanent or error.refused:
                raise
            continue
        if item is not None:
            hold.append({"name": file_list.name, "kind": file_list.kind})
    return hold


LISTS_MAX = 10


def _targets(asked: ConsoleQuestion, reading: ConsoleReading) -> dict[str, tuple[str, str | None]]:
    """Every computer of the alert, the file's activity and its events, by name in lower case."""
    targets = dict(asked.computers)
    for computer in reading.seen:
        targets.setdefault(folded_name(computer.name), (computer.name, computer.guid))
    for event in reading.events:
        if event.computer:
            targets.setdefault(folded_name(event.computer), (event.computer, event.connector_guid))
    return targets


def _shared_names(reading: ConsoleReading) -> dict[str, str]:
    """Names under which the console knows several connectors, with them."""
    pairs = {(folded_name(computer.name), computer.guid) for computer in reading.seen}
    pairs |= {
        (folded_name(event.computer), event.connector_guid)
        for event in reading.events
        if event.computer and event.connector_guid
    }
    several: dict[str, list[str]] = {}
    for name, guid in sorted(pairs):
        several.setdefault(name, []).append(guid)
    return {name: ", ".join(guids) for name, guids in several.items() if len(guids) > 1}


def _events_of_computers(console: ConsoleClient, asked: ConsoleQuestion) -> list[ConsoleEvent]:
    """Where no file is known: the newest events of the computers, among which the mail's is found by id or time."""
    events: list[ConsoleEvent] = []
    for name, (host, guid) in list(asked.computers.items())[:UNNAMED_MAX]:
        computer = _computer(console, host, guid or asked.claims.get(name))
        if computer is not None and same_host(computer.name, name):
            events += console.events(guid=computer.guid, since=asked.since, limit=EVENTS_MAX)
    for guid in asked.nameless:
        events += console.events(guid=guid, since=asked.since, limit=EVENTS_MAX)
    return events


def _ask_about(console: ConsoleClient, reading: ConsoleReading, host: str, guid: str | None) -> None:
    """One computer and its group's policies; a name that several computers have tells nothing.

    It counts only where the console says name and connector together: nothing of a mail becomes a target by itself.
    What the console refuses to tell of one computer costs that computer's facts only.
    """
    try:
        _learn_of(console, reading, host, guid)
    except VendorError as error:
        if not error.permanent or error.refused:
            raise


def _learn_of(console: ConsoleClient, reading: ConsoleReading, host: str, guid: str | None) -> None:
    computer = _computer(console, host, guid)
    if computer is None or not same_host(computer.name, host):
        if guid is not None:
            reading.doubts[folded_name(host)] = f"{guid} = {computer.name if computer else '?'}"
        return
    reading.computers[folded_name(host)] = computer
    if computer.group and computer.group not in reading.policies:
        reading.policies[computer.group] = console.policies_of(computer.group)


def _computer(console: ConsoleClient, host: str, guid: str | None) -> Computer | None:
    if guid is not None:
        return console.computer(guid)
    named = [computer for computer in console.computers_named(host) if folded_name(computer.name) == folded_name(host)]
    return named[0] if len(named) == 1 else None


def _route(console: ConsoleClient, sha256: str | None, reading: ConsoleReading) -> list[str]:
    """How the file came to its first computer, as far as parents in the trajectory tell it."""
    timed = [(event.at, event.connector_guid) for event in reading.events if event.at and event.connector_guid]
    if not timed or sha256 is None:
        return []
    try:
        return route_of(console.trajectory(min(timed)[1], sha256), sha256)
    except VendorError as error:
        if not error.permanent or error.refused:
            raise
        return []


def route_of(events: list[ConsoleEvent], sha256: str) -> list[str]:
    """Programs from the outermost parent to the file, without doubles."""
    steps: list[str] = []
    for event in sorted(events, key=lambda event: (event.at is None, event.at or clock.now())):
        if event.sha256 == sha256 and event.parent and event.parent not in steps:
            steps.append(event.parent)
    name = next((event.file_name for event in events if event.sha256 == sha256 and event.file_name), None)
    return [*steps[-ROUTE_MAX:], name] if steps and name else []


def learn(alert: Alert, reading: ConsoleReading) -> None:
    """Put on the alert what was read: computers only seen, systems, policies, lists, the route."""
    if reading.on_lists is not None:
        alert.on_lists = reading.on_lists
    now, known, elsewhere = clock.now(), computers_of(alert), _split_off(alert)
    own_only = "#" in (alert.key or "")
    for computer in reading.seen:
        if folded_name(computer.name) in elsewhere or (own_only and folded_name(computer.name) not in known):
            continue
        spread_to(alert, known, computer.name)
    for name, computer in reading.computers.items():
        if name in elsewhere or (own_only and name not in known):
            continue
        row = spread_to(alert, known, computer.name) if name not in known else known[name]
        _learn_computer(row, computer, reading.policies.get(computer.group or "", []))
    for name, doubt in reading.doubts.items():
        if name in known:
            known[name].guid, known[name].doubt = None, doubt
    for name in reading.asked & known.keys():
        known[name].looked_up_at = now
    db.session.flush()
    judge(alert, [])
    set_finding(alert, FindingKind.route, FindingSource.api, " › ".join(reading.route), "API")


def _split_off(alert: Alert) -> set[str]:
    """Computers that an agent gave to another ticket of the same file: they are not this one's again."""
    base = (alert.key or "").partition("#")[0]
    if not base:
        return set()
    siblings = select(Alert.id).where(
        Alert.customer_id == alert.customer_id,
        Alert.id != alert.id,
        (Alert.key == base) | Alert.key.startswith(base + "#", autoescape=True),
        Alert.merged_into_id.is_(None),
        (Alert.key.contains("#", autoescape=True)) | (alert.key != base),
    )
    theirs = select(AlertEvent.computer).where(AlertEvent.alert_id.in_(siblings), AlertEvent.computer.is_not(None))
    own = set(computers_of(alert))
    mine = select(AlertEvent.computer).where(AlertEvent.alert_id == alert.id, AlertEvent.computer.is_not(None))
    own &= {folded_name(str(name)) for name in db.session.scalars(mine)}
    return {folded_name(str(name)) for name in db.session.scalars(theirs.distinct())} - own


def _learn_computer(row: AffectedComputer, computer: Computer, policies: list[Policy]) -> None:
    row.guid, row.system, row.policy, row.doubt = computer.guid, computer.system, computer.policy_name, None
    used = [policy for policy in policies if policy.guid == computer.policy] or policies
    lists = {file_list.guid: file_list for policy in used for file_list in policy.lists}
    row.lists = [
        {"guid": file_list.guid, "name": file_list.name, "kind": file_list.kind} for file_list in lists.values()
    ]
