"""`helpdesk contract ...`: dates of contracts, and their life from the command line."""

import json
import sys
from datetime import date, datetime
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.hours import midnight
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.applications import (
    ApplicationWords,
    LicenceEdition,
    LicenceOrigin,
    RefusalGround,
    apply,
    open_applications,
)
from helpdesk.contracts.changes import ask_for_change, plan_on
from helpdesk.contracts.contract_notices import ContractNoticeKind, NoticeWay, NoticeWords
from helpdesk.contracts.date_lines import CLOSED_MAX, Closing, answer_line, hours_with, read_closing
from helpdesk.contracts.filing import file_notice
from helpdesk.contracts.life import all_contracts, contract_now, end_on_record, start_contract, today
from helpdesk.contracts.listing import plans_on
from helpdesk.contracts.models import CHOSEN, CLAUSES, Contract, Ending
from helpdesk.contracts.suspensions import Suspension, SuspensionGround
from helpdesk.customers.finding import the_customer
from helpdesk.customers.models import Customer
from helpdesk.desk.contract_effects import begin_service, resume_service, suspend_service, terminate_service
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db

DATE = click.DateTime(["%Y-%m-%d"])
ON = click.option("--on", type=DATE, help="The day, such as 2026-12-15; today where it is left out.")


@click.group(cls=AppGroup)
def contract() -> None:
    """Contracts: their dates, and their life from application to end."""


