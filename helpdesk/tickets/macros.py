"""Prepared replies: words with variables, and what becomes of the ticket with them (ux.md, macros)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Select, String, case, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import Calendar
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import Model, db
from helpdesk.folding import fold
from helpdesk.marking import word
from helpdesk.settings.models import current_settings
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.kinds import BODY_MAX, Then
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.recipients import Recipient, recipient_of
from helpdesk.tickets.tags import clean_tag
from helpdesk.tickets.words import THEN_WORDS
from helpdesk.wording import when_words

NAME_MAX, FOLDER_MAX = 60, 30
MACROS_MAX = 500
VARIABLES = ("customer", "name", "reference", "opening", "due", "agent", "provider")
_VARIABLE = re.compile(r"\{(\??)([^{}\n]{1,40})\}")
BLANKS = {
    "customer": {"ja": "お客様名", "en": "customer"},
    "name": {"ja": "宛名", "en": "name"},
    "due": {"ja": "期限", "en": "due time"},
}


class Macro(Model):
    """A prepared reply. `queue` is the code of the only queue it is offered in, `key` names one that ships.

    `body` and `body_en` hold variables in braces, and `{?what}` for what is to be filled in by hand.
    """

    __tablename__ = "macros"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    folder: Mapped[str] = mapped_column(default="")
    queue: Mapped[str | None] = mapped_column(String(32))
    body: Mapped[str]
    body_en: Mapped[str] = mapped_column(default="")
    then: Mapped[Then] = mapped_column(default=Then.stay)
    tag: Mapped[str] = mapped_column(default="")
    takes: Mapped[bool] = mapped_column(default=False)
    """Whoever uses it has the ticket from then on."""
    used: Mapped[int] = mapped_column(default=0)
    used_in: Mapped[str] = mapped_column(default="")
    used_then: Mapped[int] = mapped_column(default=0)
    """How often in all, and in the month `used_in` (2611)."""
    removed_at: Mapped[datetime | None]
    """One that ships and was removed does not come back with the next release."""

    @property
    def title(self) -> str:
        """What it is called in the language at hand."""
        return self.name_en if self.name_en and str(get_locale()) == "en" else self.name

    @property
    def does(self) -> str:
        """What becomes of the ticket with it, in words."""
        said = [] if self.then == Then.stay else [word(THEN_WORDS, self.then.value)]
        said += [f"#{self.tag}"] if self.tag else []
        return "、".join([*said, *([str(_("takes the ticket"))] if self.takes else [])])


@dataclass(frozen=True)
class MacroWords:
    """What a supervisor writes of a macro."""

    name: str
    body: str
    name_en: str = ""
    body_en: str = ""
    folder: str = ""
    queue: str | None = None
    then: Then = Then.stay
    tag: str = ""
    takes: bool = False


@dataclass(frozen=True)
class Filled:
    """A macro's words for a ticket: pieces as (words, whether they came from a variable), and what is missing."""

    pieces: Sequence[tuple[str, bool]]
    missing: Sequence[str] = field(default_factory=tuple)

    @property
    def text(self) -> str:
        return "".join(words for words, _variable in self.pieces)


def in_use() -> Select[*tuple[Any, ...]]:
    """id and names of all macros, by name; to be put into a statement."""
    rows: Select[*tuple[Any, ...]] = select(Macro.id, Macro.name, Macro.name_en).where(Macro.removed_at.is_(None))
    return rows.order_by(Macro.name).limit(MACROS_MAX)


def find_macros(ticket: Ticket, words: str) -> list[Macro]:
    """What is offered on a ticket and has these words in its name, folder or text; the most used first."""
    rows = select(Macro).where(Macro.removed_at.is_(None), or_(Macro.queue.is_(None), Macro.queue == ticket.queue))
    found = db.session.scalars(rows.order_by(Macro.used.desc(), Macro.name).limit(MACROS_MAX)).all()
    asked = fold(words).split()
    return [one for one in found if all(word in fold(f"{one.name} {one.name_en} {one.folder}") for word in asked)]


def all_macros() -> Sequence[Macro]:
    return db.session.scalars(select(Macro).where(Macro.removed_at.is_(None)).order_by(Macro.folder, Macro.name)).all()


def macro_of(macro_id: int) -> Macro:
    """NotFound where there is none."""
    macro = db.session.get(Macro, macro_id)
    if macro is None or macro.removed_at is not None:
        raise NotFound
    return macro


def macros_of(macro_ids: Sequence[int]) -> Sequence[Macro]:
    """Those that are in use, of these ids."""
    rows = select(Macro).where(Macro.id.in_(macro_ids), Macro.removed_at.is_(None))
    return db.session.scalars(rows.order_by(Macro.id)).all() if macro_ids else ()


