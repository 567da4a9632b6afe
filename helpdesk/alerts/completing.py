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
AGAIN_AFTER = timedelta(hours=1)
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
    left: int = 0
    """Computers that another reading has to ask about."""


def question(alert: Alert) -> ConsoleQuestion:
    """What to ask the console about an alert."""
    rows, hour_ago = computers_of(alert), clock.now() - AGAIN_AFTER
    known = {name: (one.name, one.guid) for name, one in rows.items()}
    fresh = frozenset(name for name, one in rows.items() if one.looked_up_at and one.looked_up_at > hour_ago)
    since = alert.ticket.opened_at - BEFORE
    return ConsoleQuestion(alert.sha256, since, known, _claims(alert), _nameless(alert), fresh)


def _nameless(alert: Alert) -> tuple[str, ...]:
    rows = select(AlertEvent.connector_guid).where(AlertEvent.alert_id == alert.id, AlertEvent.computer.is_(None))
    rows = rows.where(AlertEvent.connector_guid.is_not(None)).distinct().limit(UNNAMED_MAX)
    return tuple(guid for guid in db.session.scalars(rows) if guid)


def _claims(alert: Alert) -> dict[str, str]:
    """The connectors that mails named with a computer; where they name several, none."""
    told = select(func.lower(AlertEvent.computer), func.min(AlertEvent.connector_guid)).where(
        AlertEvent.alert_id == alert.id, AlertEvent.computer.is_not(None), AlertEvent.connector_guid.is_not(None)
    )
    one = func.count(distinct(AlertEvent.connector_guid)) == 1
    rows = db.session.execute(told.group_by(func.lower(AlertEvent.computer)).having(one))
    return {name: guid for name, guid in rows}


def unasked(alert: Alert) -> bool:
    """Whether computers came to the alert since a reading began, or were left for another."""
    rows = select(AffectedComputer.id).where(AffectedComputer.alert_id == alert.id)
    return db.session.scalar(rows.where(AffectedComputer.looked_up_at.is_(None)).limit(1)) is not None


def ask(console: ConsoleClient, asked: ConsoleQuestion, renew: Callable[[], None]) -> ConsoleReading:
    """Read events, spread, the computers' policies with their lists, and the route; `renew` keeps the turn."""
    told, targets = ConsoleReading(), dict(asked.computers)
    if asked.sha256:
        told.events = console.events(sha256=asked.sha256, since=asked.since)
        told.seen = console.seen_on(asked.sha256)
    else:
        told.events = _events_of_computers(console, asked)
    for one in told.seen:
        targets.setdefault(folded_name(one.name), (one.name, one.guid))
    for event in told.events:
        if event.computer:
            targets.setdefault(folded_name(event.computer), (event.computer, event.connector_guid))
    guids: dict[str, str | None] = {folded_name(one.name): one.guid for one in told.seen}
    guids |= {folded_name(event.computer): event.connector_guid for event in told.events if event.computer}
    told.doubts = _shared_names(told)
    wanted = [(name, *one) for name, one in targets.items() if name not in asked.fresh]
    told.left = max(0, len(wanted) - COMPUTERS_MAX)
    for number, (name, host, guid) in enumerate(wanted[:COMPUTERS_MAX]):
        if number % RENEW_EVERY == 0:
            renew()
        told.asked.add(name)
        if name not in told.doubts:
            _ask_about(console, told, host, guid or guids.get(name) or asked.claims.get(name))
    told.route = _route(console, asked.sha256, told)
    return told


def _shared_names(told: ConsoleReading) -> dict[str, str]:
    """Names under which the console knows several connectors, with them."""
    pairs = {(folded_name(one.name), one.guid) for one in told.seen}
    pairs |= {
        (folded_name(one.computer), one.connector_guid) for one in told.events if one.computer and one.connector_guid
    }
    several: dict[str, list[str]] = {}
    for name, guid in sorted(pairs):
        several.setdefault(name, []).append(guid)
    return {name: ", ".join(guids) for name, guids in several.items() if len(guids) > 1}


