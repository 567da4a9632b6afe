"""The `helpdesk` command line."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click
from alembic import command as alembic_command
from flask import Flask
from rq import Worker
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from helpdesk import clock, create_app, local, supervising
from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import Role, User, add_user, user_by_email
from helpdesk.actions.commands import proof
from helpdesk.actions.lists import replan_waiting
from helpdesk.actions.logins import rotate_logins
from helpdesk.actions.signing import relock_keys
from helpdesk.alerts.commands import alerts
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.hours import Minutes
from helpdesk.calendar.models import change_calendar, current_calendar, lock_calendar
from helpdesk.config import ConfigError, read_config
from helpdesk.console.models import Region, Signing, rotate_keys, set_credential
from helpdesk.customers.models import Customer
from helpdesk.demo.data import seed_demo
from helpdesk.demo.simulator import run_simulator
from helpdesk.demo.sink import run_sink
from helpdesk.errands import nudge, waiting_counts, warm
from helpdesk.errors import Refusal
from helpdesk.extensions import db, job_queues, redis_connection
from helpdesk.mailgate.commands import mail
from helpdesk.mailgate.gateway import serve as serve_mail
from helpdesk.mailgate.imap import pollers
from helpdesk.mailgate.ledger import counts as mail_counts
from helpdesk.mailgate.settler import Settler
from helpdesk.ops import upgrading
from helpdesk.periodic import ERRANDS, scheduler
from helpdesk.starting import UP_FILE, checked_app, configured, refuse_demo_accounts, the_app
from helpdesk.tickets.clocks import recompute_due_times
from helpdesk.triage.commands import triage
from helpdesk.web.desk.calendar import read_span
from helpdesk.web.pages import AssetsMissing

Command = TypeVar("Command", bound=Callable[..., Any])


def main() -> None:
    """Run the command line; a wrong set-up is told in one sentence, not in a trace."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (ConfigError, local.LocalError, AssetsMissing, Refusal, RuntimeError) as error:
        click.echo(f"helpdesk: {error}", err=True)
        sys.exit(2)
    except OperationalError as error:
        click.echo(
            f"helpdesk: the database does not answer ({str(error.orig).splitlines()[0]}). Start it with "
            "`helpdesk up`, or set DATABASE_URL to a PostgreSQL that runs.",
            err=True,
        )
        sys.exit(2)


@click.group()
def cli() -> None:
    """Support portal for managed security services.

    Settings come from the environment; docs/operations.md lists them. Beside a running `helpdesk up`, commands
    use its settings where the environment gives none.
    """


for group in (mail, triage, alerts, proof):
    cli.add_command(group)


@cli.command()
def up() -> None:
    """Start everything on this machine: database, Redis, web, workers, cron, mail gateway and, in demo mode,
    a console simulator and a mail sink. Stops cleanly on Ctrl-C."""
    started = time.monotonic()
    config = read_config()
    supervising.check_ports(supervising.ports_of(config), config.bind)
    servers = local.Servers(config, _say)
    try:
        servers.start()
        environment = supervising.child_environment(config)
        os.environ.update(environment)
        app = create_app(config)
        _say("migrating the database ...")
        upgrading.upgrade(app)
        if config.demo:
            _seed(app)
        with app.app_context():
            refuse_demo_accounts(app)
            db.session.remove()
            db.engine.dispose()
        kept = config.var / UP_FILE
        kept.write_text(json.dumps(environment))
        try:
            supervisor = supervising.Supervisor(config, _say, environment, supervising.processes_of(config))
            supervisor.run(
                lambda: supervising.first_page(config, started, _say),
                lambda: supervising.announce(config, started, _say),
            )
        finally:
            kept.unlink(missing_ok=True)
            _say("stopping ...")
    finally:
        servers.stop()
    _say("stopped.")


