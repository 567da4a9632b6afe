"""From proposal to proof against a real console on a socket: in hours, once, read back (R20-R23)."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk.actions import jobs
from helpdesk.actions.console_calls import description
from helpdesk.actions.instructions import Choice, Via, instruct
from helpdesk.actions.lists import pending_for
from helpdesk.actions.models import Action, ActionKind, ActionStatus
from helpdesk.actions.proposing import Proposal, ProposedTarget, propose, propose_undo
from helpdesk.alerts.models import alert_of
from helpdesk.config import Config
from helpdesk.console.jobs import check
from helpdesk.console.models import ConsoleCredential, Purpose, credential_of, lists_of
from helpdesk.contracts.models import Contract
from helpdesk.demo.console_state import Console
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Channel, Priority, TicketState
from tests.conftest import TUESDAY_NIGHT, TUESDAY_NOON, Cast
from tests.making import SHA, an_alert, reported
from tests.servers import console

FIVE_TO_FIVE = "2026-11-24T16:59:55+09:00"


@pytest.fixture
def vendor(config: Config, tmp_path: Path) -> Iterator[Console]:
    with console(config.console_port, tmp_path) as running:
        yield running


def run_due(kind: type[Action] | type[ConsoleCredential] = Action) -> None:
    """What sweep and worker do, in this process."""
    for errand_id, turn in kind.queue_due():
        (jobs.run if kind is Action else check)(errand_id, turn)


@pytest.fixture
def action(cast: Cast, vendor: Console, at: Callable[[str], datetime]) -> Action:
    """A quarantine that was proposed on a reported alert; the console was read through its errand."""
    at(TUESDAY_NOON)
    run_due(ConsoleCredential)
    alert = reported(an_alert(cast.acme), cast.user("dana"), cast.contact("alice"))
    target = lists_of(cast.acme.id, "simple_custom_detections")[-1]
    place = ProposedTarget(target.guid, target.name)
    made = propose(cast.user("dana"), alert, Proposal(ActionKind.quarantine, [place], file_name="bad.exe"))
    db.session.commit()
    return made


def decide(cast: Cast, action: Action, choice: Choice, name: str = "alice") -> None:
    via = Via(Channel.portal, "192.0.2.1", user=cast.user(name))
    instruct(action, cast.contact(name), choice, "the text", via)


def approve(cast: Cast, action: Action) -> None:
    decide(cast, action, Choice.approve)
    db.session.commit()


def effects(vendor: Console) -> list[str]:
    return [row["effect"] for row in vendor.log if row["effect"]]


def test_reading_the_console_finds_its_lists(cast: Cast, vendor: Console) -> None:
    run_due(ConsoleCredential)
    credential = credential_of(cast.acme.id)
    assert credential is not None
    assert (credential.state, credential.last_error) == (ErrandState.done, None)
    assert len(lists_of(cast.acme.id, "application_whitelist")) == 1


def test_a_wrong_key_is_told(cast: Cast, vendor: Console) -> None:
    vendor.orgs[0]["api_key"] = "another"
    run_due(ConsoleCredential)
    credential = credential_of(cast.acme.id)
    assert credential is not None
    assert "Unknown API key or Client ID" in (credential.last_error or "")
    page = cast.root.get(f"/admin/customers/{cast.acme.id}").text
    assert "Unknown API key" in page
    assert "Unknown API key" in cast.erin.get("/desk/").text, "the supervisor sees it, too"
    assert "Unknown API key" not in cast.dana.get("/desk/").text


def test_nothing_is_due_before_the_instruction(cast: Cast, action: Action, vendor: Console) -> None:
    run_due()
    assert action.status == ActionStatus.asked
    assert not effects(vendor)
    assert [a.id for a in pending_for(cast.user("alice"))] == [action.id]
    assert pending_for(cast.user("bob")) == []


def test_an_approved_action_runs_once_and_is_read_back_and_told(cast: Cast, action: Action, vendor: Console) -> None:
    approve(cast, action)
    run_due()
    run_due()
    assert action.status == ActionStatus.done
    assert effects(vendor) == [f"added {SHA}"]
    item = vendor.orgs[0]["lists"][0]["items"][SHA]
    assert action.reference in item["description"]
    (attempt,) = action.attempts
    assert (attempt.status, attempt.call.split()[0]) == (201, "POST")
    notice = db.session.scalar(select(Notice).where(Notice.template == "action_done"))
    assert notice is not None
    assert notice.to_address == "alice@acme.example"
    assert SHA in notice.body


def test_the_instruction_keeps_who_when_where_and_the_exact_text(cast: Cast, action: Action) -> None:
    approve(cast, action)
    (kept,) = action.instructions
    assert (kept.name, kept.address, kept.channel, kept.text) == ("小林 由佳", "192.0.2.1", Channel.portal, "the text")
    assert len(kept.text_sha256) == 64


def test_out_of_hours_it_waits_for_the_named_opening(
    cast: Cast, action: Action, vendor: Console, at: Callable[[str], datetime]
) -> None:
    at(TUESDAY_NIGHT)
    approve(cast, action)
    assert action.due_at is not None
    assert action.due_at.isoformat() == "2026-11-25T00:00:00+00:00"
    run_due()
    assert action.status == ActionStatus.waiting
    assert not effects(vendor)
    at("2026-11-25T09:00:01+09:00")
    run_due()
    assert effects(vendor) == [f"added {SHA}"]


def test_a_call_that_could_pass_closing_waits(
    cast: Cast, action: Action, vendor: Console, at: Callable[[str], datetime]
) -> None:
    approve(cast, action)
    at(FIVE_TO_FIVE)
    run_due()
    assert action.status == ActionStatus.waiting
    assert action.due_at is not None
    assert action.due_at.isoformat() == "2026-11-25T00:00:00+00:00"
    assert not effects(vendor)


def test_a_declined_action_never_runs(cast: Cast, action: Action, vendor: Console) -> None:
    decide(cast, action, Choice.decline)
    db.session.commit()
    run_due()
    assert action.status == ActionStatus.declined
    assert not effects(vendor)
    with pytest.raises(Refusal):
        decide(cast, action, Choice.approve)


@pytest.mark.parametrize("name", ["bob", "carol", "charlie"])
def test_only_an_alert_contact_of_the_customer_instructs(cast: Cast, action: Action, name: str) -> None:
    with pytest.raises(Refusal):
        decide(cast, action, Choice.approve, name)


@pytest.mark.parametrize("fault", ["500", "429", "act_then_500"])
def test_a_failing_console_is_tried_again_with_one_effect(
    cast: Cast, action: Action, vendor: Console, at: Callable[[str], datetime], fault: str
) -> None:
    approve(cast, action)
    vendor.faults = [fault, fault] if fault != "act_then_500" else [fault]
    for minute in range(1, 6):
        run_due()
        if action.status == ActionStatus.waiting:
            assert action.last_error
        time.sleep(2.2 if fault == "429" and minute < 3 else 0)
        at(f"2026-11-24T12:{minute * 2:02d}:00+09:00")
    assert action.status == ActionStatus.done
    assert effects(vendor) == [f"added {SHA}"]
    assert action.attempts[0].status == (429 if fault == "429" else 500), "an answered error keeps its status"


def test_an_answer_lost_to_a_killed_worker_is_read_back(cast: Cast, action: Action, vendor: Console) -> None:
    """The worker died after the console had acted and before anything was written down."""
    approve(cast, action)
    ((errand_id, turn),) = Action.queue_due()
    assert Action.begin(errand_id, turn) is not None
    credential = credential_of(action.customer_id)
    assert credential is not None
    with credential.client(Purpose.action) as client:
        client.add_item(action.targets[0].guid, SHA, description(action))
    db.session.execute(Action.__table__.update().values(leased_until=datetime.fromisoformat("2020-01-01T00:00Z")))
    db.session.commit()
    run_due()
    assert action.status == ActionStatus.done
    assert effects(vendor) == [f"added {SHA}"]
    assert not action.already_there


def test_an_overtaken_job_goes_home(cast: Cast, action: Action, vendor: Console) -> None:
    approve(cast, action)
    ((errand_id, turn),) = Action.queue_due()
    jobs.run(errand_id, turn - 1)
    jobs.run(errand_id, turn + 1)
    assert not effects(vendor)
    jobs.run(errand_id, turn)
    jobs.run(errand_id, turn)
    assert len(effects(vendor)) == 1


def test_an_entry_of_somebody_else_is_told_as_such_and_cannot_be_undone(
    cast: Cast, action: Action, vendor: Console
) -> None:
    vendor.orgs[0]["lists"][0]["items"][SHA] = {"sha256": SHA, "source": "x", "description": "by hand"}
    approve(cast, action)
    run_due()
    assert action.status == ActionStatus.already
    assert not effects(vendor)
    with pytest.raises(Refusal):
        propose_undo(cast.user("dana"), action)


def test_an_undo_is_an_action_of_its_own(cast: Cast, action: Action, vendor: Console) -> None:
    approve(cast, action)
    run_due()
    undo = propose_undo(cast.user("dana"), action)
    db.session.commit()
    approve(cast, undo)
    run_due()
    assert undo.status == ActionStatus.done
    assert effects(vendor) == [f"added {SHA}", f"removed {SHA}"]


def test_a_contract_that_ended_stops_the_action(cast: Cast, action: Action, vendor: Console) -> None:
    approve(cast, action)
    for contract in db.session.scalars(select(Contract)):
        contract.in_force_until = datetime(2026, 11, 23).date()
    db.session.commit()
    run_due()
    assert action.status == ActionStatus.failed
    assert "no contract" in (action.last_error or "")
    assert not effects(vendor)
    assert "有効なご契約がありません" in cast.dana.get(f"/desk/tickets/{action.ticket.reference}").text


def test_a_failed_action_can_be_tried_again(cast: Cast, action: Action, vendor: Console) -> None:
    vendor.orgs[0]["lists"][0]["guid"] = "gone"
    approve(cast, action)
    run_due()
    assert action.status == ActionStatus.failed
    vendor.orgs[0]["lists"][0]["guid"] = action.targets[0].guid
    url = f"/desk/tickets/{action.ticket.reference}/actions/{action.reference}/retry"
    assert cast.dana.post(url).status_code == 302
    run_due()
    assert action.status == ActionStatus.done


def test_proposing_needs_a_report_a_fitting_list_and_no_standing_action(cast: Cast, action: Action) -> None:
    dana, alert = cast.user("dana"), alert_of(action.ticket)
    (target,) = lists_of(cast.acme.id, "application_whitelist")
    place = ProposedTarget(target.guid, target.name)
    with pytest.raises(Refusal, match="取り消して"):
        propose(dana, alert, Proposal(ActionKind.allow, [place]))
    with pytest.raises(Refusal, match="進行中"):
        propose(dana, alert, Proposal(ActionKind.quarantine, [ProposedTarget(action.targets[0].guid, "")]))
    with pytest.raises(Refusal, match="登録できません"):
        propose(dana, alert, Proposal(ActionKind.quarantine, [place]))
    unreported = alert_of(an_alert(cast.acme, "Computer: X\nSHA-256: " + "ef" * 32))
    with pytest.raises(Refusal, match="先にアラート"):
        propose(dana, unreported, Proposal(ActionKind.allow, [place]))


def test_the_customer_decides_in_the_browser(
    cast: Cast, action: Action, vendor: Console, at: Callable[[str], datetime]
) -> None:
    base = f"/portal/tickets/{action.ticket.reference}"
    url = f"{base}/actions/{action.reference}/instruction"
    page = cast.alice.get(base).text
    assert SHA in page
    shown = page.split('name="shown" value="')[1].split('"')[0]
    assert cast.charlie.post(url, {"choice": "approve"}).status_code == 404
    assert cast.bob.post(url, {"choice": "approve", "shown": shown}).status_code == 409
    assert cast.alice.post(url, {"choice": "perhaps", "shown": shown}).status_code == 409
    assert cast.alice.post(url, {"choice": "approve"}).status_code == 409
    assert cast.alice.post(url, {"choice": "approve", "shown": shown + "x"}).status_code == 409
    at(TUESDAY_NIGHT)
    assert cast.alice.post(url, {"choice": "approve", "shown": shown}).status_code == 302
    (kept,) = action.instructions
    assert SHA in kept.text
    assert "2026年11月24日(火) 12:0" in kept.text, "the text that was shown, not one of the moment of the click"
    at("2026-11-25T09:00:01+09:00")
    run_due()
    assert "載ったことを確認" in cast.alice.get(base).text


def test_withdrawing_keeps_it_from_running(cast: Cast, action: Action, vendor: Console) -> None:
    approve(cast, action)
    cast.dana.post(f"/desk/tickets/{action.ticket.reference}/actions/{action.reference}/withdrawal")
    run_due()
    assert action.status == ActionStatus.withdrawn
    assert not effects(vendor)


def test_a_decided_ticket_is_the_desks_again(cast: Cast, action: Action, vendor: Console) -> None:
    assert action.ticket.state == TicketState.waiting
    approve(cast, action)
    assert action.ticket.state == TicketState.open


def test_a_failed_action_comes_back_with_a_due_time(cast: Cast, action: Action, vendor: Console) -> None:
    vendor.orgs[0]["lists"][0]["guid"] = "gone"
    approve(cast, action)
    run_due()
    assert action.status == ActionStatus.failed
    assert action.ticket.due_at is not None
    assert action.ticket.priority in (Priority.high, Priority.urgent)


def test_an_overtaken_worker_neither_calls_nor_finishes(cast: Cast, action: Action, vendor: Console) -> None:
    """A worker that slept past its lease finds another turn: it must not touch its successor's row."""
    approve(cast, action)
    ((errand_id, turn),) = Action.queue_due()
    sleeper = Action.begin(errand_id, turn)
    assert sleeper is not None
    db.session.execute(Action.__table__.update().values(turn=turn + 1))
    db.session.commit()
    assert jobs._announce(sleeper, sleeper.targets[0]) is None
    assert not sleeper.done()
    assert not sleeper.postpone(sleeper.asked_at)
    assert not effects(vendor)


def test_out_of_hours_an_unreachable_console_waits_for_the_opening(
    cast: Cast, action: Action, app: Flask, at: Callable[[str], datetime]
) -> None:
    """Tries are not used up in a night in which nothing may be done anyway."""
    approve(cast, action)
    at(TUESDAY_NIGHT)
    urls, app.config["CONSOLE_URLS"] = app.config["CONSOLE_URLS"], {"na": "http://127.0.0.1:1"}
    try:
        run_due()
    finally:
        app.config["CONSOLE_URLS"] = urls
    assert action.status == ActionStatus.waiting
    assert "could not be reached" in (action.last_error or "")
    assert action.due_at is not None
    assert action.due_at.isoformat() == "2026-11-25T00:00:00+00:00"


def test_a_404_that_is_not_the_apis_own_proves_nothing(cast: Cast, action: Action, vendor: Console) -> None:
    """Some proxy's page must not pass for `the entry is gone`."""
    approve(cast, action)
    run_due()
    undo = propose_undo(cast.user("dana"), action)
    db.session.commit()
    approve(cast, undo)
    vendor.html_404 = True
    run_due()
    assert undo.status == ActionStatus.failed
    assert SHA in vendor.orgs[0]["lists"][0]["items"]
