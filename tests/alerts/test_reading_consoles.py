"""Alerts completed from the console, and told by it alone, against the simulator on a socket (R10, R11, R14)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.completing import question
from helpdesk.alerts.completions import ConsolePoll, request_completion, restart_mended, set_polling
from helpdesk.alerts.models import Alert, EventSource, alert_of
from helpdesk.alerts.outcomes import Outcome
from helpdesk.audit.models import SYSTEM
from helpdesk.console.jobs import check
from helpdesk.console.models import ConsoleCredential, credential_of, set_credential
from helpdesk.console.values import Severity
from helpdesk.demo.console_org import detect
from helpdesk.demo.console_state import DEMO_SHA, Console
from helpdesk.demo.data import ALERT_TEXT, DEMO_KEYS
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.tickets.kinds import Channel, Priority
from helpdesk.tickets.links import TicketLink
from helpdesk.tickets.models import Ticket
from helpdesk.web.alert_panel import alert_panel
from tests.conftest import Cast
from tests.incident import host, look_up, poll
from tests.making import alert_events_of, an_alert, completion_of, reported

OTHER = "cd" * 32


def test_what_the_mail_lacks_is_completed(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    outcomes = {one.name: one.outcome for one in computers_of(alert_of(ticket)).values()}
    assert outcomes == {
        "PC-IJI-014": Outcome.failed,
        "PC-BRN-002": Outcome.seen,
        **dict.fromkeys(["PC-IJI-009", "PC-IJI-011", "PC-UKE-003", "PC-JIM-001"], Outcome.quarantined),
    }
    panel = alert_panel(ticket)
    assert panel.found["route"].words == "explorer.exe › invoice_2611.exe"
    assert panel.found["file"].sources == ("mail", "api")
    assert (panel.total, panel.unreached, panel.events, panel.matched) == (6, 1, 10, 2)
    assert panel.computers[0].name == "PC-IJI-014"
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "PC-BRN-002" in page and "検出リスト対象外" in page


def test_reading_twice_changes_nothing(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    before = len(alert_events_of(alert_of(ticket)))
    request_completion(alert_of(ticket))
    look_up()
    assert len(alert_events_of(alert_of(ticket))) == before
    assert db.session.scalar(db.select(db.func.count()).select_from(Ticket)) == 1


def test_an_event_id_in_the_mail_s_link_matches_without_guessing(cast: Cast, vendor: Console) -> None:
    failure = next(e for e in vendor.orgs[0]["events"] if e["event_type_id"] == 2164260880)
    link = f"https://console.amp.cisco.com/computers/{failure['connector_guid']}/trajectory2?id={failure['id']}"
    text = f"Computer: PC-IJI-014\nSHA-256: {DEMO_SHA}\nDate: 2020-01-01T00:00:00Z\n{link}\n"
    ticket = an_alert(cast.acme, text)
    (told,) = alert_events_of(alert_of(ticket))
    assert told.event_id == str(failure["id"])
    look_up()
    told = alert_events_of(alert_of(ticket))[0]
    assert (told.source, told.matched_by_time, told.detection_id) == (EventSource.both, False, failure["detection_id"])


@pytest.mark.parametrize(("minutes", "matches"), [(4, True), (6, False)])
def test_without_an_id_five_minutes_decide(cast: Cast, vendor: Console, minutes: int, matches: bool) -> None:
    (event,) = [e for e in vendor.orgs[0]["events"] if e["event_type_id"] == 2164260880]
    told_at = datetime.fromisoformat(event["date"]) + timedelta(minutes=minutes)
    text = f"Event Type: Quarantine Failure\nComputer: pc-iji-014\nSHA-256: {DEMO_SHA}\nDate: {told_at.isoformat()}\n"
    ticket = an_alert(cast.acme, text)
    look_up()
    first = alert_events_of(alert_of(ticket))[0]
    assert first.matched_by_time is matches


def test_a_wrong_match_is_taken_apart_again(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    matched = next(one for one in alert_events_of(alert_of(ticket)) if one.matched_by_time)
    url = f"/desk/tickets/{ticket.reference}/events/{matched.id}/match"
    assert cast.dana.post(url).status_code == 302
    assert cast.dana.post(url).status_code == 409, "only once"
    rows = alert_events_of(alert_of(ticket))
    assert len(rows) == 11
    one = next(row for row in rows if row.id == matched.id)
    assert (one.source, one.event_id, one.at) == (EventSource.mail, None, None)
    assert rows[-1].source == EventSource.api and rows[-1].event_id is not None


def test_a_mail_that_tells_what_the_api_told_adds_no_event(cast: Cast, vendor: Console) -> None:
    set_polling(SYSTEM, cast.acme, True)
    poll()
    (ticket,) = db.session.scalars(select(Ticket))
    before = len(alert_events_of(alert_of(ticket)))
    event = next(e for e in vendor.orgs[0]["events"] if e["event_type_id"] == 2164260880)
    text = f"Event Type: Quarantine Failure\nComputer: PC-IJI-014\nSHA-256: {DEMO_SHA}\nDate: {event['date']}\n"
    assert an_alert(cast.acme, text).id == ticket.id
    rows = alert_events_of(alert_of(ticket))
    assert len(rows) == before
    assert [one.source for one in rows].count(EventSource.both) == 1
    assert alert_of(ticket).mails == 1


def test_polling_opens_tickets_without_a_mail(cast: Cast, vendor: Console) -> None:
    set_polling(SYSTEM, cast.acme, True)
    poll()
    (ticket,) = db.session.scalars(select(Ticket))
    assert (ticket.channel, ticket.customer_id, ticket.severity) == (Channel.console, cast.acme.id, Severity.high)
    assert "SHA-256" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    poll()
    assert db.session.scalars(select(Ticket)).all() == [ticket]
    detect(vendor, vendor.orgs[0], host(vendor, "PC-JIM-001"), OTHER, fails=False)
    poll()
    assert len(db.session.scalars(select(Ticket)).all()) == 2
    row = db.session.scalars(select(ConsolePoll)).one()
    assert (row.state, row.last_error) == (ErrandState.waiting, None)
    assert row.polled_at is not None and row.due_at is not None and row.due_at > clock.now()


def test_after_the_report_a_new_detection_follows_and_a_result_joins(cast: Cast, vendor: Console) -> None:
    set_polling(SYSTEM, cast.acme, True)
    poll()
    (ticket,) = db.session.scalars(select(Ticket))
    reported(ticket, cast.user("dana"), cast.contact("alice"))
    count = len(alert_events_of(alert_of(ticket)))
    file = {"disposition": "Malicious", "identity": {"sha256": DEMO_SHA}}
    vendor.add_event(vendor.orgs[0], host(vendor, "PC-IJI-014"), 553648143, severity="Medium", file=file)
    poll()
    assert len(alert_events_of(alert_of(ticket))) == count + 1, "a quarantine that succeeded is no new alarm"
    assert computers_of(alert_of(ticket))["pc-iji-014"].outcome == Outcome.failed
    detect(vendor, vendor.orgs[0], host(vendor, "PC-BRN-002"), DEMO_SHA, fails=True)
    poll()
    second = db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
    assert second is not None and second.id != ticket.id
    assert second.due_at is not None
    links = [(link.ticket_id, link.other_id) for link in db.session.scalars(select(TicketLink))]
    assert links == [(second.id, ticket.id)]


def test_events_nobody_is_alarmed_by_open_nothing(cast: Cast, vendor: Console) -> None:
    vendor.orgs[0]["events"].clear()
    vendor.add_event(vendor.orgs[0], host(vendor, "PC-IJI-014"), 553648202)
    vendor.add_event(vendor.orgs[0], host(vendor, "PC-IJI-014"), 554696714, scan={"description": "Flash Scan"})
    set_polling(SYSTEM, cast.acme, True)
    poll()
    assert not db.session.scalars(select(Ticket)).all()


def test_a_failing_console_is_said_on_the_ticket_and_tried_again(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    vendor.read_faults = ["500"]
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None
    assert (lookup.state, "500" in (lookup.last_error or "")) == (ErrandState.waiting, True)
    assert "500" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    look_up()
    assert lookup.state == ErrandState.done


def test_nonsense_in_one_event_costs_its_facts_and_not_the_reading(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    odd = vendor.orgs[0]["events"][0]
    odd |= {"event_type_id": "x", "computer": "not an object", "detection": ["a"], "severity": 5, "timestamp": 9**18}
    odd["file"] |= {"parent": 7, "file_name": {"a": 1}, "file_path": "C:\\\x00"}
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None
    assert (lookup.state, lookup.last_error) == (ErrandState.done, None)
    assert len(computers_of(alert_of(ticket))) == 6


def test_an_answer_that_cannot_be_read_ends_one_reading_and_not_the_worker(
    cast: Cast, vendor: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    monkeypatch.setattr("helpdesk.console.values.ConsoleEvent.read", lambda _item: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None and lookup.state == ErrandState.waiting
    assert "not understood" in (lookup.last_error or "")


def test_reading_leaves_calls_of_the_hour_to_actions(cast: Cast, vendor: Console) -> None:
    credential = credential_of(cast.acme.id)
    assert credential is not None
    credential.rate_left, credential.rate_resets_at = 50, clock.real_now() + timedelta(minutes=10)
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None and "used up" in (lookup.last_error or "")
    assert not vendor.log
    assert credential.rate_left == 50, "what is left is left to actions"


def test_a_customer_without_a_key_is_told_so(cast: Cast, vendor: Console) -> None:
    db.session.delete(credential_of(cast.acme.id))
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None and lookup.state == ErrandState.failed
    assert "API キーが登録されていません" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text


def test_events_never_cross_customers(cast: Cast, vendor: Console) -> None:
    theirs = an_alert(cast.contact("charlie").customer, ALERT_TEXT)
    ours = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    assert {one.source for one in alert_events_of(alert_of(theirs))} == {EventSource.mail}
    assert len(alert_events_of(alert_of(ours))) == 10


def test_an_agent_s_words_stand_before_the_sources(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    url = f"/desk/tickets/{ticket.reference}"
    assert cast.dana.post(url + "/findings", {"route": "Web メールの添付を開いた"}).status_code == 302
    look_up()
    found = alert_panel(ticket).found["route"]
    assert (found.words, found.confidence, found.by) == ("Web メールの添付を開いた", 100, "田中 健一")
    assert found.sources[0] == "agent"
    cast.dana.post(url + "/findings", {"route": ""})
    assert alert_panel(ticket).found["route"].words.startswith("explorer.exe")


def test_a_priority_that_a_person_set_is_not_lowered(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    ticket.set_priority(SYSTEM, Priority.urgent)
    db.session.commit()
    look_up()
    assert ticket.priority == Priority.urgent


def test_the_window_runs_from_the_first_event(cast: Cast, vendor: Console) -> None:
    first = clock.now() - timedelta(minutes=3)
    ticket = an_alert(cast.acme, f"Computer: PC-1\nSHA-256: {OTHER}\nDate: {first.isoformat()}\n")
    alert = db.session.scalars(select(Alert)).one()
    assert alert.gathers_until is not None
    assert abs(alert.gathers_until - first - timedelta(minutes=5)) < timedelta(seconds=1)
    assert "までイベントをまとめています" in cast.dana.get(f"/desk/tickets/{ticket.reference}/report").text


def test_very_many_computers_are_asked_about_in_several_readings(
    cast: Cast, vendor: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.alerts.completing.COMPUTERS_MAX", 4)
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None and lookup.state == ErrandState.waiting
    asked = [row["path"] for row in vendor.log if row["path"].startswith("/v1/computers/") and "-" in row["path"]]
    look_up()
    assert lookup.state == ErrandState.done
    computers = computers_of(alert_of(ticket)).values()
    assert all(one.lists is not None for one in computers)
    both = [row["path"] for row in vendor.log if row["path"].startswith("/v1/computers/") and "-" in row["path"]]
    single = [path for path in both if not path.endswith(("trajectory", "activity"))]
    assert len(single) == len(set(single)) == 6, "nobody twice within the hour"
    assert len(asked) < len(both)


def test_a_mended_key_restarts_what_failed_on_the_old_one(cast: Cast, vendor: Console) -> None:
    credential = credential_of(cast.acme.id)
    assert credential is not None
    set_credential(SYSTEM, cast.acme, region=credential.region, client_id="wrong", api_key="wrong")
    ticket, closed = an_alert(cast.acme, ALERT_TEXT), an_alert(cast.acme, ALERT_TEXT.replace(DEMO_SHA, "cd" * 32))
    closed.close(SYSTEM)
    db.session.commit()
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None and lookup.state == ErrandState.failed
    assert restart_mended() == 0
    client_id, api_key = DEMO_KEYS["acme"]
    set_credential(SYSTEM, cast.acme, region=credential.region, client_id=client_id, api_key=api_key)
    db.session.commit()
    for one, turn in ConsoleCredential.queue_due():
        check(one, turn)
    assert restart_mended() == 1
    look_up()
    db.session.refresh(lookup)
    assert (lookup.state, lookup.last_error) == (ErrandState.done, None)


def test_asking_again_reads_also_during_a_pause(cast: Cast, vendor: Console) -> None:
    ticket = an_alert(cast.acme, ALERT_TEXT)
    look_up()
    an_alert(cast.acme, ALERT_TEXT.replace("PC", "XC"))
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None
    lookup.state, lookup.due_at = ErrandState.waiting, clock.now() + timedelta(hours=1)
    db.session.commit()
    assert cast.dana.post(f"/desk/tickets/{ticket.reference}/completion").status_code == 302
    db.session.refresh(lookup)
    assert lookup.due_at is not None and lookup.due_at <= clock.now()


def test_a_digest_is_completed_from_its_events_times(cast: Cast) -> None:
    """Thirty days back, without a file: the console is asked from an hour before."""
    ticket = an_alert(cast.acme, "Event type: Cloud IOC\nComputer: PC-1\nDate: 2026-10-25T01:00:00Z\n")
    asked = question(alert_of(ticket))
    assert asked.since.isoformat() == "2026-10-25T00:00:00+00:00"
    fresh = an_alert(cast.acme, "Event type: Cloud IOC\nComputer: PC-2\n")
    assert fresh.opened_at - question(alert_of(fresh)).since == timedelta(days=7)