@cli.command()
def web() -> None:
    """Serve the web pages with gunicorn (HELPDESK_WEB_PORT, HELPDESK_WEB_WORKERS)."""
    config = configured()
    checked_app()
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *supervising.gunicorn_arguments(config)])  # noqa: S606


@cli.command()
@click.option("--burst", is_flag=True, help="Stop when there is no work left.")
def worker(burst: bool) -> None:
    """Do queued work: send mail, call consoles. Start as many as needed."""
    app = checked_app()
    os.register_at_fork(after_in_child=lambda: _fresh_connections(app))
    with app.app_context():
        warm(ERRANDS)
        Worker(job_queues(app), connection=redis_connection(app)).work(burst=burst, logging_level="WARNING")


@cli.command()
def cron() -> None:
    """Start periodic jobs; run exactly one. Without it nothing is lost, only later."""
    app = checked_app()
    with app.app_context():
        scheduler(redis_connection(app)).start()  # type: ignore[no-untyped-call]


@cli.command()
def gateway() -> None:
    """Receive mail by SMTP (HELPDESK_SMTP_PORT), LMTP (HELPDESK_LMTP_PORT) and from mailboxes (HELPDESK_IMAP)."""
    app = checked_app()
    serve_mail(app, pollers(app))


@cli.command(hidden=True)
def settler() -> None:
    """File accepted mails; the gateway starts it and rings on its standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Settler(checked_app(), sys.stdin.fileno()).run()


@cli.command()
def simulator() -> None:
    """Run the console simulator of the demo (HELPDESK_CONSOLE_PORT)."""
    run_simulator(configured())


@cli.command()
def sink() -> None:
    """Run the demo's mail sink: SMTP on HELPDESK_SINK_PORT, a page of what was sent on HELPDESK_SINK_PAGE_PORT."""
    run_sink(configured())


@cli.command()
def seed() -> None:
    """Load the demo data where there is none. Only in demo mode."""
    _seed(the_app())


@cli.command()
def status() -> None:
    """Show mails and errands that wait, failed or are unclear, as JSON."""
    with the_app().app_context():
        errands = [{"kind": kind, "state": state, "count": count} for kind, state, count in waiting_counts(ERRANDS)]
        click.echo(json.dumps({"mails": mail_counts(), "errands": errands}, indent=2))


@cli.group("db")
def database() -> None:
    """Prepare and migrate the database."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the schema to this release and load what a fresh installation needs."""
    upgrading.upgrade(the_app())
    click.echo("The database is up to date.")


@database.command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """Write a new migration from the difference between models and database."""
    with the_app().app_context():
        alembic_command.revision(upgrading.settings(), message=message, autogenerate=True)


@cli.group()
def user() -> None:
    """Add, invite and close accounts."""


@user.command("add")
@click.argument("address")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(["agent", "supervisor", "administrator"]), required=True)
def user_add(address: str, name: str, role: str) -> None:
    """Add a staff account and mail its invitation; the first administrator is made this way."""
    with the_app().app_context():
        account = add_user(SYSTEM, email=address, name=name, role=Role(role))
        invite(SYSTEM, account)
        db.session.commit()
        nudge()
        click.echo(f"{account.email} was added as {role}; the invitation is on its way.")


@user.command("password")
@click.argument("address")
def user_password(address: str) -> None:
    """Set an account's password from standard input, for an installation whose mail does not work yet."""
    with the_app().app_context():
        account = _account(address)
        account.set_password(SYSTEM, sys.stdin.readline().rstrip("\n"))
        db.session.commit()
        click.echo(f"The password of {account.email} is set; its other sessions ended.")


@user.command("close")
@click.argument("address")
def user_close(address: str) -> None:
    """Close an account; its sessions end at once."""
    with the_app().app_context():
        account = _account(address)
        account.deactivate(SYSTEM)
        db.session.commit()
        click.echo(f"{account.email} is closed.")


