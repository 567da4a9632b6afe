"""`helpdesk manual ...`: manuals from the command line."""

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup
from flask_babel import force_locale
from sqlalchemy import func, select

from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import Language
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.names import clean_name
from helpdesk.manuals.importing import Edition, ManualImport, ask_import
from helpdesk.manuals.models import Manual, ManualSection, current_manuals, today

EX_TEMPFAIL = 75
LOOK_EVERY = 0.5


@click.group(cls=AppGroup)
def manual() -> None:
    """Import, list and withdraw manuals."""


@manual.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--series", required=True, help="The manual's short name, the same for every edition.")
@click.option("--edition", required=True, help="What this edition is called.")
@click.option("--title", default="", help="The manual's title; the file's name without it.")
@click.option("--language", type=click.Choice(["ja", "en"]), default="ja", show_default=True)
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="Its first day in force; else today.")
@click.option("--timeout", default=600, show_default=True, help="Seconds to wait for a worker to read it.")
@click.option("--publish", is_flag=True, help="Publish it once it was read; without it, it is a draft.")
def import_file(
    *,
    file: Path,
    series: str,
    edition: str,
    title: str,
    language: str,
    first_day: datetime | None,
    timeout: int,
    publish: bool,
) -> None:
    """Import FILE, a PDF, an HTML file, or a ZIP of HTML files; a worker reads it.

    Ends with 0 once it was read, with 1 where it cannot be a manual, and with 75 where no worker read it in time: then
    it is kept, and read when one runs."""
    day = first_day.date() if first_day else today()["today"]
    wanted = Edition(series, title or file.stem, edition, Language(language), day)
    try:
        with force_locale("en"):
            row = ask_import(SYSTEM, wanted, clean_name(file.name), file.read_bytes())
    except Refusal as refusal:
        _end(1, f"{file.name}: {refusal}")
    db.session.commit()
    nudge()
    _wait(row, timeout)
    if not row.ended:
        _end(EX_TEMPFAIL, f"{file.name}: no worker read it within {timeout} s; it is kept and read when one runs")
    for trouble in row.troubles[:20]:
        where = f"page {trouble['page']}: " if trouble["page"] else ""
        click.echo(f"{file.name}: {where}{trouble['what']} {trouble['name']}".rstrip(), err=True)
    if row.manual is None:
        _end(1, f"{file.name}: nothing of it could be used")
    if publish:
        row.manual.publish(SYSTEM)
        db.session.commit()
    sections = select(func.count()).where(ManualSection.manual_id == row.manual_id)
    state = "published" if publish else "a draft"
    click.echo(f"{series} {edition}: {db.session.scalar(sections)} sections, {row.pages} pages, {state}")


@manual.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_manuals(as_json: bool) -> None:
    """Show every edition, the newest first, and which are in force."""
    in_force = {edition.id for edition in current_manuals()}
    sections = select(func.count()).where(ManualSection.manual_id == Manual.id).scalar_subquery()
    rows = select(Manual, sections).order_by(Manual.valid_from.desc(), Manual.id.desc())
    for edition, count in db.session.execute(rows):
        line = {
            "id": edition.id,
            "series": edition.series,
            "title": edition.title("ja"),
            "edition": edition.edition,
            "valid_from": edition.valid_from.isoformat(),
            "valid_until": edition.valid_until.isoformat() if edition.valid_until else None,
            "published": edition.published_at is not None,
            "in_force": edition.id in in_force,
            "sections": count,
        }
        if as_json:
            click.echo(json.dumps(line, ensure_ascii=False))
        else:
            state = "in force" if line["in_force"] else ("published" if line["published"] else "draft")
            click.echo(f"{edition.series:20} {edition.edition:20} {line['valid_from']} {state:10} {count:>5}")


@manual.command("withdraw")
@click.argument("series")
def withdraw(series: str) -> None:
    """Take the edition of SERIES that is in force out of force at once; references to it stay readable."""
    edition = next((manual for manual in current_manuals() if manual.series == series), None)
    if edition is None:
        _end(1, f"no manual in force has the short name {series}; nothing was changed")
    edition.withdraw_now(SYSTEM)
    db.session.commit()
    click.echo(f"{series} {edition.edition} is out of force.")


def _wait(row: ManualImport, seconds: int) -> None:
    """Until a worker has read it or the time is over, telling how far it is."""
    end, told = time.monotonic() + seconds, 0
    while True:
        db.session.refresh(row)
        if row.pages_read != told:
            told = row.pages_read
            click.echo(f"{told} of {row.pages} pages", err=True)
        # what was read so far may not keep others waiting
        db.session.commit()
        if row.ended or time.monotonic() > end:
            return
        time.sleep(LOOK_EVERY)


def _end(code: int, words: str) -> NoReturn:
    click.echo(words, err=True)
    sys.exit(code)
