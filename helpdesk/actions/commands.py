"""`helpdesk proof ...`: checking a proof, and the key it is signed with."""

import sys
from io import BytesIO
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from helpdesk.actions.acts import ActionAct
from helpdesk.actions.proof import problems
from helpdesk.actions.signing import EMBEDDED, new_key, read_signed
from helpdesk.audit.models import SYSTEM, record
from helpdesk.extensions import db


@click.group(cls=AppGroup)
def proof() -> None:
    """Check proofs of actions."""


@proof.command("verify", with_appcontext=False)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--public-key", help="Check against this key alone, without the database.")
def verify(file: Path, public_key: str | None) -> None:
    """Check FILE, a signed proof as .json or .pdf: its signature, and that our record still says the same.

    Ends with 1, and says why, where it does not hold."""
    try:
        signed = read_signed(_text(file))
    except (ValueError, UnicodeDecodeError) as error:
        click.echo(f"{file.name}: not a proof: {error}", err=True)
        sys.exit(1)
    faults = problems(signed, public_key) if public_key is not None else with_appcontext(problems)(signed)
    for problem in faults:
        click.echo(f"{file.name}: {problem}", err=True)
    if faults:
        sys.exit(1)
    against = "the given key" if public_key else "our keys and our record"
    click.echo(f"{file.name}: holds, checked against {against}. What was signed:")
    click.echo(signed.facts())
    if file.read_bytes().startswith(b"%PDF"):
        click.echo("This is the signed file inside the PDF; what its pages show was not compared with it.")


@proof.command("new-key")
def make_key() -> None:
    """Sign with a new key from now on; the old ones still check old proofs."""
    row = new_key()
    record(SYSTEM, ActionAct.signing_key_made, row, public=row.public)
    db.session.commit()
    click.echo(f"Proofs are signed with a new key from now on: {row.public}")


def _text(file: Path) -> str:
    """The signed JSON, out of the PDF where it is one."""
    content = file.read_bytes()
    if not content.startswith(b"%PDF"):
        return content.decode()
    try:
        embedded = PdfReader(BytesIO(content)).attachments.get(EMBEDDED, [])
    except PyPdfError as error:
        raise ValueError(f"the PDF cannot be read ({error})") from error
    if not embedded:
        raise ValueError("the PDF carries no signed file")
    return embedded[0].decode()
