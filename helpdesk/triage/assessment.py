"""The suggestion as a pure function of the words, the rules and the manual: no clock, no database (R05).

Rules speak by the words they list; manual sections by the words people ask for them with, and by how many of the
question's rarer character pairs (Japanese) and words (English) they share; cues tell how-to questions from defects and
from what needs a look at this customer's console. What it cannot tell is in scope, for a person.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from helpdesk.tickets.models import Verdict
from helpdesk.triage import cues
from helpdesk.triage.cues import count, fold, folded, names_something, says

PLACES = 5
WEAK_PLACE = 0.12
TEXT_MAX = 20_000
CUES_MAX = 4_000
"""Cues are looked for at the beginning: what a mail quotes further down says nothing about its question."""
_NO_SUBJECT = re.compile(r"\(件名なし / no subject\)|\(no subject\)")

_WORDS = re.compile(r"[a-z0-9][a-z0-9\-]+|[぀-ヿ一-鿿々ー]+")
_HIRAGANA_PAIR = re.compile(r"^[ぁ-ゖー]+$")
_ENGLISH_STOP = frozenset(
    (
        "a an and are as at be by can do does for from how i if in "
        "is it me my of on or our the this to us we what when where "
        "which with you your please could would hello regards thank "
        "thanks know like want not"
    ).split()
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
    asked: tuple[str, ...] = ()
    """Words and phrases that people ask for this section with."""


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
            size = len(phrase) if not phrase[0].isascii() else max(5.0, len(phrase) / 2.5)
            for number in owners:
                told = min(0.8, 0.25 + 0.055 * size) / len(owners)
                missed[number] = missed.get(number, 1.0) * (1.0 - told)
        return {number: 1.0 - left for number, left in missed.items()}

    def weight(self, found: Iterable[str]) -> float:
        """How much these terms tell sections apart, summed."""
        return sum(self._weights.get(term, self._unknown) for term in found)


def assess(subject: str, body: str, *, rules: Sequence[Rule], index: Index) -> Assessment:
    """Suggest what an inquiry should be answered with."""
    question = _NO_SUBJECT.sub("", f"{subject}\n{body}"[:TEXT_MAX])
    text = fold(question[:CUES_MAX])
    hits = [(rule, found) for rule in rules if (found := [w for w in rule.words if says(text, folded(w))])]
    places = find_places(question, index)
    against = [hit for hit in hits if hit[0].verdict == Verdict.out_of_scope]
    for_us = [hit for hit in hits if hit[0].verdict == Verdict.in_scope]
    signs = _signs(text, places, against, for_us)
    best = max(signs, key=lambda verdict: signs[verdict])
    confidence = _confidence(signs, best)
    if best == Verdict.out_of_scope:
        return _by_rule(Verdict.out_of_scope, against, confidence, places)
    if best == Verdict.manual_reference:
        return _manual(places, confidence)
    if for_us:
        return _by_rule(Verdict.in_scope, for_us, confidence, places)
    looked = count(text, cues.DEFECT, cues.DEFECT_EN, cues.OWN, cues.OWN_EN) or names_something(text)
    return Assessment(Verdict.in_scope, confidence, None, [_LOOK if looked else _NOTHING_FOUND], places)


Hits = list[tuple[Rule, list[str]]]


def _signs(text: str, places: list[Place], against: Hits, for_us: Hits) -> dict[Verdict, float]:
    """How much speaks for each verdict, from 0 to about 2."""
    best = places[0].score if places else 0.0
    how = min(1, count(text, cues.HOW, cues.HOW_EN))
    defect = count(text, cues.DEFECT, cues.DEFECT_EN)
    own = min(3, count(text, cues.OWN, cues.OWN_EN) + names_something(text))
    product = min(2, count(text, cues.OURS)) + 0.4 * min(2, count(text, cues.SHARED))
    uncovered = min(1, count(text, cues.UNCOVERED, cues.UNCOVERED_EN))
    foreign = min(2, sum(len(found) for _rule, found in against))
    looked = 0.62 * min(defect, 2) + 0.34 * min(own, 3) + 0.3 * bool(for_us) + 0.5 * uncovered
    looked *= 0.3 if foreign and product < 0.5 else 1.0
    short = 0.25 if len(text) < 40 and not defect and not own else 0.0
    return {
        Verdict.manual_reference: best * (1.0 + 0.55 * how + short)
        - 0.25 * min(defect, 2)
        - 0.13 * min(own, 3)
        - 0.5 * min(foreign, 1)
        - 0.45 * uncovered,
        Verdict.in_scope: 0.38 + looked * (1.0 - 0.3 * how) - 0.3 * foreign * (product < 0.5),
        Verdict.out_of_scope: 0.8 * min(foreign, 1) + 0.35 * (foreign > 1) - 0.6 * product - 0.5 * best,
    }


def _confidence(signs: Mapping[Verdict, float], best: Verdict) -> int:
    """Percent, from the lead over the next verdict."""
    second = max(value for verdict, value in signs.items() if verdict != best)
    return max(50, min(97, round(100 / (1 + math.exp(-0.2 - 2.6 * (signs[best] - second))))))


def find_places(question: str, index: Index) -> list[Place]:
    """Up to five sections: those asked for by name first, then those that share the question's rarer terms."""
    question = _NO_SUBJECT.sub("", question[:TEXT_MAX])
    asked = terms(question)
    named = index.named(fold(question[:CUES_MAX]))
    if not asked and not named:
        return []
    whole = index.weight(asked) or 1.0
    scored = []
    for number, (section, title, text) in enumerate(zip(index.sections, index.titles, index.texts, strict=True)):
        in_title, in_text = index.weight(asked & title), index.weight(asked & text)
        covered = in_title / (index.weight(title) or 1.0)
        shared = min(1.0, 0.30 * covered + 0.25 * in_title / whole + 0.40 * in_text / whole)
        scored.append((1.0 - (1.0 - shared) * (1.0 - named.get(number, 0.0)), section))
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


def _sentence(text: str, asked: frozenset[str]) -> str:
    best = max(_sentences(text), key=lambda pair: len(pair[1] & asked), default=("", frozenset()))
    return best[0]


@lru_cache(maxsize=2_000)
def _sentences(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """A section's sentences with their terms; sections are few and asked for again and again."""
    return tuple((one, terms(one)) for one in re.split(r"(?<=[。.])\s*", text) if one)


_LOOK = {
    "ja": "お客様の管理画面や症状を確認する必要がありそうです",
    "en": "It seems to need a look at this customer's console or at what goes wrong",
}
_NOTHING_FOUND = {
    "ja": "規則にもマニュアルにも当てはまる箇所が見つかりません。担当者が確認します",
    "en": "Neither a rule nor a manual section fits; a person should look",
}


def _found_words(found: list[str]) -> Mapping[str, str]:
    shown = "、".join(f"「{word}」" for word in found[:3])
    return {"ja": f"{shown}という言葉があります", "en": f"It contains the words {shown}"}


def _by_rule(verdict: Verdict, hits: Hits, confidence: int, places: list[Place]) -> Assessment:
    rule, found = max(hits, key=lambda hit: len(hit[1]))
    return Assessment(verdict, confidence, rule.key, [rule.reason, _found_words(found)], places)


def _manual(places: list[Place], confidence: int) -> Assessment:
    reason = {
        "ja": f"{places[0].page}ページの節が、この質問に答えています",
        "en": f"The section on page {places[0].page} answers the question",
    }
    return Assessment(Verdict.manual_reference, confidence, None, [reason], places)
