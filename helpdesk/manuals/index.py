"""The sections of manuals prepared for finding: their terms taken out once. Pure."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from helpdesk.folding import fold, says

_WORDS = re.compile(r"[a-z0-9][a-z0-9\-]+|[぀-ヿ一-鿿々ー]+")
_HIRAGANA_PAIR = re.compile(r"^[ぁ-ゖー]+$")
_ENGLISH_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from how i if in is it me my of on or our the this to us we what "
        "when where which with you your please could would hello regards thank thanks know like want not",
    )
)


@dataclass(frozen=True)
class Section:
    """A manual section with titles and texts by language."""

    key: str
    page: int
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    asked: tuple[str, ...] = ()
    """Words and phrases that people ask for this section with."""
    label: str = ""
    """The page as it is printed, where that is another than `page`."""


class Index:
    """A manual's sections with their terms taken out once; the pure functions below only read it."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self.sections = tuple(sections)
        self.titles = [terms(" ".join(section.titles.values())) for section in sections]
        self.texts = [terms(" ".join(section.texts.values())) for section in sections]
        spread = Counter(term for a, b in zip(self.titles, self.texts, strict=True) for term in {*a, *b})
        self._weights = {term: math.log(1 + len(sections) / (1 + count)) for term, count in spread.items()}
        self._unknown = math.log(1 + len(sections))
        self.title_weights = [self.weight(title) or 1.0 for title in self.titles]
        self.keys = frozenset(section.key for section in sections)
        self._with: dict[str, list[tuple[int, bool, bool]]] = {}
        for number, (title, text) in enumerate(zip(self.titles, self.texts, strict=True)):
            for term in title | text:
                self._with.setdefault(term, []).append((number, term in title, term in text))
        self._asked: dict[str, list[int]] = {}
        for number, section in enumerate(sections):
            for phrase in {fold(wording) for wording in (*section.asked, *section.titles.values())}:
                self._asked.setdefault(phrase, []).append(number)
        self._by_length = sorted((phrase for phrase in self._asked if phrase), key=len, reverse=True)

    def named(self, text: str) -> dict[int, float]:
        """Sections whose words a folded text uses, by number, each from 0 to 1; longer and rarer words tell more."""
        missed: dict[int, float] = {}
        for phrase in self._by_length:
            if phrase not in text or not says(text, phrase):
                continue
            text = text.replace(phrase, "\0")
            owners = self._asked[phrase]
            size = max(5.0 * phrase[0].isascii(), sum(0.4 if c.isascii() else 1.0 for c in phrase))
            for number in owners:
                share = min(0.8, 0.25 + 0.055 * size) / len(owners)
                missed[number] = missed.get(number, 1.0) * (1.0 - share)
        return {number: 1.0 - left for number, left in missed.items()}

    def sharing(self, asked: Iterable[str], unseen: frozenset[str]) -> dict[int, list[float]]:
        """For each section that has any of these terms: their weight in its title, in its text, and of the unseen."""
        weights: dict[int, list[float]] = {}
        for term in asked:
            weight = self._weights.get(term, self._unknown)
            for number, in_title, in_text in self._with.get(term, ()):
                sums = weights.setdefault(number, [0.0, 0.0, 0.0])
                sums[0] += weight * in_title
                sums[1] += weight * in_text
                sums[2] += weight * (term in unseen)
        return weights

    def titled(self, given: Iterable[str]) -> frozenset[str]:
        """The sections, by key, with one of these terms in their titles."""
        numbers = {number for term in given for number, in_title, _in_text in self._with.get(term, ()) if in_title}
        return frozenset(self.sections[number].key for number in numbers)

    def weight(self, given: Iterable[str]) -> float:
        """How much these terms tell sections apart, summed."""
        return sum(self._weights.get(term, self._unknown) for term in given)


def normalise(text: str) -> str:
    """NFKC, lower case: full-width and half-width forms compare equal."""
    return unicodedata.normalize("NFKC", text).lower()


def terms(text: str) -> frozenset[str]:
    """English words and Japanese character pairs; pairs of hiragana alone say nothing and are left out."""
    words: set[str] = set()
    pairs: set[str] = set()
    for word in _WORDS.findall(normalise(text)):
        if word[0].isascii():
            if word not in _ENGLISH_STOP:
                words.add(word.rstrip("s") if len(word) > 3 else word)
        else:
            pairs.update(map("".join, pairwise(word)))
    return frozenset(words.union(pair for pair in pairs if not _HIRAGANA_PAIR.match(pair)))
