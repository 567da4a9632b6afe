"""What an alert mail may change, by how far its sender is believed, and what of it may become a target (S3, A1)."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.actions import jobs as action_jobs
from helpdesk.actions.instructions import Choice, Via, instruct
from helpdesk.actions.models import Action, ActionKind, ActionStatus
from helpdesk.actions.proof import proof_of
from helpdesk.actions.proposing import Proposal, ProposedTarget, coverage, propose
from helpdesk.alerts import jobs as alert_jobs
from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.completions import Completion
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.alerts.outcomes import Outcome
from helpdesk.alerts.reading import read_alert
from helpdesk.config import read_config
from helpdesk.console.values import Severity
from helpdesk.demo.console_state import DEMO_SHA, Console
from helpdesk.environment import ConfigError
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition, IncomingMail
from helpdesk.notices.models import Notice
from helpdesk.reports import commands
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.links import LinkKind, TicketLink
from helpdesk.tickets.models import Ticket
from helpdesk.web.alert_panel import alert_panel
from tests.conftest import Cast
from tests.mailgate.test_ledger import deliver
from tests.making import alert_events_of, reported

SHA, ALERTS = "ab" * 32, "alerts+acme@desk.example"
CISCO = "no-reply@amp.cisco.com"
PASS, FAIL = "dmarc=pass header.from=amp.cisco.com", "dmarc=fail header.from=amp.cisco.com"


def tell(verdict: str | None, text: str, subject: str = "alert") -> Ticket | None:
    """An alert mail through the door, with our own server's verdict on it; the ticket it is on."""
    head = f"Authentication-Results: mx.desk.example; {verdict}\r\n" if verdict else ""
    raw = f"{head}From: Cisco <{CISCO}>\r\nTo: {ALERTS}\r\nSubject: {subject}\r\n\r\n{text}".encode()
    deliver(raw, CISCO, ALERTS)
    return db.session.scalars(select(IncomingMail).order_by(IncomingMail.id.desc())).first().ticket  # type: ignore[union-attr]


def event(kind: str, computer: str = "PC-1", sha: str = SHA, severity: str = "High", more: str = "") -> str:
    head = f"Event Type: {kind}\nComputer: {computer}\nFile name: bad.exe\nSHA-256: {sha}\nSeverity: {severity}\n"
    return head + more


def outcomes(ticket: Ticket) -> dict[str, Outcome]:
    return {one.name: one.outcome for one in computers_of(alert_of(ticket)).values()}


def test_a_forged_end_changes_nothing_that_stands(cast: Cast) -> None:
    genuine = tell(PASS, event("Quarantine Failure"))
    assert genuine is not None
    before = genuine.severity, genuine.priority, genuine.preview
    forged = tell(FAIL, event("Threat Quarantined", severity="Low"))
    assert forged is not None and forged.id != genuine.id
    assert outcomes(genuine) == {"PC-1": Outcome.failed}
    assert (genuine.severity, genuine.priority, genuine.preview) == before
    shown = cast.dana.get(f"/desk/tickets/{genuine.reference}").text.split("最近のチケット")[0]
    assert "隔離済み" not in shown
    assert db.session.scalars(select(TicketLink.kind)).one() == LinkKind.related
    assert tell(FAIL, event("Threat Detected", "PC-9")) == forged, "what failed is gathered, too"


def test_a_forged_alert_that_came_first_keeps_nobody_from_a_clean_ticket(cast: Cast) -> None:
    forged = tell(FAIL, event("Threat Quarantined", computer="EVIL"), subject="pay here")
    genuine = tell(PASS, event("Quarantine Failure"))
    assert forged is not None and genuine is not None and forged.id != genuine.id
    assert outcomes(genuine) == {"PC-1": Outcome.failed}
    assert not genuine.failed_check
    assert db.session.scalars(select(TicketLink.kind)).one() == LinkKind.related


