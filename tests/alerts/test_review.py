"""What a review of alerts found wrong once, each with the case that showed it."""

import http.server
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.alerts.alert_events import SAME_TIME, AffectedComputer, computers_of
from helpdesk.alerts.completions import Completion, ConsolePoll, set_polling
from helpdesk.alerts.correlation import KEYS_MAX, grouped, same_event
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.outcomes import Outcome, concerns, outcome_of, with_event, worst_of
from helpdesk.alerts.regrouping import split
from helpdesk.audit.models import SYSTEM, AuditEvent
from helpdesk.console.client import ConsoleClient
from helpdesk.console.models import ConsoleCredential, credential_of
from helpdesk.console.transport import storable
from helpdesk.console.values import ConsoleEvent, Severity
from helpdesk.demo.console_org import detect
from helpdesk.demo.console_state import DEMO_SHA, Console
from helpdesk.demo.data import ALERT_TEXT
from helpdesk.errands import ErrandState
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.tickets.kinds import Priority
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.incident import host, look_up, poll
from tests.making import alert_events_of, an_alert, completion_of, reported

OTHER = "cd" * 32


def test_a_severity_that_only_the_api_tells_counts(cast: Cast, vendor: Console) -> None:
    for event in vendor.orgs[0]["events"]:
        event["severity"] = "Critical"
    ticket = an_alert(cast.acme, f"Computer: PC-JIM-001\nSHA-256: {DEMO_SHA}\nEvent Type: Threat Detected\n")
    assert ticket.severity is None
    look_up()
    assert (ticket.severity, ticket.priority) == (Severity.critical, Priority.urgent)


def test_a_split_ticket_has_its_own_computers_severity(cast: Cast) -> None:
    text = f"Computer: PC-1\nSHA-256: {OTHER}\nSeverity: Low\n\nComputer: PC-2\nSHA-256: {OTHER}\nSeverity: Critical\n"
    ticket = an_alert(cast.acme, text)
    fresh = split(alert_of(ticket), {"PC-2"}, cast.user("dana"))
    assert (fresh.severity, fresh.priority) == (Severity.critical, Priority.urgent)
    low = split(alert_of(an_alert(cast.acme, text.replace(OTHER, "ef" * 32))), {"PC-1"}, cast.user("dana"))
    assert low.severity == Severity.low