def _events_of_computers(console: ConsoleClient, asked: ConsoleQuestion) -> list[ConsoleEvent]:
    """Where no file is known: the newest events of the computers, among which the mail's is found by id or time."""
    found: list[ConsoleEvent] = []
    for name, (host, guid) in list(asked.computers.items())[:UNNAMED_MAX]:
        computer = _computer(console, host, guid or asked.claims.get(name))
        if computer is not None and same_host(computer.name, name):
            found += console.events(guid=computer.guid, since=asked.since, limit=EVENTS_MAX)
    for guid in asked.nameless:
        found += console.events(guid=guid, since=asked.since, limit=EVENTS_MAX)
    return found


def _ask_about(console: ConsoleClient, told: ConsoleReading, host: str, guid: str | None) -> None:
    """One computer and its group's policies; a name that several computers have tells nothing.

    It counts only where the console says name and connector together: nothing of a mail becomes a target by itself.
    What the console refuses to tell of one computer costs that computer's facts only.
    """
    try:
        _learn_of(console, told, host, guid)
    except VendorError as error:
        if not error.permanent or error.refused:
            raise


def _learn_of(console: ConsoleClient, told: ConsoleReading, host: str, guid: str | None) -> None:
    found = _computer(console, host, guid)
    if found is None or not same_host(found.name, host):
        if guid is not None:
            told.doubts[folded_name(host)] = f"{guid} = {found.name if found else '?'}"
        return
    told.computers[folded_name(host)] = found
    if found.group and found.group not in told.policies:
        told.policies[found.group] = console.policies_of(found.group)


def _computer(console: ConsoleClient, host: str, guid: str | None) -> Computer | None:
    if guid is not None:
        return console.computer(guid)
    named = [one for one in console.computers_named(host) if folded_name(one.name) == folded_name(host)]
    return named[0] if len(named) == 1 else None


def _route(console: ConsoleClient, sha256: str | None, told: ConsoleReading) -> list[str]:
    """How the file came to its first computer, as far as parents in the trajectory tell it."""
    timed = [(one.at, one.connector_guid) for one in told.events if one.at and one.connector_guid]
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
    for event in sorted(events, key=lambda one: (one.at is None, one.at or clock.now())):
        if event.sha256 == sha256 and event.parent and event.parent not in steps:
            steps.append(event.parent)
    name = next((event.file_name for event in events if event.sha256 == sha256 and event.file_name), None)
    return [*steps[-ROUTE_MAX:], name] if steps and name else []


def learn(alert: Alert, told: ConsoleReading) -> None:
    """Put on the alert what was read: computers only seen, systems, policies, lists, the route."""
    now, known, elsewhere = clock.now(), computers_of(alert), _split_off(alert)
    own_only = "#" in (alert.key or "")
    for one in told.seen:
        if folded_name(one.name) in elsewhere or (own_only and folded_name(one.name) not in known):
            continue
        spread_to(alert, known, one.name)
    for name, computer in told.computers.items():
        if name in elsewhere or (own_only and name not in known):
            continue
        row = spread_to(alert, known, computer.name) if name not in known else known[name]
        _learn_computer(row, computer, told.policies.get(computer.group or "", []))
    for name, doubt in told.doubts.items():
        if name in known:
            known[name].guid, known[name].doubt = None, doubt
    for name in told.asked & known.keys():
        known[name].looked_up_at = now
    db.session.flush()
    judge(alert, [])
    set_finding(alert, FindingKind.route, FindingSource.api, " › ".join(told.route), "API")


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
    told = select(AlertEvent.computer).where(AlertEvent.alert_id.in_(siblings), AlertEvent.computer.is_not(None))
    own = set(computers_of(alert))
    mine = select(AlertEvent.computer).where(AlertEvent.alert_id == alert.id, AlertEvent.computer.is_not(None))
    own &= {folded_name(str(name)) for name in db.session.scalars(mine)}
    return {folded_name(str(name)) for name in db.session.scalars(told.distinct())} - own


def _learn_computer(row: AffectedComputer, computer: Computer, policies: list[Policy]) -> None:
    row.guid, row.system, row.policy, row.doubt = computer.guid, computer.system, computer.policy_name, None
    used = [one for one in policies if one.guid == computer.policy] or policies
    found = {one.guid: one for policy in used for one in policy.lists}
    row.lists = [{"guid": one.guid, "name": one.name, "kind": one.kind} for one in found.values()]
