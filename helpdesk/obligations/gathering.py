"""Gathering duties of a span of days from contracts, alerts, people, reports and resellers."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from helpdesk.alerts.models import Alert
from helpdesk.calendar.hours import DAY, ServiceHours, midnight
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.applications import open_applications
from helpdesk.contracts.changes import ChangeState, PlanChange, asked_changes
from helpdesk.contracts.contract_notices import open_notices
from helpdesk.contracts.counts import LicenceCount, clients_over
from helpdesk.contracts.cover import in_force_on
from helpdesk.contracts.dates import change_deadline, month_end, month_start, nonrenewal_deadline
from helpdesk.contracts.models import CLAUSES, Contract, Ending
from helpdesk.contracts.outlook import end_of
from helpdesk.contracts.price_notices import PriceNotice
from helpdesk.contracts.windows import licence_end, overview_on, support_end
from helpdesk.contracts.words import CONTRACT_NOTICE_WORDS
from helpdesk.customers.changes import open_changes
from helpdesk.desk.contract_ends import FURTHEST, LENT_BUSINESS_DAYS
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.notices.models import Notice
from helpdesk.obligations.duties import Duty, DutyKind
from helpdesk.privacy.kinds import OPEN_STATES
from helpdesk.privacy.models import PersonalRequest
from helpdesk.privacy.words import REQUEST_KIND_WORDS
from helpdesk.reports.models import MonthlyReport
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket

ANSWER_BUSINESS_DAYS = 2
"""Notices, applications and changes of contacts are seen to within so many business days (ours; no clause says so)."""
TERM_MONTHS = 15
"""A minimum term that ends in the span began at most so many months before."""


def duties_between(first: date, last: date, today: date) -> Sequence[Duty]:
    """What is due from `first` to `last`, and what is late; about thirteen statements, however many."""
    hours = current_calendar().hours
    found = [
        *_waiting(hours),
        *_personal(),
        *_differences(today),
        *_uncounted(today),
        *_start_notices(today),
        *_alerts(last, hours),
        *_reports(last),
    ]
    found += [*_ends(first, last, hours), *_licences(first, last), *_terms(first, last)]
    found += [*_months(first, last, today, hours)]
    found += [*_effects(first, last), *_prices(first, last)]
    return [duty for duty in found if duty.late(today) or first <= duty.on <= last]


def _waiting(hours: ServiceHours) -> Iterator[Duty]:
    """What customers gave us and nobody has seen to."""
    for notice in open_notices():
        due = hours.business_day_after(notice.arrived_on, ANSWER_BUSINESS_DAYS)
        what = {"what": word(CONTRACT_NOTICE_WORDS, notice.kind.value)}
        yield Duty(
            DutyKind.contract,
            "notice",
            due,
            notice.clause,
            notice.customer.name,
            what,
            place=("customer", notice.customer_id),
        )
    for change in asked_changes():
        due, customer = hours.business_day_before(change.effective_on, 1), change.contract.customer
        place = ("customer", change.customer_id)
        yield Duty(DutyKind.contract, "change", due, "3-5, 14", customer.name, {"what": change.plan}, place=place)
    for application in open_applications():
        due = application.wanted_start_on or hours.business_day_after(application.applied_on, ANSWER_BUSINESS_DAYS)
        customer, place = application.customer, ("customer", application.customer_id)
        yield Duty(DutyKind.contract, "application", due, "3-2", customer.name, {"what": application.plan}, place=place)
    for told in open_changes():
        due = hours.business_day_after(hours.local_date(told.at), ANSWER_BUSINESS_DAYS)
        what = {"what": told.contact.name}
        yield Duty(
            DutyKind.people,
            "contacts",
            due,
            "3-7",
            told.contact.customer.name,
            what,
            place=("people", told.customer_id),
        )


def _personal() -> Iterator[Duty]:
    """Requests of persons about their data that nobody has answered."""
    rows = select(PersonalRequest).where(PersonalRequest.state.in_(OPEN_STATES)).limit(200)
    for asked in db.session.scalars(rows.options(joinedload(PersonalRequest.customer))):
        what = {"what": word(REQUEST_KIND_WORDS, asked.kind.value)}
        clause, name, place = asked.kind.clause, asked.customer.name, ("personal", asked.id)
        yield Duty(DutyKind.people, "personal", asked.due_on, clause, name, what, place=place)


def _differences(today: date) -> Iterator[Duty]:
    """The last count of each contract in force that differs from its plan, where the customer was not told (13-3)."""
    newest = select(LicenceCount.id).join(Contract).where(in_force_on(today)).ext(distinct_on(LicenceCount.contract_id))
    newest = newest.order_by(LicenceCount.contract_id, LicenceCount.counted_on.desc(), LicenceCount.id.desc())
    rows = select(LicenceCount).where(LicenceCount.id.in_(newest), LicenceCount.told_at.is_(None))
    rows = rows.options(joinedload(LicenceCount.contract).joinedload(Contract.customer))
    for count in db.session.scalars(rows.limit(200)):
        if clients_over(count.contract, count):
            what, place = {"what": str(count.licences)}, ("customer", count.customer_id)
            yield Duty(DutyKind.contract, "difference", today, "13-3", count.contract.customer.name, what, place=place)


def _uncounted(today: date) -> Iterator[Duty]:
    """Contracts whose licences nobody counted this month: by the last day on which a change reaches the next (13-3)."""
    counted = select(LicenceCount.contract_id).where(LicenceCount.counted_on >= month_start(today))
    rows = select(func.count()).select_from(Contract).where(in_force_on(today), Contract.clients.is_not(None))
    missing = db.session.scalar(rows.where(Contract.id.not_in(counted)))
    if missing:
        on = current_calendar().hours.business_day_before(change_deadline(today).on + DAY, 1)
        yield Duty(DutyKind.contract, "counts", on, "13-3", values={"count": missing}, place=("contracts", 0))


def _alerts(last: date, hours: ServiceHours) -> Iterator[Duty]:
    """Alerts to report, a day each (menu 1-(2))."""
    day = func.date(func.timezone(hours.zone.key, Ticket.due_at))
    rows = (
        select(day, func.count())
        .join(Alert, Alert.ticket_id == Ticket.id)
        .where(
            Ticket.state != TicketState.closed,
            Ticket.due_at < midnight(last + DAY, hours.zone),
            Alert.reported_at.is_(None),
            Alert.merged_into_id.is_(None),
        )
        .group_by(day)
    )
    for on, count in db.session.execute(rows):
        yield Duty(DutyKind.alert, "alerts", on, "1-(2)", "", {"count": count}, place=("alerts", 0))


def _reports(last: date) -> Iterator[Duty]:
    """Reports of a month that are not approved, due by the end of the month after it (menu 1-(3))."""
    rows = select(MonthlyReport.month, func.count()).where(
        MonthlyReport.approved_at.is_(None), MonthlyReport.edition == 1
    )
    rows = rows.where(MonthlyReport.held_at.is_(None), MonthlyReport.month < month_start(last))
    for month, count in db.session.execute(rows.group_by(MonthlyReport.month)):
        yield Duty(DutyKind.report, "reports", month_end(month, 1), "1-(3)", "", {"count": count}, place=("reports", 0))


def _ends(first: date, last: date, hours: ServiceHours) -> Iterator[Duty]:
    since = first - timedelta(days=40)
    rows = select(Contract).where(Contract.in_force_until.between(since, last + FURTHEST))
    rows = rows.where(Contract.ending.is_distinct_from(Ending.cancelled)).options(joinedload(Contract.customer))
    for contract in db.session.scalars(rows.order_by(Contract.in_force_until).limit(1_000)):
        until = contract.in_force_until or since
        clause, place = CLAUSES[contract.ending] if contract.ending else "", ("customer", contract.customer_id)
        name = contract.customer.name
        yield Duty(DutyKind.contract, "ends", until, clause, name, why=end_of(contract), place=place, to_do=False)
        if contract.overview_at is None and contract.ended_at is None:
            yield Duty(DutyKind.contract, "overview", overview_on(until, hours), "11-2", name, place=place, to_do=False)
        destroyed = hours.business_day_after(until, LENT_BUSINESS_DAYS)
        yield Duty(DutyKind.contract, "destroy", destroyed, "2-2", name, place=place, to_do=False)


def _start_notices(today: date) -> Iterator[Duty]:
    """A start notice that did not arrive leaves the contract in doubt (3-2)."""
    lost = or_(Notice.bounced_at.is_not(None), Notice.state == ErrandState.failed)
    rows = select(Contract).join(Notice, Notice.id == Contract.start_notice_id).where(lost, Notice.resent_at.is_(None))
    rows = rows.where(or_(Contract.in_force_until.is_(None), Contract.in_force_until >= today))
    for contract in db.session.scalars(rows.options(joinedload(Contract.customer)).limit(200)):
        place, name = ("customer", contract.customer_id), contract.customer.name
        yield Duty(DutyKind.contract, "start_notice", today, "3-2", name, place=place)


def _licences(first: date, last: date) -> Iterator[Duty]:
    columns = {"licence": Contract.licence_until, "support": Contract.support_until}
    for what, column in columns.items():
        rows = select(Contract).where(column.between(first, last), in_force_on(column))
        for contract in db.session.scalars(rows.options(joinedload(Contract.customer)).limit(500)):
            on = contract.licence_until if what == "licence" else contract.support_until
            why = licence_end(on or first, contract.minimum_term.on) if what == "licence" else support_end(on or first)
            place, name = ("customer", contract.customer_id), contract.customer.name
            yield Duty(DutyKind.contract, what, on or first, why.clause, name, why=why, place=place, to_do=False)


def _terms(first: date, last: date) -> Iterator[Duty]:
    rows = select(Contract).where(Contract.in_force_from >= month_start(first, -TERM_MONTHS), in_force_on(last))
    for contract in db.session.scalars(rows.options(joinedload(Contract.customer)).limit(5_000)):
        term = contract.minimum_term
        if first <= term.on <= last:
            place, name = ("customer", contract.customer_id), contract.customer.name
            yield Duty(DutyKind.contract, "term", term.on, term.clause, name, why=term, place=place, to_do=False)


def _months(first: date, last: date, today: date, hours: ServiceHours) -> Iterator[Duty]:
    """What each month brings to all contracts: two last days, the renewal, the billing list."""
    renewing = db.session.scalar(
        select(func.count()).where(Contract.in_force_until.is_(None), Contract.in_force_from <= today)
    )
    month = month_start(first)
    while month <= last:
        leave, change, end = nonrenewal_deadline(month, hours), change_deadline(month), month_end(month)
        yield Duty(DutyKind.contract, "leave_by", leave.on, leave.clause, why=leave, to_do=False)
        yield Duty(DutyKind.contract, "change_by", change.on, change.clause, why=change, to_do=False)
        if end >= today:
            yield Duty(DutyKind.contract, "renewals", end, "13-1", values={"count": renewing or 0}, to_do=False)
        if month >= today:
            billed = hours.business_day_after(month - DAY, 1)
            what = {"what": f"{month_start(month, -1):%Y-%m}"}
            yield Duty(DutyKind.reseller, "billing", billed, "5-1", values=what, place=("billing", 0), to_do=False)
        month = month_start(month, 1)


def _effects(first: date, last: date) -> Iterator[Duty]:
    rows = select(PlanChange).where(
        PlanChange.state == ChangeState.formed, PlanChange.effective_on.between(first, last)
    )
    rows = rows.options(joinedload(PlanChange.contract).joinedload(Contract.customer))
    for change in db.session.scalars(rows.limit(500)):
        place, name = ("customer", change.customer_id), change.contract.customer.name
        on, what = change.effective_on, {"what": change.plan}
        yield Duty(DutyKind.contract, "takes_effect", on, "14", name, what, place=place, to_do=False)


def _prices(first: date, last: date) -> Iterator[Duty]:
    rows = select(PriceNotice).where(PriceNotice.effective_on.between(first, last))
    for one in db.session.scalars(rows.options(joinedload(PriceNotice.reseller)).limit(200)):
        on, name = one.effective_on, one.reseller.name
        yield Duty(DutyKind.reseller, "prices", on, "5-6", name, place=("billing", one.reseller_id), to_do=False)
