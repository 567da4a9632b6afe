"""The customer is told what became of their instruction, also where it failed or was declined (R23, V7)."""

from datetime import timedelta

from sqlalchemy import select

from helpdesk import clock
from helpdesk.actions.instructions import Choice, Via, instruct
from helpdesk.actions.jobs import TRIES_UNSEEN
from helpdesk.actions.models import Action, ActionStatus, Attempt
from helpdesk.actions.proposing import propose_undo
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Language
from helpdesk.demo.console_state import Console
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Channel, Priority
from tests.actions.test_running import action, approve, run_due, vendor
from tests.conftest import Cast
from tests.forms import press

__all__ = ["action", "vendor"]
VIA = Via(Channel.portal, "192.0.2.1")


def told() -> list[Notice]:
    results = ("action_done", "action_failed", "action_declined")
    return list(db.session.scalars(select(Notice).where(Notice.template.in_(results)).order_by(Notice.id)))


def end_contracts(action: Action) -> None:
    for contract in db.session.scalars(select(Contract).where(Contract.customer_id == action.customer_id)):
        contract.in_force_until = action.asked_at.date().replace(day=1)
    db.session.commit()


def test_a_failure_is_mailed_with_its_reason_and_when_they_hear_more(cast: Cast, action: Action) -> None:
    approve(cast, action)
    end_contracts(action)
    run_due()
    assert action.status == ActionStatus.failed
    (mail,) = told()
    assert mail.to_address == "alice@acme.example"
    assert "有効なご契約がありません" in mail.body
    assert "管理画面の変更は行われていません" in mail.body
    assert "までにご連絡いたします" in mail.body
    assert action.reference in mail.body


def test_who_instructed_reads_it_in_their_language(cast: Cast, action: Action) -> None:
    cast.contact("alice").language = Language.en
    approve(cast, action)
    end_contracts(action)
    run_due()
    (mail,) = told()
    assert "The customer has no contract in force." in mail.body
    assert "Nothing was changed on the console." in mail.body


def test_a_decline_is_mailed(cast: Cast, action: Action) -> None:
    instruct(action, cast.contact("alice"), Choice.decline, "the text", VIA)
    db.session.commit()
    (mail,) = told()
    assert mail.template == "action_declined"
    assert "管理画面の変更は行いません" in mail.body


def test_what_failed_and_then_succeeded_is_told_twice(cast: Cast, action: Action, vendor: Console) -> None:
    vendor.orgs[0]["lists"][0]["guid"] = "gone"
    approve(cast, action)
    run_due()
    vendor.orgs[0]["lists"][0]["guid"] = action.targets[0].guid
    action.try_again(cast.user("dana").actor())
    db.session.commit()
    run_due()
    assert [mail.template for mail in told()] == ["action_failed", "action_done"]


def test_what_a_person_stopped_is_told(cast: Cast, action: Action) -> None:
    approve(cast, action)
    call = {"turn": 1, "call": "POST", "at": action.asked_at, "calendar_version": current_calendar().version}
    db.session.add(Attempt(action_id=action.id, target_id=action.targets[0].id, status=503, **call))
    db.session.commit()
    page = f"/desk/tickets/{action.ticket.reference}/actions/{action.reference}/stop"
    assert cast.dana.post(page).status_code == 302
    assert [mail.template for mail in told()] == ["action_failed"]
    assert "担当者が中止しました" in told()[0].body


def test_a_console_that_goes_on_failing_is_seen_due_and_can_be_withdrawn(
    cast: Cast, action: Action, vendor: Console
) -> None:
    """Three tries in vain: the ticket is high up and due, the supervisor sees it, and nothing was changed."""
    approve(cast, action)
    vendor.read_faults = ["500"] * 50
    for _try in range(TRIES_UNSEEN):
        run_due()
        clock.set_now(clock.now() + timedelta(minutes=2))
    assert action.status == ActionStatus.waiting
    ticket = action.ticket
    assert (ticket.priority, ticket.due_at is not None) == (Priority.high, True)
    assert action.reference in cast.erin.get("/desk/supervision").text
    assert told() == []
    press(cast.dana, f"/desk/tickets/{ticket.reference}/actions", "取り下げ")
    assert action.status == ActionStatus.withdrawn
    assert action.reference not in cast.erin.get("/desk/supervision").text


def test_an_undo_leaves_what_somebody_else_put_there_since(cast: Cast, action: Action, vendor: Console) -> None:
    approve(cast, action)
    run_due()
    items = vendor.orgs[0]["lists"][0]["items"]
    sha = str(action.sha256)
    items[sha] = {**items[sha], "description": "Created by entering SHA-256 via Web"}
    undo = propose_undo(cast.user("dana"), action)
    db.session.commit()
    approve(cast, undo)
    run_due()
    assert undo.status == ActionStatus.failed
    assert sha in vendor.orgs[0]["lists"][0]["items"]
    assert "別の方が登録" in told()[-1].body
