"""A result goes where its event is, reported or not; only news opens something due (A4)."""

import pytest
from sqlalchemy import func, select

from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.alerts.outcomes import Outcome
from helpdesk.demo.console_state import DEMO_SHA, Console
from helpdesk.demo.data import ALERT_TEXT
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.incident import look_up
from tests.making import SHA, alert_events_of, an_alert, reported


def event(kind: str, computer: str = "PC-1", more: str = "") -> str:
    return f"Event Type: {kind}\nComputer: {computer}\nFile name: bad.exe\nSHA-256: {SHA}\nSeverity: High\n{more}"


@pytest.fixture
def alert(cast: Cast) -> Alert:
    """Reported: a detection on PC-1, a failed quarantine on PC-2."""
    ticket = an_alert(cast.acme, event("Threat Detected"))
    assert an_alert(cast.acme, event("Quarantine Failure", "PC-2")) == ticket
    return reported(ticket, cast.user("dana"), cast.contact("alice"))


def tickets() -> int:
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


@pytest.mark.parametrize(
    ("kind", "computer", "outcome"),
    [
        ("Threat Quarantined", "PC-1", Outcome.quarantined),
        ("Threat Quarantined", "pc-2", Outcome.quarantined),
        ("Quarantine Failure", "PC-2", Outcome.failed),
    ],
)
def test_the_end_of_what_was_reported_is_no_news(
    cast: Cast, alert: Alert, kind: str, computer: str, outcome: Outcome
) -> None:
    due = alert.ticket.due_at
    assert an_alert(cast.acme, event(kind, computer)) == alert.ticket
    assert tickets() == 1
    assert alert.ticket.due_at == due
    assert computers_of(alert)[computer.lower()].outcome == outcome
    assert "続報メール" in cast.dana.get(f"/desk/tickets/{alert.ticket.reference}").text


@pytest.mark.parametrize(
    ("kind", "computer"),
    [
        ("Threat Detected", "PC-1"),
        ("Threat Detected", "PC-3"),
        ("Threat Quarantined", "PC-3"),
        ("Executed malware", "PC-1"),
        ("Quarantine Failure", "PC-1"),
    ],
)
def test_news_opens_a_ticket_that_follows_and_is_due(cast: Cast, alert: Alert, kind: str, computer: str) -> None:
    fresh = an_alert(cast.acme, event(kind, computer))
    assert fresh != alert.ticket
    assert fresh.due_at is not None
    assert computers_of(alert)["pc-1"].outcome == Outcome.detected


def test_a_mail_with_both_is_put_apart(cast: Cast, alert: Alert) -> None:
    both = event("Threat Quarantined") + "\n" + event("Threat Detected", "PC-9")
    fresh = an_alert(cast.acme, both)
    assert fresh != alert.ticket
    assert set(computers_of(alert_of(fresh))) == {"pc-9"}
    assert computers_of(alert)["pc-1"].outcome == Outcome.quarantined


def test_the_end_of_a_closed_alert_goes_there_too(cast: Cast, alert: Alert) -> None:
    alert.ticket.close(cast.user("dana").actor())
    db.session.commit()
    assert an_alert(cast.acme, event("Threat Quarantined")) == alert.ticket
    assert alert.ticket.closed
    assert tickets() == 1


def test_an_event_that_the_api_told_is_known_when_its_mail_comes(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    before = len(alert_events_of(alert))
    for told in list(vendor.orgs[0]["events"]):
        if told.get("file", {}).get("identity", {}).get("sha256") != DEMO_SHA:
            continue
        link = f"https://console.amp.cisco.com/computers/{told['connector_guid']}/trajectory2?id={told['id']}"
        name, kind = told["computer"]["hostname"], told["event_type"]
        text = f"Event Type: {kind}\nComputer: {name}\nSHA-256: {DEMO_SHA}\nDate: {told['date']}\n"
        assert an_alert(cast.acme, f"{text}{link}\n") == ticket, kind
        assert an_alert(cast.acme, text) == ticket, f"{kind}, by its time"
    assert tickets() == 1
    assert len(alert_events_of(alert)) == before, "nothing counts twice"
    assert alert.mails > 10


def test_the_same_event_by_two_mails_counts_once(cast: Cast) -> None:
    link = "https://console.amp.cisco.com/computers/0b4883d4-8ecf-4404-9453-13cba0ee7662/trajectory2?id=12345678\n"
    ticket = an_alert(cast.acme, event("Threat Detected", more=link))
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    assert an_alert(cast.acme, event("Threat Detected", more=link)) == ticket
    assert (len(alert_events_of(alert)), alert.mails) == (1, 2)
