"""Taking a person's name, addresses and numbers out of words that are not theirs. Pure.

A name of several parts is found in either order, with blanks, a dot or a comma between, in half width as well; an
address and a number in any width, a number with any separators or its country's prefix. What begins or ends within
another name, address or number is somebody else's. A single word, such as a family name, goes only before a title, as
letters address people, and where it is all that a field says.

The database looks for `loose`, which knows no neighbours: within JSON a line's end is a letter.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from helpdesk.masking import ERASED

NAME_MIN, DIGITS_MIN = 2, 9
_BETWEEN = "[ \u3000\u00a0\u30fb\uff65.,\uff0c\u3001\\r\\n]*"
_TITLES = "(?:様|さま|さん|殿|氏)"
_KANJI = "一-龠々ヶ"
_BEFORE = f"(?:(?<![{_KANJI}])|(?<=[部課社係室局所店長員者当]))"
"""No kanji before it but those that end a department or a rank."""
_AFTER = f"(?:(?![{_KANJI}])|(?=[様殿氏]))"
_SEPARATORS = "[-() .\u2010-\u2015\u2212\u30fc\uff0d\uff08\uff09\u3000]*"


class Redactor:
    """Takes out what is found by names, addresses, phone numbers, single `words`, and `literals` as they are.

    `instead` takes its place.
    """

    def __init__(
        self,
        *,
        names: Iterable[str] = (),
        addresses: Iterable[str] = (),
        phones: Iterable[str] = (),
        words: Iterable[str] = (),
        literals: Iterable[str] = (),
        instead: str = ERASED,
    ) -> None:
        self._instead = instead
        whole = [(core, _bounded(name, core)) for name in names for core in _name(name)]
        whole += [(core, _address_bounds(core)) for one in addresses if (core := _any_width(one))]
        whole += [(core, f"(?<![0-9０-９]){core}(?![0-9０-９])") for one in phones if (core := _phone(one))]
        whole += [(core, core) for one in literals if len(one) >= NAME_MIN and (core := re.escape(one))]
        alone = [re.escape(one) for one in words if len(one) >= NAME_MIN]
        titled = [f"{_BEFORE}{one}{_BETWEEN}(?={_TITLES})" for one in alone]
        self.loose = "|".join(sorted({core for core, _strict in whole} | set(alone), key=_longest))
        strict = sorted([one for _core, one in whole], key=_longest) + sorted(titled, key=_longest)
        self._strict = re.compile("|".join(strict) or r"(?!)", re.IGNORECASE)
        self._alone = re.compile("|".join(alone) or r"(?!)", re.IGNORECASE)

    def finds(self, words: str) -> bool:
        """Whether somebody is named within longer words."""
        return bool(self._strict.search(words))

    def text(self, words: str) -> str:
        if self._alone.fullmatch(words.strip()):
            return self._instead
        return self._strict.sub(lambda _found: self._instead, words)

    def value(self, value: Any) -> Any:
        """The same of a JSON value, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        return value


def parts_of(name: str) -> list[str]:
    return re.split(r"[\s\u3000\u30fb]+", name.strip())


def _longest(pattern: str) -> tuple[int, str]:
    return -len(pattern), pattern


def _name(name: str) -> list[str]:
    """A name of several parts in both orders, and in half width where it is kana."""
    parts = [part for part in parts_of(name) if part]
    if len(parts) < 2 or sum(map(len, parts)) < NAME_MIN + 1:
        return []
    between = "[ \u00a0.,\\r\\n]+" if name.isascii() else _BETWEEN
    found = []
    for written in (parts, [half_width(part) for part in parts]):
        escaped = [_any_width(part) if part.isascii() else re.escape(part) for part in written]
        found += [between.join(escaped), between.join(escaped[::-1])]
    return list(dict.fromkeys(found))


def _bounded(name: str, core: str) -> str:
    if name.isascii():
        return f"(?<![A-Za-z0-9]){core}(?![A-Za-z0-9])"
    if re.search(f"[{_KANJI}]", name):
        return f"{_BEFORE}{core}{_AFTER}"
    kana = "ァ-ヺーｦ-ﾟ"
    return f"(?<![{kana}]){core}(?![{kana}])"


def _address_bounds(core: str) -> str:
    return f"(?<![A-Za-z0-9._%+-]){core}(?![A-Za-z0-9-]|\\.[A-Za-z0-9])"


def _any_width(text: str) -> str:
    """Each printable ASCII character in its usual or its full width."""
    wide = (f"[{re.escape(c)}{chr(ord(c) + 0xFEE0)}]" if "!" <= c <= "~" else re.escape(c) for c in text)
    return "".join(wide)


def _phone(phone: str) -> str:
    digits = [one for one in unicodedata.normalize("NFKC", phone) if one.isdigit()]
    if len(digits) < DIGITS_MIN:
        return ""
    either = [f"[{one}{chr(ord(one) + 0xFEE0)}]" for one in digits]
    if digits[0] == "0":
        either[0] = f"(?:\\+?81{_SEPARATORS})?{either[0]}?"
    return _SEPARATORS.join(either)


def half_width(text: str) -> str:
    """Katakana as half-width letters; other characters as they are."""
    return "".join(_HALF.get(c, c) for c in text)


def _halves() -> dict[str, str]:
    found: dict[str, str] = {}
    for code in range(0xFF66, 0xFF9E):
        for mark in ("", "\uff9e", "\uff9f"):
            full = unicodedata.normalize("NFKC", chr(code) + mark)
            if len(full) == 1:
                found.setdefault(full, chr(code) + mark)
    return found


_HALF = _halves()
