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


def already_told(alert: Alert, event: EventFacts) -> bool:
    """Whether the API told before what a mail tells now: then the mail only adds that it came."""
    same = select(Occurrence).where(Occurrence.alert_id == alert.id, Occurrence.source == Source.api)
    if event.event_id is not None:
        same = same.where(Occurrence.event_id == event.event_id)
    elif event.computer is None:
        return False
    else:
        same = same.where(func.lower(Occurrence.computer) == event.computer.lower())
    moment = event if event.at is not None else None
    for one in db.session.scalars(same.limit(50)):
        if event.event_id is not None or (moment and same_event(moment, one.facts, SAME_TIME)):
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
