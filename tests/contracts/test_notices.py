"""Notices under the terms: stamped, with what follows before and after, corrected with a reason, seen to (R53, R57)."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.changes import changes_of
from helpdesk.contracts.contract_notices import ContractNotice, ContractNoticeKind, NoticeState, NoticeWords, notices_of
from helpdesk.contracts.filing import continue_contract, file_notice
from helpdesk.contracts.life import contract_now, terminate
from helpdesk.contracts.models import Contract, Ending
from helpdesk.contracts.outlook import end_of
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Intent
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry

Move = Callable[[str], datetime]


@pytest.fixture
def contract(cast: Cast) -> Contract:
    """Beyond its minimum term."""
    found = contract_now(cast.acme.id)
    assert found is not None
    found.in_force_from = found.started_on = found.applied_on = date(2024, 8, 19)
    cast.contact("bob").set_handles_contract(SYSTEM, handles=True)
    db.session.commit()
    return found


def leave(cast: Cast, **more: object) -> ContractNotice:
    words = NoticeWords(ContractNoticeKind.nonrenewal, contact=cast.contact("bob"), **more)  # type: ignore[arg-type]
    return file_notice(SYSTEM, cast.acme, words)


@pytest.mark.parametrize(
    ("moment", "end"),
    [("2026-12-15T23:59:59+09:00", date(2026, 12, 31)), ("2026-12-16T00:00:00+09:00", date(2027, 1, 31))],
)
def test_the_day_of_arrival_decides(cast: Cast, contract: Contract, at: Move, moment: str, end: date) -> None:
    """In the service's zone: the last second of the last day is in time, the next is not."""
    at(moment)
    notice = leave(cast)
    assert notice.effect_on == contract.in_force_until == end
    (receipt,) = db.session.scalars(db.select(Notice).where(Notice.template == "contract_notice"))
    assert receipt.to_address == "bob@acme.example"
    for words in ("契約更新の解除", f"{end.year}年{end.month}月{end.day}日", "11条3項"):
        assert words in receipt.body, words


def test_inside_the_minimum_term_it_ends_with_that(cast: Cast, contract: Contract) -> None:
    contract.started_on = contract.in_force_from = date(2026, 4, 1)
    assert leave(cast).effect_on == date(2027, 4, 30)


def test_a_second_notice_is_refused_and_a_second_click_is_one(cast: Cast, contract: Contract) -> None:
    first = leave(cast)
    assert leave(cast) is first, "the same within minutes"
    with pytest.raises(Refusal):
        leave(cast, words="改めて")
    assert len(notices_of(cast.acme.id)) == 1


def test_an_arrival_is_corrected_with_a_reason_and_counted_anew(cast: Cast, contract: Contract, at: Move) -> None:
    at("2026-12-16T10:00:00+09:00")
    notice = leave(cast)
    with pytest.raises(Refusal):
        notice.correct_arrival(SYSTEM, date(2026, 12, 15), "")
    with pytest.raises(Refusal):
        notice.correct_arrival(SYSTEM, date(2026, 12, 17), "先の日付")
    notice.correct_arrival(SYSTEM, date(2026, 12, 15), "郵便の消印を確認")
    assert notice.effect_on == contract.in_force_until == date(2026, 12, 31)
    assert notice.arrival_reason == "郵便の消印を確認"


def test_taken_back_the_contract_goes_on(cast: Cast, contract: Contract) -> None:
    notice = leave(cast)
    notice.confirm(SYSTEM)
    with pytest.raises(Refusal):
        notice.confirm(SYSTEM)
    notice.take_back(SYSTEM, "お電話で取りやめ")
    assert contract.in_force_until is None
    assert notice.state == NoticeState.withdrawn
    with pytest.raises(Refusal):
        notice.take_back(SYSTEM, "もう一度")


def test_on_the_portal_the_end_is_shown_confirmed_and_stamped(cast: Cast, contract: Contract, at: Move) -> None:
    at("2026-12-15T23:59:00+09:00")
    bob, url = cast.bob, "/portal/contract/notices/nonrenewal"
    page = bob.get(url).text
    assert "2026年12月31日(木) で契約を終了してよろしいですか" in page
    assert "2026年12月28日(月) 17:00" in page, "the last closing time before year-end closing days"
    assert "11-3" in page
    sure = {"sure_end": "y", "sure_work": "y", "end": "2026-12-31"}
    assert bob.post(url, {"end": "2026-12-31"}).status_code == 422, "both ticks"
    at("2026-12-16T00:00:05+09:00")
    late = bob.post(url, sure)
    assert late.status_code == 409, "the date is another one after midnight"
    assert "2027年1月31日(日) で契約を終了してよろしいですか" in late.text
    assert contract_now(cast.acme.id).in_force_until is None  # type: ignore[union-attr]
    assert bob.post(url, sure | {"end": "2027-01-31"}).status_code == 302
    assert db.session.get_one(Contract, contract.id).in_force_until == date(2027, 1, 31)
    (notice,) = notices_of(cast.acme.id)
    assert (notice.from_name, notice.arrived_on) == ("高橋 直人", date(2026, 12, 16))
    assert bob.get(url).status_code == 409, "it ends already"


