"""Whether an event was told before, by a mail or by the API: by its id, else by computer, file, type and time (R10)."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select, true

from helpdesk import clock
from helpdesk.alerts.alert_events import SAME_TIME, AlertEvent
from helpdesk.alerts.correlation import agree, is_same_told, same_event
from helpdesk.alerts.models import Alert, EventSource
from helpdesk.console.values import ConsoleEvent
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.trust import Trust

IDS_AT_ONCE = 1_000
TOLD_MAX = 50
"""Events of the API that a mail's one is compared with."""


def not_yet_told(customer: Customer, events: Sequence[ConsoleEvent]) -> list[ConsoleEvent]:
    """The events without those that the API told before, by their ids, many at once."""
    ids = [event.event_id for event in events if event.event_id]
    told_ids: set[str | None] = set()
    for start in range(0, len(ids), IDS_AT_ONCE):
        rows = select(AlertEvent.event_id).where(
            AlertEvent.customer_id == customer.id,
            AlertEvent.event_id.in_(ids[start : start + IDS_AT_ONCE]),
            AlertEvent.source != EventSource.mail,
        )
        told_ids.update(db.session.scalars(rows))
    return [event for event in events if event.event_id is None or event.event_id not in told_ids]


def known_event(customer: Customer, event: ConsoleEvent) -> AlertEvent | None:
    """The alert event that is this one: by its id, else a mail's on the same computer, file, type and time.

    What came from a sender whose check failed is no event's, nor what says something else of the same id.
    """
    if event.event_id is not None:
        by_id = select(AlertEvent).where(
            AlertEvent.customer_id == customer.id,
            AlertEvent.event_id == event.event_id,
            AlertEvent.trust != Trust.failed,
        )
        for row in db.session.scalars(by_id.order_by(AlertEvent.id).limit(20)):
            if row.source != EventSource.mail or agree(row.event, event):
                return row
    else:
        same = select(AlertEvent).where(
            AlertEvent.customer_id == customer.id,
            AlertEvent.source != EventSource.mail,
            AlertEvent.type_id.is_not_distinct_from(event.type_id),
            AlertEvent.at == event.at,
            AlertEvent.detection_id.is_not_distinct_from(event.detection_id),
            AlertEvent.connector_guid.is_not_distinct_from(event.connector_guid),
        )
        if (known := db.session.scalar(same.limit(1))) is not None:
            return known
    near = (event.at or clock.now()) - SAME_TIME, (event.at or clock.now()) + SAME_TIME
    moment = func.coalesce(AlertEvent.at, AlertEvent.told_at)
    mails = select(AlertEvent).where(
        AlertEvent.customer_id == customer.id,
        or_(AlertEvent.sha256.is_not_distinct_from(event.sha256), AlertEvent.sha256.is_(None)),
        AlertEvent.source == EventSource.mail,
        AlertEvent.trust != Trust.failed,
        AlertEvent.event_id.is_(None),
        or_(moment.between(*near), AlertEvent.at.is_(None)),
    )
    rows = db.session.scalars(mails.order_by(AlertEvent.id).limit(200))
    return next((row for row in rows if same_event(row.event, event, SAME_TIME)), None)


def without_told(alert: Alert, events: Sequence[ConsoleEvent]) -> list[ConsoleEvent]:
    """The events of mails without those that were told before: of them, a mail only adds that it came.

    By their time a mail repeats, before the report, each event that only the API told; afterwards any that it told.
    """
    ended = alert.reported_at is not None or alert.ticket.closed
    timed = [event for event in events if event.event_id is None and event.computer and event.at is not None]
    rows = _by_ids(alert, events) + (_by_computers(alert, timed, again=ended) if timed else [])
    return [event for event in events if not _joined(rows, event, again=ended)]


def is_told(alert: Alert, event: ConsoleEvent) -> bool:
    """Whether an event stands on an alert that was reported or closed: by its id, or as one that the API told."""
    rows = _by_ids(alert, [event])
    if event.event_id is None and event.computer and event.at is not None:
        rows += _by_computers(alert, [event], again=True)
    return any(_is_same(row, event) for row in rows)


