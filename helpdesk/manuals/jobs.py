"""The RQ job of manuals: reading a file into a draft."""

import time
from dataclasses import asdict

from helpdesk.audit.models import SYSTEM, record
from helpdesk.errands import one_step
from helpdesk.extensions import db
from helpdesk.files.models import read
from helpdesk.manuals.acts import ManualAct
from helpdesk.manuals.importing import KEPT_TROUBLES, ManualImport
from helpdesk.manuals.pdfs import read_pdf
from helpdesk.manuals.reading import ReadManual
from helpdesk.manuals.web_pages import read_html, read_zip

TOLD_EVERY, TOLD_AFTER = 20, 10.0
"""Pages, or seconds, between two reports of progress."""


def import_manual(import_id: int, turn: int) -> None:
    """Read the file into a draft in one transaction; what cannot be read is told page by page."""
    row = ManualImport.begin(import_id, turn)
    if row is None:
        return
    if row.tries > ManualImport.MAX_TRIES:
        with one_step():
            row.fail("the reading of this file ended unexpectedly each time")
        return
    contents = _read(row)
    with one_step():
        row.pages = row.pages_read = contents.pages
        row.troubles = [asdict(trouble) for trouble in contents.troubles[:KEPT_TROUBLES]]
        if contents.refused:
            row.fail("refused")
            record(SYSTEM, ManualAct.import_refused, row, troubles=len(contents.troubles))
        else:
            manual = row.made(contents)
            record(SYSTEM, ManualAct.imported, manual, sections=len(contents.sections), pages=contents.pages)
            if not row.done():
                db.session.rollback()


def _read(row: ManualImport) -> ReadManual:
    content = read(row.sha256)

    reported_at = time.monotonic()

    def tell(done: int, pages: int) -> None:
        nonlocal reported_at
        if done % TOLD_EVERY == 0 or time.monotonic() > reported_at + TOLD_AFTER:
            reported_at = time.monotonic()
            with one_step():
                row.pages_read, row.pages = done, pages
                row.still_mine()

    name = row.file_name.lower()
    if name.endswith(".zip"):
        return read_zip(content, tell)
    return read_pdf(content, tell) if name.endswith(".pdf") else read_html(content)
