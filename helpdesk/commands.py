"""The `helpdesk` command line."""

import json
import os
import sys
import time

import click
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext
from rq import SimpleWorker, Worker
from sqlalchemy.exc import OperationalError

from helpdesk import create_app, local, supervising
from helpdesk.accounts.commands import contact, customer, import_group, setup, user
from helpdesk.actions.commands import proof
from helpdesk.audit.commands import record_group
from helpdesk.config import Config, read_config
from helpdesk.demo.data import seed_demo
from helpdesk.demo.simulator import run_simulator
from helpdesk.demo.sink import run_sink
from helpdesk.desk.commands import contract
from helpdesk.environment import ConfigError
from helpdesk.errands import waiting_counts
from helpdesk.errands import warm as warm_errands
from helpdesk.errors import Refusal
from helpdesk.extensions import WORKER_QUEUES, db, job_queues, redis_connection
from helpdesk.mailgate.commands import mail
from helpdesk.mailgate.gateway import serve as serve_mail
from helpdesk.mailgate.imap import pollers
from helpdesk.mailgate.ledger import counts as mail_counts
from helpdesk.manuals.commands import manual
from helpdesk.ops import upgrading
from helpdesk.ops.commands import calendar, clock_group, credential, database
from helpdesk.periodic import ERRANDS, scheduler
from helpdesk.privacy.commands import privacy
from helpdesk.reports.commands import alerts, report
from helpdesk.starting import UP_FILE, checked_app, configured, refuse_demo_accounts, the_app, warm
from helpdesk.triage.commands import triage
from helpdesk.web.pages import AssetsMissing


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
    click.get_current_context().obj = ScriptInfo(create_app=the_app, set_debug_flag=False)


for group in (
    *(setup, mail, triage, manual, alerts, report, proof, record_group, user, customer, contact, import_group),
    *(contract, privacy, database, credential, clock_group, calendar),
):
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
    os.environ.update(supervising.frugal())
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *supervising.gunicorn_arguments(config)])  # noqa: S606


@cli.command()
@click.option("--queue", type=click.Choice(list(WORKER_QUEUES)), default="work", help="What it works on.")
@click.option("--burst", is_flag=True, help="Stop when there is no work left.")
def worker(queue: str, burst: bool) -> None:
    """Do queued work: send mail, call consoles; with `--queue mail`, file the mail that came in.

    Start as many of the first as needed, and at least one of each.
    """
    app = checked_app()
    if queue == "mail":
        warm(app)
    os.register_at_fork(after_in_child=lambda: _fresh_connections(app))
    with app.app_context():
        # many short batches: a process for each would cost more than the work in it
        kind = SimpleWorker if queue == "mail" else Worker
        if queue == "work":
            warm_errands(ERRANDS)
        kind(job_queues(app, queue), connection=redis_connection(app)).work(burst=burst, logging_level="WARNING")


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
    serve_mail(app, pollers)


@cli.command()
def simulator() -> None:
    """Run the console simulator of the demo (HELPDESK_CONSOLE_PORT). Only in demo mode."""
    run_simulator(_demo_settings())


@cli.command()
def sink() -> None:
    """Run the demo's mail sink: SMTP on HELPDESK_SINK_PORT, a page of what was sent on HELPDESK_SINK_PAGE_PORT."""
    run_sink(_demo_settings())


def _demo_settings() -> Config:
    """Raises ConfigError outside demo mode: what pretends to be the vendor or a relay has no place there."""
    config = configured()
    if not config.demo:
        raise ConfigError("This belongs to the demo: set HELPDESK_DEMO=1 on a machine without real data.")
    return config


@cli.command()
def seed() -> None:
    """Load the demo data where there is none. Only in demo mode."""
    _seed(the_app())


@cli.command()
@with_appcontext
def status() -> None:
    """Show mails and errands that wait, failed or are unclear, as JSON."""
    errands = [{"kind": kind, "state": state, "count": count} for kind, state, count in waiting_counts(ERRANDS)]
    click.echo(json.dumps({"mails": mail_counts(), "errands": errands}, indent=2))


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
