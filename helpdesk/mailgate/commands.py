"""`helpdesk mail ...`: the mail door from the command line."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.environment import ConfigError
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.mailgate.filing import reread
from helpdesk.mailgate.ledger import Arrival, Source, accept, counts, newest_rows, refuse, row_for_update, rows_of
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.mailgate.waking import ask_for_filing

EX_TEMPFAIL = 75
EX_DATAERR = 65


@click.group(cls=AppGroup)
def mail() -> None:
    """Receive, read and look after mail."""


@mail.command(with_appcontext=False)
@click.option("-f", "--from", "sender", default="", help="The envelope sender; empty for bounces.")
@click.option("--origin", default="", help="Where it came from, such as the MTA's queue id.")
@click.argument("recipients", nargs=-1, required=True)
def receive(sender: str, origin: str, recipients: tuple[str, ...]) -> None:
    """Take one mail from standard input, for a pipe from an MTA.

    Ends with 0 once the mail is kept, with 75 (EX_TEMPFAIL) where the MTA must keep it and try again.
    """
    try:
        mail_id = _keep(sender, origin, recipients)
    except (SQLAlchemyError, OSError, ConfigError, RuntimeError) as error:
        click.echo(f"helpdesk: 4.3.0 The mail could not be kept, try again later: {error}", err=True)
        sys.exit(EX_TEMPFAIL)
    click.echo(f"Accepted as {mail_id}.")
    if not ask_for_filing():
        click.echo("helpdesk: Redis does not answer. The mail is kept and is filed once it does.", err=True)


@with_appcontext
def _keep(sender: str, origin: str, recipients: tuple[str, ...]) -> int:
    limit: int = current_app.config["MAIL_SIZE_LIMIT"]
    raw = sys.stdin.buffer.read(limit + 1)
    if len(raw) > limit:
        refuse(Arrival(b"", sender, list(recipients), Source.pipe, origin), len(raw), "larger than the limit")
        db.session.commit()
        click.echo("helpdesk: 5.3.4 The mail is larger than HELPDESK_MAIL_SIZE_LIMIT.", err=True)
        sys.exit(EX_DATAERR)
    (mail_id,) = accept([Arrival(raw, sender, list(recipients), Source.pipe, origin, believed=True)])
    db.session.commit()
    return mail_id


@mail.command()
@click.option("--json", "as_json", is_flag=True, help="The whole ledger as JSON.")
@click.option("--disposition", default="", help="Only these: waiting, new_ticket, follow_up, alert, parked, ...")
def ledger(as_json: bool, disposition: str) -> None:
    """Show what came in and what became of it: received = waiting + all dispositions."""
    if as_json:
        for piece in _ledger_json():
            click.echo(piece, nl=False)
        return
    for name, count in counts().items():
        click.echo(f"{name:14}{count:>9}")
    for row, reference in newest_rows(disposition):
        became = row.disposition.value if row.disposition else "waiting"
        click.echo(
            f"{row.id:>8} {row.received_at:%Y-%m-%d %H:%M} {became:11} {reference or '-':10} {row.subject or ''}"
        )


@mail.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--disposition", default="", help="All mails of this disposition, such as unreadable.")
def replay(ids: tuple[int, ...], disposition: str) -> None:
    """Run mails of the ledger again with today's reader: what is on a ticket is read anew in place, once."""
    if not ids and not disposition:
        raise click.UsageError("name the mails' numbers, or a --disposition")
    chosen = list(ids) or [row.id for row, _reference in newest_rows(disposition, limit=10_000)]
    for mail_id in sorted(chosen):
        row = row_for_update(mail_id)
        if row is None:
            raise Refusal(f"There is no mail {mail_id} in the ledger.")
        became = reread(row)
        db.session.commit()
        click.echo(f"{mail_id}: {became.value if became else 'waiting'}")
    nudge()


@mail.command(with_appcontext=False)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def parse(files: tuple[Path, ...], as_json: bool) -> None:
    """Print what the reader makes of raw mails; needs no database."""
    for file in files:
        read = _reading(file)
        if as_json:
            click.echo(json.dumps(read, ensure_ascii=False))
        else:
            click.echo("\n".join(f"{name}: {value}" for name, value in read.items()) + "\n")


def _reading(file: Path) -> dict[str, Any]:
    mail = parse_mail(file.read_bytes())
    return {
        "file": str(file),
        "subject": mail.subject,
        "sender": mail.sender,
        "recipients": list(mail.recipients),
        "text": mail.text,
        "html": mail.html or None,
        "attachments": [
            {"name": attachment.name, "type": attachment.content_type, "size": len(attachment.content)}
            for attachment in mail.attachments
        ],
        "kind": mail.kind.value,
        "charset": mail.charset,
        "confidence": mail.confidence / 100,
        "marks": sorted(mark.value for mark in mail.marks),
        "sign": mail.sign or None,
    }


def _ledger_json() -> Iterator[str]:
    totals = counts()
    dispositions = {name: count for name, count in totals.items() if name not in ("received", "waiting")}
    head = json.dumps({"received": totals["received"], "waiting": totals["waiting"], "dispositions": dispositions})
    yield head[:-1] + ', "rows": ['
    for number, (row, reference) in enumerate(rows_of()):
        line = {
            "id": row.id,
            "message_id": row.message_id,
            "sha256": row.raw_sha256,
            "disposition": row.disposition.value if row.disposition else None,
            "ticket": reference,
            "received_at": row.received_at.isoformat(),
            "kind": row.kind.value if row.kind else None,
            "reason": row.reason,
            "tries": row.tries,
            "error": row.error,
            "verified": row.verified,
        }
        yield ("," if number else "") + "\n" + json.dumps(line, ensure_ascii=False)
    yield "]}\n"