def _by_ids(alert: Alert, events: Sequence[ConsoleEvent]) -> list[AlertEvent]:
    ids = {event.event_id for event in events if event.event_id is not None}
    if not ids:
        return []
    rows = select(AlertEvent).where(AlertEvent.customer_id == alert.customer_id, AlertEvent.event_id.in_(ids))
    return list(db.session.scalars(rows.where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id)))


def _by_computers(alert: Alert, events: Sequence[ConsoleEvent], *, again: bool) -> list[AlertEvent]:
    """What the API told of these events' computers; with `again` also what mails told with it. Few however many came:
    by an index each, one of the API's own and one of file and computer."""
    if again:
        names = {name for event in events if event.computer for name in _spellings(event.computer)}
        hashes = {event.sha256 for event in events}
        rows = select(AlertEvent).where(
            AlertEvent.customer_id == alert.customer_id,
            AlertEvent.sha256.in_(hashes - {None}) if None not in hashes else true(),
            AlertEvent.computer.in_(names),
            AlertEvent.source != EventSource.mail,
        )
    else:
        lower = {folded_name(event.computer) for event in events if event.computer}
        rows = select(AlertEvent).where(
            AlertEvent.source == EventSource.api, func.lower(AlertEvent.computer).in_(lower)
        )
    rows = rows.where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id)
    return list(db.session.scalars(rows.limit(TOLD_MAX * len(events))))


def _spellings(name: str) -> set[str]:
    return {name, name.lower(), name.upper()}


def _joined(rows: list[AlertEvent], event: ConsoleEvent, *, again: bool) -> bool:
    """Whether one of these alert events is this one: it is noted there that both told it."""
    for row in rows:
        free = again or event.event_id is not None or row.source == EventSource.api
        if free and _is_same(row, event):
            row.source = EventSource.both if row.source == EventSource.api else row.source
            row.take_over(event)
            return True
    return False


def _is_same(row: AlertEvent, event: ConsoleEvent) -> bool:
    """By id where both have one, else by computer, file, type and time."""
    if event.event_id is not None:
        return row.event_id == event.event_id and is_same_told(row.event, event)
    return row.source != EventSource.mail and same_event(event, row.event, SAME_TIME)


Homes = dict[str, list[tuple[ConsoleEvent, Alert]]]
"""By an event's id: what stands of it, and on which alert."""


def homes_of(customer_id: int, event_ids: set[str]) -> Homes:
    """What stands of events with these ids, reported or not: one statement for all of them."""
    if not event_ids:
        return {}
    rows = (
        select(AlertEvent, Alert)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(
            AlertEvent.customer_id == customer_id, AlertEvent.event_id.in_(event_ids), AlertEvent.trust != Trust.failed
        )
        .order_by(AlertEvent.id)
    )
    homes: Homes = {}
    for row, alert in db.session.execute(rows):
        homes.setdefault(row.event_id or "", []).append((row.event, alert))
    return homes


def home_of(homes: Homes, event: ConsoleEvent) -> Alert | None:
    """The alert on which this event stands already."""
    known = homes.get(event.event_id or "", ())
    return next((alert for facts, alert in known if is_same_told(facts, event)), None)


def alert_of_item(customer: Customer, event: ConsoleEvent) -> Alert | None:
    """The alert with the detection that this event of the API belongs to.

    Of the same computer, and told by the console or a verified mail, or on a ticket that is still open.
    """
    if event.detection_id is None:
        return None
    rows = (
        select(AlertEvent, Alert)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(
            AlertEvent.customer_id == customer.id,
            AlertEvent.sha256 == event.sha256,
            AlertEvent.detection_id == event.detection_id,
            AlertEvent.trust != Trust.failed,
        )
        .order_by(AlertEvent.id)
        .limit(TOLD_MAX)
    )
    for row, alert in db.session.execute(rows):
        here = (
            folded_name(row.computer or "") == folded_name(event.computer or "")
            or row.connector_guid == event.connector_guid
        )
        if here and (row.trust == Trust.verified or not alert.ticket.closed):
            return alert
    return None
