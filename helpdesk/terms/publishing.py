"""Writing and publishing versions: a change of the terms is told thirty days before it holds (17-3; R60)."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from functools import lru_cache

from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.announcements.models import AnnouncementKind
from helpdesk.announcements.publishing import AnnouncementWords, plan, write
from helpdesk.articles import too_deep
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.hours import DAY, midnight
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.cover import in_force_on
from helpdesk.contracts.models import Contract
from helpdesk.contracts.telling import contract_people
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.notices.models import post
from helpdesk.terms.acts import TermsAct
from helpdesk.terms.models import TermsAcceptance, TermsKind, TermsVersion, in_force, versions_of
from helpdesk.terms.words import TERMS_KIND_WORDS
from helpdesk.wording import date_words

NOTICE_DAYS, OUTSTANDING = 30, 100
WRITING = 0x746572  # an advisory lock of its own: "ter"
BODY_MAX = 200_000


@dataclass(frozen=True)
class TermsWords:
    """What a version says."""

    title: str
    body: str
    supplement: str
    changed: str
    effective_on: date
    pdf_sha256: str | None = None
    """A document of its own; None leaves the one there is."""
    without_pdf: bool = False
    """Takes off the one there is."""
    seen: str | None = None
    """The draft's stamp when it was looked at (`stamp_of`)."""


def stamp_of(draft: TermsVersion) -> str:
    """Changes with every word of it."""
    told = [draft.title, draft.body, draft.supplement, draft.changed, str(draft.effective_on), draft.pdf_sha256 or ""]
    return hashlib.sha256("\x00".join(told).encode()).hexdigest()[:16]


def save_draft(by: Actor, kind: TermsKind, words: TermsWords, draft: TermsVersion | None = None) -> TermsVersion:
    """Begin a version, or change its draft. Refused for one that is published, and where somebody changed it since."""
    _one_at_a_time(draft)
    if draft is not None and words.seen is not None and words.seen != stamp_of(draft):
        name = draft.drafted_by
        raise Refusal(
            _("%(name)s changed this draft meanwhile. Put both together, then keep it once more.", name=name),
            field="seen",
        )
    if not words.body.strip() and words.pdf_sha256:
        raise Refusal(_("This PDF has no text: write it below, for reading and comparing."), field="body")
    if not words.body.strip():
        raise Refusal(_("Please fill this in."), field="body")
    for name in ("body", "supplement"):
        if too_deep(getattr(words, name)):
            raise Refusal(_("Quotes and lists stand too deep in one another here: at most twenty."), field=name)
    act = TermsAct.changed if draft is not None else TermsAct.drafted
    if draft is None:
        last = select(func.max(TermsVersion.number)).where(TermsVersion.kind == kind)
        draft = TermsVersion(kind=kind, number=(db.session.scalar(last) or 0) + 1, drafted_at=clock.now())
        db.session.add(draft)
    draft.title, draft.body, draft.supplement = words.title.strip(), words.body, words.supplement
    draft.changed, draft.effective_on, draft.drafted_by = words.changed.strip(), words.effective_on, by.name
    draft.pdf_sha256 = words.pdf_sha256 or (None if words.without_pdf else draft.pdf_sha256)
    db.session.flush()
    record(by, act, draft, number=draft.number)
    return draft


def _one_at_a_time(draft: TermsVersion | None) -> None:
    """Whoever writes or publishes at this moment comes before or after. Refused for what is published."""
    db.session.flush()
    db.session.execute(select(func.pg_advisory_xact_lock(WRITING)))
    if draft is not None:
        db.session.refresh(draft)
        if draft.published:
            raise Refusal(_("What was published is not changed. Begin the next version."))


def drop_draft(by: Actor, draft: TermsVersion) -> None:
    """Refused for a version that is published."""
    _one_at_a_time(draft)
    record(by, TermsAct.dropped, draft, number=draft.number)
    db.session.delete(draft)


def earliest(kind: TermsKind, today: date) -> date:
    """The first day on which a version that is published today may hold.

    A change of the terms thirty days later (17-3); the menu, and the very first version, from today on.
    """
    changes = kind == TermsKind.terms and bool(versions_of(kind))
    return today + timedelta(days=NOTICE_DAYS) if changes else today


def publish(by: Actor, draft: TermsVersion, *, history: bool = False) -> None:
    """Post it for anybody to read, and mail everybody who handles a contract that is in force.

    `history` is for a version that held before this product did: it is posted with its day in the past, and nobody is
    mailed; from the second day on it cannot take the place of the one in force. Refused for a change less than thirty
    days ahead, and without words on what changes.
    """
    _one_at_a_time(draft)
    today, before = current_calendar().hours.local_date(clock.now()), versions_of(draft.kind)
    if history:
        if not _of_the_past(draft, today):
            raise Refusal(_("A version of the past held before the one that is in force."), field="effective_on")
    elif draft.effective_on < earliest(draft.kind, today):
        first = date_words(earliest(draft.kind, today), str(get_locale() or "ja")[:2])
        raise Refusal(
            _("A change is told 30 days before it holds (17-3): from %(day)s on.", day=first), field="effective_on"
        )
    if before and not draft.changed and not history:
        raise Refusal(_("Say what changes: it stands in the mail and above the text."), field="changed")
    _number(draft, before)
    draft.published_at, draft.published_by = clock.now(), by.name
    draft.told = 0 if history else _announce(draft)
    if before and not history:
        _show_on_portal(by, draft)
    record(by, TermsAct.published, draft, number=draft.number, on=draft.effective_on.isoformat())


