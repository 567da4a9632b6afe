"""The suggestion as a pure function of the words, the rules and the manual: no clock, no database (R05).

A first honest form: rules speak by the words they list, manual sections by how many of the question's rare
character pairs (Japanese) and words (English) they share. What it cannot tell is in scope, for a person.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from helpdesk.tickets.models import Verdict

PLACES = 5
STRONG_PLACE = 0.30
WEAK_PLACE = 0.12
TEXT_MAX = 20_000
_NO_SUBJECT = re.compile(r"\(件名なし / no subject\)|\(no subject\)")

_WORDS = re.compile(r"[a-z0-9][a-z0-9\-]+|[぀-ヿ一-鿿々ー]+")
_HIRAGANA_PAIR = re.compile(r"^[ぁ-ゖー]+$")
_ENGLISH_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "the",
        "this",
        "to",
        "us",
        "we",
        "what",
        "when",
        "where",
        "which",
        "with",
        "you",
        "your",
        "please",
        "could",
        "would",
        "hello",
        "regards",
        "thank",
        "thanks",
        "know",
        "like",
        "want",
        "not",
    ]
)
_HOW_TO = (
    "方法",
    "手順",
    "やり方",
    "仕方",
    "教えて",
    "したい",
    "どこ",
    "見方",
    "意味",
    "how",
    "where",
    "what does",
    "steps",
)


@dataclass(frozen=True)
class Rule:
    """Any of `words` found in the question speaks for `verdict`; reasons by language."""

    key: str
    verdict: Verdict
    words: tuple[str, ...]
    reason: Mapping[str, str]
    clause: str


@dataclass(frozen=True)
class Section:
    """A manual section with titles and texts by language."""

    key: str
    page: int
    titles: Mapping[str, str]
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """A section that may answer; `score` from 0 to 1, `sentence` the one that matched best."""

    key: str
    page: int
    score: float
    sentence: Mapping[str, str]


@dataclass(frozen=True)
class Assessment:
    """`confidence` in percent. Reasons are sentences by language, at most three."""

    verdict: Verdict
    confidence: int
    rule_key: str | None
    reasons: list[Mapping[str, str]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


class Index:
    """A manual's sections with their terms taken out once; the pure functions below only read it."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self.sections = tuple(sections)
        self.titles = [terms(" ".join(section.titles.values())) for section in sections]
        self.texts = [terms(" ".join(section.texts.values())) for section in sections]
        spread = Counter(term for a, b in zip(self.titles, self.texts, strict=True) for term in {*a, *b})
        self._weights = {term: math.log(1 + len(sections) / (1 + count)) for term, count in spread.items()}
        self._unknown = math.log(1 + len(sections))

    def weight(self, found: Iterable[str]) -> float:
        """How much these terms tell sections apart, summed."""
        return sum(self._weights.get(term, self._unknown) for term in found)


def assess(subject: str, body: str, *, rules: Sequence[Rule], index: Index) -> Assessment:
    """Suggest what an inquiry should be answered with."""
    text = normalise(f"{subject}\n{subject}\n{body}"[:TEXT_MAX])
    hits = [(rule, found) for rule in rules if (found := [w for w in rule.words if normalise(w) in text])]
    places = find_places(f"{subject}\n{body}", index)
    best = places[0].score if places else 0.0
    against = [hit for hit in hits if hit[0].verdict == Verdict.out_of_scope]
    for_us = [hit for hit in hits if hit[0].verdict == Verdict.in_scope]
    if against and not for_us and best < STRONG_PLACE:
        return _out_of_scope(against, places)
    if for_us and (best < STRONG_PLACE or not _asks_how(text)):
        return _in_scope(for_us, places)
    if best >= WEAK_PLACE and (best >= STRONG_PLACE or _asks_how(text)):
        return _manual(places, best)
    return Assessment(Verdict.in_scope, 55, None, [_NOTHING_FOUND], places)


def find_places(question: str, index: Index) -> list[Place]:
    """Up to five sections that share the question's rarer terms, best first."""
    asked = terms(_NO_SUBJECT.sub("", question[:TEXT_MAX]))
    if not asked:
        return []
    whole = index.weight(asked) or 1.0
    scored = []
    for section, title, text in zip(index.sections, index.titles, index.texts, strict=True):
        in_title, in_text = index.weight(asked & title), index.weight(asked & text)
        covered = in_title / (index.weight(title) or 1.0)
        scored.append((min(1.0, 0.55 * covered + 0.30 * in_title / whole + 0.45 * in_text / whole), section))
    scored.sort(key=lambda pair: (-pair[0], pair[1].page))
    return [
        Place(s.key, s.page, round(score, 3), {lang: _sentence(s.texts[lang], asked) for lang in s.texts})
        for score, s in scored[:PLACES]
        if score >= WEAK_PLACE
    ]


def normalise(text: str) -> str:
    """NFKC, lower case: full-width and half-width forms compare equal."""
    return unicodedata.normalize("NFKC", text).lower()


def terms(text: str) -> frozenset[str]:
    """English words and Japanese character pairs; pairs of hiragana alone say nothing and are left out."""
    found: set[str] = set()
    for word in _WORDS.findall(normalise(text)):
        if word[0].isascii():
            if word not in _ENGLISH_STOP:
                found.add(word.rstrip("s") if len(word) > 3 else word)
        else:
            pairs = (word[i : i + 2] for i in range(max(1, len(word) - 1)))
            found.update(pair for pair in pairs if len(pair) == 2 and not _HIRAGANA_PAIR.match(pair))
    return frozenset(found)


def _asks_how(text: str) -> bool:
    return any(word in text for word in _HOW_TO)


def _sentence(text: str, asked: frozenset[str]) -> str:
    sentences = [s for s in re.split(r"(?<=[。.])\s*", text) if s]
    return max(sentences, key=lambda s: len(terms(s) & asked), default="")


_NOTHING_FOUND = {
    "ja": "規則にもマニュアルにも当てはまる箇所が見つかりません。担当者が確認します",
    "en": "Neither a rule nor a manual section fits; a person should look",
}


def _found_words(found: list[str]) -> Mapping[str, str]:
    shown = "、".join(f"「{word}」" for word in found[:3])
    return {"ja": f"{shown}という言葉があります", "en": f"It contains the words {shown}"}


def _out_of_scope(hits: list[tuple[Rule, list[str]]], places: list[Place]) -> Assessment:
    rule, found = max(hits, key=lambda hit: len(hit[1]))
    confidence = min(95, 68 + 9 * len(found) + 5 * (len(hits) - 1))
    return Assessment(Verdict.out_of_scope, confidence, rule.key, [rule.reason, _found_words(found)], places)


def _in_scope(hits: list[tuple[Rule, list[str]]], places: list[Place]) -> Assessment:
    rule, found = max(hits, key=lambda hit: len(hit[1]))
    confidence = min(95, 66 + 9 * len(found) + 5 * (len(hits) - 1))
    return Assessment(Verdict.in_scope, confidence, rule.key, [rule.reason, _found_words(found)], places)


def _manual(places: list[Place], best: float) -> Assessment:
    reason = {
        "ja": f"{places[0].page}ページの節と質問の言葉が一致します",
        "en": f"The section on page {places[0].page} shares the question's words",
    }
    confidence = min(97, int(50 + 90 * best))
    return Assessment(Verdict.manual_reference, confidence, None, [reason], places)
