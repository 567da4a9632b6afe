"""Manuals as tests need them: PDFs made on the spot, with text, outlines, printed page numbers, pictures."""

import base64
import io
import json
from datetime import date

import typst
from pypdf import PdfReader, PdfWriter

from helpdesk.accounts.models import User
from helpdesk.customers.models import Language
from helpdesk.extensions import db
from helpdesk.manuals.importing import Edition, ManualImport, ask_import
from tests.product import ROOT

CHAPTERS = [
    ("1. Getting started", "Open the console and sign in. The first page shows the state of your computers."),
    ("1.1 Signing in", "Enter your address and your password. Too many wrong attempts lock the account."),
    ("2. Zebra settings", "Zebra stripes are switched on under Display. They make long lists easier to read."),
]


A_DOT = "R0lGODdhAQABAIAAAICAgAAAACwAAAAAAQABAAACAkQBADs="
"""One grey pixel, as GIF in base64."""
MANUAL = b"""
#let facts = json(bytes(sys.inputs.facts))
#set text(font: "BIZ UDGothic", hyphenate: false)
#set heading(outlined: facts.outline, bookmarked: facts.outline)
#for (number, (title, words)) in facts.chapters.enumerate(start: 1) [
  Operation guide #number / #facts.chapters.len() \\
  #if facts.outline [= #title] else [#title \\ ]
  #words
  #pagebreak(weak: true)
]
#for page in range(facts.scanned) [
  #image(base64-picture, width: 10cm)
  #pagebreak(weak: true)
]
"""


def a_pdf(
    *, outline: bool = True, scanned: int = 0, password: str = "", chapters: list[tuple[str, str]] = CHAPTERS
) -> bytes:
    """A page a chapter with a running head and a printed number; `scanned` pages of a picture alone follow."""
    picture = ", ".join(str(byte) for byte in base64.b64decode(A_DOT))
    made = typst.compile(
        MANUAL.replace(b"base64-picture", f"bytes(({picture}))".encode()),
        font_paths=[str(ROOT / "static" / "dist" / "print")],
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps({"outline": outline, "scanned": scanned, "chapters": chapters})},
        format="pdf",
    )
    return made if not password else _locked(made, password)


def _locked(made: bytes, password: str) -> bytes:
    writer, out = PdfWriter(PdfReader(io.BytesIO(made))), io.BytesIO()
    writer.encrypt(password, algorithm="AES-128")
    writer.write(out)
    return out.getvalue()


def an_import(by: User, content: bytes, name: str = "guide.pdf", **edition: object) -> ManualImport:
    said = {
        "series": "guide",
        "title": "Operation guide",
        "edition": "1",
        "language": Language.en,
        "valid_from": date(2026, 11, 1),
        **edition,
    }
    row = ask_import(by.actor(), Edition(**said), name, content)  # type: ignore[arg-type]
    db.session.commit()
    return row


def queued(row: ManualImport) -> int:
    """Hand the errand over as the sweep does; returns its turn."""
    turns = dict(ManualImport.queue_due())
    return turns[row.id]
