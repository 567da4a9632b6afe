"""Writing, planning, publishing and withdrawing announcements (R64)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.announcements.acts import AnnouncementAct
from helpdesk.announcements.models import (
    Announcement,
    AnnouncementKind,
    AnnouncementMail,
    AnnouncementState,
    Audience,
    people_of,
)
from helpdesk.announcements.words import ANNOUNCEMENT_KIND_WORDS
from helpdesk.articles import too_deep
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.notices.models import Notice, post
from helpdesk.wording import when_words

BODY_MAX = 20_000
PORTION = 200
UNSENT = (ErrandState.waiting, ErrandState.queued)


@dataclass(frozen=True)
class AnnouncementWords:
    """What it says, to whom, and about when."""

    kind: AnnouncementKind
    title_ja: str
    body_ja: str
    title_en: str
    body_en: str
    audience: Audience = Audience.all
    targets: tuple[Any, ...] = ()
    mailed: bool = True
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    shown_until: datetime | None = None
    seen: str | None = None
    """The draft's stamp when it was looked at (`stamp_of`)."""


def stamp_of(draft: Announcement) -> str:
    """Changes with every word of it."""
    told = [draft.kind, draft.audience, draft.targets, draft.mailed, draft.begins_at, draft.ends_at, draft.shown_until]
    words = [draft.title_ja, draft.title_en, draft.body_ja, draft.body_en]
    return hashlib.sha256(repr([*map(str, told), *words]).encode()).hexdigest()[:16]


def _as_seen(draft: Announcement, seen: str | None) -> None:
    """Refused where somebody changed it since it was looked at."""
    if seen is not None and seen != stamp_of(draft):
        raise Refusal(
            _("%(name)s changed this draft meanwhile. Look at it as it stands now.", name=draft.written_by),
            field="seen",
        )


def write(by: Actor, words: AnnouncementWords, draft: Announcement | None = None) -> Announcement:
    """Begin a draft, or change one. Refused for what was published: it is withdrawn, and another one written."""
    if draft is not None:
        _draft_or_refuse(draft)
        _as_seen(draft, words.seen)
    _check(words)
    act = AnnouncementAct.changed if draft is not None else AnnouncementAct.written
    if draft is None:
        draft = Announcement(written_at=clock.now(), state=ErrandState.waiting, due_at=None)
        db.session.add(draft)
    draft.kind, draft.audience, draft.targets, draft.mailed = (
        words.kind,
        words.audience,
        list(words.targets),
        words.mailed,
    )
    draft.title_ja, draft.title_en = words.title_ja.strip(), words.title_en.strip()
    draft.body_ja, draft.body_en = words.body_ja.strip(), words.body_en.strip()
    draft.begins_at, draft.ends_at, draft.shown_until = words.begins_at, words.ends_at, words.shown_until
    draft.written_by = by.name
    db.session.flush()
    record(by, act, draft)
    return draft


def _check(words: AnnouncementWords) -> None:
    for name in ("title_ja", "body_ja", "title_en", "body_en"):
        if not getattr(words, name).strip():
            raise Refusal(_("Customers read it in their language: write both."), field=name)
    for name in ("body_ja", "body_en"):
        if too_deep(getattr(words, name)):
            raise Refusal(_("Quotes and lists stand too deep in one another here: at most twenty."), field=name)
    if words.audience != Audience.all and not words.targets:
        raise Refusal(_("Say which ones."), field="targets")
    if words.begins_at and words.ends_at and words.ends_at <= words.begins_at:
        raise Refusal(_("It ends after it begins."), field="ends_at")
    if words.kind in (AnnouncementKind.maintenance, AnnouncementKind.suspension) and words.begins_at is None:
        raise Refusal(_("Write when it begins."), field="begins_at")


def plan(by: Actor, draft: Announcement, at: datetime | None = None, *, seen: str | None = None) -> None:
    """Have it published at a time, or now. Refused for a time that is past, a second time, and not as it was seen."""
    _draft_or_refuse(draft)
    _as_seen(draft, seen)
    now = clock.now()
    if at is not None and at <= now:
        raise Refusal(_("This time is past."), field="publish_at")
    due = at or now
    if draft.shown_until is not None and draft.shown_until <= due:
        raise Refusal(_("It would not be shown any more when it is published."), field="publish_at")
    draft.restart(due)
    record(by, AnnouncementAct.planned, draft, until=due.isoformat())


def hold(by: Actor, planned: Announcement) -> None:
    """Make what was planned a draft again. Refused once it is out."""
    _locked(planned)
    if planned.published_at is not None or planned.due_at is None or planned.state != ErrandState.waiting:
        raise Refusal(_("It is out already. Withdraw it."))
    planned.due_at = None
    record(by, AnnouncementAct.held, planned)


def drop(by: Actor, draft: Announcement) -> None:
    _draft_or_refuse(draft)
    record(by, AnnouncementAct.dropped, draft)
    db.session.delete(draft)


