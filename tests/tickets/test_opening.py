"""One ticket, one reference, one acknowledgement that says when work begins (R01, R06, R40)."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import select

from helpdesk.audit.models import events_of
from helpdesk.contracts.models import Contract
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Queue, TicketState
from helpdesk.tickets.opening import numbers_ahead
from helpdesk.tickets.references import ReferenceCounter
from tests.conftest import TUESDAY_NIGHT, TUESDAY_NOON, Cast
from tests.making import an_alert, an_inquiry


def notices() -> list[Notice]:
    return list(db.session.scalars(select(Notice).order_by(Notice.id)))


def test_references_count_up_within_the_month_of_the_service_zone(cast: Cast, at: Callable[[str], datetime]) -> None:
    at("2026-11-30T23:59:00+09:00")
    first = an_inquiry(cast.contact("alice")).reference
    at("2026-12-01T00:01:00+09:00")
    assert first == "2611-0001"
    assert an_inquiry(cast.contact("alice")).reference == "2612-0001"
    assert an_inquiry(cast.contact("alice")).reference == "2612-0002"


def test_numbers_taken_in_advance_leave_no_gap(cast: Cast, at: Callable[[str], datetime]) -> None:
    at("2026-11-30T23:59:00+09:00")
    alice = cast.contact("alice")
    with numbers_ahead(5):
        taken = [an_inquiry(alice).reference for _ticket in range(2)]
        assert db.session.scalar(select(ReferenceCounter.last)) == 5
        at("2026-12-01T00:01:00+09:00")
        taken.append(an_inquiry(alice).reference)
    assert taken == ["2611-0001", "2611-0002", "2612-0001"]
    with numbers_ahead(2):
        more = [an_inquiry(alice).reference for _ticket in range(3)]
    assert more == ["2612-0002", "2612-0003", "2612-0004"]
    at("2026-11-30T23:59:30+09:00")
    assert an_inquiry(alice).reference == "2611-0003"


@pytest.mark.parametrize(
    ("moment", "words"), [(TUESDAY_NOON, "ただいまサービス提供時間内"), (TUESDAY_NIGHT, "2026年11月25日(水) 9:00")]
)
def test_the_receipt_says_when_work_begins(cast: Cast, at: Callable[[str], datetime], moment: str, words: str) -> None:
    at(moment)
    ticket = an_inquiry(cast.contact("alice"))
    (notice,) = notices()
    assert notice.to_address == "alice@acme.example"
    assert ticket.reference in notice.subject
    assert words in notice.body
    assert "許可リスト" not in notice.body, "of what was sent in a receipt repeats its title alone"


def test_the_first_answer_is_due_after_a_business_day_of_service_time(
    cast: Cast, at: Callable[[str], datetime]
) -> None:
    at("2026-11-24T10:44:00+09:00")
    ticket = an_inquiry(cast.contact("alice"))
    assert ticket.due_at is not None
    assert ticket.due_at.isoformat(timespec="minutes") == "2026-11-25T01:44+00:00"
    assert ticket.state == TicketState.new


def test_without_a_contract_in_force_it_is_told_and_kept(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    for contract in db.session.scalars(select(Contract)):
        contract.in_force_until = date(2026, 10, 31)
    ticket = an_inquiry(cast.contact("alice"))
    assert ticket.queue == Queue.contracts
    assert not ticket.covered
    (notice,) = notices()
    assert notice.template == "no_contract"
    assert "ご契約を確認できませんでした" in notice.body


def test_an_alert_is_due_at_the_end_of_the_second_business_day_and_is_not_acknowledged(
    cast: Cast, at: Callable[[str], datetime]
) -> None:
    at("2026-11-24T10:12:00+09:00")
    ticket = an_alert(cast.acme)
    assert ticket.due_at is not None
    assert ticket.due_at.isoformat() == "2026-11-26T08:00:00+00:00"
    assert not notices()


def test_opening_is_on_the_record_with_who_and_when(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    acts = {event.act: event for event in events_of(ticket)}
    assert acts["ticket.opened"].actor_name == "小林 由佳"
    assert {"verdict.suggested", "ticket.acknowledged"} <= set(acts)