def test_what_failed_the_check_is_marked_wherever_it_is_shown(cast: Cast) -> None:
    ticket = tell(FAIL, event("Executed malware"))
    assert ticket is not None
    desk = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "なりすましの可能性" in desk
    assert "差出人の検証に失敗" in cast.dana.get(f"/desk/tickets/{ticket.reference}/events").text
    assert "差出人の検証に失敗" in cast.dana.get("/desk/").text
    assert "送信元を確認できませんでした" in cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    assert "送信元の確認に失敗しています" in cast.dana.get(f"/desk/tickets/{ticket.reference}/report").text
    genuine = tell(PASS, event("Executed malware"))
    assert genuine is not None
    assert "なりすまし" not in cast.dana.get(f"/desk/tickets/{genuine.reference}").text
    assert "送信元を確認" not in cast.alice.get(f"/portal/tickets/{genuine.reference}").text


def test_without_any_verdict_mails_work_as_they_do_and_are_not_capped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cast.app.config, "MAIL_CAP_FAILED_ALERTS", 2)
    tickets = {tell(None, event("Quarantine Failure", f"PC-{n}")) for n in range(6)}
    (ticket,) = tickets
    assert ticket is not None
    tell(None, event("Threat Quarantined", "PC-0"))
    assert outcomes(ticket)["PC-0"] == Outcome.quarantined
    assert not ticket.failed_check


def test_without_a_verdict_what_a_verified_mail_said_is_not_lowered(cast: Cast) -> None:
    ticket = tell(PASS, event("Quarantine Failure"))
    assert ticket is not None
    assert tell(None, event("Threat Quarantined")) == ticket
    assert outcomes(ticket) == {"PC-1": Outcome.failed}
    assert tell(None, event("Executed malware", severity="Critical")) == ticket
    assert outcomes(ticket) == {"PC-1": Outcome.executed}, "it may still make it worse"
    assert ticket.severity == Severity.critical
    tell(PASS, event("Threat Quarantined", "PC-2"))
    tell(None, event("Threat Detected", "PC-2"))
    assert outcomes(ticket)["PC-2"] == Outcome.detected


def test_alerts_that_fail_the_check_are_capped_and_seen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "MAIL_CAP_FAILED_ALERTS", 3)
    for number in range(8):
        tell(FAIL, event("Threat Detected", f"PC-{number}", sha=f"{number:02x}" * 32))
    rows = list(db.session.scalars(select(IncomingMail).order_by(IncomingMail.id)))
    assert [row.disposition for row in rows] == [Disposition.alert] * 3 + [Disposition.parked] * 5
    assert {row.reason for row in rows[3:]} == {"failed"}
    assert rows[3].thread is not None
    page = cast.dana.get(f"/desk/tickets/{rows[3].thread.reference}").text
    assert f"/desk/mails/{rows[3].id}" in page
    assert tell(PASS, event("Threat Detected")) is not None, "a genuine one passes"
    assert cast.dana.post(f"/desk/mails/{rows[4].id}/filing").status_code == 302
    assert db.session.get_one(IncomingMail, rows[4].id).disposition == Disposition.alert


GUID = "0b4883d4-8ecf-4404-9453-13cba0ee7662"


