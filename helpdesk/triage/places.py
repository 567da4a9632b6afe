"""Which sections of the manuals fit a question. Pure."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from helpdesk.folding import fold
from helpdesk.manuals.index import Index, terms
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


@dataclass(frozen=True)
class Place:
    """A section that may answer; `score` from 0 to 1, `sentence` the one that matched best."""

    key: str
    page: int
    score: float
    sentence: Mapping[str, str]
    label: str = ""


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
    fits: dict[int, float] = dict(named)
    for number, (in_title, in_text, alone) in index.sharing(asked, unseen).items():
        covered = in_title / index.title_weights[number]
        shared = min(1.0, 0.30 * covered + 0.25 * in_title / whole + 0.40 * in_text / whole)
        fits[number] = 1.0 - (1.0 - shared) * (1.0 - alone / whole) * (1.0 - named.get(number, 0.0))
    return fits


GENERIC = frozenset(
    re.findall(
        r"\S+",
        "教え 手順 方法 質問 操作 使い 知り 話で 世話 問合 合せ 合わ 確認 相談 対応 お願 願い "
        "件に 件で 事を 内容 連絡 お聞 聞き 至急 困っ 分か 何か 助け "
        "question help hello hi inquiry problem issue need want tell ask support urgent step",
    )
)
"""Words of every question, which tell nothing of what it is about."""


def _sentence(text: str, asked: frozenset[str]) -> str:
    best = max(_sentences(text), key=lambda pair: len(pair[1] & asked), default=("", frozenset()))
    return best[0][:SENTENCE_MAX]


@lru_cache(maxsize=2_000)
def _sentences(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """A section's sentences with their terms; sections are few and asked for again and again."""
    return tuple((sentence, terms(sentence)) for sentence in re.split(r"(?<=[。.])\s*|\n+", text) if sentence)
