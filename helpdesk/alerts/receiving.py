"""Receiving alerts, by mail and from the API: which ticket they open or join (R10, R11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.alerts.alert_events import AlertEvent, add_events, computers_of, recount
from helpdesk.alerts.completions import request_completion
from helpdesk.alerts.correlation import APART, apart, grouped, key_for
from helpdesk.alerts.matching import Homes, alert_of_item, home_of, homes_of, known_event, not_yet_told
from helpdesk.alerts.models import Alert, AlertArrival, EventSource, alert_of
from helpdesk.alerts.outcomes import Outcome, concerns, is_no_worse, outcome_of
from helpdesk.alerts.placing import AlertMail, IncomingAlert, add_to, held, hold, hold_console, latest, receive
from helpdesk.alerts.reading import AlertFacts, alert_subject
from helpdesk.alerts.regrouping import gather
from helpdesk.audit.models import SYSTEM
from helpdesk.console.values import ConsoleEvent
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.models import Ticket
from helpdesk.trust import Trust


@dataclass(frozen=True)
class AlertHome:
    """Where events of a mail go: the ticket of a key within a customer, or the alert on which they stand already."""

    customer_id: int | None
    key: str | None = None
    alone: int = -1
    alert_id: int | None = None


def receive_alerts(incoming_alerts: Sequence[IncomingAlert]) -> list[Ticket]:
    """An alert mail becomes a ticket for each file it tells of, or joins the unreported one of that file (R11).

    Several files of one mail are tickets of their own beside each other; after a report, what comes again opens a
    ticket that follows, with a due time of its own. What was told before, or is the end of it, goes to where that is.
    Mails of one file that came together are put on its ticket together, in their order. Returns the ticket of each
    mail's first file.
    """
    parts: dict[AlertHome, list[IncomingAlert]] = {}
    places = []
    homes = _homes(incoming_alerts)
    for number, incoming in enumerate(incoming_alerts):
        own = _placed(number, incoming, homes.get(incoming.customer.id if incoming.customer else None, {}))
        places.append([place for place, _events in own])
        for place, events in own:
            parts.setdefault(place, []).append(replace(incoming, facts=AlertFacts(events, incoming.facts.recognised)))
    hold((place.customer_id, place.key) for place in parts)
    tickets = {
        place: receive(place.key, some) if place.alert_id is None else add_to(held(place.alert_id), some)
        for place, some in parts.items()
    }
    for place in parts:
        if place.alert_id is not None:
            gather_by_file(db.session.get_one(Alert, place.alert_id))
    for incoming, own_places in zip(incoming_alerts, places, strict=True):
        for other in own_places[1:]:
            if tickets[other].id != tickets[own_places[0]].id:
                link(tickets[other], tickets[own_places[0]], incoming.by, LinkKind.related)
    return [tickets[own_places[0]] for own_places in places]


def _homes(incoming_alerts: Sequence[IncomingAlert]) -> dict[int | None, Homes]:
    """What stands of these mails' events, by customer; what failed the check asks after nothing."""
    ids: dict[int, set[str]] = {}
    for incoming in incoming_alerts:
        if incoming.customer is not None and incoming.mail.trust != Trust.failed:
            wanted = ids.setdefault(incoming.customer.id, set())
            wanted.update(event.event_id for event in incoming.facts.events if event.event_id is not None)
    return {customer_id: homes_of(customer_id, some) for customer_id, some in ids.items()}


def _placed(number: int, incoming: IncomingAlert, homes: Homes) -> list[tuple[AlertHome, tuple[ConsoleEvent, ...]]]:
    """A mail's events by where they belong, with how far its sender is believed."""
    trust, customer = incoming.mail.trust, incoming.customer.id if incoming.customer else None
    known: dict[AlertHome, list[ConsoleEvent]] = {}
    news = []
    for event in (replace(event, trust=trust) for event in incoming.facts.events):
        home = home_of(homes, event) if trust != Trust.failed else None
        if home is None:
            news.append(event)
        else:
            known.setdefault(AlertHome(customer, home.key, alert_id=home.id), []).append(event)
    groups = grouped(news) if news or not known else []
    places = [
        (AlertHome(customer, key, number if customer is None or key is None else -1), some) for key, some in groups
    ]
    return places + [(place, tuple(some)) for place, some in known.items()]


def receive_events(customer: Customer, events: Sequence[ConsoleEvent], *, only: Alert | None = None) -> int:
    """Events read from the API: known ones are passed over, a mail's are completed, the others open or join tickets.

    Of those that nothing knows yet only types worth a ticket are taken. With `only`, what belongs to another alert
    is left for its own reading. Returns how many were new.
    """
    new: list[ConsoleEvent] = []
    touched: dict[int, Alert] = {}
    hold_console(customer.id, [])
    unknown = not_yet_told(customer, events)
    hold((customer.id, key_for(event)) for event in unknown)
    for event in sorted(unknown, key=lambda event: (event.at is None, event.at or clock.now(), event.type_id or 0)):
        known = known_event(customer, event)
        if known is None:
            new.append(event)
        elif known.source == EventSource.mail:
            known.complete(event)
            db.session.flush()
            touched[known.alert_id] = db.session.get_one(Alert, known.alert_id)
    for alert in touched.values():
        recount(alert)
        gather_by_file(alert)
        alert.ticket.touch()
    return len(new) - len(_place(customer, new, only))


