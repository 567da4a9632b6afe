"""Finding anything by a few characters: numbers, customers, people and tickets; kana, romaji and width are as one."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import jaconv
from sqlalchemy import Row, Select, func, or_, select

from helpdesk.accounts.models import User
from helpdesk.customers.finding import customers_named, find_people
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db
from helpdesk.folding import fold
from helpdesk.search.finding import find_tickets
from helpdesk.search.query import read_query
from helpdesk.tickets.models import Ticket

SHOWN = 5
WORDS_MAX = 100
_NUMBER = re.compile(r"#?\d{1,4}-?\d{0,8}")
_ROMAJI = re.compile(r"[a-z'-]{3,}")


def ways(words: str) -> list[str]:
    """What was typed as it is compared, and read as romaji where it may be some."""
    folded = fold(words.replace("\x00", "").strip()[:WORDS_MAX])
    kana = fold(jaconv.alphabet2kana(folded)) if _ROMAJI.fullmatch(folded) else ""
    # what does not become kana wholly is English
    return [folded, kana] if kana and kana != folded and not re.search(r"[a-z]", kana) else [folded]


def fits(text: str, asked: Iterable[str]) -> bool:
    """Whether a text, or its reading behind it, has any of what was asked."""
    compared = fold(text)
    return any(way and way in compared for way in asked)


def customers_like(asked: Sequence[str]) -> list[Customer]:
    found = dict.fromkeys(customer for way in asked for customer in customers_named(way))
    return list(found)[:SHOWN]


def people_like(asked: Sequence[str]) -> list[Contact]:
    found = dict.fromkeys(person for way in asked for person in find_people(way))
    return list(found)[:SHOWN]


def tickets_like(user: User, words: str, customers: Sequence[Customer], zone: ZoneInfo) -> list[Row[Any]]:
    """By a number or part of one; else the newest of the customers found, and what search finds."""
    typed = unicodedata.normalize("NFKC", words).strip()
    if _NUMBER.fullmatch(typed):
        return list(db.session.execute(numbered(typed.lstrip("#")).limit(SHOWN)))
    found: dict[str, Row[Any]] = {}
    if customers:
        theirs = _tickets().where(Ticket.customer_id.in_([customer.id for customer in customers[:2]]))
        found = {row.reference: row for row in db.session.execute(theirs.limit(3))}
    references = [hit.row.reference for hit in find_tickets(user, read_query(typed), zone).hits[: SHOWN * 2]]
    more = db.session.execute(_tickets().where(Ticket.reference.in_([one for one in references if one not in found])))
    return [*found.values(), *more][: SHOWN + 1]


def numbered(part: str) -> Select[*tuple[Any, ...]]:
    """Tickets whose number begins with this, or whose number within its month does; the newest first."""
    within_month = func.split_part(Ticket.reference, "-", 2)
    return _tickets().where(
        or_(Ticket.reference.startswith(part, autoescape=True), within_month.startswith(part, autoescape=True))
    )


def _tickets() -> Select[*tuple[Any, ...]]:
    columns = (Ticket.reference, Ticket.kind, Ticket.subject, Ticket.title, Ticket.state, Ticket.updated_at)
    rows: Select[*tuple[Any, ...]] = select(*columns, Customer.name.label("customer"))
    return rows.outerjoin(Customer, Customer.id == Ticket.customer_id).order_by(Ticket.id.desc())
