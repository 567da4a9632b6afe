"""What operators do to an installation: its schema, stored secrets, the calendar and, in a demo, the clock."""

import sys
from datetime import date, datetime

import click
from alembic import command as alembic_command
from flask import current_app
from flask.cli import AppGroup

from helpdesk import clock
from helpdesk.actions.lists import replan_waiting
from helpdesk.actions.logins import rotate_logins
from helpdesk.actions.signing import relock_keys
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.hours import Minutes
from helpdesk.calendar.models import change_calendar, current_calendar, lock_calendar, read_span
from helpdesk.console.models import Region, Signing, rotate_keys, set_credential
from helpdesk.customers.finding import the_customer
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.ops import upgrading
from helpdesk.privacy.leaving import relock_words
from helpdesk.tickets.clocks import recompute_due_times


@click.group("db", cls=AppGroup)
def database() -> None:
    """Prepare and migrate the database."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the schema to this release and load what a fresh installation needs."""
    upgrading.upgrade(current_app._get_current_object())  # type: ignore[attr-defined]
    click.echo("The database is up to date.")


@database.command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """Write a new migration from the difference between models and database."""
    alembic_command.revision(upgrading.settings(), message=message, autogenerate=True)


@click.group(cls=AppGroup)
def credential() -> None:
    """Store and rotate customers' console API keys."""


@credential.command("set")
@click.argument("customer")
@click.option("--region", type=click.Choice([r.value for r in Region]), required=True)
@click.option("--client-id", required=True, help="The console's 3rd party API client id.")
@click.option("--token", is_flag=True, help="Sign with v3 bearer tokens got for this client.")
def credential_set(customer: str, region: str, client_id: str, token: bool) -> None:
    """Store CUSTOMER's API key, read from standard input, encrypted; a worker tests it at once.

    CUSTOMER is a name or a number."""
    owner = the_customer(customer)
    api_key = sys.stdin.readline().strip()
    if not api_key:
        raise Refusal("No API key came on standard input. Nothing was changed.")
    signing = Signing.token if token else Signing.basic
    set_credential(SYSTEM, owner, region=Region(region), client_id=client_id, api_key=api_key, signing=signing)
    db.session.commit()
    nudge()
    click.echo(f"The API key of {owner.name} is stored and is being tested.")


@credential.command("rotate")
def credential_rotate() -> None:
    """Encrypt every stored API key and login, and the words of erasings, with the first of HELPDESK_CREDENTIAL_KEYS."""
    count = rotate_keys() + rotate_logins() + relock_keys() + relock_words()
    db.session.commit()
    click.echo(f"{count} secrets were encrypted anew.")


@click.group("clock", cls=AppGroup)
def clock_group() -> None:
    """Move business time, in demo mode only."""


@clock_group.command("set")
@click.argument("moment")
def clock_set(moment: str) -> None:
    """Set business time to MOMENT (RFC 3339, such as 2026-11-24T10:12:00+09:00) for all processes."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise click.BadParameter("write a time such as 2026-11-24T10:12:00+09:00") from error
    if at.tzinfo is None:
        raise click.BadParameter("the time needs a zone, such as +09:00")
    clock.set_now(at)
    nudge()
    click.echo(f"Business time is {clock.now().isoformat(timespec='seconds')}.")


@clock_group.command("reset")
def clock_reset() -> None:
    """Go back to real time."""
    clock.reset()
    nudge()
    click.echo("Business time is real time.")


@clock_group.command("show")
def clock_show() -> None:
    """Show business time and whether service hours are open."""
    hours = current_calendar().hours
    word = "open" if hours.is_open(clock.now()) else f"closed until {hours.next_opening(clock.now()).isoformat()}"
    click.echo(f"{clock.now().isoformat(timespec='seconds')} {word}")


@click.group(cls=AppGroup)
def calendar() -> None:
    """Change the service calendar."""


@calendar.command("hours")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("hours")
def calendar_hours(day: datetime, hours: str) -> None:
    """Set exceptional HOURS, such as 9:00-12:00 or 0:00-24:00, for DAY; 0:00-0:00 closes it."""
    known = dict(lock_calendar().hours.exceptional)
    _change(exceptional=known | {day.date(): read_span(hours)}, note=f"{day.date()} {hours}")


@calendar.command("close")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("reason")
def calendar_close(day: datetime, reason: str) -> None:
    """Make DAY a closing day."""
    known = dict(lock_calendar().hours.closing_days)
    _change(closing_days=known | {day.date(): reason}, note=f"{day.date()} {reason}")


def _change(
    note: str, *, closing_days: dict[date, str] | None = None, exceptional: dict[date, Minutes] | None = None
) -> None:
    change_calendar(SYSTEM, note, closing_days=closing_days, exceptional=exceptional)
    fresh = current_calendar()
    moved = recompute_due_times(fresh) + replan_waiting(fresh.hours)
    db.session.commit()
    nudge()
    click.echo(f"The calendar has version {fresh.version}; {moved} open due times were recomputed.")
