"""Finding customers and their people by what a caller says: a name, its reading, a number, a company (V4)."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager

from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.folding import fold

FOUND_MAX = 12
_DIGITS = re.compile(r"[\d\-() +]{4,}")


def find_people(words: str) -> Sequence[Contact]:
    """Open contacts that every one of the words fits, in name, reading, address, phone, department or company."""
    asked = _asked(words)
    if not asked:
        return []
    rows = select(Contact).join(Contact.customer).options(contains_eager(Contact.customer))
    for word in asked:
        rows = rows.where(or_(_has(Contact.found_by, word), _has(Customer.found_by, word)))
    return db.session.scalars(
        rows.where(Contact.closed_at.is_(None)).order_by(Customer.name, Contact.name).limit(FOUND_MAX)
    ).all()


def customers_named(words: str) -> Sequence[Customer]:
    """Customers whose own name or its reading fits."""
    asked = _asked(words)
    rows = select(Customer).where(*(_has(Customer.found_by, word) for word in asked)).order_by(Customer.name)
    return db.session.scalars(rows.limit(FOUND_MAX)).all() if asked else []


def find_customers(words: str) -> Sequence[Customer]:
    """Customers whose own name fits, and those of people who fit."""
    found = dict.fromkeys(customers_named(words))
    found |= dict.fromkeys(person.customer for person in find_people(words))
    return list(found)[:FOUND_MAX]


class UnclearCustomer(Refusal):
    """What the command line was given names no customer, or several: said in English, as it says everything."""


def the_customer(text: str) -> Customer:
    """The customer of this very name, of this number, or the only one whose name fits. Raises UnclearCustomer."""
    named = db.session.scalar(select(Customer).where(Customer.name == text.strip()))
    numbered = db.session.get(Customer, int(text)) if re.fullmatch(r"[0-9]{1,9}", text) else None
    asked = _asked(text)
    fitting = select(Customer).where(*(_has(Customer.found_by, word) for word in asked)).limit(2)
    found = [one for one in (named or numbered,) if one] or (list(db.session.scalars(fitting)) if asked else [])
    if len(found) != 1:
        how_many = "More than one" if found else "No"
        raise UnclearCustomer(f"{how_many} customer matches {text!r}. Nothing was changed.")
    return found[0]


def _asked(words: str) -> list[str]:
    """The words as they are compared; a phone number is one word of digits."""
    text = unicodedata.normalize("NFKC", words)
    numbers = ["".join(c for c in match if c.isdigit()) for match in _DIGITS.findall(text)]
    rest = _DIGITS.sub(" ", text)
    return [fold(word) for word in rest.split()] + [number for number in numbers if number]


def _has(column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    return column.contains(word, autoescape=True)