def test_a_split_holds_through_the_next_reading(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    fresh = split(alert_of(ticket), {"PC-UKE-003"}, cast.user("dana"))
    db.session.execute(update(AffectedComputer).values(looked_up_at=None))
    db.session.commit()
    look_up()
    assert "pc-uke-003" not in computers_of(alert_of(ticket))
    assert set(computers_of(alert_of(fresh))) == {"pc-uke-003"}


@pytest.mark.parametrize("odd", ["\ud800.exe", "a\x00b", "x" * 5000])
def test_odd_characters_cost_nothing_but_themselves(cast: Cast, vendor: Console, odd: str) -> None:
    set_polling(SYSTEM, cast.acme, True)
    event = vendor.orgs[0]["events"][0]
    event["file"] |= {"file_name": odd}
    event["event_type"] = "Threat\x00 Detected"
    event[odd[:3]] = odd
    event["big"] = 2**70
    poll()
    row = db.session.scalars(select(ConsolePoll)).one()
    assert (row.state, row.last_error) == (ErrandState.waiting, None)
    assert db.session.scalars(select(Ticket)).all()


def test_what_a_console_tells_is_made_storable() -> None:
    told = {"a\x00": ["\ud800", 2**63, True, None, 1.5, {"b": "\x00"}]}
    assert storable(told) == {"a": ["?", str(2**63), True, None, 1.5, {"b": ""}]}


def test_an_event_of_the_far_future_does_not_stop_the_reading(cast: Cast, vendor: Console) -> None:
    set_polling(SYSTEM, cast.acme, True)
    vendor.orgs[0]["events"][0]["timestamp"] = 3_900_000_000
    poll()
    row = db.session.scalars(select(ConsolePoll)).one()
    assert row.since <= clock.now()
    detect(vendor, vendor.orgs[0], host(vendor, "PC-JIM-001"), OTHER, fails=False)  # type: ignore[arg-type]
    poll()
    assert len(db.session.scalars(select(Ticket)).all()) == 2


def test_the_end_of_a_repeated_detection_goes_with_it(cast: Cast, vendor: Console) -> None:
    """Both come in one reading after the first ticket was reported and closed."""
    set_polling(SYSTEM, cast.acme, True)
    poll()
    (first,) = db.session.scalars(select(Ticket))
    reported(first, cast.user("dana"), cast.contact("alice"))
    first.close(SYSTEM)
    db.session.commit()
    detect(vendor, vendor.orgs[0], host(vendor, "PC-JIM-001"), DEMO_SHA, fails=False)  # type: ignore[arg-type]
    poll()
    second = db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
    assert second is not None and second.id != first.id
    assert {one.outcome for one in computers_of(alert_of(second)).values()} == {Outcome.quarantined}


def test_a_refused_key_is_noticed_by_any_reading(cast: Cast, vendor: Console) -> None:
    set_polling(SYSTEM, cast.acme, True)
    vendor.orgs[0]["api_key"] = "another"
    for row in ConsoleCredential.queue_due():
        del row
    db.session.execute(update(ConsoleCredential).values(state=ErrandState.done, due_at=None))
    db.session.commit()
    poll()
    credential = credential_of(cast.acme.id)
    assert credential is not None and credential.state == ErrandState.waiting, "it is tested, and its failure told"
    assert "Unknown API key" in cast.erin.get("/desk/supervision").text


@pytest.mark.parametrize("type_id", [1107296344, 1090519112, 553648168, 553648199, 1107296279])
def test_types_that_matter_open_tickets(type_id: int) -> None:
    assert concerns(ConsoleEvent(type_id=type_id))
    assert concerns(ConsoleEvent(type_id=1, severity=Severity.critical))
    assert not concerns(ConsoleEvent(type_id=1, severity=Severity.medium))


def test_an_event_without_an_id_is_told_once(cast: Cast, vendor: Console) -> None:
    vendor.orgs[0]["events"].clear()
    event = vendor.add_event(vendor.orgs[0], host(vendor, "PC-IJI-014"), 1107296344, severity="Critical")  # type: ignore[arg-type]
    del event["id"]
    set_polling(SYSTEM, cast.acme, True)
    for _reading in range(3):
        poll()
    (ticket,) = db.session.scalars(select(Ticket))
    assert len(alert_events_of(alert_of(ticket))) == 1


def outcomes(*events: ConsoleEvent) -> Outcome | None:
    items: dict[str, object] = {}
    for event in events:
        items = with_event(items, event)  # type: ignore[arg-type,assignment]
    return worst_of(item.outcome for item in items.values())  # type: ignore[attr-defined]


@pytest.mark.parametrize("restored", [553648149, 553648154, 553648146])
def test_a_restored_file_is_no_longer_quarantined(restored: int) -> None:
    now = clock.now()
    quarantined = ConsoleEvent(type_id=553648143, detection_id="d", at=now)
    again = ConsoleEvent(type_id=restored, detection_id="d", at=now + SAME_TIME)
    assert outcome_of(again) == Outcome.detected
    assert outcomes(quarantined, again) == Outcome.detected


def test_another_copy_that_was_quarantined_mends_nothing() -> None:
    now = clock.now()
    failed = ConsoleEvent(event_type="Quarantine Failure", sha256=OTHER, file_path="C:\\a", at=now)
    other = ConsoleEvent(event_type="Threat Quarantined", sha256=OTHER, file_path="C:\\b", at=now + SAME_TIME)
    assert outcomes(failed, other) == outcomes(other, failed) == Outcome.failed


def test_events_that_name_nothing_match_nothing() -> None:
    assert not same_event(ConsoleEvent(file_name="x"), ConsoleEvent(type_id=1), SAME_TIME)


def test_a_computer_that_the_console_forgot_costs_its_own_facts(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    first = min(vendor.orgs[0]["events"], key=lambda event: event["timestamp"])
    vendor.orgs[0]["computers"] = [
        one for one in vendor.orgs[0]["computers"] if one["connector_guid"] != first["connector_guid"]
    ]
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None and (lookup.state, lookup.last_error) == (ErrandState.done, None)
    assert computers_of(alert_of(ticket))["pc-jim-001"].lists


def test_a_computer_that_comes_while_the_console_is_read_is_asked_about_too(
    cast: Cast, vendor: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    real = ConsoleClient.seen_on

    def meanwhile(self: ConsoleClient, sha256: str, limit: int = 1000) -> list[object]:
        an_alert(cast.acme, f"Computer: PC-NEW\nSHA-256: {DEMO_SHA}\n")
        monkeypatch.setattr(ConsoleClient, "seen_on", real)
        return real(self, sha256, limit)  # type: ignore[return-value]

    monkeypatch.setattr(ConsoleClient, "seen_on", meanwhile)
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None and lookup.state == ErrandState.waiting
    look_up()
    assert lookup.state == ErrandState.done
    assert computers_of(alert_of(ticket))["pc-new"].looked_up_at is not None


def test_a_mail_of_very_many_files_is_no_flood_of_tickets() -> None:
    events = [ConsoleEvent(computer="PC", sha256=f"{n:064x}") for n in range(450)]
    groups = grouped(events)
    assert len(groups) == KEYS_MAX
    assert sum(len(group) for _key, group in groups) == 450


def test_what_the_api_tells_is_never_put_together_for_want_of_a_key(cast: Cast, vendor: Console) -> None:
    org = vendor.orgs[0]
    org["events"].clear()
    for number in range(210):
        detect(vendor, org, host(vendor, "PC-JIM-001"), f"{number:064x}", fails=False)  # type: ignore[arg-type]
    for _number in range(2):
        hunt = vendor.add_event(org, host(vendor, "PC-JIM-001"), 1107296344, severity="Critical")  # type: ignore[arg-type]
        del hunt["computer"]
    set_polling(SYSTEM, cast.acme, True)
    poll()
    assert len(db.session.scalars(select(Ticket)).all()) == 212


def test_every_use_of_a_key_is_on_record(cast: Cast, vendor: Console) -> None:
    an_alert(cast.acme, ALERT_TEXT)
    look_up()
    used = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "credential.used")).all()
    assert [event.details for event in used] == [{"purpose": "reading"}]
    assert db.session.scalars(select(Completion)).one().state == ErrandState.done


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server whose answer goes on and on, a byte at a time."""

    class Drip(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Encoding", "identity")
            self.end_headers()
            for _byte in range(60):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.1)

        def log_message(self, *_arguments: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_answer_that_goes_on_is_cut_off_at_the_deadline(dripping: str) -> None:
    begin = time.monotonic()
    with (
        ConsoleClient(dripping, httpx2.BasicAuth("a", "b"), 1.0) as client,
        pytest.raises(VendorError, match="No answer"),
    ):
        client.check()
    assert time.monotonic() - begin < 1.6