@pytest.mark.parametrize(
    ("link", "counts"),
    [
        (f"https://console.amp.cisco.com/computers/{GUID}/trajectory2?id=123456789", True),
        (f"https://CONSOLE.eu.amp.cisco.com/computers/{GUID}/trajectory2?x=1&id=123456789", True),
        (f"https://api.apjc.amp.cisco.com:443/v1/computers/{GUID}/trajectory2?id=123456789", True),
        (f"https://console.amp.cisco.com.evil.example/computers/{GUID}/trajectory2?id=123456789", False),
        (f"https://console.amp.cisco.com@evil.example/computers/{GUID}/trajectory2?id=123456789", False),
        (f"https://evil.example/?u=https://console.amp.cisco.com/computers/{GUID}/trajectory2?id=123456789", False),
        (f"https://evil.example\\@console.amp.cisco.com/computers/{GUID}/trajectory2?id=123456789", False),
        (f"https://evil.example/console.amp.cisco.com/computers/{GUID}/trajectory2?id=123456789", False),
        (f"http://console.amp.cisco.com/computers/{GUID}/trajectory2?id=123456789", False),
        (f"https://console.amp.cisco.com:8443/computers/{GUID}/trajectory2?id=123456789", False),
        (f"https://consоle.amp.cisco.com/computers/{GUID}/trajectory2?id=123456789", False),
        (f"https://[::1]:99999/computers/{GUID}/trajectory2?id=123456789", False),
        (f"/computers/{GUID}/trajectory2?id=123456789", False),
    ],
)
def test_only_links_to_the_consoles_own_hosts_count(link: str, counts: bool) -> None:
    for text in (f"{event('Threat Detected')}{link}\n", f"see {link} there"):
        found = read_alert("[Cisco Secure Endpoint] [All] Matching Events Found On PC-1", text).events
        assert {one.connector_guid for one in found} == ({GUID} if counts else {None})
    (told,) = read_alert("s", f"{event('Threat Detected')}{link}\n").events
    assert told.event_id == ("123456789" if counts else None)


def test_the_hosts_of_links_are_a_setting() -> None:
    assert "console.apjc.amp.cisco.com" in read_config({"HELPDESK_DEMO": "1"}).console_link_hosts
    own = read_config({"HELPDESK_DEMO": "1", "HELPDESK_CONSOLE_LINK_HOSTS": "console.corp.example"})
    assert own.console_link_hosts == ("console.corp.example",)
    link = f"https://console.corp.example/computers/{GUID}/trajectory2"
    (told,) = read_alert("s", f"Computer: A\n{link}\n", hosts=own.console_link_hosts).events
    assert told.connector_guid == GUID
    with pytest.raises(ConfigError, match="HELPDESK_CONSOLE_LINK_HOSTS"):
        read_config({"HELPDESK_DEMO": "1", "HELPDESK_CONSOLE_LINK_HOSTS": "https://console.example/"})


def look_up() -> None:
    db.session.execute(update(Completion).values(due_at=clock.now()))
    db.session.commit()
    for errand_id, turn in Completion.queue_due():
        alert_jobs.complete(errand_id, turn)


def guid_of(known_vendor: Console, name: str) -> str:
    return str(next(one["connector_guid"] for one in known_vendor.orgs[0]["computers"] if one["hostname"] == name))


@pytest.mark.parametrize("verdict", [PASS, None, FAIL])
def test_a_name_and_a_connector_that_disagree_are_no_target(
    cast: Cast, known_vendor: Console, verdict: str | None
) -> None:
    """The mail says one computer and links to another: nobody is isolated by it, whatever the check said."""
    other = guid_of(known_vendor, "PC-IJI-009")
    link = f"https://console.amp.cisco.com/computers/{other}/trajectory2?id=1234567890"
    ticket = tell(verdict, event("Threat Detected", "PC-JIM-001", more=f"{link}\n"))
    assert ticket is not None
    look_up()
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    (computer,) = computers_of(alert).values()
    assert (computer.guid, computer.lists) == (None, None)
    assert "PC-IJI-009" in (computer.doubt or "")
    assert coverage(alert, ActionKind.quarantine).unknown == ["PC-JIM-001"]
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "端末名とコネクタが不一致" in page
    url = f"/desk/tickets/{ticket.reference}/actions"
    assert cast.dana.post(url, {"kind": "isolate", "computer": "PC-JIM-001"}).status_code == 409
    with pytest.raises(Refusal):
        propose(cast.user("dana"), alert, Proposal(ActionKind.isolate, [ProposedTarget(other, "PC-JIM-001")]))
    assert json.loads(listed())["action_targets"] == []