def fill(macro: Macro, ticket: Ticket, by: User, calendar: Calendar) -> Filled:
    """Its words for this ticket in the language of who is answered; what is not known stands as ⟦what⟧."""
    recipient = recipient_of(ticket)
    language = recipient.language.value if recipient is not None else "ja"
    template = macro.body_en if language == "en" and macro.body_en.strip() else macro.body
    return filled(template, _values(ticket, recipient, by, calendar, language), language)


def filled(template: str, values: Mapping[str, str], language: str) -> Filled:
    """Variables put in once: what a value contains is never read as a variable. Pure."""
    pieces: list[tuple[str, bool]] = []
    missing, position = [], 0
    for found in _VARIABLE.finditer(template):
        blank, name = found.groups()
        value = "" if blank else values.get(name, "")
        if not value:
            called = name if blank else BLANKS.get(name, {}).get(language, name)
            missing.append(called)
            value = f"⟦{called}⟧"
        pieces += [(template[position : found.start()], False), (value, True)]
        position = found.end()
    pieces.append((template[position:], False))
    return Filled([one for one in pieces if one[0]], tuple(dict.fromkeys(missing)))


def _values(ticket: Ticket, recipient: Recipient | None, by: User, calendar: Calendar, language: str) -> dict[str, str]:
    now, hours = clock.now(), calendar.hours
    opening = hours.next_opening(now)
    opening = opening if opening > now else hours.next_opening(hours.closing(now))
    return {
        "customer": ticket.customer.name if ticket.customer is not None else "",
        "name": recipient.salutation if recipient is not None else "",
        "reference": ticket.reference,
        "opening": when_words(opening, hours.zone, language),
        "due": when_words(ticket.due_at, hours.zone, language) if ticket.due_at is not None else "",
        "agent": by.name,
        "provider": current_settings().provider_name,
    }


def count_use(macro_ids: Sequence[int], month: str) -> None:
    """Each was used once more, in this month (2611)."""
    if macro_ids:
        then = case((Macro.used_in == month, Macro.used_then + 1), else_=1)
        rows = update(Macro).where(Macro.id.in_(macro_ids))
        db.session.execute(rows.values(used=Macro.used + 1, used_in=month, used_then=then))


def save_macro(macro: Macro | None, by: Actor, words: MacroWords) -> Macro:
    """Keep a macro, a new one where there is none yet. Refused for a name that is taken or a variable nobody knows."""
    name = _clean(words.name, NAME_MAX, "name")
    others = Macro.id != (macro.id if macro else 0)
    taken = select(Macro.id).where(Macro.name == name, Macro.removed_at.is_(None), others)
    if db.session.scalar(taken):
        raise Refusal(_("There is a prepared reply of this name already."), field="name")
    for where, body in (("body", words.body), ("body_en", words.body_en)):
        _check_body(body, where)
    if not words.body.strip():
        raise Refusal(_("Please write something first."), field="body")
    if macro is None:
        if (db.session.scalar(select(func.count()).select_from(Macro)) or 0) >= MACROS_MAX:
            raise Refusal(_("There are %(count)s prepared replies already. Remove one first.", count=MACROS_MAX))
        macro = Macro(name=name, body="")
        db.session.add(macro)
    macro.name, macro.name_en = name, _clean(words.name_en, NAME_MAX, "name_en", optional=True)
    macro.folder = _clean(words.folder, FOLDER_MAX, "folder", optional=True)
    macro.body, macro.body_en = words.body.replace("\r\n", "\n").strip(), words.body_en.replace("\r\n", "\n").strip()
    macro.queue, macro.then, macro.tag, macro.takes = words.queue, words.then, clean_tag(words.tag), words.takes
    db.session.flush()
    record(by, TicketAct.macro_saved, macro, name=name)
    return macro


def remove_macro(macro: Macro, by: Actor) -> None:
    record(by, TicketAct.macro_removed, macro, name=macro.name)
    macro.removed_at = clock.now()


def _check_body(body: str, where: str) -> None:
    if len(body) > BODY_MAX // 10:
        raise Refusal(_("Write at most %(count)s characters.", count=BODY_MAX // 10), field=where)
    unknown = [name for blank, name in _VARIABLE.findall(body) if not blank and name not in VARIABLES]
    if unknown:
        named = "、".join(f"{{{name}}}" for name in dict.fromkeys(unknown))
        raise Refusal(_("There is no variable %(names)s.", names=named), field=where)


def _clean(words: str, most: int, where: str, *, optional: bool = False) -> str:
    called = " ".join(words.replace("\x00", "").split())
    if len(called) > most or not (called or optional):
        raise Refusal(_("Write a name of at most %(count)s characters.", count=most), field=where)
    return called
