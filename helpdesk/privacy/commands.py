"""`helpdesk privacy ...`: the list of erasings, and applying it to a database that was restored."""

import json
import sys
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import Contact
from helpdesk.errands import nudge, one_step
from helpdesk.extensions import db
from helpdesk.masking import ERASED
from helpdesk.privacy.jobs import listed
from helpdesk.privacy.models import Erasure, RetentionRun
from helpdesk.privacy.requests import address_digest, ask_for_erasing


@click.group(cls=AppGroup)
def privacy() -> None:
    """Personal data: erasings, and what expires."""


@privacy.command("erasures")
def show_erasures() -> None:
    """Print every erasing, one line of JSON each: keep it apart from the backups. It names nobody."""
    for one in listed():
        click.echo(json.dumps(one))


@privacy.command("erase-again")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def erase_again(file: Path) -> None:
    """After a restore: erase everybody whom FILE lists once more. Workers do it; run as often as you like."""
    numbers, keeping, faults = {}, set(), 0
    for at, line in enumerate(file.read_text().splitlines(), 1):
        try:
            one = json.loads(line)
            numbers[int(one["contact"])] = str(one["address"])
            keeping |= {int(one["contact"])} if one.get("keep_attached") else set()
        except (ValueError, KeyError, TypeError):
            click.echo(f"{file.name}:{at}: no erasing", err=True)
            faults += 1
    with one_step():
        due = select(Contact).where(Contact.id.in_(numbers), Contact.name != ERASED).order_by(Contact.id)
        found = db.session.scalars(due).all()
        people = [one for one in found if address_digest(one.email) == numbers[one.id]]
        for contact in set(found) - set(people):
            click.echo(
                f"contact {contact.id} is somebody else by now, or the secret key is another: left alone", err=True
            )
        waiting = set(db.session.scalars(select(Erasure.contact_id).where(Erasure.finished_at.is_(None))))
        for contact in people:
            if contact.id not in waiting:
                ask_for_erasing(SYSTEM, contact, keep_attached=contact.id in keeping)
    nudge()
    click.echo(f"{len(numbers)} listed, {len(people)} of them are here again and will be erased by the workers.")
    if faults:
        sys.exit(1)


@privacy.command("expire")
@click.option("--dry-run", is_flag=True, help="Count only.")
def expire(dry_run: bool) -> None:
    """Have the workers delete what has expired, or count it; the page of periods shows what came of it."""
    run = RetentionRun(asked_at=clock.now(), by_name="—", dry=dry_run, due_at=clock.now(), went={}, settings={})
    db.session.add(run)
    db.session.commit()
    nudge()
    click.echo(f"Run {run.id} was handed to the workers.")