def _place(customer: Customer, events: list[ConsoleEvent], only: Alert | None) -> list[ConsoleEvent]:
    """Put new events where they belong; returns those that were left out."""
    left: list[ConsoleEvent] = []
    for key, group in apart(events):
        theirs = only is not None and (key != only.key or only.reported_at is not None)
        rest = [event for event in group if not _joins_item(customer, event, anyhow=theirs)]
        alarms = [event for event in rest if concerns(event) and outcome_of(event) != Outcome.quarantined]
        ends = [event for event in rest if outcome_of(event) == Outcome.quarantined]
        left += [event for event in rest if event not in alarms and event not in ends]
        if alarms and theirs:
            left += alarms
        elif alarms:
            _tell(customer, key, alarms)
        alone = [e for e in ends if not (_joins_item(customer, e) or _joins_newest(customer, key, e))]
        if alone and theirs:
            left += alone
        elif alone:
            _tell(customer, key, alone)
    return left


def _tell(customer: Customer, key: str | None, events: list[ConsoleEvent]) -> None:
    """Events that only the API told open or join a ticket like a mail's."""
    facts = AlertFacts(tuple(events), recognised=True)
    mail = AlertMail(alert_subject(facts, "Secure Endpoint"), in_lines(events), None, None)
    receive(key, [IncomingAlert(SYSTEM, customer, facts, mail)])


def _joins_item(customer: Customer, event: ConsoleEvent, *, anyhow: bool = False) -> bool:
    """What became of a detection that is on a ticket goes there: it is no new alarm, unless that was reported and this
    is worse. `anyhow`: it goes there all the same, where nobody else would tell it."""
    alert = alert_of_item(customer, event)
    if alert is None:
        return False
    if not anyhow and (alert.reported_at is not None or alert.ticket.closed):
        on = computers_of(alert, {folded_name(event.computer or "")}).get(folded_name(event.computer or ""))
        if on is None or not is_no_worse(outcome_of(event), on.outcome):
            return False
    return _put(alert, event)


def _joins_newest(customer: Customer, key: str | None, event: ConsoleEvent) -> bool:
    """A quarantine that succeeded is the end of what the newest ticket of its key tells, if that is of its computer."""
    newest = latest(customer.id, key)
    if newest is None:
        return False
    here = folded_name(event.computer or "") in computers_of(newest, {folded_name(event.computer or "")})
    return (here or newest.gathers) and _put(newest, event)


def _put(alert: Alert, event: ConsoleEvent) -> bool:
    add_events(alert, [event], EventSource.api)
    alert.ticket.touch()
    return True


def gather_by_file(alert: Alert) -> None:
    """An alert without a file of which one file is known by now: it is that file's, and one with its open ticket (A2).

    One that was reported keeps its ticket; so does one that a person took apart.
    """
    if alert.sha256 is None:
        rows = select(AlertEvent.sha256).where(AlertEvent.alert_id == alert.id)
        hashes = set(db.session.scalars(rows.distinct()))
        alert.sha256 = hashes.pop() if len(hashes) == 1 else None
    if alert.sha256 is None or alert.reported_at is not None or alert.ticket.closed or "#" in (alert.key or ""):
        return
    key = f"file:{alert.sha256}{APART if alert.failed_check else ''}"
    if alert.key == key or alert.customer_id is None:
        return
    into = latest(alert.customer_id, key)
    if into is None or not into.gathers:
        alert.key = key
    else:
        gather(alert, into, SYSTEM)


def follow_match(ticket: Ticket) -> None:
    """After an unmatched alert ticket was given to a customer: all of its alert belongs to the same one."""
    alert = alert_of(ticket)
    alert.customer_id = ticket.customer_id
    for kind in (AlertArrival, AlertEvent):
        change = update(kind).where(kind.alert_id == alert.id)
        db.session.execute(change.values(customer_id=ticket.customer_id))
    request_completion(alert)


def in_lines(events: Sequence[ConsoleEvent]) -> str:
    """Events of the API as the words of a ticket's first message, labelled as a mail would."""
    labels = (
        ("Event Type", "event_type"),
        ("Computer", "computer"),
        ("User", "user"),
        ("Detection", "detection"),
        ("File name", "file_name"),
        ("File path", "file_path"),
        ("SHA-256", "sha256"),
        ("Severity", "severity"),
        ("Date", "at"),
    )
    paragraphs = []
    for event in events[:20]:
        lines = []
        for label, name in labels:
            value = getattr(event, name)
            if value is not None:
                lines.append(f"{label}: {value.isoformat() if isinstance(value, datetime) else value}")
        paragraphs.append("\n".join(lines) or f"Event ID: {event.event_id}")
    return "\n\n".join(paragraphs)