def listed() -> str:
    done = CliRunner().invoke(commands.alerts, ["list", "--json"])
    assert done.exit_code == 0, done.output
    return done.output.strip().splitlines()[-1]


def test_what_the_console_confirms_is_shown_recorded_called_and_signed(cast: Cast, known_vendor: Console) -> None:
    own = guid_of(known_vendor, "PC-JIM-001")
    link = f"https://console.amp.cisco.com/computers/{own}/trajectory2"
    ticket = tell(None, event("Threat Detected", "pc-jim-001", more=f"{link}\n"))
    assert ticket is not None
    look_up()
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    assert (
        cast.dana.post(
            f"/desk/tickets/{ticket.reference}/actions", {"kind": "isolate", "computer": "PC-JIM-001"}
        ).status_code
        == 302
    )
    action = db.session.scalars(select(Action)).one()
    instruct(action, cast.contact("alice"), Choice.approve, "text", Via(Channel.portal, None, user=cast.user("alice")))
    db.session.commit()
    run_actions()
    assert [row["effect"] for row in known_vendor.log if row["effect"]] == ["isolating PC-JIM-001"]
    known_vendor.orgs[0]["computers"] = [
        {**one, "isolation": {**one["isolation"], "since": 0}} for one in known_vendor.orgs[0]["computers"]
    ]
    run_actions()
    assert action.status == ActionStatus.done
    (signed,) = proof_of(action).body["targets"]
    assert (signed["guid"], signed["name"].upper()) == (own, "PC-JIM-001")
    (target,) = json.loads(listed())["action_targets"]
    assert (target["guid"], target["name"].upper(), target["kind"]) == (own, "PC-JIM-001", "isolate")
    assert alert.believed


def run_actions() -> None:
    db.session.execute(update(Action).where(Action.due_at.is_not(None)).values(due_at=clock.now()))
    db.session.commit()
    for errand_id, turn in Action.queue_due():
        action_jobs.run(errand_id, turn)


def test_a_computer_whose_name_changed_since_is_not_isolated(cast: Cast, known_vendor: Console) -> None:
    ticket = tell(None, event("Threat Detected", "PC-JIM-001"))
    assert ticket is not None
    look_up()
    reported(ticket, cast.user("dana"), cast.contact("alice"))
    cast.dana.post(f"/desk/tickets/{ticket.reference}/actions", {"kind": "isolate", "computer": "PC-JIM-001"})
    action = db.session.scalars(select(Action)).one()
    instruct(action, cast.contact("alice"), Choice.approve, "text", Via(Channel.portal, None, user=cast.user("alice")))
    next(one for one in known_vendor.orgs[0]["computers"] if one["hostname"] == "PC-JIM-001")["hostname"] = "SERVER-1"
    db.session.commit()
    run_actions()
    assert action.status == ActionStatus.failed
    assert "SERVER-1" in (action.last_error or "")
    assert not [row for row in known_vendor.log if row["effect"]]


def test_an_agent_confirms_a_computer_with_a_reason(cast: Cast, known_vendor: Console) -> None:
    other = guid_of(known_vendor, "PC-IJI-009")
    link = f"https://console.amp.cisco.com/computers/{other}/trajectory2"
    ticket = tell(None, event("Threat Detected", "PC-JIM-001", more=f"{link}\n"))
    assert ticket is not None
    look_up()
    reported(ticket, cast.user("dana"), cast.contact("alice"))
    url, own = f"/desk/tickets/{ticket.reference}/computers", guid_of(known_vendor, "PC-JIM-001")
    assert "PC-JIM-001" in cast.dana.get(f"/desk/tickets/{ticket.reference}/events").text
    for wrong in ({"guid": "x", "reason": "電話で確認"}, {"guid": own, "reason": ""}):
        assert cast.dana.post(url, {"computer": "PC-JIM-001", **wrong}).status_code == 409
    assert (
        cast.dana.post(url, {"computer": "PC-JIM-001", "guid": own, "reason": "電話で確認しました"}).status_code == 302
    )
    assert "電話で確認しました" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert computers_of(alert_of(ticket))["pc-jim-001"].guid == own


