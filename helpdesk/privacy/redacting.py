"""Taking a person's name, addresses and numbers out of words that are not theirs. Pure.

A name is found with any space between its parts and in either order, an address in any case, a number with any
separators. A family name alone goes only before a title, as letters address people.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from helpdesk.masking import ERASED

NAME_MIN, DIGITS_MIN = 2, 9
_SPACE = "[ \u3000]*"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TITLES = "(?:様|さま|さん|殿|氏)"


def pattern_of(
    *, names: Iterable[str], addresses: Iterable[str], phones: Iterable[str], families: Iterable[str] = ()
) -> str:
    """What finds all of it, as a regular expression that Python and PostgreSQL read alike; empty where nothing is.

    The longest come first, so that a name within an address does not leave half of it.
    """
    found = {re.escape(address) for address in addresses if address}
    found |= {one for name in names for one in _of_name(name)}
    found |= {one for phone in phones if (one := _of_phone(phone))}
    found |= {f"{re.escape(family)}{_SPACE}(?={_TITLES})" for family in families if len(family) >= NAME_MIN}
    return "|".join(sorted(found, key=lambda one: (-len(one), one)))


def _of_name(name: str) -> Sequence[str]:
    parts = [re.escape(part) for part in name.split()]
    if sum(len(part) for part in parts) < NAME_MIN:
        return ()
    between = _SPACE if not name.isascii() else "[ ]+"
    orders = {between.join(parts), between.join(parts[::-1])}
    return tuple(f"\\m{one}\\M" if name.isascii() else one for one in orders)


def _of_phone(phone: str) -> str:
    digits = [one for one in phone if one.isdigit()]
    return "[-() .]*".join(digits) if len(digits) >= DIGITS_MIN else ""


class Redactor:
    """Takes out what a pattern finds, and counts."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        # PostgreSQL's beginning and end of a word, told from an escaped backslash before a letter
        ours = _ESCAPED.sub(lambda one: r"\b" if one[1] in "mM" else one[0], pattern)
        self._compiled = re.compile(ours or r"(?!)", re.IGNORECASE)

    def text(self, words: str) -> str:
        return self._compiled.sub(ERASED, words)

    def finds(self, words: str) -> bool:
        return self._compiled.search(words) is not None

    def value(self, value: Any) -> Any:
        """The same of a JSON value, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        return value
