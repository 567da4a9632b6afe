"""Manuals in editions: which are in force, their sections, and what an answer's reference leads to (R04)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Date, ForeignKey, Select, bindparam, or_, select
from sqlalchemy import Index as DatabaseIndex
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, defer, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.manuals.acts import ManualAct
from helpdesk.manuals.index import Index, Section


class Manual(Model):
    """One edition of a manual that customers can read. `series` names the manual over its editions.

    It is in force from `valid_from` until a later edition of its series, or `valid_until` (dates in the service's
    zone, both included). Without `published_at` it is a draft that nobody but supervisors sees. `version` counts
    changes of the words its sections are asked for with.
    """

    __tablename__ = "manuals"

    id: Mapped[int] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(default="operation")
    title_ja: Mapped[str]
    title_en: Mapped[str]
    edition: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    file_name: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    def title(self, language: str) -> str:
        return (self.title_en if language == "en" else self.title_ja) or self.title_ja or self.title_en

    @property
    def is_pdf(self) -> bool:
        return bool(self.file_name and self.file_name.lower().endswith(".pdf"))

    def publish(self, by: Actor) -> None:
        """Let customers read it from its first day on."""
        if self.published_at is None:
            self.published_at, self.published_by = clock.now(), by.name
            record(by, ManualAct.published, self, title=self.title_ja or self.title_en, edition=self.edition)

    @property
    def begun(self) -> bool:
        """Whether customers may see it, now or later cited: published, and its first day is here."""
        return self.published_at is not None and self.valid_from <= today()["today"]

    def withdraw(self, by: Actor, last_day: date) -> None:
        """Say which day is its last in force; references to it stay readable.

        Raises Refusal for a draft, and for a day before its first.
        """
        if self.published_at is None:
            raise Refusal(_("Only a published manual is withdrawn; drop the draft instead."))
        if last_day < self.valid_from:
            raise Refusal(_("The last day lies before the first."))
        self._end(by, last_day)

    def withdraw_now(self, by: Actor) -> None:
        """Take it out of force at once, on its first day, too: then it never was in force for a whole day."""
        self._end(by, today()["today"] - timedelta(days=1))

    def _end(self, by: Actor, last_day: date) -> None:
        self.valid_until = last_day
        record(by, ManualAct.withdrawn, self, last_day=last_day.isoformat())


class ManualSection(Model):
    """A place an answer can point to. `key` is stable over editions and unique among the manuals in force.

    `page` counts from 1 as a viewer does, `label` is the number printed on it; a manual in HTML has no pages,
    but each heading's id as `anchor`.
    Texts are in the manual's language, the sample's in both.
    """

    __tablename__ = "manual_sections"
    __table_args__ = (DatabaseIndex("uq_manual_sections_key", "manual_id", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manuals.id"))
    key: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    level: Mapped[int] = mapped_column(default=1)
    page: Mapped[int | None]
    label: Mapped[str | None]
    anchor: Mapped[str] = mapped_column(default="", server_default="")
    title_ja: Mapped[str]
    title_en: Mapped[str]
    text_ja: Mapped[str]
    text_en: Mapped[str]
    asked: Mapped[list[Any]] = mapped_column(default=list)

    manual: Mapped[Manual] = relationship()

    @property
    def printed_page(self) -> str:
        """The page as a reader names it; empty where there are none."""
        return self.label or (str(self.page) if self.page else "")

    def title(self, language: str) -> str:
        return (self.title_en if language == "en" else self.title_ja) or self.title_ja or self.title_en

    def text(self, language: str) -> str:
        return (self.text_en if language == "en" else self.text_ja) or self.text_ja or self.text_en

    def as_section(self) -> Section:
        return Section(
            self.key,
            self.page or 0,
            {"ja": self.title("ja"), "en": self.title("en")},
            {"ja": self.text("ja"), "en": self.text("en")},
            tuple(self.asked),
            self.printed_page,
        )

    def set_asked(self, by: Actor, words: list[str]) -> None:
        """The words people ask for this section with, as a supervisor tunes them."""
        if self.asked != words:
            self.asked = words
            self.manual.version = Manual.version + 1  # counted by the database
            record(by, ManualAct.words_changed, self.manual, section=self.key, words=len(words))


def _in_force() -> Select[Manual]:
    """The newest published edition of every series that began by `today`, unless it has ended: none comes back."""
    today = bindparam("today", type_=Date)
    newest = (
        select(Manual.id)
        .where(Manual.published_at.is_not(None), Manual.valid_from <= today)
        .ext(distinct_on(Manual.series))
        .order_by(Manual.series, Manual.valid_from.desc(), Manual.id.desc())
    )
    not_ended = or_(Manual.valid_until.is_(None), Manual.valid_until >= today)
    return select(Manual).where(Manual.id.in_(newest), not_ended)


_IN_FORCE = _in_force()
_IDS_IN_FORCE = _IN_FORCE.with_only_columns(Manual.id)
VERSIONS_IN_FORCE = _IN_FORCE.with_only_columns(Manual.id, Manual.version).order_by(Manual.id)
"""Built once: every inquiry looks whether the manuals are still the same."""


def today() -> dict[str, date]:
    """Today in the service's zone, as the statements above take it."""
    return {"today": clock.now().astimezone(current_app.config["ZONE"]).date()}


