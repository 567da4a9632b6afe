"""Filing a notice under the terms: stamped, with its effect at once, and a receipt that says both (R53, R54)."""

from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.changes import ask_for_change
from helpdesk.contracts.contract_notices import (
    WORDS_MAX,
    ContractNotice,
    ContractNoticeKind,
    NoticeState,
    NoticeWords,
    acknowledge,
)
from helpdesk.contracts.dates import Explained, change_effect, end_by_nonrenewal, recontract_from
from helpdesk.contracts.life import contract_now, end_by_notice_of, take_end_back
from helpdesk.contracts.models import Contract, check_day
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db

TWICE = timedelta(minutes=10)


def file_notice(by: Actor, customer: Customer, given: NoticeWords) -> ContractNotice:
    """Put a notice on record with its arrival and what follows, and mail a receipt that says both.

    A non-renewal ends the contract, a change is asked for; the others are seen to by a person. The same notice given
    twice within minutes, by a second click, is one.
    """
    hours = current_calendar().hours
    arrived_at = given.arrived_at or clock.now()
    before = _same_again(customer, given)
    if before is not None:
        return before
    notice = ContractNotice(
        customer_id=customer.id,
        kind=given.kind,
        way=given.way,
        from_name=given.contact.name if given.contact else given.from_name.strip(),
        contact_id=given.contact.id if given.contact else None,
        words=given.words.replace("\x00", "").strip()[:WORDS_MAX],
        wanted=dict(given.wanted),
        arrived_at=arrived_at,
        arrived_on=hours.local_date(arrived_at),
        ticket_id=given.ticket_id,
        recorded_at=clock.now(),
        state=NoticeState.received,
    )
    check_day(notice.arrived_on, field="arrived_on")
    notice.customer, notice.contract = customer, _locked(contract_now(customer.id))
    _take_effect(by, notice)
    db.session.add(notice)
    db.session.flush()
    record(by, ContractAct.notice_filed, customer, kind=given.kind.value, arrived=notice.arrived_on.isoformat())
    acknowledge(notice)
    return notice


def _same_again(customer: Customer, given: NoticeWords) -> ContractNotice | None:
    rows = select(ContractNotice).where(
        ContractNotice.customer_id == customer.id,
        ContractNotice.kind == given.kind,
        ContractNotice.way == given.way,
        ContractNotice.words == given.words.replace("\x00", "").strip()[:WORDS_MAX],
        ContractNotice.state == NoticeState.received,
        ContractNotice.recorded_at > clock.now() - TWICE,
    )
    found = db.session.scalars(rows.order_by(ContractNotice.id.desc()).limit(5)).all()
    return next((one for one in found if one.wanted == given.wanted), None)


def _locked(contract: Contract | None) -> Contract | None:
    """Whoever ends it at the same moment goes first or second, not both."""
    if contract is None:
        return None
    return db.session.get_one(Contract, contract.id, with_for_update=True, populate_existing=True)


def continue_contract(by: Actor, contract: Contract, words: str) -> None:
    """Both sides agree that it goes on; notices of non-renewal that led to its end are taken back with it."""
    rows = select(ContractNotice).where(
        ContractNotice.contract_id == contract.id,
        ContractNotice.kind == ContractNoticeKind.nonrenewal,
        ContractNotice.state != NoticeState.withdrawn,
    )
    take_end_back(by, contract, words)
    for notice in db.session.scalars(rows):
        notice.state, notice.closing_words = NoticeState.withdrawn, words.strip()
        record(by, ContractAct.notice_taken_back, contract.customer, kind=notice.kind.value, words=words.strip())


def _take_effect(by: Actor, notice: ContractNotice) -> None:
    contract, kind = notice.contract, notice.kind
    if kind in (ContractNoticeKind.nonrenewal, ContractNoticeKind.change) and contract is None:
        raise Refusal(_("There is no contract that this could be about."), field="kind")
    if contract is None:
        return
    if kind == ContractNoticeKind.nonrenewal:
        notice.keep(end_by_notice_of(by, contract, notice.arrived_on))
    elif kind == ContractNoticeKind.change:
        plan, clients = str(notice.wanted.get("plan", "")), int(notice.wanted.get("clients") or 0)
        notice.change = ask_for_change(by, contract, plan=plan, clients=clients, requested_on=notice.arrived_on)
        notice.keep(change_effect(notice.arrived_on))
    elif kind == ContractNoticeKind.recontract and contract.in_force_until is not None:
        notice.keep(recontract_from(contract.in_force_until))


def consequence(contract: Contract, kind: ContractNoticeKind, arrived_on: date) -> Explained | None:
    """What such a notice would lead to, before anybody gives it."""
    if kind == ContractNoticeKind.nonrenewal:
        return end_by_nonrenewal(arrived_on, contract.minimum_term.on, current_calendar().hours)
    if kind == ContractNoticeKind.change:
        return change_effect(arrived_on)
    if kind == ContractNoticeKind.recontract and contract.in_force_until is not None:
        return recontract_from(contract.in_force_until)
    return None
