"""What a review of actions found wrong once, each with the case that showed it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.actions.asking import ask, reads_as_consent
from helpdesk.actions.by_hand import done_by_hand
from helpdesk.actions.instructions import Choice, Via, instruct
from helpdesk.actions.models import Action, ActionKind, ActionStatus
from helpdesk.actions.proof import problems, proof_of
from helpdesk.actions.proposing import check_again, propose_undo
from helpdesk.actions.timing import room_for_a_call, start_time
from helpdesk.alerts.alert_events import AlertEvent
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.models import change_calendar, current_calendar
from helpdesk.console.jobs import check
from helpdesk.console.models import ConsoleCredential, credential_of, set_allow_list
from helpdesk.customers.models import Way
from helpdesk.demo.console_state import DEMO_SHA, Console
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Channel, TicketState
from tests.conftest import Cast
from tests.incident import approve, effects, isolate, proposed, run
from tests.making import an_alert


def test_a_mail_cannot_make_a_proof_say_quarantined(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    run()
    link = "https://console.amp.cisco.com/computers/0b4883d4-8ecf-4404-9453-13cba0ee7662/trajectory2?id=6533241145273614340"
    when = clock.now().isoformat()
    text = f"Event Type: Threat Quarantined\nComputer: PC-KEIRI-03\nSHA-256: {DEMO_SHA}\nDate: {when}\n{link}\n"
    an_alert(cast.acme, text)
    assert db.session.scalars(select(AlertEvent).where(AlertEvent.computer == "PC-KEIRI-03")).one().event_id
    assert proof_of(action).body["quarantined"] == []


def test_a_failure_reopens_a_closed_ticket_and_stands_before_the_supervisor(
    cast: Cast, alert: Alert, vendor: Console
) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    alert.ticket.close(SYSTEM, "solved")
    vendor.orgs[0]["read_only"] = True
    db.session.commit()
    run()
    assert action.status == ActionStatus.failed
    assert (alert.ticket.state, alert.ticket.closed_at) == (TicketState.open, None)
    assert alert.ticket.due_at is not None
    assert action.reference in cast.erin.get("/desk/supervision").text


def test_declining_on_a_closed_ticket_reopens_it(cast: Cast, alert: Alert) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    alert.ticket.close(SYSTEM, "solved")
    instruct(action, cast.contact("alice"), Choice.decline, "text", Via(Channel.portal, None))
    assert not alert.ticket.closed


@pytest.fixture
def half_done(cast: Cast, alert: Alert, vendor: Console) -> Action:
    """Added to the first list, refused by the second."""
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    guid = action.targets[1].guid
    vendor.orgs[0]["lists"] = [one for one in vendor.orgs[0]["lists"] if one["guid"] != guid]
    run()
    assert action.status == ActionStatus.failed or action.state == ErrandState.waiting
    return action


def test_what_failed_half_way_is_undone(cast: Cast, half_done: Action, vendor: Console) -> None:
    while half_done.state == ErrandState.waiting:
        run()
    assert half_done.status == ActionStatus.failed
    undo = propose_undo(cast.user("dana"), half_done)
    assert len(undo.targets) == 1
    approve(cast, undo)
    run()
    assert undo.status == ActionStatus.done
    assert effects(vendor) == [f"added {DEMO_SHA}", f"removed {DEMO_SHA}"]


def test_what_failed_half_way_still_stands(cast: Cast, alert: Alert, half_done: Action) -> None:
    while half_done.state == ErrandState.waiting:
        run()
    with pytest.raises(Refusal, match=half_done.reference):
        proposed(cast, alert, ActionKind.allow)


def test_an_old_failure_is_not_tried_again_over_a_newer_action(cast: Cast, alert: Alert, vendor: Console) -> None:
    first = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, first)
    vendor.orgs[0]["read_only"] = True
    run()
    assert first.status == ActionStatus.failed
    vendor.orgs[0]["read_only"] = False
    allow = proposed(cast, alert, ActionKind.allow)
    approve(cast, allow)
    run()
    assert allow.status == ActionStatus.done
    with pytest.raises(Refusal, match=allow.reference):
        check_again(first)
    url = f"/desk/tickets/{alert.ticket.reference}/actions/{first.reference}/retry"
    assert cast.dana.post(url).status_code == 409
    with pytest.raises(Refusal):
        done_by_hand(first, cast.user("dana"), "by hand")


def test_a_call_has_room_for_its_last_read(cast: Cast, alert: Alert, at: Callable[[str], datetime]) -> None:
    """Time-outs of 12 s: the last read may begin just before they end."""
    assert room_for_a_call().total_seconds() == 18
    hours = current_calendar().hours
    assert (
        start_time(hours, at("2026-11-24T16:59:41+09:00")).isoformat(timespec="seconds") == "2026-11-24T07:59:41+00:00"
    )
    assert start_time(hours, at("2026-11-24T16:59:43+09:00")).isoformat() == "2026-11-25T00:00:00+00:00"


def test_an_isolation_that_does_not_settle_is_told_and_uses_up_no_tries(
    cast: Cast, alert: Alert, vendor: Console, monkeypatch: pytest.MonkeyPatch, at: Callable[[str], datetime]
) -> None:
    monkeypatch.setattr("helpdesk.demo.console_state.PENDING_SECONDS", 10**6)
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=True, links_need_sign_in=False)
    action = isolate(cast, alert)
    approve(cast, action)
    for _turn in range(20):
        run()
    assert (action.state, action.tries) == (ErrandState.waiting, 0)
    assert action.returned_at is None
    at("2026-11-24T14:00:00+09:00")
    run()
    assert action.returned_at is not None
    assert alert.ticket.due_at is not None
    assert effects(vendor) == ["isolating PC-IJI-014"]


def test_one_action_s_comment_is_not_another_s(cast: Cast, alert: Alert, vendor: Console) -> None:
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=True, links_need_sign_in=False)
    action = isolate(cast, alert)
    computer = next(one for one in vendor.orgs[0]["computers"] if one["hostname"] == "PC-IJI-014")
    computer["isolation"] |= {"status": "isolated", "comment": f"x {action.reference}0"}
    approve(cast, action)
    run()
    assert action.status == ActionStatus.already


def test_a_proof_keeps_the_calendar_it_was_made_with(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    run()
    signed = proof_of(action)
    change_calendar(SYSTEM, "later", closing_days={clock.now().date(): "a day off, said later"})
    cast.acme.name = "Another name since"
    db.session.commit()
    assert not problems(signed)
    assert all(call["in_service_hours"] for call in proof_of(action).body["calls"])


def test_who_was_made_to_wait_does_not_make_the_others_wait_longer(cast: Cast, alert: Alert, vendor: Console) -> None:
    """Refused by the pause alone, without asking the console, an action must not renew it."""
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    credential = credential_of(cast.acme.id)
    assert credential is not None
    until = clock.real_now() + timedelta(seconds=30)
    credential.rate_left, credential.rate_resets_at = 0, until
    db.session.commit()
    for _turn in range(3):
        run()
    assert credential.rate_resets_at == until
    assert "used up" in (action.last_error or "")
    credential.rate_resets_at = clock.real_now()
    db.session.commit()
    run()
    assert action.status == ActionStatus.done


def test_asking_reaches_somebody_or_says_so(cast: Cast, alert: Alert) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    cast.contact("alice").set_alert_rights(SYSTEM, told=False, may_instruct=False, way=Way.mail)
    with pytest.raises(Refusal, match="連絡先"):
        ask(action)
    cast.contact("bob").set_alert_rights(SYSTEM, told=True, may_instruct=True, way=Way.mail)
    ask(action)
    newest = db.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert newest is not None and newest.to_address == "bob@acme.example"


def test_who_lost_the_right_is_not_told_the_result(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    cast.contact("alice").set_alert_rights(SYSTEM, told=False, may_instruct=False, way=Way.mail)
    cast.contact("bob").set_alert_rights(SYSTEM, told=True, may_instruct=True, way=Way.mail)
    db.session.commit()
    run()
    told = db.session.scalars(select(Notice).where(Notice.template == "action_done")).one()
    assert told.to_address == "bob@acme.example"


def test_an_instruction_may_be_withdrawn_while_nothing_was_sent(
    cast: Cast, alert: Alert, vendor: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    open_twice = iter([True, False])
    monkeypatch.setattr("helpdesk.actions.jobs._in_hours", lambda: next(open_twice, False))
    run()
    assert [attempt.error for attempt in action.attempts] == ["not sent: service hours ended"]
    action.withdraw(SYSTEM)
    assert action.status == ActionStatus.withdrawn
    assert not effects(vendor)


@pytest.mark.parametrize(
    "words", ["take a look", "Tokyo office", "承認しません", "Do not proceed", "それはできません。OK?"]
)
def test_words_that_are_no_consent(words: str) -> None:
    assert not reads_as_consent(words)


def test_a_named_allow_list_is_a_guid_and_no_other_list(cast: Cast, alert: Alert, vendor: Console) -> None:
    credential = credential_of(cast.acme.id)
    assert credential is not None
    for wrong in ("../../x", "abc"):
        with pytest.raises(Refusal):
            set_allow_list(SYSTEM, credential, wrong)
    blocking = next(one for one in vendor.orgs[0]["lists"] if one["kind"] == "application_blocking")
    url = f"/admin/customers/{cast.acme.id}/allow-list"
    assert cast.root.post(url, {"guid": blocking["guid"]}).status_code == 302
    db.session.execute(update(Action).values(due_at=None))
    from_check(cast)
    assert "application_blocking" in (credential.last_error or "")


def from_check(cast: Cast) -> None:
    """What the worker does with the test that was asked for."""
    for errand_id, turn in ConsoleCredential.queue_due():
        check(errand_id, turn)
    db.session.refresh(cast.acme)
