"""The RQ jobs of triage: reading a manual's file, and answers that go out by themselves."""

import logging
import time
from dataclasses import asdict

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import nudge, one_step
from helpdesk.extensions import db
from helpdesk.files.models import read
from helpdesk.triage.auto_answers import AutoAnswer, answer
from helpdesk.triage.importing import KEPT_TROUBLES, ManualImport
from helpdesk.triage.pdfs import read_pdf
from helpdesk.triage.reading_manuals import ReadManual
from helpdesk.triage.web_pages import read_html, read_zip

log = logging.getLogger(__name__)
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
    found = _read(row)
    with one_step():
        row.pages = row.pages_read = found.pages
        row.troubles = [asdict(trouble) for trouble in found.troubles[:KEPT_TROUBLES]]
        if found.refused:
            row.fail("refused")
            record(SYSTEM, "manual.import_refused", row, troubles=len(found.troubles))
        else:
            manual = row.made(found)
            record(SYSTEM, "manual.imported", manual, sections=len(found.sections), pages=found.pages)
            if not row.done():
                db.session.rollback()


def _read(row: ManualImport) -> ReadManual:
    content = read(row.sha256)

    told = time.monotonic()

    def tell(done: int, pages: int) -> None:
        nonlocal told
        if done % TOLD_EVERY == 0 or time.monotonic() > told + TOLD_AFTER:
            told = time.monotonic()
            with one_step():
                row.pages_read, row.pages = done, pages
                row.still_mine()

    name = row.file_name.lower()
    if name.endswith(".zip"):
        return read_zip(content, tell)
    return read_pdf(content, tell) if name.endswith(".pdf") else read_html(content)


def answer_by_itself(answer_id: int, turn: int) -> None:
    """Send an answer in service hours, or wait for the next opening; the mail is an errand of its own."""
    row = AutoAnswer.begin(answer_id, turn)
    if row is None:
        return
    hours = current_calendar().hours
    with one_step():
        if row.tries > AutoAnswer.MAX_TRIES:
            row.fail("the answer could not be sent; a person should answer")
        elif not hours.is_open(clock.now()):
            row.postpone(hours.next_opening(clock.now()), counted=False)
        elif row.done():
            answer(row)
    nudge()
