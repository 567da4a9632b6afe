"""Whether an event was told before, by a mail or by the API: by its id, else by computer, file, type and time (R10)."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from helpdesk import clock
from helpdesk.alerts.correlation import same_event
from helpdesk.alerts.models import Alert, Source
from helpdesk.alerts.occurrences import SAME_TIME, Occurrence
from helpdesk.alerts.reading import EventFacts
from helpdesk.customers.models import Customer
from helpdesk.extensions import db

IDS_AT_ONCE = 1_000
TOLD_MAX = 50
"""Events of the API that a mail's one is compared with."""


def not_yet_told(customer: Customer, events: Sequence[EventFacts]) -> list[EventFacts]:
    """The events without those that the API told before, by their ids, many at once."""
    ids = [event.event_id for event in events if event.event_id]
    told: set[str | None] = set()
    for start in range(0, len(ids), IDS_AT_ONCE):
        rows = select(Occurrence.event_id).where(
            Occurrence.customer_id == customer.id,
            Occurrence.event_id.in_(ids[start : start + IDS_AT_ONCE]),
            Occurrence.source != Source.mail,
        )
        told.update(db.session.scalars(rows))
    return [event for event in events if event.event_id is None or event.event_id not in told]


def known_occurrence(customer: Customer, event: EventFacts) -> Occurrence | None:
    """The occurrence that is this event: by its id, else a mail's on the same computer, file, type and time."""
    if event.event_id is not None:
        by_id = select(Occurrence).where(Occurrence.customer_id == customer.id, Occurrence.event_id == event.event_id)
        if (found := db.session.scalar(by_id.limit(1))) is not None:
            return found
    else:
        same = select(Occurrence).where(
            Occurrence.customer_id == customer.id,
            Occurrence.source != Source.mail,
            Occurrence.type_id == event.type_id,
            Occurrence.happened_at == event.at,
            Occurrence.detection_id.is_not_distinct_from(event.detection_id),
            Occurrence.connector_guid.is_not_distinct_from(event.connector_guid),
        )
        if (found := db.session.scalar(same.limit(1))) is not None:
            return found
    near = (event.at or clock.now()) - SAME_TIME, (event.at or clock.now()) + SAME_TIME
    told = func.coalesce(Occurrence.happened_at, Occurrence.at)
    mails = select(Occurrence).where(
        Occurrence.customer_id == customer.id,
        Occurrence.sha256.is_not_distinct_from(event.sha256),
        Occurrence.source == Source.mail,
        Occurrence.event_id.is_(None),
        or_(told.between(*near), Occurrence.happened_at.is_(None)),
    )
    rows = db.session.scalars(mails.order_by(Occurrence.id).limit(200))
    return next((one for one in rows if same_event(one.facts, event, SAME_TIME)), None)


def without_told(alert: Alert, events: Sequence[EventFacts]) -> list[EventFacts]:
    """The events of mails without those that the API told before: of them, a mail only adds that it came."""
    ids = {event.event_id for event in events if event.event_id is not None}
    names = {event.computer.lower() for event in events if event.event_id is None and event.computer}
    if not ids and not names:
        return list(events)
    named = func.lower(Occurrence.computer).in_(names)
    told = select(Occurrence).where(Occurrence.alert_id == alert.id, Occurrence.source == Source.api)
    told = told.where(or_(Occurrence.event_id.in_(ids), named)).order_by(Occurrence.id)
    rows = list(db.session.scalars(told.limit(TOLD_MAX * len(events))))
    return [event for event in events if not (rows and _joined(rows, event))]


def _joined(told: list[Occurrence], event: EventFacts) -> bool:
    """Whether one of these occurrences is this event: it is noted there that both told it."""
    for one in told:
        by_id = event.event_id is not None and one.event_id == event.event_id
        timed = event.event_id is None and event.computer is not None and event.at is not None
        if one.source == Source.api and (by_id or (timed and same_event(event, one.facts, SAME_TIME))):
            one.source = Source.both
            return True
    return False


def alert_of_item(customer: Customer, event: EventFacts) -> int | None:
    if event.detection_id is None:
        return None
    same = select(Occurrence.alert_id).where(
        Occurrence.customer_id == customer.id,
        Occurrence.sha256 == event.sha256,
        Occurrence.detection_id == event.detection_id,
    )
    return db.session.scalar(same.order_by(Occurrence.id).limit(1))