def test_on_the_portal_a_change_and_other_notices(cast: Cast, contract: Contract) -> None:
    bob = cast.bob
    assert "2027年1月1日" in bob.get("/portal/contract/notices/change").text, "the 20th was the last day for December"
    wrong = bob.post("/portal/contract/notices/change", {"plan": "プラン 200", "clients": "none"})
    assert wrong.status_code == 422
    assert "プラン 200" in wrong.text, "nothing typed is lost"
    same = bob.post("/portal/contract/notices/change", {"plan": "プラン 100", "clients": "100"})
    assert same.status_code == 409
    assert bob.post("/portal/contract/notices/change", {"plan": "プラン 200", "clients": "200"}).status_code == 302
    (change,) = changes_of(contract)
    assert (change.plan, change.effective_on) == ("プラン 200", date(2027, 1, 1))
    assert bob.post("/portal/contract/notices/succession", {"words": "合併により承継します。"}).status_code == 302
    assert bob.post("/portal/contract/notices/succession", {"words": " "}).status_code == 422
    assert bob.post("/portal/contract/counts", {"licences": "131"}).status_code == 302
    page = bob.get("/portal/contract").text
    assert "契約上の地位の承継" in page and "13-3" in page


def test_who_does_not_handle_the_contract_finds_no_page(cast: Cast, contract: Contract) -> None:
    alice = cast.alice
    for path in ("", "/notices/nonrenewal", "/notices/change", "/notices/other"):
        assert alice.get(f"/portal/contract{path}").status_code == 404, path
    cast.contact("alice").set_handles_contract(SYSTEM, handles=True)
    db.session.commit()
    assert alice.get("/portal/contract").status_code == 200


def test_a_mail_is_made_into_a_notice_with_its_arrival(cast: Cast, contract: Contract, at: Move) -> None:
    at("2026-12-15T18:00:00+09:00")
    ticket = an_inquiry(cast.contact("alice"), "契約更新解除のご連絡", "12月末で契約更新を解除します。")
    ticket.intent = Intent.notice
    db.session.commit()
    at("2026-12-17T10:00:00+09:00")
    dana, url = cast.dana, f"/desk/tickets/{ticket.reference}"
    assert "届出として記録する" in dana.get(url).text
    assert dana.post(f"{url}/contract-notice", {"kind": "change"}).status_code == 409
    assert dana.post(f"{url}/contract-notice", {"kind": "nonrenewal"}).status_code == 302
    (notice,) = notices_of(cast.acme.id)
    assert notice.arrived_on == date(2026, 12, 15), "it counts from when it came, not from when somebody read it"
    assert db.session.get_one(Contract, contract.id).in_force_until == date(2026, 12, 31)
    assert "更新解除の申し入れ" in dana.get(url).text
    assert dana.post(f"{url}/contract-notice", {"kind": "other"}).status_code == 409, "once"


def test_an_end_by_something_else_is_not_undone_by_the_notice(cast: Cast, contract: Contract) -> None:
    notice = leave(cast)
    contract.in_force_until, contract.ending = None, None
    terminate(SYSTEM, contract, Ending.breach, "規約違反")
    with pytest.raises(Refusal):
        notice.correct_arrival(SYSTEM, date(2026, 11, 2), "消印")
    notice.take_back(SYSTEM, "取下げ")
    assert contract.ended_at is not None
    assert contract.in_force_until == date(2026, 11, 24)


def test_an_end_in_the_past_is_refused_with_its_clause(cast: Cast, contract: Contract, at: Move) -> None:
    at("2026-12-14T10:00:00+09:00")
    with pytest.raises(Refusal, match="11-2"):
        leave(cast, arrived_at=at("2026-12-14T10:00:00+09:00").replace(month=11, day=5))


def test_what_goes_on_after_all_takes_its_notice_back(cast: Cast, contract: Contract) -> None:
    notice = leave(cast)
    continue_contract(SYSTEM, contract, "お電話で取りやめ")
    assert (notice.state, contract.in_force_until) == (NoticeState.withdrawn, None)
    told = db.session.scalars(db.select(Notice).where(Notice.template == "contract_goes_on")).one()
    assert "お電話で取りやめ" in told.body


def test_a_corrected_arrival_is_told_again_with_its_day(cast: Cast, contract: Contract, at: Move) -> None:
    at("2026-12-16T10:00:00+09:00")
    notice = leave(cast)
    notice.correct_arrival(SYSTEM, date(2026, 12, 15), "消印")
    receipts = db.session.scalars(
        db.select(Notice).where(Notice.template == "contract_notice").order_by(Notice.id)
    ).all()
    assert "2027年1月31日" in receipts[0].body
    assert "2026年12月31日" in receipts[1].body
    assert "受付日時: 2026年12月15日(火)\n" in receipts[1].body, "a day, not a moment that nobody stamped"


def test_recorded_twice_it_is_one(cast: Cast, contract: Contract) -> None:
    form = {"notice-kind": "other", "notice-way": "post", "notice-from_name": "高橋", "notice-words": "移転します"}
    for _click in range(2):
        cast.erin.post(f"/desk/contracts/{cast.acme.id}/notices", form | {"notice-arrived_on": "2026-11-20"})
    assert len(notices_of(cast.acme.id)) == 1


def test_from_alerts_strangers_and_subcontractors_comes_no_notice(cast: Cast, contract: Contract) -> None:
    alert, ticket = an_alert(cast.acme), an_inquiry(cast.contact("alice"))
    kind = {"kind": "nonrenewal"}
    assert cast.dana.post(f"/desk/tickets/{alert.reference}/contract-notice", kind).status_code == 409
    assert cast.nao.post(f"/desk/tickets/{ticket.reference}/contract-notice", kind).status_code == 404
    ticket.verified = False
    db.session.commit()
    assert cast.dana.post(f"/desk/tickets/{ticket.reference}/contract-notice", kind).status_code == 409
    assert not notices_of(cast.acme.id)


def test_the_english_page_tells_the_end_in_english(cast: Cast, contract: Contract) -> None:
    leave(cast)
    assert end_of(contract).told("en").startswith("the notice of Tue 24 Nov 2026")
    assert "申入れ" in end_of(contract).told("ja")
