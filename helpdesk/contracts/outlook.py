"""The dates of one contract as they lie ahead, each with its clause and how it came about (R56)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from helpdesk.calendar.hours import DAY
from helpdesk.contracts.applications import Application
from helpdesk.contracts.dates import (
    MINIMUM_MONTHS,
    Explained,
    change_deadline,
    first_charged_month,
    free_until,
    month_end,
    month_start,
)
from helpdesk.contracts.models import CLAUSES, Contract
from helpdesk.contracts.windows import licence_end, put_off_start, support_end
from helpdesk.extensions import db


@dataclass(frozen=True)
class ContractDate:
    """A date by its kind. `warn`: it comes sooner than it should, or is over."""

    kind: str
    explained: Explained
    warn: bool = False


@dataclass(frozen=True)
class TermMonth:
    """A month of the minimum term: its number, its first day, free or not, and whether it is the present one."""

    number: int
    first: date
    free: bool
    now: bool


def dates_ahead(contract: Contract, today: date) -> Sequence[ContractDate]:
    """What a page of the contract lists, in order; `today` is of the service's zone."""
    return list(_dates(contract, today))


def _dates(contract: Contract, today: date) -> Iterator[ContractDate]:
    start, term = contract.service_start, contract.minimum_term
    application = db.session.get(Application, contract.application_id) if contract.application_id else None
    if application is not None and application.put_off_from is not None:
        yield ContractDate("put_off", put_off_start(application.put_off_from, start))
    yield ContractDate("free_until", free_until(start))
    yield ContractDate("first_charged_month", first_charged_month(start))
    yield ContractDate("minimum_term_ends_on", term)
    if contract.in_force_until is None:
        deadline = change_deadline(today)
        yield ContractDate("change_deadline", deadline if today <= deadline.on else change_deadline(next_month(today)))
    else:
        yield ContractDate("ends_on", end_of(contract), warn=True)
    if contract.licence_until is not None:
        early = contract.licence_until < term.on
        yield ContractDate("licence_until", licence_end(contract.licence_until, term.on), warn=early)
    if contract.support_until is not None:
        yield ContractDate("support_until", support_end(contract.support_until), warn=contract.support_until < today)


def end_of(contract: Contract) -> Explained:
    """The end that is set, by its clause and the words that were kept with it."""
    clause = CLAUSES[contract.ending] if contract.ending else ""
    said = [
        words if words.startswith(f"{clause}: ") else f"{clause}: {words}"
        for words in (contract.ending_words, contract.ending_words_en or contract.ending_words)
    ]
    return Explained(contract.in_force_until or contract.in_force_from, *said)


def next_month(day: date) -> date:
    return month_end(day) + DAY


def term_months(contract: Contract, today: date) -> Sequence[TermMonth]:
    """The thirteen months of the minimum term, counted back from its last one."""
    last = contract.minimum_term.on
    firsts = [month_start(last, number - MINIMUM_MONTHS) for number in range(1, MINIMUM_MONTHS + 1)]
    free = month_start(contract.service_start)
    return [TermMonth(n, first, first == free, first == month_start(today)) for n, first in enumerate(firsts, 1)]
