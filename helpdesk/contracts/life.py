"""A contract's life: it starts by a notice, ends in one of eight ways, and begins again without a gap (R50 to R55)."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.applications import Application, ApplicationState
from helpdesk.contracts.dates import (
    Explained,
    end_by_nonrenewal,
    first_charged_month,
    free_until,
    month_end,
    provider_termination,
    recontract_from,
)
from helpdesk.contracts.models import AT_ONCE, CLAUSES, Contract, Ending, add_contract, contracts_of
from helpdesk.contracts.suspensions import resume, suspension_of
from helpdesk.contracts.telling import tell_application, tell_contract_people
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice


def start_contract(by: Actor, application: Application, start_on: date) -> Contract:
    """Send the notice that the service starts, which forms the contract (3-2).

    After a gap it is in force from the day after the contract before ended (11-4). Refused for what is not eligible
    (3-3), for a licence that is over by then (3-4(4)), and for a start before the application unless it is such a gap.
    """
    if application.state != ApplicationState.open:
        raise Refusal(_("This application was decided already."))
    if application.obstacle is not None:
        raise Refusal(_("Not eligible (3-3, menu): the service is for Essentials bought from us or a reseller."))
    if application.licence_until is not None and application.licence_until < start_on:
        raise Refusal(_("The licence is over by then (3-4(4)): ask for the new one first."), field="start_on")
    before = _before(application.customer_id, start_on)
    if start_on < application.applied_on:
        raise Refusal(_("The service cannot start before it was applied for (3-2)."), field="start_on")
    contract = add_contract(
        by,
        application.customer,
        plan=application.plan,
        clients=application.clients,
        start=recontract_from(before.in_force_until).on if before and before.in_force_until else start_on,
        applied_on=application.applied_on,
        started_on=start_on,
    )
    contract.application_id, contract.formed_at = application.id, clock.now()
    contract.licence_until, contract.support_until = application.licence_until, application.support_until
    application.state, application.decided_at, application.decided_by = ApplicationState.formed, clock.now(), by.name
    notice = _tell_start(application, contract)
    db.session.flush()
    contract.start_notice_id = notice.id
    record(by, ContractAct.started, contract, on=start_on.isoformat(), to=application.address)
    return contract


def _tell_start(application: Application, contract: Contract) -> Notice:
    """The notice that forms the contract, with the dates that follow from it."""
    start_on = contract.service_start
    return tell_application(
        "service_start",
        application.customer,
        application.address,
        number=contract.number,
        plan=contract.plan,
        clients=contract.clients,
        started=start_on,
        since=contract.in_force_from if contract.in_force_from < start_on else None,
        lines=[
            {"ja": one.told("ja"), "en": one.told("en")}
            for one in (free_until(start_on), first_charged_month(start_on), contract.minimum_term)
        ],
        terms=application.terms_version,
    )


def _before(customer_id: int, start_on: date) -> Contract | None:
    """The contract that ended before; one that goes on is refused as an overlap."""
    ended = [one for one in contracts_of(customer_id) if one.in_force_until and one.in_force_until < start_on]
    return ended[0] if ended else None


def end_by_notice_of(by: Actor, contract: Contract, notice_on: date) -> Explained:
    """The customer does not renew: the end that a notice which arrived on this day has (11-2).

    Refused where the contract ends already, and for a notice before it began.
    """
    if notice_on < contract.in_force_from:
        raise Refusal(_("The notice is older than the contract (11-2)."), field="arrived_on")
    if contract.in_force_until is not None:
        raise Refusal(_("This contract ends already. Nothing was changed."), field="kind")
    end = end_by_nonrenewal(notice_on, contract.minimum_term.on, current_calendar().hours)
    contract.set_end(by, end.on, Ending.nonrenewal, end.ja)
    return end


def take_end_back(by: Actor, contract: Contract, words: str) -> None:
    """Both sides agree that the contract goes on. Refused once it is over, and without a reason."""
    if contract.in_force_until is None:
        raise Refusal(_("This contract has no end yet."))
    if contract.in_force_until < today():
        raise Refusal(_("This contract is over: the way back is a new one without a gap (11-4)."))
    if not words.strip():
        raise Refusal(_("Write down why."), field="words")
    record(by, ContractAct.end_taken_back, contract, until=contract.in_force_until.isoformat(), words=words.strip())
    contract.in_force_until = contract.ending = contract.ending_decided_at = None
    contract.ended_at = contract.overview_at = contract.seen_off_at = None
    contract.ending_words, contract.all_due = "", False


def terminate(
    by: Actor, contract: Contract, ending: Ending, words: str, *, on: date | None = None, all_due: bool = False
) -> None:
    """The provider ends the contract: at once on a ground (3-4, 12-1 to 12-3), by a month's notice (12-4), or because
    the service ends (12-5, on a day).

    Refused without a reason, with a date where the clause decides it, in the past, and for a contract that is over.
    """
    if contract.in_force_until is not None and not contract.in_force(today()):
        raise Refusal(_("This contract is over already."))
    if not words.strip():
        raise Refusal(_("Write down why: the customer and the record are told."), field="words")
    if ending in AT_ONCE:
        _end_at_once(by, contract, ending, words, all_due=all_due)
    elif ending == Ending.notice:
        _end_by_provider(by, contract, words)
    elif ending == Ending.service_end:
        _end_on(by, contract, ending, on, words)
    else:
        raise Refusal(_("A customer's notice ends a contract by its own page (11-2); it cannot be chosen here."))
    clause = CLAUSES[ending]
    tell_contract_people(
        "contract_ends",
        contract,
        until=contract.in_force_until,
        clause=clause,
        words=words.strip(),
        at_once=ending in AT_ONCE,
    )


def _end_at_once(by: Actor, contract: Contract, ending: Ending, words: str, *, all_due: bool) -> None:
    day = max(today(), contract.in_force_from)
    contract.set_end(by, day, ending, words)
    contract.ended_at = clock.now()
    contract.all_due = all_due and ending != Ending.ground
    if suspension_of(contract) is not None:
        resume(by, contract)


def _end_by_provider(by: Actor, contract: Contract, words: str) -> None:
    end = provider_termination(today())
    if contract.in_force_until is not None and contract.in_force_until <= end.on:
        raise Refusal(_("It ends before a month's notice would end it (12-4)."))
    contract.set_end(by, end.on, Ending.notice, words)


def _end_on(by: Actor, contract: Contract, ending: Ending, on: date | None, words: str) -> None:
    if on is None or on < today():
        raise Refusal(_("A contract does not end in the past. Choose today or a later day (12-5)."), field="on")
    contract.set_end(by, on, ending, words)


def end_on_record(by: Actor, contract: Contract, last_day: date, words: str = "") -> None:
    """Note an end that was agreed on otherwise. Refused inside a period, and in the past (11-1)."""
    if contract.in_force_until is not None and contract.in_force_until < today():
        raise Refusal(_("This contract is over already."))
    if last_day < contract.in_force_from:
        raise Refusal(_("A contract cannot end before it begins."), field="last_day")
    if last_day < today():
        raise Refusal(_("A contract does not end in the past (11-1, 11-2)."), field="last_day")
    if last_day != month_end(last_day):
        raise Refusal(_("A contract ends with a period, on the last day of a month (11-1)."), field="last_day")
    contract.set_end(by, last_day, Ending.corrected, words)


def contract_now(customer_id: int, day: date | None = None) -> Contract | None:
    """The contract in force on a day (today), else the next that begins, else the last."""
    day = day or today()
    rows = contracts_of(customer_id)
    in_force = [one for one in rows if one.in_force(day)]
    coming = [one for one in rows if one.in_force_from > day]
    return next(iter(in_force or coming[::-1] or rows), None)


def all_contracts() -> Sequence[Contract]:
    """Every contract, by its number."""
    return db.session.scalars(select(Contract).order_by(Contract.number, Contract.id)).all()


def today(at: datetime | None = None) -> date:
    """The day in the service's zone."""
    return current_calendar().hours.local_date(at or clock.now())