def _of_the_past(draft: TermsVersion, today: date) -> bool:
    """It held before the version that is in force; while all of them are put in, on the first day, before today."""
    holds = in_force(draft.kind, today)
    first = select(func.min(TermsVersion.published_at)).where(TermsVersion.kind == draft.kind)
    at = db.session.scalar(first)
    if at is None or current_calendar().hours.local_date(at) == today:
        return draft.effective_on <= today
    return holds is not None and draft.effective_on < holds.effective_on


def _number(draft: TermsVersion, published: Sequence[TermsVersion]) -> None:
    """Numbers follow the publications: a draft that has the next one takes this draft's."""
    number, own = max((one.number for one in published), default=0) + 1, draft.number
    if number == own:
        return
    other = db.session.scalar(
        select(TermsVersion).where(TermsVersion.kind == draft.kind, TermsVersion.number == number)
    )
    draft.number = -draft.id
    db.session.flush()
    if other is not None:
        other.number = own
        db.session.flush()
    draft.number = number
    db.session.flush()


def version_before(version: TermsVersion) -> TermsVersion | None:
    """The published one that held before, whichever was posted first."""
    earlier = (one for one in versions_of(version.kind) if one.id != version.id)
    found = [one for one in earlier if (one.effective_on, one.number) < (version.effective_on, version.number)]
    return max(found, key=lambda one: (one.effective_on, one.number), default=None)


def unreached() -> Sequence[str]:
    """Customers with a contract in force of whom nobody is on record to be told."""
    today = current_calendar().hours.local_date(clock.now())
    served = select(Contract.customer_id).where(in_force_on(today))
    people = select(Contact.id).where(Contact.customer_id == Customer.id, Contact.closed_at.is_(None))
    rows = select(Customer.name).where(Customer.id.in_(served), ~people.exists()).order_by(Customer.name)
    return db.session.scalars(rows.limit(20)).all()


def not_accepted(version: TermsVersion) -> Sequence[str]:
    """Customers with a contract in force of whom nobody accepted this version yet, by name; the first hundred."""
    today = current_calendar().hours.local_date(clock.now())
    served = select(Contract.customer_id).where(in_force_on(today))
    accepted = select(TermsAcceptance.id).where(
        TermsAcceptance.customer_id == Customer.id, TermsAcceptance.version_id == version.id
    )
    rows = select(Customer.name).where(Customer.id.in_(served), ~accepted.exists()).order_by(Customer.name)
    return db.session.scalars(rows.limit(OUTSTANDING)).all()


def _announce(version: TermsVersion) -> int:
    """Mail who handles the contracts in force; returns how many."""
    today = current_calendar().hours.local_date(clock.now())
    customers = db.session.scalars(select(Contract.customer_id).where(in_force_on(today)).distinct()).all()
    told = 0
    for customer_id in customers:
        for person in contract_people(customer_id):
            language = person.language.value
            with force_locale(language):
                kind = word(TERMS_KIND_WORDS, version.kind.value)
            post(
                "terms_change",
                to=person.email,
                language=language,
                charset=person.customer.mail_charset,
                salutation=person.salutation,
                kind=kind,
                number=version.number,
                changed=version.changed,
                effective=date_words(version.effective_on, language),
                link=f"{current_app.config['BASE_URL']}{address_of(version)}",
            )
            told += 1
    return told


def _show_on_portal(by: Actor, version: TermsVersion) -> None:
    """Above the portal's pages until it holds, in both languages; the mails are of their own."""
    titles, bodies = {}, {}
    for language in ("ja", "en"):
        with force_locale(language):
            kind, day = word(TERMS_KIND_WORDS, version.kind.value), date_words(version.effective_on, language)
            titles[language] = _("Change of the %(kind)s on %(day)s", kind=kind, day=day)
            link = f"{current_app.config['BASE_URL']}{address_of(version)}"
            bodies[language] = f"{version.changed}\n\n<{link}>"
    hours = current_calendar().hours
    words = AnnouncementWords(
        kind=AnnouncementKind.terms,
        title_ja=titles["ja"],
        body_ja=bodies["ja"],
        title_en=titles["en"],
        body_en=bodies["en"],
        mailed=False,
        shown_until=midnight(version.effective_on + DAY, hours.zone),
    )
    plan(by, write(by, words))


def address_of(version: TermsVersion) -> str:
    """Where anybody reads it."""
    place = "terms" if version.kind == TermsKind.terms else "service-menu"
    return f"/{place}/{version.number}"


@dataclass(frozen=True)
class ChangedLine:
    """A line of the text beside the version before: `added`, `removed`, or `` where it is the same."""

    words: str
    how: str


@lru_cache(32)
def changed_lines(before: str, after: str) -> tuple[ChangedLine, ...]:
    """The same, kept: what is published is never changed, and anybody may look."""
    return tuple(compared(before, after))


def whole(version: TermsVersion) -> str:
    """Text and supplementary provisions."""
    return "\n\n".join(one for one in (version.body, version.supplement) if one)


def compared(before: str, after: str, around: int = 2) -> Iterator[ChangedLine]:
    """What differs line by line, with some lines around it; `…` stands for what is left out. Pure."""
    old, new = before.splitlines(), after.splitlines()
    groups = SequenceMatcher(None, old, new).get_grouped_opcodes(around)
    for number, group in enumerate(groups):
        if number:
            yield ChangedLine("…", "")
        for kind, start, end, begin, stop in group:
            if kind == "equal":
                yield from (ChangedLine(line, "") for line in old[start:end])
                continue
            yield from (ChangedLine(line, "removed") for line in old[start:end])
            yield from (ChangedLine(line, "added") for line in new[begin:stop])
