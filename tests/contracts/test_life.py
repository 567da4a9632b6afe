"""A contract's life: each verb, what it refuses and by which clause, and what the customer is told (R50 to R55)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.applications import (
    Application,
    ApplicationWords,
    LicenceEdition,
    LicenceOrigin,
    RefusalGround,
    apply,
)
from helpdesk.contracts.changes import ChangeState, ask_for_change, plan_on
from helpdesk.contracts.counts import clients_over, count_licences, last_count, tell_difference
from helpdesk.contracts.cover import Cover, cover_of
from helpdesk.contracts.life import cancel, contract_now, end_on_record, start_contract, take_end_back, terminate
from helpdesk.contracts.listing import count_states, list_contracts, state_of
from helpdesk.contracts.models import Contract, ContractState, Ending, add_contract
from helpdesk.contracts.outlook import dates_ahead
from helpdesk.customers.models import Customer, add_customer
from helpdesk.customers.people import add_contact
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from tests.conftest import Cast

Move = Callable[[str], datetime]


@pytest.fixture
def fresh(cast: Cast) -> Customer:
    """A customer without a contract, with somebody who handles it."""
    customer = add_customer(SYSTEM, "新星 株式会社")
    person = add_contact(SYSTEM, customer, name="契約 担当", email="keiyaku@shinsei.example")
    person.set_handles_contract(SYSTEM, handles=True)
    db.session.commit()
    return customer


def applied(customer: Customer, **more: object) -> Application:
    words = ApplicationWords("プラン 50", "moushikomi@shinsei.example", 50, date(2026, 11, 20), **more)  # type: ignore[arg-type]
    return apply(SYSTEM, customer, words)


def running(customer: Customer, start: str = "2026-04-01") -> Contract:
    return add_contract(SYSTEM, customer, plan="プラン 50", clients=50, start=date.fromisoformat(start))


def mails(template: str) -> list[Notice]:
    return list(db.session.scalars(db.select(Notice).where(Notice.template == template).order_by(Notice.id)))


def test_the_start_notice_forms_the_contract(fresh: Customer) -> None:
    application = applied(fresh)
    assert contract_now(fresh.id) is None
    contract = start_contract(SYSTEM, application, date(2026, 12, 7))
    (mail,) = mails("service_start")
    assert mail.to_address == "moushikomi@shinsei.example", "the address of the application (3-2)"
    assert contract.start_notice_id == mail.id
    assert contract.number == "C-2026-003"
    for words in ("C-2026-003", "2026年12月7日(月)", "2026年12月31日(木)", "2027年12月31日(金)"):
        assert words in mail.body, words
    assert contract.minimum_term.on == date(2027, 12, 31)
    assert cover_of(fresh.id).cover == Cover.none, "it starts later"


@pytest.mark.parametrize(
    ("more", "start", "clause"),
    [
        ({"edition": LicenceEdition.premier}, "2026-12-01", "3-3"),
        ({"origin": LicenceOrigin.elsewhere}, "2026-12-01", "3-3"),
        ({"licence_until": date(2026, 11, 30)}, "2026-12-01", "3-4(4)"),
        ({}, "2026-11-19", "3-2"),
    ],
)
def test_what_cannot_start_is_refused_by_its_clause(fresh: Customer, more: dict, start: str, clause: str) -> None:
    with pytest.raises(Refusal) as refused:
        start_contract(SYSTEM, applied(fresh, **more), date.fromisoformat(start))
    assert clause in str(refused.value)
    assert contract_now(fresh.id) is None


def test_an_application_is_refused_on_a_ground_and_decided_once(fresh: Customer) -> None:
    application = applied(fresh)
    application.refuse(SYSTEM, RefusalGround.payment, "滞納")
    assert RefusalGround.payment.clause == "3-4(2)"
    with pytest.raises(Refusal):
        application.refuse(SYSTEM, RefusalGround.maker)
    with pytest.raises(Refusal):
        start_contract(SYSTEM, application, date(2026, 12, 1))


def test_contracts_do_not_overlap_and_do_not_end_inside_a_period_or_in_the_past(fresh: Customer) -> None:
    contract = running(fresh)
    with pytest.raises(Refusal, match="11-4"):
        running(fresh, "2026-12-01")
    for day, clause in (("2026-12-15", "11-1"), ("2026-10-31", "11-1"), ("2026-03-31", "")):
        with pytest.raises(Refusal) as refused:
            end_on_record(SYSTEM, contract, date.fromisoformat(day))
        assert clause in str(refused.value), day
    end_on_record(SYSTEM, contract, date(2026, 12, 31))
    assert contract.in_force_until == date(2026, 12, 31)
    assert running(fresh, "2027-01-01").in_force_from == date(2027, 1, 1)


def test_after_a_gap_the_contract_goes_back_to_the_day_after_the_end(fresh: Customer) -> None:
    add_contract(SYSTEM, fresh, plan="p", start=date(2025, 1, 1), end=date(2026, 9, 30))
    again = start_contract(SYSTEM, applied(fresh), date(2026, 11, 24))
    assert again.in_force_from == date(2026, 10, 1)
    assert again.service_start == date(2026, 11, 24)
    (mail,) = mails("service_start")
    assert "2026年10月1日(木)" in mail.body
    assert "第11条4項" in mail.body


@pytest.mark.parametrize("ending", [Ending.ground, Ending.breach, Ending.antisocial, Ending.default])
def test_an_end_at_once_holds_from_that_moment(fresh: Customer, ending: Ending, at: Move) -> None:
    contract = running(fresh)
    before = at("2026-11-24T11:00:00+09:00")
    assert cover_of(fresh.id).holds
    terminate(SYSTEM, contract, ending, "判明した事実", all_due=True)
    assert cover_of(fresh.id).cover == Cover.ended
    assert cover_of(fresh.id, before - timedelta(seconds=1)).holds
    assert contract.all_due == (ending != Ending.ground), "期限の利益は 12-1 から 12-3 まで"
    (mail,) = mails("contract_ends")
    assert "ただちに" in mail.body
    at("2026-11-25T09:00:00+09:00")
    with pytest.raises(Refusal):
        terminate(SYSTEM, contract, ending, "もう一度")
    with pytest.raises(Refusal, match="11-4"):
        take_end_back(SYSTEM, contract, "やはり続ける")


def test_a_months_notice_and_the_end_of_the_service(fresh: Customer) -> None:
    contract = running(fresh)
    terminate(SYSTEM, contract, Ending.notice, "提供の見直し")
    assert contract.in_force_until == date(2026, 12, 24)
    assert "12-4" in mails("contract_ends")[0].body
    take_end_back(SYSTEM, contract, "撤回")
    assert contract.in_force_until is None
    with pytest.raises(Refusal, match="12-5"):
        terminate(SYSTEM, contract, Ending.service_end, "終了", on=date(2026, 11, 23))
    terminate(SYSTEM, contract, Ending.service_end, "終了", on=date(2027, 3, 31))
    assert contract.in_force_until == date(2027, 3, 31)
    with pytest.raises(Refusal, match="11-2"):
        terminate(SYSTEM, contract, Ending.nonrenewal, "x")


def test_a_change_is_formed_by_our_notice_and_holds_from_the_first(fresh: Customer) -> None:
    contract = running(fresh)
    change = ask_for_change(SYSTEM, contract, plan="プラン 80", clients=80, requested_on=date(2026, 11, 21))
    assert change.effective_on == date(2027, 1, 1), "one day late for December"
    assert plan_on(contract, date(2027, 1, 1)) == ("プラン 50", 50), "asked for is not formed (3-5)"
    change.form(SYSTEM)
    assert plan_on(contract, date(2026, 12, 31)) == ("プラン 50", 50)
    assert plan_on(contract, date(2027, 1, 1)) == ("プラン 80", 80)
    assert "プラン 80" in mails("plan_change")[0].body
    with pytest.raises(Refusal):
        change.refuse(SYSTEM, RefusalGround.payment)
    with pytest.raises(Refusal):
        ask_for_change(SYSTEM, contract, plan="プラン 80", clients=80, requested_on=date(2027, 1, 4))
    other = ask_for_change(SYSTEM, contract, plan="プラン 90", clients=90, requested_on=date(2027, 1, 4))
    other.refuse(SYSTEM, RefusalGround.hindrance, "混雑")
    assert other.state == ChangeState.refused


def test_no_change_after_the_end(fresh: Customer) -> None:
    contract = running(fresh)
    end_on_record(SYSTEM, contract, date(2026, 12, 31))
    with pytest.raises(Refusal, match="13-2"):
        ask_for_change(SYSTEM, contract, plan="プラン 80", clients=80, requested_on=date(2026, 12, 22))


def test_the_licence_count_against_the_plan(fresh: Customer) -> None:
    contract = running(fresh)
    assert clients_over(contract, last_count(contract)) == 0
    row = count_licences(SYSTEM, contract, 61, date(2026, 11, 24))
    db.session.flush()
    assert clients_over(contract, last_count(contract)) == 11
    tell_difference(SYSTEM, row)
    (mail,) = mails("clients_differ")
    assert mail.to_address == "keiyaku@shinsei.example"
    assert "61" in mail.body and "13条3項" in mail.body
    with pytest.raises(Refusal):
        tell_difference(SYSTEM, row)


def test_the_word_for_a_state(fresh: Customer, at: Move) -> None:
    contract = running(fresh, "2026-12-01")
    moment, day = at("2026-11-30T12:00:00+09:00"), date(2026, 11, 30)
    assert contract.state_on(moment, day) == ContractState.starting
    day = date(2026, 12, 1)
    assert contract.state_on(moment, day) == ContractState.active
    assert contract.state_on(moment, day, suspended=True) == ContractState.suspended
    contract.in_force_until = date(2026, 12, 31)
    assert contract.state_on(moment, day) == ContractState.ending
    assert contract.state_on(moment, date(2027, 1, 1), suspended=True) == ContractState.ended


def test_numbers_of_a_year_are_one_after_the_other(fresh: Customer) -> None:
    assert running(fresh).number == "C-2026-003"
    other = add_customer(SYSTEM, "別 株式会社")
    assert running(other, "2027-01-01").number == "C-2027-001"


def test_an_end_at_once_is_the_end_of_it(fresh: Customer) -> None:
    """A second click, a stale page, an agreed end: nothing contradicts the moment at which it ended."""
    contract = running(fresh)
    terminate(SYSTEM, contract, Ending.breach, "違反")
    for again in (Ending.breach, Ending.service_end, Ending.notice):
        with pytest.raises(Refusal):
            terminate(SYSTEM, contract, again, "もう一度", on=date(2026, 12, 31))
    with pytest.raises(Refusal):
        end_on_record(SYSTEM, contract, date(2026, 12, 31))
    with pytest.raises(Refusal):
        take_end_back(SYSTEM, contract, "やはり")
    assert len(mails("contract_ends")) == 1


def test_no_end_is_put_later_and_none_taken_back_over_another_contract(fresh: Customer) -> None:
    contract = running(fresh)
    end_on_record(SYSTEM, contract, date(2026, 11, 30))
    with pytest.raises(Refusal, match="12-5"):
        terminate(SYSTEM, contract, Ending.service_end, "終了", on=date(2027, 12, 31))
    running(fresh, "2026-12-01")
    with pytest.raises(Refusal, match="11-4"):
        take_end_back(SYSTEM, contract, "続ける")
    with pytest.raises(Refusal, match="11-4"):
        end_on_record(SYSTEM, contract, date(2026, 12, 31))


def test_what_was_entered_by_mistake_is_cancelled_and_stays_on_record(fresh: Customer, at: Move) -> None:
    contract = running(fresh, "2026-12-01")
    with pytest.raises(Refusal):
        terminate(SYSTEM, contract, Ending.breach, "まだ始まっていない")
    with pytest.raises(Refusal):
        cancel(SYSTEM, contract, "")
    cancel(SYSTEM, contract, "お客様を取り違えた")
    assert contract_now(fresh.id) is None
    assert contract.state_on(at("2026-12-10T09:00:00+09:00"), date(2026, 12, 10)) == ContractState.ended
    assert cover_of(fresh.id).cover == Cover.none
    assert running(fresh, "2026-12-01").number == "C-2026-004", "its days are free, its number is not"
    assert not mails("contract_cancelled"), "nobody had been told of it"


def test_a_formed_contract_is_called_off_before_it_begins_and_not_after(fresh: Customer, at: Move) -> None:
    contract = start_contract(SYSTEM, applied(fresh), date(2026, 12, 7))
    cancel(SYSTEM, contract, "申込みの取下げ")
    assert mails("contract_cancelled")
    other = start_contract(SYSTEM, applied(fresh), date(2026, 12, 7))
    at("2026-12-07T09:00:00+09:00")
    with pytest.raises(Refusal, match="11-1"):
        cancel(SYSTEM, other, "やめる")


@pytest.mark.parametrize("day", ["0202-12-01", "9999-01-31"])
def test_days_that_nobody_means_are_refused(fresh: Customer, day: str) -> None:
    with pytest.raises(Refusal, match="1950"):
        running(fresh, day)
    contract = running(fresh)
    if day > "2026":
        with pytest.raises(Refusal, match="1950"):
            terminate(SYSTEM, contract, Ending.service_end, "終了", on=date.fromisoformat(day))


def test_a_change_that_is_formed_late_takes_effect_with_the_next_month(fresh: Customer, at: Move) -> None:
    contract = running(fresh)
    change = ask_for_change(SYSTEM, contract, plan="プラン 80", clients=80, requested_on=date(2026, 11, 10))
    at("2027-03-15T10:00:00+09:00")
    change.form(SYSTEM)
    assert change.effective_on == date(2027, 4, 1)
    assert "3-5" in change.ja
    assert plan_on(contract, date(2027, 3, 31)) == ("プラン 50", 50)


def test_no_change_is_formed_after_the_end_or_asked_for_before_the_beginning(fresh: Customer) -> None:
    contract = running(fresh)
    change = ask_for_change(SYSTEM, contract, plan="プラン 80", clients=80, requested_on=date(2026, 11, 24))
    end_on_record(SYSTEM, contract, date(2026, 11, 30))
    with pytest.raises(Refusal, match="13-2"):
        change.form(SYSTEM)
    coming = running(fresh, "2027-02-01")
    with pytest.raises(Refusal, match="13-2"):
        ask_for_change(SYSTEM, coming, plan="プラン 80", clients=80, requested_on=date(2026, 11, 24))


def test_a_put_off_start_tells_the_first_wish_and_the_day(fresh: Customer) -> None:
    application = applied(fresh, wanted_start_on=date(2026, 12, 1))
    application.put_off(SYSTEM, date(2026, 12, 7), "設定作業")
    application.put_off(SYSTEM, date(2026, 12, 14), "さらに延期")
    contract = start_contract(SYSTEM, application, date(2026, 12, 15))
    told = next(one for one in dates_ahead(contract, date(2026, 11, 24)) if one.kind == "put_off")
    assert "予定2026年12月1日(火)からサービス開始日を2026年12月15日(火)に" in told.explained.ja


def test_the_states_of_the_list_are_those_of_the_pages(fresh: Customer, at: Move) -> None:
    moment, day = at("2026-11-24T10:00:00+09:00"), date(2026, 11, 24)
    made = {}
    for number, (start, end) in enumerate(
        [("2026-12-01", None), ("2026-04-01", None), ("2026-04-01", "2026-12-31"), ("2025-04-01", "2026-10-31")]
    ):
        customer = add_customer(SYSTEM, f"状態 {number}")
        last = date.fromisoformat(end) if end else None
        made[number] = add_contract(SYSTEM, customer, plan="p", start=date.fromisoformat(start), end=last)
    cancel(SYSTEM, running(fresh, "2027-01-01"), "誤り")
    db.session.flush()
    counts = count_states(day)
    assert counts[ContractState.active] == 3, "two of the demo, and one"
    assert counts[ContractState.ended] == 2
    for contract in made.values():
        state = contract.state_on(moment, day)
        assert contract in list_contracts(day, state=state)
        assert state_of(contract, day, set()) == state
