"""Manuals as tests need them: PDFs made on the spot, with text, outlines, printed page numbers, pictures."""

import io
from datetime import date

from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from PIL import Image

from helpdesk.accounts.models import User
from helpdesk.customers.models import Language
from helpdesk.extensions import db
from helpdesk.manuals.importing import Edition, ManualImport, ask_import

CHAPTERS = [
    ("1. Getting started", "Open the console and sign in. The first page shows the state of your computers."),
    ("1.1 Signing in", "Enter your address and your password. Too many wrong attempts lock the account."),
    ("2. Zebra settings", "Zebra stripes are switched on under Display. They make long lists easier to read."),
]


def a_pdf(
    *, outline: bool = True, scanned: int = 0, password: str = "", chapters: list[tuple[str, str]] = CHAPTERS
) -> bytes:
    """A page a chapter with a running head and a printed number; `scanned` pages of a picture alone follow."""
    pdf = FPDF()
    pdf.set_font("helvetica")
    for number, (title, text) in enumerate(chapters, 1):
        pdf.add_page()
        pdf.multi_cell(0, text=f"Operation guide {number} / {len(chapters)}", new_x="LMARGIN", new_y="NEXT")
        if outline:
            pdf.start_section(title)
        pdf.multi_cell(0, text=title, new_x="LMARGIN", new_y="NEXT")
        pdf.multi_cell(0, text=text, new_x="LMARGIN", new_y="NEXT")
    for _page in range(scanned):
        pdf.add_page()
        pdf.image(Image.new("RGB", (60, 60), "gray"), w=100)
    if password:
        pdf.set_encryption(owner_password=password, user_password=password, encryption_method=EncryptionMethod.AES_128)
    out = io.BytesIO()
    pdf.output(out)
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
