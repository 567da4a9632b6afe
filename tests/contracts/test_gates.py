"""What a contract gates, at the time of the deed: suspended, ended, entered later (V5, R06, R55)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.actions.instructions import Choice, Via, instruct
from helpdesk.actions.models import Action, ActionStatus
from helpdesk.alerts.completions import ConsolePoll, set_polling
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.reporting import Telling, report
from helpdesk.audit.models import SYSTEM
from helpdesk.console.models import credential_of, recheck_old
from helpdesk.contracts.cover import Cover, cover_of, customers_that_left
from helpdesk.contracts.life import contract_now
from helpdesk.contracts.models import Contract, Ending, add_contract
from helpdesk.contracts.suspensions import SuspensionGround, suspension_of
from helpdesk.customers.models import add_customer
from helpdesk.demo.console_state import Console
from helpdesk.desk.contract_effects import begin_service, resume_service, suspend_service, terminate_service
from helpdesk.desk.contract_ends import due_ends, see_to_end
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.joining import merge
from helpdesk.tickets.kinds import Channel, Queue, TicketState
from helpdesk.tickets.opening import cover
from tests.actions.test_running import action, approve, effects, run_due, vendor
from tests.conftest import Cast
from tests.incident import poll
from tests.making import an_alert, an_inquiry, reported

__all__ = ["action", "vendor"]
Move = Callable[[str], datetime]


@pytest.fixture
def contract(cast: Cast) -> Contract:
    found = contract_now(cast.acme.id)
    assert found is not None
    return found


def ends(contract: Contract, day: str) -> None:
    contract.set_end(SYSTEM, date.fromisoformat(day), Ending.nonrenewal, "11-2: x")
    db.session.commit()


def see_to_ends() -> int:
    """What the worker does every few seconds; returns for how many contracts."""
    ids = due_ends()
    for contract_id in ids:
        see_to_end(contract_id)
        db.session.commit()
    return len(ids)


def mails(template: str) -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.template == template).order_by(Notice.id)))


def test_at_16_59_45_of_the_last_day_nothing_is_promised(
    cast: Cast, action: Action, contract: Contract, at: Move
) -> None:
    """The next hours lie behind the end: the card says so, and an approval is refused with the reason."""
    ends(contract, "2026-11-30")
    at("2026-11-30T16:59:45+09:00")
    page = cast.alice.get(f"/portal/tickets/{action.ticket.reference}").text
    assert "次のサービス提供時間より前に契約が終了します" in page
    with pytest.raises(Refusal, match="2026年11月30日"):
        instruct(action, cast.contact("alice"), Choice.approve, "text", Via(Channel.portal, "192.0.2.1"))
    assert action.status == ActionStatus.asked
    instruct(action, cast.contact("alice"), Choice.decline, "text", Via(Channel.portal, "192.0.2.1"))


def test_while_there_is_time_it_runs_on_the_last_day(
    cast: Cast, action: Action, vendor: Console, contract: Contract, at: Move
) -> None:
    ends(contract, "2026-11-30")
    at("2026-11-30T16:30:00+09:00")
    approve(cast, action)
    run_due()
    assert action.status == ActionStatus.done


def test_after_the_end_nothing_is_proposed_asked_or_reported_of_what_came_later(
    cast: Cast, contract: Contract, at: Move
) -> None:
    before = an_alert(cast.acme)
    ends(contract, "2026-11-30")
    at("2026-12-01T10:00:00+09:00")
    assert cover_of(cast.acme.id).cover == Cover.ended
    report(cast.user("dana"), alert_of(before), Telling(cast.contact("alice"), "調査結果です。"))
    later = an_alert(cast.acme, "Computer: PC-9\nFile name: other.exe\nSHA-256: " + "cd" * 32 + "\nSeverity: High\n")
    assert not later.covered
    with pytest.raises(Refusal, match="11-2"):
        report(cast.user("dana"), alert_of(later), Telling(cast.contact("alice"), "調査結果です。"))
    assert "契約は終了しました" in cast.dana.get(f"/desk/tickets/{before.reference}").text


def test_suspended_due_times_stand_still_and_actions_wait(
    cast: Cast, action: Action, vendor: Console, contract: Contract, at: Move
) -> None:
    at("2026-11-25T10:00:00+09:00")
    ticket = an_inquiry(cast.contact("alice"))
    due = ticket.due_at
    assert due is not None
    at("2026-11-25T11:00:00+09:00")
    suspend_service(SYSTEM, contract, SuspensionGround.unpaid, "")
    approve(cast, action)
    assert (ticket.due_at, ticket.stands_still) == (None, True)
    fresh = an_inquiry(cast.contact("alice"), "中止中の問い合わせ")
    assert fresh.stands_still and fresh.covered
    run_due()
    assert action.status == ActionStatus.waiting
    assert not effects(vendor)
    (told,) = mails("suspended")
    assert "10-1(4)" in told.body
    assert "提供を中止しています" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "提供中止中" in cast.dana.get("/desk/queues/open").text
    assert "提供の再開後" in cast.alice.get("/portal/").text
    assert "receipt_suspended" in {one.template for one in db.session.scalars(select(Notice))}
    at("2026-11-26T11:00:00+09:00")
    resume_service(SYSTEM, contract)
    db.session.commit()
    assert abs((ticket.due_at or due) - due - timedelta(days=1)) < timedelta(seconds=2), "a day of service later"
    assert fresh.due_at is not None
    run_due()
    assert action.status == ActionStatus.done


def test_a_reply_while_suspended_starts_no_clock(cast: Cast, contract: Contract) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.wait_for_customer(SYSTEM)
    suspend_service(SYSTEM, contract, SuspensionGround.outage, "")
    cast.alice.post(f"/portal/tickets/{ticket.reference}/messages", {"body": "追加の情報です。"})
    assert ticket.stands_still
    resume_service(SYSTEM, contract)
    assert ticket.due_at is not None


def test_the_end_withdraws_stops_and_then_destroys(cast: Cast, action: Action, contract: Contract, at: Move) -> None:
    set_polling(SYSTEM, cast.acme, True)
    ends(contract, "2026-11-30")
    at("2026-12-01T00:00:30+09:00")
    assert see_to_ends() >= 1
    db.session.commit()
    assert action.status == ActionStatus.withdrawn
    assert db.session.scalars(select(ConsolePoll)).one().due_at is None, "nobody hands it over any more"
    (over,) = mails("contract_over")
    assert action.reference in over.body, "withdrawn with a word"
    assert "2026年12月2日(水)" in over.body, "when what was lent is destroyed"
    assert credential_of(cast.acme.id) is not None
    assert see_to_ends() == 0, "once"
    at("2026-12-02T09:00:00+09:00")
    assert see_to_ends() == 1
    assert credential_of(cast.acme.id) is None
    assert "API キー" in mails("lent_back")[0].body


def test_what_was_lent_is_destroyed_on_the_day_that_was_told(cast: Cast, contract: Contract, at: Move) -> None:
    """The last day lies within closing days: two business days after it, not two before the present one."""
    ends(contract, "2026-12-31")
    at("2027-01-01T09:00:00+09:00")
    see_to_ends()
    (over,) = mails("contract_over")
    assert "2027年1月5日(火)" in over.body
    at("2027-01-04T17:00:00+09:00")
    assert see_to_ends() == 0
    at("2027-01-05T00:00:10+09:00")
    assert see_to_ends() == 1
    assert credential_of(cast.acme.id) is None


def test_ten_business_days_before_the_end_what_stays_is_told(
    cast: Cast, action: Action, vendor: Console, contract: Contract, at: Move
) -> None:
    approve(cast, action)
    run_due()
    ends(contract, "2026-12-31")
    at("2026-12-14T12:00:00+09:00")
    assert see_to_ends() == 0
    at("2026-12-15T09:00:00+09:00")
    assert see_to_ends() == 1
    (mail,) = mails("console_overview")
    assert action.reference in mail.body
    assert "2026年12月28日(月)" in mail.body, "the last day on which it can be taken back"
    assert see_to_ends() == 0


def test_a_contract_entered_later_heals_open_tickets(cast: Cast, contract: Contract) -> None:
    contract.in_force_until = date(2026, 9, 30)
    db.session.flush()
    ticket = an_inquiry(cast.contact("alice"))
    assert (ticket.covered, ticket.queue) == (False, Queue.contracts)
    add_contract(SYSTEM, cast.acme, plan="プラン 100", start=date(2026, 10, 1))
    assert begin_service(SYSTEM, cast.acme) == 1
    assert (ticket.covered, ticket.queue) == (True, Queue.inquiries)


def test_what_was_reported_and_asked_before_is_not_proposed_after(cast: Cast, contract: Contract, at: Move) -> None:
    told = reported(an_alert(cast.acme), cast.user("dana"), cast.contact("alice"))
    ends(contract, "2026-11-30")
    at("2026-12-01T10:00:00+09:00")
    page = cast.dana.post(f"/desk/tickets/{told.ticket.reference}/actions", {"kind": "quarantine", "place": "guid-1"})
    assert page.status_code in (302, 409, 422)
    assert db.session.scalar(select(Action.id)) is None


def test_a_suspended_console_is_not_read(cast: Cast, contract: Contract) -> None:
    set_polling(SYSTEM, cast.acme, True)
    suspend_service(SYSTEM, contract, SuspensionGround.maintenance, "")
    db.session.commit()
    poll()
    row = db.session.scalars(select(ConsolePoll)).one()
    assert (row.polled_at, row.state) == (None, ErrandState.waiting)
    assert row.due_at is not None
    assert row.due_at > clock.now()


def test_the_console_of_a_customer_who_left_is_read_no_more(cast: Cast, contract: Contract, at: Move) -> None:
    set_polling(SYSTEM, cast.acme, True)
    ends(contract, "2026-11-30")
    at("2026-12-01T00:00:10+09:00")
    poll()
    row = db.session.scalars(select(ConsolePoll)).one()
    assert (row.polled_at, row.last_error) == (None, None)
    assert row.due_at is not None
    assert row.due_at > clock.now() + timedelta(days=300)
    credential = credential_of(cast.acme.id)
    assert credential is not None
    credential.state, credential.finished_at = ErrandState.done, clock.now() - timedelta(days=2)
    assert recheck_old(customers_that_left()) == 0, "nor is its key tested"


def test_a_new_contract_begins_fresh_after_a_suspended_one(cast: Cast, contract: Contract, at: Move) -> None:
    """A suspension ends with its contract: nothing stands still for good, and the console is read again."""
    set_polling(SYSTEM, cast.acme, True)
    ticket = an_inquiry(cast.contact("alice"))
    suspend_service(SYSTEM, contract, SuspensionGround.unpaid, "")
    ends(contract, "2026-11-30")
    assert ticket.stands_still
    at("2026-12-01T00:01:00+09:00")
    see_to_ends()
    assert suspension_of(contract) is None
    assert ticket.due_at is not None, "somebody answers it, covered or not"
    add_contract(SYSTEM, cast.acme, plan="プラン 100", start=date(2026, 12, 1))
    begin_service(SYSTEM, cast.acme)
    assert cover_of(cast.acme.id).cover == Cover.in_force
    assert db.session.scalars(select(ConsolePoll)).one().due_at is not None
    cast.alice.post(f"/portal/tickets/{ticket.reference}/messages", {"body": "追加です。"})
    assert not ticket.stands_still


def test_ended_at_once_what_waits_is_withdrawn_in_the_same_moment(
    cast: Cast, action: Action, contract: Contract
) -> None:
    approve(cast, action)
    suspend_service(SYSTEM, contract, SuspensionGround.unpaid, "")
    ticket = an_inquiry(cast.contact("alice"), "中止中です")
    terminate_service(SYSTEM, contract, Ending.default, "支払いの停止")
    db.session.commit()
    assert action.status == ActionStatus.withdrawn
    assert not ticket.stands_still
    assert [one.template for one in db.session.scalars(select(Notice).order_by(Notice.id))][-2:] == [
        "contract_ends",
        "contract_over",
    ]
    run_due()
    assert not mails("action_failed")


def test_keys_lent_for_a_coming_contract_are_kept(cast: Cast, contract: Contract, at: Move) -> None:
    ends(contract, "2026-11-30")
    at("2026-12-01T00:01:00+09:00")
    see_to_ends()
    at("2026-12-01T12:00:00+09:00")
    credential = credential_of(cast.acme.id)
    assert credential is not None
    credential.set_at = clock.now()
    db.session.commit()
    at("2027-02-01T09:00:00+09:00")
    assert see_to_ends() == 0
    assert credential_of(cast.acme.id) is not None


def test_who_goes_on_the_next_day_is_told_of_no_end(cast: Cast, contract: Contract, at: Move) -> None:
    ends(contract, "2026-12-31")
    add_contract(SYSTEM, cast.acme, plan="プラン 200", start=date(2027, 1, 1))
    db.session.commit()
    at("2026-12-15T09:00:00+09:00")
    see_to_ends()
    at("2027-01-01T00:01:00+09:00")
    see_to_ends()
    assert not mails("console_overview")
    assert not mails("contract_over")


def test_many_far_ends_starve_nobody(cast: Cast, contract: Contract, at: Move) -> None:
    for number in range(60):
        customer = add_customer(SYSTEM, f"遠い終了 {number}")
        add_contract(SYSTEM, customer, plan="p", start=date(2026, 1, 1), end=date(2030, 12, 31))
    ends(contract, "2026-11-30")
    at("2026-12-01T00:01:00+09:00")
    assert see_to_ends() == 1
    assert mails("contract_over")


def test_a_ticket_that_is_matched_to_a_suspended_customer_stands_still(cast: Cast, contract: Contract) -> None:
    ticket = an_inquiry(cast.contact("charlie"))
    ticket.customer, ticket.customer_id, ticket.requester = None, None, None
    suspend_service(SYSTEM, contract, SuspensionGround.outage, "")
    ticket.match(SYSTEM, cast.acme, cast.contact("alice"))
    cover(ticket)
    assert ticket.stands_still
    assert ticket.first_due_at is None, "nothing is answered late while it stands"


def test_merged_while_suspended_the_question_is_still_due(cast: Cast, contract: Contract) -> None:
    first, second = an_inquiry(cast.contact("alice"), "一つ目"), an_inquiry(cast.contact("alice"), "二つ目")
    second.wait_for_customer(SYSTEM)
    suspend_service(SYSTEM, contract, SuspensionGround.outage, "")
    merge(first, second, cast.user("dana").actor())
    assert second.stands_still
    resume_service(SYSTEM, contract)
    assert second.due_at is not None
    assert second.state == TicketState.open


def test_only_a_contract_in_force_is_suspended(cast: Cast, contract: Contract, at: Move) -> None:
    ends(contract, "2026-11-30")
    at("2026-12-01T09:00:00+09:00")
    with pytest.raises(Refusal, match="10-1"):
        suspend_service(SYSTEM, contract, SuspensionGround.unpaid, "")
    assert not mails("suspended")
