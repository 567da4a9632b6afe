"""Places in manuals: their sections prepared for finding, and which of them fit a question. Pure."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from helpdesk.triage.cues import fold, says
from helpdesk.triage.learning import Learned

PLACES = 5
SENTENCE_MAX = 300
WEAK_PLACE = 0.12
TEXT_MAX = 20_000
CUES_MAX = 4_000
"""Words are looked for at the beginning: what a mail quotes further down says nothing about its question."""
LEAD_NONE, LEAD_CLEAR = 0.0, 1.8
LEARNED_MOST, LEARNED_APART = 0.75, 2.0
"""What examples say of a place counts at most so much, since its own words may say more; and how fast it fades."""
UNTITLED = 0.4
"""What is left of that where the title of another place has words that no example has."""
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


@dataclass(frozen=True)
class Place:
    """A section that may answer; `score` from 0 to 1, `sentence` the one that matched best."""

    key: str
    page: int
    score: float
    sentence: Mapping[str, str]
    label: str = ""


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
            for phrase in {fold(one) for one in (*section.asked, *section.titles.values())}:
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
            size = max(5.0 * phrase[0].isascii(), sum(0.4 if one.isascii() else 1.0 for one in phrase))
            for number in owners:
                told = min(0.8, 0.25 + 0.055 * size) / len(owners)
                missed[number] = missed.get(number, 1.0) * (1.0 - told)
        return {number: 1.0 - left for number, left in missed.items()}

    def sharing(self, asked: Iterable[str], unseen: frozenset[str]) -> dict[int, list[float]]:
        """For each section that has any of these terms: their weight in its title, in its text, and of the unseen."""
        found: dict[int, list[float]] = {}
        for term in asked:
            weight = self._weights.get(term, self._unknown)
            for number, in_title, in_text in self._with.get(term, ()):
                sums = found.setdefault(number, [0.0, 0.0, 0.0])
                sums[0] += weight * in_title
                sums[1] += weight * in_text
                sums[2] += weight * (term in unseen)
        return found

    def titled(self, found: Iterable[str]) -> frozenset[str]:
        """The sections, by key, with one of these terms in their titles."""
        numbers = {number for term in found for number, in_title, _in_text in self._with.get(term, ()) if in_title}
        return frozenset(self.sections[number].key for number in numbers)

    def weight(self, found: Iterable[str]) -> float:
        """How much these terms tell sections apart, summed."""
        return sum(self._weights.get(term, self._unknown) for term in found)


def fitting(
    question: str, asked: frozenset[str], scores: Mapping[str, float], index: Index, taught: Learned
) -> list[Place]:
    """Up to five sections that may answer, best first; `asked` are the question's terms, `scores` what examples say."""
    unseen = frozenset(term for term in asked if not taught.knows(term))
    learned = _learned(scores, index, index.titled(unseen))
    shared = _shared(question, asked, index, unseen)
    scored = []
    for number, section in enumerate(index.sections):
        score = 1.0 - (1.0 - shared.get(number, 0.0)) * (1.0 - learned.get(section.key, 0.0))
        if score >= WEAK_PLACE:
            scored.append((score, section))
    scored.sort(key=lambda pair: (-pair[0], pair[1].page))
    return [
        Place(s.key, s.page, round(score, 3), {lang: _sentence(s.texts[lang], asked) for lang in s.texts}, s.label)
        for score, s in scored[:PLACES]
    ]


def lead_of(scores: Mapping[str, float]) -> float:
    """How far the likeliest section stands out from the fifth: words that fit all alike make none stand out."""
    order = sorted(scores.values(), reverse=True)
    return order[0] - order[PLACES - 1] if len(order) >= PLACES else 0.0


def _learned(scores: Mapping[str, float], index: Index, titled: frozenset[str]) -> dict[str, float]:
    """What examples say of the sections in force: the likeliest by its lead, the others by their distance from it.

    Where words that no example has stand in the titles of some (`titled`), examples tell little of the others.
    """
    top = max(scores.values(), default=0.0)
    sure = LEARNED_MOST * min(1.0, max(0.0, (lead_of(scores) - LEAD_NONE) / (LEAD_CLEAR - LEAD_NONE)))
    return {
        key: sure * math.exp(LEARNED_APART * (score - top)) * (UNTITLED if titled and key not in titled else 1.0)
        for key, score in scores.items()
        if key in index.keys
    }


def _shared(question: str, asked: frozenset[str], index: Index, unseen: frozenset[str]) -> dict[int, float]:
    """How well sections fit by their own words, by number: what they are asked for with, and rare terms.

    Terms that no example has are told by the manual alone and count for so much more.
    """
    named = index.named(fold(question[:CUES_MAX]))
    whole = index.weight(asked) or 1.0
    found: dict[int, float] = dict(named)
    for number, (in_title, in_text, alone) in index.sharing(asked, unseen).items():
        covered = in_title / index.title_weights[number]
        shared = min(1.0, 0.30 * covered + 0.25 * in_title / whole + 0.40 * in_text / whole)
        found[number] = 1.0 - (1.0 - shared) * (1.0 - alone / whole) * (1.0 - named.get(number, 0.0))
    return found


def normalise(text: str) -> str:
    """NFKC, lower case: full-width and half-width forms compare equal."""
    return unicodedata.normalize("NFKC", text).lower()


GENERIC = frozenset(
    re.findall(
        r"\S+",
        "教え 手順 方法 質問 操作 使い 知り 話で 世話 問合 合せ 合わ 確認 相談 対応 お願 願い "
        "件に 件で 事を 内容 連絡 お聞 聞き 至急 困っ 分か 何か 助け "
        "question help hello hi inquiry problem issue need want tell ask support urgent step",
    )
)
"""Words of every question, which tell nothing of what it is about."""


def terms(text: str) -> frozenset[str]:
    """English words and Japanese character pairs; pairs of hiragana alone say nothing and are left out."""
    found: set[str] = set()
    pairs: set[str] = set()
    for word in _WORDS.findall(normalise(text)):
        if word[0].isascii():
            if word not in _ENGLISH_STOP:
                found.add(word.rstrip("s") if len(word) > 3 else word)
        else:
            pairs.update(map("".join, pairwise(word)))
    return frozenset(found.union(pair for pair in pairs if not _HIRAGANA_PAIR.match(pair)))


def _sentence(text: str, asked: frozenset[str]) -> str:
    best = max(_sentences(text), key=lambda pair: len(pair[1] & asked), default=("", frozenset()))
    return best[0][:SENTENCE_MAX]


@lru_cache(maxsize=2_000)
def _sentences(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """A section's sentences with their terms; sections are few and asked for again and again."""
    return tuple((one, terms(one)) for one in re.split(r"(?<=[。.])\s*|\n+", text) if one)
