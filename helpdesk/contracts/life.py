"""A contract's life: it starts by a notice, ends in one of eight ways, and begins again without a gap (R50 to R55)."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.hours import DAY
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.applications import Application, ApplicationState
from helpdesk.contracts.dates import (
    Explained,
    end_by_nonrenewal,
    first_charged_month,
    free_until,
    month_end,
    month_start,
    provider_termination,
    recontract_from,
)
from helpdesk.contracts.mailing import tell_application
from helpdesk.contracts.models import (
    AT_ONCE,
    CLAUSES,
    Contract,
    Ending,
    add_contract,
    check_day,
    contracts_of,
    refuse_overlap,
)
from helpdesk.contracts.telling import tell_contract_people
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
    check_day(start_on, field="start_on")
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
    real = [one for one in contracts_of(customer_id) if one.ending != Ending.cancelled]
    ended = [one for one in real if one.in_force_until and one.in_force_until < start_on]
    return ended[0] if ended else None


def end_by_notice_of(by: Actor, contract: Contract, notice_on: date) -> Explained:
    """The customer does not renew: the end that a notice which arrived on this day has (11-2).

    Refused where the contract ends already, for a notice before it began, and where that end is past.
    """
    if notice_on < contract.in_force_from:
        raise Refusal(_("The notice is older than the contract (11-2)."), field="arrived_on")
    if contract.in_force_until is not None:
        raise Refusal(_("This contract ends already. Nothing was changed."), field="kind")
    end = end_by_nonrenewal(notice_on, contract.minimum_term.on, current_calendar().hours)
    if end.on < today():
        raise Refusal(_("A contract does not end in the past (11-1, 11-2)."), field="arrived_on")
    contract.set_end(by, end.on, Ending.nonrenewal, end.ja, english=end.en)
    return end


def take_end_back(by: Actor, contract: Contract, words: str) -> None:
    """Both sides agree that the contract goes on, and the customer is told.

    Refused once it is over, without a reason, and where another contract follows already.
    """
    if contract.in_force_until is None:
        raise Refusal(_("This contract has no end yet."))
    if is_over(contract):
        raise Refusal(_("This contract is over: the way back is a new one without a gap (11-4)."))
    if not words.strip():
        raise Refusal(_("Write down why."), field="words")
    refuse_overlap(contract.customer_id, contract.in_force_from, None, but=contract)
    record(by, ContractAct.end_taken_back, contract, until=contract.in_force_until.isoformat(), words=words.strip())
    tell_contract_people("contract_goes_on", contract, until=contract.in_force_until, words=words.strip())
    contract.in_force_until = contract.ending = contract.ending_decided_at = None
    contract.overview_at = contract.seen_off_at = None
    contract.ending_words = contract.ending_words_en = ""


def is_over(contract: Contract) -> bool:
    """Whether nothing of it is left: its last day is past, it ended at once, or never began."""
    gone = contract.in_force_until is not None and contract.in_force_until < today()
    return gone or contract.ended_at is not None or contract.ending == Ending.cancelled


def terminate(
    by: Actor, contract: Contract, ending: Ending, words: str, *, on: date | None = None, all_due: bool = False
) -> None:
    """The provider ends the contract: at once on a ground (3-4, 12-1 to 12-3), by a month's notice (12-4), or because
    the service ends (12-5, on a day).

    Refused without a reason, in the past, later than it ends anyway, and for a contract that is over or not begun.
    """
    if is_over(contract):
        raise Refusal(_("This contract is over already."))
    if today() < contract.in_force_from:
        raise Refusal(_("This contract has not begun: cancel it instead."))
    if not words.strip():
        raise Refusal(_("Write down why: the customer and the record are told."), field="words")
    if ending in AT_ONCE:
        _end_at_once(by, contract, ending, words, all_due=all_due)
    elif ending == Ending.notice:
        _end_earlier(by, contract, ending, provider_termination(today()).on, words)
    elif ending == Ending.service_end:
        if on is None or on < today():
            raise Refusal(_("A contract does not end in the past. Choose today or a later day (12-5)."), field="on")
        _end_earlier(by, contract, ending, on, words)
    else:
        raise Refusal(_("A customer's notice ends a contract by its own page (11-2); it cannot be chosen here."))
    tell_contract_people(
        "contract_ends",
        contract,
        until=contract.in_force_until,
        clause=CLAUSES[ending],
        words=words.strip(),
        at_once=ending in AT_ONCE,
    )


def _end_at_once(by: Actor, contract: Contract, ending: Ending, words: str, *, all_due: bool) -> None:
    contract.set_end(by, today(), ending, words)
    contract.ended_at = clock.now()
    contract.all_due = all_due and ending != Ending.ground


def _end_earlier(by: Actor, contract: Contract, ending: Ending, on: date, words: str) -> None:
    if contract.in_force_until is not None and contract.in_force_until <= on:
        raise Refusal(_("It ends before that anyway (12-4, 12-5)."), field="on")
    contract.set_end(by, on, ending, words)


def end_on_record(by: Actor, contract: Contract, last_day: date, words: str = "") -> None:
    """Note an end that was agreed on otherwise; the customer is told. Refused inside a period, in the past (11-1)."""
    if is_over(contract):
        raise Refusal(_("This contract is over already."))
    if last_day < contract.in_force_from:
        raise Refusal(_("A contract cannot end before it begins."), field="on")
    if last_day < today():
        raise Refusal(_("A contract does not end in the past (11-1, 11-2)."), field="on")
    check_day(last_day, field="on")
    if last_day != month_end(last_day):
        raise Refusal(_("A contract ends with a period, on the last day of a month (11-1)."), field="on")
    contract.set_end(by, last_day, Ending.corrected, words)
    tell_contract_people("contract_ends", contract, until=last_day, clause="11", words=words.strip(), at_once=False)


def cancel(by: Actor, contract: Contract, words: str) -> None:
    """It never was: entered by mistake, or taken back before it began. It stays on record and covers no day.

    Whoever got a start notice is told. Refused without a reason, and for a formed contract that has begun (11-1).
    """
    if is_over(contract):
        raise Refusal(_("This contract is over already."))
    if contract.formed_at is not None and contract.in_force_from <= today():
        raise Refusal(_("A contract that was formed and has begun is ended, not cancelled (11-1, 12)."))
    if not words.strip():
        raise Refusal(_("Write down why."), field="words")
    record(by, ContractAct.cancelled, contract, number=contract.number, words=words.strip())
    if contract.formed_at is not None:
        tell_contract_people("contract_cancelled", contract, words=words.strip())
    contract.in_force_until = month_start(contract.in_force_from) - DAY
    contract.ending, contract.ending_words = Ending.cancelled, words.strip()
    contract.ending_decided_at = contract.overview_at = contract.seen_off_at = clock.now()


def contract_now(customer_id: int, day: date | None = None) -> Contract | None:
    """The contract in force on a day (today), else the next that begins, else the last."""
    day = day or today()
    rows = contracts_of(customer_id)
    begun_or_coming = [one for one in rows if one.ending != Ending.cancelled]
    in_force = [one for one in begun_or_coming if one.in_force(day)]
    coming = [one for one in begun_or_coming if one.in_force_from > day]
    return next(iter(in_force or coming[::-1] or begun_or_coming), None)


def all_contracts() -> Sequence[Contract]:
    """Every contract, by its number."""
    return db.session.scalars(select(Contract).order_by(Contract.number, Contract.id)).all()


def today(at: datetime | None = None) -> date:
    """The day in the service's zone."""
    return current_calendar().hours.local_date(at or clock.now())