@cli.group()
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
    with the_app().app_context():
        found = _customer(customer)
        api_key = sys.stdin.readline().strip()
        if not api_key:
            raise Refusal("No API key came on standard input. Nothing was changed.")
        signing = Signing.token if token else Signing.basic
        set_credential(SYSTEM, found, region=Region(region), client_id=client_id, api_key=api_key, signing=signing)
        db.session.commit()
        nudge()
        click.echo(f"The API key of {found.name} is stored and is being tested.")


@credential.command("rotate")
def credential_rotate() -> None:
    """Encrypt every stored API key and login with the first of HELPDESK_CREDENTIAL_KEYS."""
    with the_app().app_context():
        count = rotate_keys() + rotate_logins() + relock_keys()
        db.session.commit()
        click.echo(f"{count} secrets were encrypted anew.")


@cli.group("clock")
def clock_group() -> None:
    """Move business time, in demo mode only."""


@clock_group.command("set")
@click.argument("moment")
def clock_set(moment: str) -> None:
    """Set business time to MOMENT (RFC 3339, such as 2026-11-24T10:12:00+09:00) for all processes."""
    app = the_app()
    try:
        at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise click.BadParameter("write a time such as 2026-11-24T10:12:00+09:00") from error
    if at.tzinfo is None:
        raise click.BadParameter("the time needs a zone, such as +09:00")
    clock.set_now(at)
    _sweep_soon(app)
    click.echo(f"Business time is {clock.now().isoformat(timespec='seconds')}.")


@clock_group.command("reset")
def clock_reset() -> None:
    """Go back to real time."""
    app = the_app()
    clock.reset()
    _sweep_soon(app)
    click.echo("Business time is real time.")


@clock_group.command("show")
def clock_show() -> None:
    """Show business time and whether service hours are open."""
    with the_app().app_context():
        hours = current_calendar().hours
        word = "open" if hours.is_open(clock.now()) else f"closed until {hours.next_opening(clock.now()).isoformat()}"
        click.echo(f"{clock.now().isoformat(timespec='seconds')} {word}")


@cli.group()
def calendar() -> None:
    """Change the service calendar."""


@calendar.command("hours")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("hours")
def calendar_hours(day: datetime, hours: str) -> None:
    """Set exceptional HOURS, such as 9:00-12:00 or 0:00-24:00, for DAY; 0:00-0:00 closes it."""
    with the_app().app_context():
        known = dict(lock_calendar().hours.exceptional)
        _change(exceptional=known | {day.date(): read_span(hours)}, note=f"{day.date()} {hours}")


@calendar.command("close")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("reason")
def calendar_close(day: datetime, reason: str) -> None:
    """Make DAY a closing day."""
    with the_app().app_context():
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


def _account(address: str) -> User:
    found = user_by_email(address)
    if found is None:
        raise Refusal(f"There is no account {address}.")
    return found


def _customer(text: str) -> Customer:
    wanted = select(Customer).where((Customer.name == text) | (Customer.name.ilike(f"%{text}%")))
    found = list(db.session.scalars(wanted.limit(2)))
    if text.isdigit() and (one := db.session.get(Customer, int(text))):
        found = [one]
    if len(found) != 1:
        raise Refusal(f"{'No' if not found else 'More than one'} customer matches {text!r}. Nothing was changed.")
    return found[0]


def _sweep_soon(app: Flask) -> None:
    with app.app_context():
        nudge()


def _seed(app: Flask) -> None:
    if not app.config["DEMO"]:
        raise ConfigError("Demo data is only loaded in demo mode (HELPDESK_DEMO=1). Nothing was changed.")
    with app.app_context():
        if seed_demo(_say):
            db.session.commit()
        db.session.remove()
        db.engine.dispose()


def _fresh_connections(app: Flask) -> None:
    """A forked child must not share its parent's database connections."""
    with app.app_context():
        db.engine.dispose(close=False)


def _say(words: str) -> None:
    click.echo(f"helpdesk: {words}")