def current_manuals() -> list[Manual]:
    """The manuals that customers can read today, by their titles."""
    return list(db.session.scalars(_IN_FORCE.order_by(Manual.title_ja, Manual.id), today()))


def index_of(manual_ids: Sequence[int]) -> Index:
    """The sections of these manuals prepared for finding places; a heading without words answers nothing."""
    rows = select(ManualSection).where(
        ManualSection.manual_id.in_(manual_ids), (ManualSection.text_ja != "") | (ManualSection.text_en != "")
    )
    sections = db.session.scalars(rows.order_by(ManualSection.manual_id, ManualSection.position))
    return Index([section.as_section() for section in sections])


def contents_of(manual_ids: Sequence[int]) -> list[ManualSection]:
    """The sections of these manuals in order, without their texts."""
    rows = (
        select(ManualSection)
        .where(ManualSection.manual_id.in_(manual_ids))
        .options(defer(ManualSection.text_ja), defer(ManualSection.text_en), joinedload(ManualSection.manual))
    )
    return list(db.session.scalars(rows.order_by(ManualSection.manual_id, ManualSection.position)))


def current_contents() -> list[ManualSection]:
    """The sections of all manuals in force, in order, without their texts."""
    rows = (
        select(ManualSection)
        .where(ManualSection.manual_id.in_(_IDS_IN_FORCE))
        .options(defer(ManualSection.text_ja), defer(ManualSection.text_en), joinedload(ManualSection.manual))
    )
    return list(db.session.scalars(rows.order_by(ManualSection.manual_id, ManualSection.position), today()))


def sections_by_key(keys: Sequence[str]) -> dict[str, ManualSection]:
    """The sections in force of these keys, with their manuals."""
    if not keys:
        return {}
    rows = (
        select(ManualSection)
        .where(ManualSection.key.in_(keys), ManualSection.manual_id.in_(_IDS_IN_FORCE))
        .options(joinedload(ManualSection.manual))
    )
    return {section.key: section for section in db.session.scalars(rows, today())}


def last_sections(keys: Sequence[str]) -> list[ManualSection]:
    """The sections of these keys in the last edition that was published with them."""
    rows = (
        select(ManualSection)
        .join(Manual)
        .where(ManualSection.key.in_(keys), Manual.published_at.is_not(None))
        .ext(distinct_on(ManualSection.key))
        .order_by(ManualSection.key, Manual.valid_from.desc(), Manual.id.desc())
    )
    return list(db.session.scalars(rows))


def section_of_key(key: str, edition: int | None = None) -> ManualSection | None:
    """A section in the edition that was cited, else as it is in force, else in the last edition that had it.

    What has not begun yet is nowhere.
    """
    if edition is None and (current := sections_by_key([key]).get(key)):
        return current
    rows = (
        select(ManualSection)
        .join(Manual)
        .where(ManualSection.key == key, Manual.published_at.is_not(None), Manual.valid_from <= today()["today"])
        .options(joinedload(ManualSection.manual))
    )
    if edition is not None:
        rows = rows.where(Manual.id == edition)
    return db.session.scalar(rows.order_by(Manual.valid_from.desc(), Manual.id.desc()).limit(1))


def neighbours(section: ManualSection) -> tuple[ManualSection | None, ManualSection | None]:
    """The sections before and after it in its edition."""
    rows = (
        select(ManualSection)
        .where(ManualSection.manual_id == section.manual_id)
        .options(defer(ManualSection.text_ja), defer(ManualSection.text_en))
    )
    place = (ManualSection.position, ManualSection.id)
    before = (
        rows.where(ManualSection.position < section.position).order_by(*(column.desc() for column in place)).limit(1)
    )
    after = rows.where(ManualSection.position > section.position).order_by(*place).limit(1)
    return db.session.scalar(before), db.session.scalar(after)
