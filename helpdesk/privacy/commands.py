"""`helpdesk privacy ...`: the list of erasings, and applying it to a database that was restored."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import click
from flask.cli import AppGroup
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import Contact
from helpdesk.errands import nudge, one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.locking import unlocked
from helpdesk.masking import ERASED
from helpdesk.privacy.expiring import periods
from helpdesk.privacy.jobs import listed
from helpdesk.privacy.leaving import address_digest, ask_for_erasing, erase_outsider_again
from helpdesk.privacy.models import Erasure, RetentionRun


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
    told, faults = [], 0
    for at, line in enumerate(file.read_text().splitlines(), 1):
        try:
            told.append(_Listed.read(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError):
            click.echo(f"{file.name}:{at}: no erasing", err=True)
            faults += 1
    with one_step():
        back = sum(_erase_again(one) for one in told)
    nudge()
    click.echo(f"{len(told)} listed, {back} of them are here again and will be erased by the workers.")
    if faults:
        sys.exit(1)


@dataclass(frozen=True)
class _Listed:
    """One line of the list: everybody the person was on record as."""

    people: tuple[int, ...]
    addresses: frozenset[str]
    also: str
    keep_attached: bool

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        return cls(
            tuple(int(one) for one in (told["people"] if "people" in told else [told["contact"]])),
            frozenset(str(one) for one in told.get("addresses", [told["address"]])),
            str(told.get("also", "")),
            bool(told.get("keep_attached", False)),
        )

    def words(self) -> list[str]:
        """Words that were given with the decision."""
        try:
            return unlocked(self.also.encode()).splitlines() if self.also else []
        except VendorError:
            click.echo(f"contacts {self.people}: the key of their further words is not at hand", err=True)
            return []


def _erase_again(one: _Listed) -> int:
    """Have everybody of a line erased who is here again; returns how many. Somebody else with the number is told."""
    due = select(Contact).where(Contact.id.in_(one.people), Contact.name != ERASED).order_by(Contact.id)
    if not one.people and (told := one.words()):
        return 1 if erase_outsider_again(told) is not None else 0
    back = 0
    for contact in db.session.scalars(due).all():
        if address_digest(contact.email) not in one.addresses:
            click.echo(
                f"contact {contact.id} is somebody else by now, or the secret key is another: left alone", err=True
            )
            continue
        back += 1
        waiting = select(Erasure.id).where(Erasure.contact_id == contact.id, Erasure.finished_at.is_(None))
        if contact.merged_into_id is None and db.session.scalar(waiting.limit(1)) is None:
            ask_for_erasing(SYSTEM, contact, also=one.words(), keep_attached=one.keep_attached)
    return back


@privacy.command("expire")
@click.option("--dry-run", is_flag=True, help="Count only.")
def expire(dry_run: bool) -> None:
    """Have the workers delete what has expired, or count it; the page of periods shows what came of it."""
    run = RetentionRun(
        asked_at=clock.now(), by_name="helpdesk privacy expire", dry=dry_run, due_at=clock.now(), went={}
    )
    run.settings = periods()
    db.session.add(run)
    db.session.commit()
    nudge()
    click.echo(f"Run {run.id} was handed to the workers.")
