"""Several lists, allow lists, isolation, second eyes, by hand, undoing: against a console on a socket (R20-R24)."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.actions.logins import rotate_logins, set_login
from helpdesk.actions.models import ActionKind, ActionStatus, Review
from helpdesk.actions.proposing import Proposal, coverage, propose, propose_undo
from helpdesk.alerts import jobs as alert_jobs
from helpdesk.alerts.completions import Completion
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import SYSTEM, AuditEvent
from helpdesk.console.jobs import check
from helpdesk.console.models import ConsoleCredential, credential_of, request_check
from helpdesk.demo.console_state import DEMO_SHA, Console
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from tests.conftest import TUESDAY_NIGHT, Cast
from tests.incident import approve, effects, isolate, proposed, run

OWN_LIST = "3133128e-5455-4e74-82c5-1ff3c816c414"


def test_the_lists_of_the_affected_policies_are_named_and_who_is_not_reached(cast: Cast, alert: Alert) -> None:
    found = coverage(alert, ActionKind.quarantine)
    assert {place.name: set(place.computers) for place in found.reaching} == {
        "Quarantine list": {"PC-IJI-014", "PC-IJI-009", "PC-IJI-011"},
        "Clinic quarantine list": {"PC-UKE-003", "PC-JIM-001"},
    }
    assert found.uncovered == ["PC-BRN-002"]
    one = [place for place in found.places if place.name == "Quarantine list"]
    assert found.without(one) == ["PC-BRN-002", "PC-JIM-001", "PC-UKE-003"]


def test_one_call_a_list_each_read_back(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    run()
    run()
    assert action.status == ActionStatus.done
    assert effects(vendor) == [f"added {DEMO_SHA}"] * 2
    assert all(target.verified_at and target.before["state"] == "off the list" for target in action.targets)
    assert [attempt.status for attempt in action.attempts] == [201, 201]
    assert all(attempt.request_sha256 and attempt.request_id for attempt in action.attempts)


def test_a_failure_between_two_lists_repeats_only_the_second(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    first = action.targets[0]
    vendor.faults = ["slow", "act_then_500"]
    run()
    assert action.status == ActionStatus.waiting and first.verified_at is not None
    run()
    assert action.status == ActionStatus.done
    assert effects(vendor) == [f"added {DEMO_SHA}"] * 2
    posts = [row["path"] for row in vendor.log if row["method"] == "POST"]
    assert len(set(posts)) == 2
    assert [attempt.target_id for attempt in action.attempts] == [target.id for target in action.targets]


def test_an_entry_of_somebody_else_is_reported_and_not_undone_by_us(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    theirs = next(one for one in vendor.orgs[0]["lists"] if one["guid"] == action.targets[0].guid)
    theirs["items"][DEMO_SHA] = {"sha256": DEMO_SHA, "description": "somebody", "source": "console"}
    approve(cast, action)
    run()
    assert [target.already_there for target in action.targets] == [True, False]
    assert action.status == ActionStatus.done
    undo = propose_undo(cast.user("dana"), action)
    assert [target.guid for target in undo.targets] == [action.targets[1].guid]
    approve(cast, undo)
    run()
    assert undo.status == ActionStatus.done
    assert DEMO_SHA in theirs["items"]
    assert effects(vendor) == [f"added {DEMO_SHA}", f"removed {DEMO_SHA}"]


def test_what_was_not_instructed_is_not_done(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    action.targets[0].guid = next(one["guid"] for one in vendor.orgs[0]["lists"] if one["kind"].endswith("blocking"))
    db.session.commit()
    run()
    assert action.status == ActionStatus.failed
    assert "not what was instructed" in (action.last_error or "")
    assert not effects(vendor)


def test_allow_and_quarantine_of_one_hash_refuse_each_other(cast: Cast, alert: Alert, vendor: Console) -> None:
    quarantine = proposed(cast, alert, ActionKind.quarantine)
    with pytest.raises(Refusal, match=quarantine.reference):
        proposed(cast, alert, ActionKind.allow)
    db.session.rollback()
    approve(cast, quarantine)
    run()
    with pytest.raises(Refusal, match=quarantine.reference):
        proposed(cast, alert, ActionKind.allow)
    db.session.rollback()
    undo = propose_undo(cast.user("dana"), quarantine)
    approve(cast, undo)
    run()
    allow = proposed(cast, alert, ActionKind.allow)
    approve(cast, allow)
    run()
    assert allow.status == ActionStatus.done


def test_a_clean_file_and_a_careful_customer_need_second_eyes(cast: Cast, alert: Alert, vendor: Console) -> None:
    cast.acme.set_handling(SYSTEM, second_eyes=True, isolation=False, links_need_sign_in=False)
    before = len(db.session.scalars(select(Notice)).all())
    action = proposed(cast, alert, ActionKind.quarantine)
    assert (action.status, action.review) == (ActionStatus.review, Review.second_eyes)
    assert len(db.session.scalars(select(Notice)).all()) == before, "the customer is not asked yet"
    assert "このファイルを隔離して" not in cast.alice.get(f"/portal/tickets/{alert.ticket.reference}").text
    with pytest.raises(Refusal):
        approve(cast, action)
    url = f"/desk/tickets/{alert.ticket.reference}/actions/{action.reference}/review"
    assert cast.dana.post(url).status_code == 403
    assert action.reference in cast.erin.get("/desk/supervision").text
    assert cast.erin.post(url).status_code == 302
    assert action.status == ActionStatus.asked
    approve(cast, action)
    run()
    assert action.status == ActionStatus.done


def test_the_proposer_is_not_the_second_pair_of_eyes(cast: Cast, alert: Alert) -> None:
    cast.acme.set_handling(SYSTEM, second_eyes=True, isolation=False, links_need_sign_in=False)
    found = coverage(alert, ActionKind.quarantine)
    action = propose(cast.user("erin"), alert, Proposal(ActionKind.quarantine, found.reaching))
    with pytest.raises(Refusal):
        action.pass_review(cast.user("erin"))


def test_a_file_the_console_holds_for_clean_asks_a_supervisor(cast: Cast, alert: Alert, vendor: Console) -> None:
    file = {"disposition": "Clean", "identity": {"sha256": DEMO_SHA}}
    on = vendor.orgs[0]["computers"][0]
    vendor.add_event(vendor.orgs[0], on, 1107296274, file=file, severity="Low")
    alert.reported_at = None
    db.session.execute(update(Completion).values(state="waiting", due_at=clock.now()))
    db.session.commit()
    for errand_id, turn in Completion.queue_due():
        alert_jobs.complete(errand_id, turn)
    alert.reported_at = clock.now()
    action = proposed(cast, alert, ActionKind.quarantine)
    assert action.review == Review.clean


def test_an_allow_list_that_the_api_refuses_is_done_by_hand(
    cast: Cast, alert: Alert, vendor: Console, at: Callable[[str], datetime]
) -> None:
    vendor.orgs[0]["refuse_allow"] = True
    action = proposed(cast, alert, ActionKind.allow)
    approve(cast, action)
    run()
    assert action.status == ActionStatus.failed
    assert "not supported" in (action.last_error or "")
    url = f"/desk/tickets/{alert.ticket.reference}/actions/{action.reference}/by-hand"
    assert cast.dana.post(url, {"words": ""}).status_code == 409
    assert cast.dana.post(url, {"words": "管理画面で許可リストに登録"}).status_code == 302
    run()
    assert action.status == ActionStatus.failed, "said to be done, but the list does not show it"
    allow = next(one for one in vendor.orgs[0]["lists"] if one["guid"] == action.targets[0].guid)
    allow["items"][DEMO_SHA] = {"sha256": DEMO_SHA, "description": "by a person", "source": "console"}
    at(TUESDAY_NIGHT)
    assert cast.dana.post(url, {"words": "管理画面で許可リストに登録"}).status_code == 409, "in service hours only"
    at("2026-11-25T10:00:00+09:00")
    assert cast.dana.post(url, {"words": "管理画面で許可リストに登録"}).status_code == 302
    run()
    assert (action.status, action.by_hand_by) == (ActionStatus.done, "田中 健一")
    assert not effects(vendor)


def test_a_named_allow_list_is_offered_where_no_policy_shows_one(cast: Cast, alert: Alert, vendor: Console) -> None:
    credential = credential_of(cast.acme.id)
    assert credential is not None
    credential.allow_list_guid = OWN_LIST
    request_check(credential)
    db.session.commit()
    for errand_id, turn in ConsoleCredential.queue_due():
        check(errand_id, turn)
    assert OWN_LIST in {place.guid for place in coverage(alert, ActionKind.allow).places}


def test_isolation_is_off_unless_switched_on(cast: Cast, alert: Alert, vendor: Console) -> None:
    with pytest.raises(Refusal, match="標準サービス"):
        isolate(cast, alert)
    db.session.rollback()
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=True, links_need_sign_in=False)
    action = isolate(cast, alert)
    assert "標準サービスの範囲外" in cast.alice.get(f"/portal/tickets/{alert.ticket.reference}").text
    approve(cast, action)
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=False, links_need_sign_in=False)
    db.session.commit()
    run()
    assert action.status == ActionStatus.failed, "asked again right before the call"
    assert not effects(vendor)


def test_isolation_is_started_once_and_read_until_it_holds_and_ended(
    cast: Cast, alert: Alert, vendor: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.demo.console_state.PENDING_SECONDS", 0.2)
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=True, links_need_sign_in=False)
    action = isolate(cast, alert)
    approve(cast, action)
    vendor.faults = ["act_then_500"]
    for _turn in range(4):
        run()
        time.sleep(0.25)
    assert action.status == ActionStatus.done
    assert effects(vendor) == ["isolating PC-IJI-014"]
    assert not action.already_there
    undo = propose_undo(cast.user("dana"), action)
    approve(cast, undo)
    for _turn in range(3):
        run()
        time.sleep(0.25)
    assert undo.status == ActionStatus.done
    assert effects(vendor) == ["isolating PC-IJI-014", "releasing PC-IJI-014"]


def test_a_computer_isolated_by_somebody_else_is_reported_as_such(cast: Cast, alert: Alert, vendor: Console) -> None:
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=True, links_need_sign_in=False)
    vendor.orgs[0]["computers"][0]["isolation"] |= {"status": "isolated", "comment": "the customer's own"}
    action = isolate(cast, alert)
    approve(cast, action)
    run()
    assert action.status == ActionStatus.already
    assert not effects(vendor)
    with pytest.raises(Refusal):
        propose_undo(cast.user("dana"), action)


def test_the_dashboard_login_is_shown_to_who_may_for_a_reason_on_record(cast: Cast, alert: Alert) -> None:
    row = set_login(SYSTEM, cast.acme, "ops@acme.example", "s3cret-word")
    db.session.commit()
    assert b"s3cret" not in row.secret
    url = f"/desk/tickets/{alert.ticket.reference}/dashboard-login"
    assert cast.dana.post(url, {"reason": "許可リストの手作業"}).status_code == 409
    cast.user("dana").set_may_reveal(SYSTEM, True)
    db.session.commit()
    assert cast.dana.post(url, {"reason": ""}).status_code == 409
    answer = cast.dana.post(url, {"reason": "許可リストの手作業"})
    assert "s3cret-word" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "credential.revealed"))
    assert (event.actor_name, event.details["reason"]) == ("田中 健一", "許可リストの手作業")
    assert "s3cret" not in str([one.details for one in db.session.scalars(select(AuditEvent))])
    assert "s3cret-word" not in cast.bob.get("/portal/connection").text
    assert rotate_logins() == 1


def test_the_customer_reports_new_keys_and_nobody_reads_them(cast: Cast, vendor: Console) -> None:
    form = {"region": "na", "signing": "basic", "client_id": "wrong", "api_key": "the-new-key"}
    assert cast.bob.post("/portal/connection/key", form).status_code == 302
    assert cast.alice.post("/portal/connection/key", form).status_code == 403
    assert cast.bob.post("/portal/connection/key", {**form, "api_key": ""}).status_code == 422
    for errand_id, turn in ConsoleCredential.queue_due():
        check(errand_id, turn)
    page = cast.bob.get("/portal/connection").text
    assert "Unknown API key" in page and "the-new-key" not in page
    told = {n.to_address for n in db.session.scalars(select(Notice).where(Notice.template == "credential_failing"))}
    assert told == {"bob@acme.example", "erin@desk.example"}
    for _again in range(2):
        credential = credential_of(cast.acme.id)
        assert credential is not None
        request_check(credential)
        db.session.commit()
        for errand_id, turn in ConsoleCredential.queue_due():
            check(errand_id, turn)
    count = len(db.session.scalars(select(Notice).where(Notice.template == "credential_failing")).all())
    assert count == 2, "told once until it works again"