def test_nothing_of_what_failed_is_acted_on_until_somebody_vouches(cast: Cast, known_vendor: Console) -> None:
    ticket = tell(FAIL, event("Threat Detected", "PC-JIM-001"))
    assert ticket is not None
    look_up()
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    assert coverage(alert, ActionKind.quarantine).reaching
    reaching = coverage(alert, ActionKind.quarantine).reaching
    with pytest.raises(Refusal):
        propose(cast.user("dana"), alert, Proposal(ActionKind.quarantine, reaching))
    url = f"/desk/tickets/{ticket.reference}/vouching"
    assert cast.dana.post(url, {"reason": " "}).status_code == 409
    assert cast.dana.post(url, {"reason": "お客様に電話で確認しました"}).status_code == 302
    assert cast.dana.post(url, {"reason": "お客様に電話で確認しました"}).status_code == 409
    alert = db.session.get_one(Alert, alert.id)
    assert propose(cast.user("dana"), alert, Proposal(ActionKind.quarantine, reaching)).status == ActionStatus.asked


def test_what_the_console_knows_of_a_forged_file_is_news_of_its_own(cast: Cast, known_vendor: Console) -> None:
    forged = tell(FAIL, event("Threat Quarantined", "PC-IJI-014", sha=DEMO_SHA))
    assert forged is not None
    look_up()
    genuine = db.session.scalars(select(Ticket).where(~Ticket.failed_check)).one()
    assert outcomes(genuine)["PC-IJI-014"] == Outcome.failed
    assert outcomes(forged)["PC-IJI-014"] == Outcome.quarantined, "as it was told, and marked"
    assert all(one.trust.value == "failed" for one in alert_events_of(alert_of(forged)))


def test_a_forged_event_id_swallows_no_genuine_event(cast: Cast, known_vendor: Console) -> None:
    failure = next(one for one in known_vendor.orgs[0]["events"] if one["event_type_id"] == 2164260880)
    link = f"https://console.amp.cisco.com/computers/{failure['connector_guid']}/trajectory2?id={failure['id']}"
    for verdict in (FAIL, None):
        ticket = tell(verdict, event("Threat Quarantined", "OTHER-1", sha="77" * 32, more=f"{link}\n"))
        assert ticket is not None
        look_up()
        assert outcomes(ticket) == {"OTHER-1": Outcome.quarantined}
    genuine = tell(PASS, event("Quarantine Failure", "PC-IJI-014", sha=DEMO_SHA))
    assert genuine is not None
    look_up()
    assert outcomes(genuine)["PC-IJI-014"] == Outcome.failed


def test_the_json_says_what_is_known_of_each_event(cast: Cast, known_vendor: Console) -> None:
    ticket = tell(PASS, event("Quarantine Failure", "PC-IJI-014", sha=DEMO_SHA))
    look_up()
    assert ticket is not None
    told = json.loads(listed())
    keys = {"verified", "connector_guid", "event_id", "detection_id", "type_id", "disposition", "parent_sha256"}
    assert all(keys <= set(one) for one in told["events"])
    assert all(one["verified"] for one in told["events"])
    assert any(one["disposition"] == "Malicious" and one["event_id"] for one in told["events"])
    tell(FAIL, event("Threat Detected", "X-1", sha="55" * 32))
    assert [one["verified"] for one in json.loads(listed())["events"]] == [False]


def test_the_panel_of_a_genuine_alert_never_counts_the_forged(cast: Cast) -> None:
    genuine = tell(PASS, event("Quarantine Failure"))
    for number in range(3):
        tell(FAIL, event("Threat Quarantined", f"EVIL-{number}"))
    assert genuine is not None
    assert alert_panel(genuine).total == 1
    assert db.session.scalars(select(Notice)).all() == []
