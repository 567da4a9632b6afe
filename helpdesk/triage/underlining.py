"""Where in the customer's words a rule or a place in the manual hit, underlined for whoever decides. Pure (R05)."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LOOKED_AT = 5_000
"""Characters from the beginning: what comes further down is rarely the question."""
_CONTENT = re.compile(r"[々一-鿿ァ-ヶー]{2,}|[a-z][a-z0-9-]{2,}")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
LONG = 5
RULE = 0
"""The number of what a rule found."""


@dataclass(frozen=True)
class Stretch:
    """Some of the customer's words; `number` tells which question's place they hit, RULE a rule, None nothing."""

    words: str
    number: int | None = None


Wanted = Mapping[str, Sequence[int]]
"""Folded words with the numbers that ask for them."""


def wanted_words(
    reasons: Sequence[Mapping[str, Any]], places: Sequence[Mapping[str, Any]], questions: Sequence[Mapping[str, Any]]
) -> Wanted:
    """What to underline, by the parts of a kept suggestion: what its rule found, and words of its first places."""
    wanted: dict[str, list[int]] = {}
    for reason in reasons:
        for word in filter(None, str(reason.get("words", "")).split("\n")):
            wanted[_folded(word)[0]] = [RULE]
    each = [one["places"][:1] for one in questions] if len(questions) > 1 else [places[:1]]
    for number, found in enumerate(each, 1):
        for word in {word for place in found for word in _words_of(place)}:
            wanted.setdefault(word, []).append(number)
    return wanted


def _words_of(place: Mapping[str, Any]) -> Iterator[str]:
    """The words of its title, and the long ones of the sentence that matched: short ones say little."""
    for words in place.get("titles", {}).values():
        yield from _CONTENT.findall(_folded(words)[0])
    for words in place.get("sentence", {}).values():
        yield from (word for word in _CONTENT.findall(_folded(words)[0]) if len(word) >= LONG)


def underline(text: str, wanted: Wanted, questions: Sequence[str] = ()) -> list[Stretch]:
    """The text in stretches, none lost: joined they are the text again. Addresses are left whole.

    Within one of several `questions` only what belongs to that question is underlined.
    """
    if not wanted:
        return [Stretch(text)]
    plain, origin = _folded(text[:LOOKED_AT])
    stretches, done = [], 0
    for start, end, number in _hits(plain, wanted, [_folded(one)[0] for one in questions]):
        begin, stop = origin[start], origin[end - 1] + 1
        if begin > done:
            stretches.append(Stretch(text[done:begin]))
        if stop > done:
            stretches.append(Stretch(text[max(begin, done) : stop], number))
            done = stop
    return [*stretches, Stretch(text[done:])] if done < len(text) else stretches


def _hits(plain: str, wanted: Wanted, questions: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    pattern = re.compile("|".join(map(re.escape, sorted(wanted, key=len, reverse=True))))
    addresses = [found.span() for found in _ADDRESS.finditer(plain)]
    spans = [(place, place + len(one)) if (place := plain.find(one)) >= 0 else (0, 0) for one in questions]
    for found in pattern.finditer(plain):
        start, end = found.span()
        word = found.group()
        # a Latin word is one only where it stands alone
        around = (plain[start - 1 : start], plain[end : end + 1]) if word.isascii() else ()
        inside = any(one.isascii() and one.isalnum() for one in around)
        if inside or any(start < after and before < end for before, after in addresses):
            continue
        here = {number for number, (before, after) in enumerate(spans, 1) if before <= start < after}
        meant = [number for number in wanted[word] if number == RULE or not here or number in here]
        if meant:
            yield start, end, meant[0]


def _folded(text: str) -> tuple[str, list[int]]:
    """The text without differences of width and case, and where each of its characters came from."""
    plain, origin = [], []
    for place, character in enumerate(text):
        for folded in unicodedata.normalize("NFKC", character).lower():
            plain.append(folded)
            origin.append(place)
    return "".join(plain), origin
