"""Importing a manual: an errand that makes a draft of a file, whole or not at all, which a person publishes."""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.customers.models import Language
from helpdesk.errands import Errand, ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import READING_QUEUE, Model, db
from helpdesk.files.models import store
from helpdesk.manuals.acts import ManualAct
from helpdesk.manuals.index import Index
from helpdesk.manuals.likeness import proposed_words
from helpdesk.manuals.models import Manual, ManualSection
from helpdesk.manuals.reading import ReadManual, keys_of
from helpdesk.manuals.sample import sample_sections

FILE_MAX = 20 * 1024 * 1024
KEPT_TROUBLES = 500
_SERIES = re.compile(r"[a-z][a-z0-9\-]{1,30}")
ENDINGS = (".pdf", ".html", ".htm", ".zip")


class ManualImport(Errand, Model):
    """A file on its way to become a draft. `troubles` are pages that could not be read, with the reason."""

    __tablename__ = "manual_imports"
    JOB = "helpdesk.manuals.jobs.import_manual"
    LABEL = "ManualImport"
    QUEUE = READING_QUEUE
    JOB_SECONDS: ClassVar[int] = 900
    MAX_TRIES: ClassVar[int] = 3

    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_files.sha256"))
    file_name: Mapped[str]
    series: Mapped[str]
    title: Mapped[str]
    edition: Mapped[str]
    language: Mapped[Language]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    pages: Mapped[int] = mapped_column(default=0)
    pages_read: Mapped[int] = mapped_column(default=0)
    troubles: Mapped[list[Any]] = mapped_column(default=list)
    manual_id: Mapped[int | None] = mapped_column(ForeignKey("manuals.id"))

    manual: Mapped[Manual | None] = relationship()

    @classmethod
    def lease(cls) -> timedelta:
        return timedelta(minutes=5)

    def again(self, by: Actor) -> None:
        """Read the same file once more. Raises Refusal while it is being read, or once it was read."""
        if self.state != ErrandState.failed:
            raise Refusal(_("This file is being read, or was read already."))
        self.restart()
        self.troubles = []
        record(by, ManualAct.import_asked, self, file=self.file_name, series=self.series, edition=self.edition)

    def made(self, read: ReadManual) -> Manual:
        """The draft with all its sections, in the caller's transaction."""
        japanese = self.language == Language.ja
        manual = Manual(
            series=self.series,
            title_ja=self.title if japanese else "",
            title_en="" if japanese else self.title,
            edition=self.edition,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            sha256=self.sha256,
            file_name=self.file_name,
        )
        db.session.add(manual)
        db.session.flush()
        sections = _sections(manual.id, self.series, read, japanese=japanese)
        before, proposed = _asked_before(self.series), _proposed(sections)
        for section in sections:
            section.asked = before.get(section.key) or proposed.get(section.key, [])
        db.session.add_all(sections)
        self.manual_id = manual.id
        return manual


@dataclass(frozen=True)
class Edition:
    """What a supervisor says of a file. Dates are in the service's zone, both included."""

    series: str
    title: str
    edition: str
    language: Language
    valid_from: date
    valid_until: date | None = None


def ask_import(by: Actor, edition: Edition, file_name: str, content: bytes) -> ManualImport:
    """Keep the file and ask for it to be read. Raises Refusal where it cannot be a manual."""
    if not content:
        raise Refusal(_("The file is empty. Choose the manual's PDF or HTML file again."))
    if len(content) > FILE_MAX:
        raise Refusal(_("A manual may have %(limit)s MB.", limit=FILE_MAX // 1024 // 1024))
    if not file_name.lower().endswith(ENDINGS):
        raise Refusal(_("A manual is a PDF file, an HTML file, or a ZIP file of HTML files."))
    if not _SERIES.fullmatch(edition.series):
        raise Refusal(_("The short name has small letters, digits and hyphens, such as operation."))
    if edition.valid_until is not None and edition.valid_until < edition.valid_from:
        raise Refusal(_("The last day lies before the first."))
    row = ManualImport(
        **ManualImport.afresh(),
        asked_at=clock.now(),
        asked_by=by.name,
        sha256=store(content),
        file_name=file_name,
        pages=0,
        pages_read=0,
        troubles=[],
        **asdict(edition),
    )
    db.session.add(row)
    db.session.flush()
    record(by, ManualAct.import_asked, row, file=file_name, series=edition.series, edition=edition.edition)
    return row


def discard(by: Actor, manual: Manual) -> None:
    """Drop a draft with its sections. Raises Refusal where it was published: references to it stay readable."""
    if manual.published_at is not None:
        raise Refusal(_("A published manual is withdrawn, not deleted: answers refer to it."))
    db.session.execute(db.update(ManualImport).where(ManualImport.manual_id == manual.id).values(manual_id=None))
    db.session.execute(db.delete(ManualSection).where(ManualSection.manual_id == manual.id))
    record(by, ManualAct.discarded, manual, title=manual.title("ja"), edition=manual.edition)
    db.session.delete(manual)


def _sections(manual_id: int, series: str, read: ReadManual, *, japanese: bool) -> list[ManualSection]:
    keys = keys_of(series, (section.title for section in read.sections))
    return [
        ManualSection(
            manual_id=manual_id,
            key=key,
            position=position,
            level=section.level,
            page=section.page,
            label=section.label,
            anchor=section.anchor,
            title_ja=section.title if japanese else "",
            title_en="" if japanese else section.title,
            text_ja=section.text if japanese else "",
            text_en="" if japanese else section.text,
            asked=[],
        )
        for position, (section, key) in enumerate(zip(read.sections, keys, strict=True))
    ]


def _proposed(sections: list[ManualSection]) -> dict[str, list[str]]:
    """Words that people ask with, by key, for sections that stand for one of the sample manual; a person edits them."""
    told = [section.as_section() for section in sections if section.text_ja or section.text_en]
    return proposed_words(sample_sections(), Index(told))


def _asked_before(series: str) -> dict[str, list[Any]]:
    """The words that sections of the edition before are asked for with, by key."""
    newest = (
        select(Manual.id)
        .where(Manual.series == series, Manual.published_at.is_not(None))
        .order_by(Manual.valid_from.desc(), Manual.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(select(ManualSection.key, ManualSection.asked).where(ManualSection.manual_id == newest))
    return {row.key: row.asked for row in rows}
