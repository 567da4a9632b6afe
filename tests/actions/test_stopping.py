"""An isolation that comes back is one failed call for a person; what runs can be stopped (A3)."""

import pytest

from helpdesk import clock
from helpdesk.actions.models import Action, ActionKind, ActionStatus
from helpdesk.actions.proposing import propose_undo
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import SYSTEM
from helpdesk.demo import console_state
from helpdesk.demo.console_state import Console
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from tests.conftest import Cast
from tests.incident import approve, effects, isolate, proposed, run


def approved(cast: Cast, alert: Alert) -> Action:
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=True, links_need_sign_in=False)
    action = isolate(cast, alert)
    approve(cast, action)
    return action


@pytest.fixture
def isolation(cast: Cast, alert: Alert, vendor: Console, monkeypatch: pytest.MonkeyPatch) -> Action:
    """An approved isolation, on a console whose endpoints do not obey."""
    monkeypatch.setattr(console_state, "PENDING_SECONDS", 0)
    vendor.orgs[0]["isolation_fails"] = True
    return approved(cast, alert)


def test_an_isolation_that_comes_back_is_one_call_and_a_persons(cast: Cast, isolation: Action, vendor: Console) -> None:
    for _turn in range(6):
        run()
    assert [one.split()[0] for one in effects(vendor)] == ["isolating"]
    assert isolation.status == ActionStatus.failed
    assert "not isolated" in (isolation.last_error or "")
    assert isolation.ticket.due_at is not None
    assert isolation.reference in cast.erin.get("/desk/supervision").text
    with pytest.raises(Refusal):
        propose_undo(cast.user("dana"), isolation)


def test_a_person_may_try_again_and_that_is_one_more_call(cast: Cast, isolation: Action, vendor: Console) -> None:
    for _turn in range(3):
        run()
    url = f"/desk/tickets/{isolation.ticket.reference}/actions/{isolation.reference}"
    assert cast.dana.post(f"{url}/retry").status_code == 302
    for _turn in range(3):
        run()
    assert len(effects(vendor)) == 2
    assert isolation.status == ActionStatus.failed
    vendor.orgs[0]["isolation_fails"] = False
    cast.dana.post(f"{url}/retry")
    for _turn in range(3):
        run()
    assert isolation.status == ActionStatus.done
    assert len(effects(vendor)) == 3


def test_what_waits_between_two_tries_can_be_stopped(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    vendor.faults = ["500"] * 9
    run()
    assert action.status == ActionStatus.waiting and action.attempts
    url = f"/desk/tickets/{action.ticket.reference}/actions"
    page = cast.dana.get(url).text
    assert f"{action.reference}/stop" in page
    assert f"{action.reference}/withdrawal" not in page, "no button that only refuses"
    assert cast.dana.post(f"{url}/{action.reference}/stop").status_code == 302
    vendor.faults = []
    run()
    assert action.status == ActionStatus.failed
    assert not effects(vendor)
    assert "停止しました" in cast.dana.get(f"/desk/tickets/{action.ticket.reference}").text
    assert cast.dana.post(f"{url}/{action.reference}/stop").status_code == 409


def test_what_a_worker_holds_makes_no_call_after_the_stop(cast: Cast, alert: Alert, vendor: Console) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    action.state, action.leased_until = ErrandState.running, clock.real_now()
    db.session.commit()
    url = f"/desk/tickets/{action.ticket.reference}/actions/{action.reference}/stop"
    assert cast.dana.post(url).status_code == 302
    run()
    assert action.status == ActionStatus.failed
    assert not effects(vendor)


def test_a_stopped_action_whose_call_was_taken_can_be_undone(
    cast: Cast, alert: Alert, vendor: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_state, "PENDING_SECONDS", 3600)
    action = approved(cast, alert)
    run()
    assert action.status == ActionStatus.waiting and action.may_stop
    action.stop(SYSTEM)
    assert action.may_undo
    assert propose_undo(cast.user("dana"), action).undo


def test_only_what_is_under_way_can_be_stopped(cast: Cast, alert: Alert) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    with pytest.raises(Refusal):
        action.stop(SYSTEM)
    approve(cast, action)
    assert action.may_withdraw and not action.may_stop
    action.withdraw(SYSTEM)
    with pytest.raises(Refusal):
        action.stop(SYSTEM)