def withdraw(by: Actor, announcement: Announcement, words: str) -> None:
    """Nobody sees it any more, and mails that have not left do not. Refused without a reason, and before it was out."""
    _locked(announcement)
    if announcement.published_at is None or announcement.withdrawn_at is not None:
        raise Refusal(_("There is nothing to withdraw."))
    if not words.strip():
        raise Refusal(_("Write why."), field="words")
    announcement.withdrawn_at, announcement.withdrawn_words = clock.now(), words.strip()[:500]
    mails = select(AnnouncementMail.notice_id).where(AnnouncementMail.announcement_id == announcement.id)
    unsent = select(Notice).where(Notice.id.in_(mails), Notice.state.in_(UNSENT), Notice.withdrawn_at.is_(None))
    for notice in db.session.scalars(unsent):
        notice.withdrawn_at = clock.now()
    record(by, AnnouncementAct.withdrawn, announcement, words=announcement.withdrawn_words)


def publish(announcement: Announcement) -> None:
    """Show it from now on; a second time changes nothing."""
    if announcement.published_at is None:
        announcement.published_at = clock.now()
        count = select(func.count()).select_from(people_of(announcement).order_by(None).subquery())
        told = (db.session.scalar(count) or 0) if announcement.mailed else 0
        record(SYSTEM, AnnouncementAct.published, announcement, count=told)


def mail_portion(announcement: Announcement) -> int:
    """Mail some of those who were not mailed yet, in the caller's transaction; returns how many."""
    _locked(announcement)
    if not announcement.mailed or announcement.withdrawn_at is not None:
        return 0
    done = select(AnnouncementMail.contact_id).where(AnnouncementMail.announcement_id == announcement.id)
    people = db.session.scalars(people_of(announcement).where(Contact.id.not_in(done)).limit(PORTION)).all()
    for person in people:
        row = AnnouncementMail(
            announcement_id=announcement.id, contact_id=person.id, notice=_mail(announcement, person)
        )
        db.session.add(row)
    db.session.flush()
    return len(people)


def _mail(announcement: Announcement, person: Contact) -> Notice:
    language, zone = person.language.value, current_calendar().hours.zone
    with force_locale(language):
        kind = word(ANNOUNCEMENT_KIND_WORDS, announcement.kind.value)
    times = [when_words(at, zone, language) if at else "" for at in (announcement.begins_at, announcement.ends_at)]
    base = current_app.config["BASE_URL"]
    return post(
        "announcement",
        to=person.email,
        language=language,
        charset=person.customer.mail_charset,
        salutation=person.salutation,
        kind=kind,
        title=announcement.title(language),
        words=announcement.body(language),
        begins=times[0],
        ends=times[1],
        link=f"{base}/announcements/{announcement.id}",
        stop=f"{base}/portal/personal" if not announcement.kind.needed else "",
    )


def deliveries(announcement_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """By announcement: how many mails are out, on their way, withdrawn before, and did not arrive. One statement."""
    bounced = Notice.bounced_at.is_not(None)
    stopped = Notice.withdrawn_at.is_not(None) & (Notice.state != ErrandState.done)
    failed = ~stopped & (Notice.state == ErrandState.failed) | bounced
    rows = select(
        AnnouncementMail.announcement_id,
        func.count().filter(Notice.state == ErrandState.done, ~bounced).label("out"),
        func.count().filter(failed).label("failed"),
        func.count().filter(stopped, ~bounced).label("stopped"),
        func.count().label("all"),
    ).join(Notice, Notice.id == AnnouncementMail.notice_id)
    rows = rows.where(AnnouncementMail.announcement_id.in_(announcement_ids)).group_by(AnnouncementMail.announcement_id)
    return {
        row.announcement_id: {
            "out": row.out,
            "failed": row.failed,
            "stopped": row.stopped,
            "waiting": row.all - row.out - row.failed - row.stopped,
        }
        for row in db.session.execute(rows)
    }


def to_come(announcement: Announcement) -> int:
    """How many people are not mailed yet while it is being published."""
    if not announcement.mailed or announcement.status != AnnouncementState.publishing:
        return 0
    done = select(AnnouncementMail.contact_id).where(AnnouncementMail.announcement_id == announcement.id)
    left = people_of(announcement).where(Contact.id.not_in(done)).order_by(None)
    return db.session.scalar(select(func.count()).select_from(left.subquery())) or 0


def _locked(announcement: Announcement) -> None:
    """The sweep and others who change it at this moment come before or after."""
    db.session.flush()
    db.session.refresh(announcement, with_for_update={"of": Announcement})


def _draft_or_refuse(draft: Announcement) -> None:
    _locked(draft)
    failed = draft.state == ErrandState.failed and draft.published_at is None
    if not failed and (draft.published_at is not None or draft.due_at is not None):
        raise Refusal(_("What is planned or published is not changed. Take it back first, or write another one."))