def _closings(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[Closing]:
    try:
        closings = [read_closing(words) for words in given]
        hours_with(closings)
    except ValueError as error:
        raise click.BadParameter(
            f"Write the days of every year such as 12-29..01-03, at most {CLOSED_MAX} of them."
        ) from error
    return closings


@contract.command("dates", with_appcontext=False)
@click.option("--closing", multiple=True, callback=_closings, help="Closing days of every year: 12-29..01-03.")
def count_dates(closing: list[Closing]) -> None:
    """Read contracts as JSON lines from standard input; print their dates with explanations, a line for each.

    Needs neither settings nor a database. A line that cannot be read gives {"error", "line"}; the others go on.
    """
    hours = hours_with(closing)
    for number, line in enumerate(sys.stdin.buffer, 1):
        if line.strip():
            click.echo(json.dumps(answer_line(line, number, hours), ensure_ascii=False))


@contract.command("apply")
@click.argument("customer")
@click.option("--plan", required=True)
@click.option("--clients", type=int, required=True, help="How many clients are to be managed.")
@click.option("--address", required=True, help="Where the start is notified, which forms the contract (3-2).")
@click.option(
    "--edition", type=click.Choice([one.value for one in LicenceEdition]), default=LicenceEdition.essentials.value
)
@click.option("--origin", type=click.Choice([one.value for one in LicenceOrigin]), default=LicenceOrigin.reseller.value)
@click.option("--licence-until", type=DATE)
@click.option("--support-until", type=DATE)
@click.option("--start-on", type=DATE, help="The wanted start.")
@ON
@with_appcontext
def apply_for(customer: str, on: datetime | None, **given: Any) -> None:
    """Record an application. `contract start` forms the contract."""
    words = ApplicationWords(
        plan=given["plan"],
        address=given["address"],
        clients=given["clients"],
        applied_on=_day(on),
        edition=LicenceEdition(given["edition"]),
        origin=LicenceOrigin(given["origin"]),
        licence_until=_day_or_none(given["licence_until"]),
        support_until=_day_or_none(given["support_until"]),
        wanted_start_on=_day_or_none(given["start_on"]),
    )
    application = apply(SYSTEM, the_customer(customer), words)
    _saved(f"Application {application.id} of {application.customer.name} was recorded.")


@contract.command("refuse")
@click.argument("customer")
@click.option("--ground", type=click.Choice([one.value for one in RefusalGround]), required=True)
@click.option("--words", default="")
@with_appcontext
def refuse(customer: str, ground: str, words: str) -> None:
    """Refuse the open application on one of the grounds of 3-3 and 3-4."""
    application = _application(the_customer(customer))
    application.refuse(SYSTEM, RefusalGround(ground), words)
    _saved(f"The application was refused ({RefusalGround(ground).clause}).")


@contract.command("start")
@click.argument("customer")
@ON
@with_appcontext
def start(customer: str, on: datetime | None) -> None:
    """Send the notice that the service starts on a day, which forms the contract (3-2)."""
    whose = the_customer(customer)
    made = start_contract(SYSTEM, _application(whose), _day(on))
    begin_service(SYSTEM, whose)
    _saved(f"{made.number} of {whose.name} is formed: in force from {made.in_force_from}.")


@contract.command("change")
@click.argument("customer")
@click.option("--plan", default="", help="The same plan where it is left out.")
@click.option("--clients", type=int, required=True)
@ON
@with_appcontext
def change(customer: str, plan: str, clients: int, on: datetime | None) -> None:
    """Ask for a change on a day and form it by our notice (3-5, 13-2, 14)."""
    found = _contract(the_customer(customer))
    plan = plan or plan_on(found, today())[0]
    asked = ask_for_change(SYSTEM, found, plan=plan, clients=clients, requested_on=_day(on))
    asked.form(SYSTEM)
    _saved(f"{found.number}: {asked.plan} for {asked.clients} clients from {asked.effective_on} on.")


@contract.command("suspend")
@click.argument("customer")
@click.option("--ground", type=click.Choice([one.value for one in SuspensionGround]), required=True)
@click.option("--words", default="")
@with_appcontext
def suspend(customer: str, ground: str, words: str) -> None:
    """Suspend the service now, without prior notice (10-1)."""
    found = _contract(the_customer(customer))
    suspend_service(SYSTEM, found, SuspensionGround(ground), words)
    _saved(f"{found.number} is suspended: due times stand still, actions wait.")


@contract.command("resume")
@click.argument("customer")
@with_appcontext
def resume(customer: str) -> None:
    """The service goes on."""
    found = _contract(the_customer(customer))
    resume_service(SYSTEM, found)
    _saved(f"{found.number} goes on.")


@contract.command("nonrenew")
@click.argument("customer")
@click.option("--from", "from_name", default="", help="Who gave notice.")
@ON
@with_appcontext
def nonrenew(customer: str, from_name: str, on: datetime | None) -> None:
    """Record a notice of non-renewal that arrived on a day, and the end that it has (11-2)."""
    whose = the_customer(customer)
    arrived = midnight(_day(on), current_calendar().hours.zone) if on is not None else clock.now()
    words = NoticeWords(ContractNoticeKind.nonrenewal, way=NoticeWay.post, from_name=from_name, arrived_at=arrived)
    notice = file_notice(SYSTEM, whose, words)
    notice.confirm(SYSTEM)
    _saved(f"{_contract(whose).number} ends on {notice.effect_on}. {notice.en}")


@contract.command("end")
@click.argument("customer")
@click.option("--why", type=click.Choice([one.value for one in CHOSEN]), required=True)
@click.option("--words", required=True, help="The reason: the customer and the record are told.")
@click.option("--all-due", is_flag=True, help="Everything owed falls due at once (12-1 to 12-3).")
@ON
@with_appcontext
def end(customer: str, why: str, words: str, all_due: bool, on: datetime | None) -> None:
    """End a contract by 3-4, 12-1 to 12-5, or on a month's last day as was agreed (corrected)."""
    found, ending = _contract(the_customer(customer)), Ending(why)
    if ending == Ending.corrected:
        end_on_record(SYSTEM, found, _day(on), words)
    else:
        terminate_service(SYSTEM, found, ending, words, on=_day_or_none(on), all_due=all_due)
    _saved(f"{found.number} ends on {found.in_force_until} ({CLAUSES[ending] or 'by hand'}).")


@contract.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a contract, a line each.")
@with_appcontext
def list_contracts(as_json: bool) -> None:
    """Contracts by their number, with state and dates as of today."""
    contracts, since = (
        all_contracts(),
        {
            row.contract_id: row.since
            for row in db.session.scalars(select(Suspension).where(Suspension.until.is_(None)))
        },
    )
    plans = plans_on(contracts, today())
    for one in contracts:
        told = _told(one, plans[one.id], since.get(one.id))
        if as_json:
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo(
                f"{told['number']}  {told['state']:<9}  {told['in_force_from']} - {told['in_force_until'] or ''}"
                f"  {told['plan']}  {told['customer']}"
            )


def _told(one: Contract, plan: tuple[str, int | None], since: datetime | None) -> dict[str, Any]:
    return {
        "number": one.number,
        "customer": one.customer.name,
        "plan": plan[0],
        "clients": plan[1],
        "state": one.state_on(clock.now(), today(), suspended=since is not None).value,
        "applied_on": _written(one.applied_on),
        "started_on": _written(one.service_start),
        "in_force_from": _written(one.in_force_from),
        "in_force_until": _written(one.in_force_until),
        "minimum_term_ends_on": _written(one.minimum_term.on),
        "ending": one.ending.value if one.ending else None,
        "clause": CLAUSES[one.ending] if one.ending else None,
        "suspended_since": since.isoformat() if since else None,
    }


def _application(customer: Customer) -> Any:
    found = open_applications(customer.id)
    if not found:
        raise Refusal(f"{customer.name} has no open application. Record it with `helpdesk contract apply`.")
    return found[0]


def _contract(customer: Customer) -> Contract:
    found = contract_now(customer.id)
    if found is None:
        raise Refusal(f"{customer.name} has no contract. Nothing was changed.")
    return found


def _saved(words: str) -> None:
    db.session.commit()
    nudge()
    click.echo(words)


def _day(on: datetime | None) -> date:
    return on.date() if on is not None else today()


def _day_or_none(on: datetime | None) -> date | None:
    return on.date() if on is not None else None


def _written(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
