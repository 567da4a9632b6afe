"""`helpdesk record ...`: whether the record is what was recorded."""

import sys

import click
from flask.cli import AppGroup

from helpdesk.audit.sealing import check_record, seal_record
from helpdesk.extensions import db


@click.group("record", cls=AppGroup)
def record_group() -> None:
    """Check the record of who did what."""


@record_group.command("verify")
def verify() -> None:
    """Read every row of the record, its seals and the values beside it. Ends with 1 where something was changed.

    Note the last digest elsewhere: somebody who may write to the database could make all seals anew."""
    found = check_record()
    for fault in found.faults:
        click.echo(fault, err=True)
    words = f"{found.rows} rows, {found.sealed} of them under {found.seals} seals, {found.erased} values erased."
    click.echo(f"{words} Last digest: {found.last_digest or 'none yet'}")
    if found.faults:
        sys.exit(1)
    click.echo("The record is as it was recorded.")


@record_group.command("seal")
def seal() -> None:
    """Seal what was recorded since the last seal; the workers do so every hour."""
    rows = seal_record()
    db.session.commit()
    click.echo(f"{rows} rows sealed.")
