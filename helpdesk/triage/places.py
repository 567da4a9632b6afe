"""Which sections of the manuals fit a question: by their own words, and by what examples taught. Pure.

Examples are labelled with sections that may be in force, or be of another manual or an older edition: such a label is
carried to the sections that are likest to its own, where they are no liker to another label, else it is dropped. So
what was learned with one manual helps with another.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from helpdesk.manuals.index import Index, terms
from helpdesk.manuals.likeness import standing_for
from helpdesk.triage.learning import NO_SECTION, shares

PLACES = 5
SENTENCE_MAX = 300
SATURATED = 40.0
"""A BM25 score at which a place fits by half by its words; fewer for a text of few words."""
SHARPNESS = 6.0
"""How much surer a section is whose score is greater by one."""
NONE_OF_THEM = -0.5
"""The score at which it is as likely that no section that examples know is meant."""
LIKELIEST = 3
"""Labels of examples that are looked at."""

Carried = tuple[Mapping[int, float], ...]
"""For each label, the numbers of the sections in force that it stands for, each with a share from 0 to 1."""


@dataclass(frozen=True)
class Place:
    """A section that may answer; `score` from 0 to 1, `sentence` the one that matched best."""

    key: str
    page: int
    score: float
    sentence: Mapping[str, str]
    label: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fit:
    """Sections by number with scores from 0 to 1, the best first, and what they tell of the text.

    `shared` and `taught` are how well the best one fits by words and by examples, `covered` which part of the text's
    rare words the manuals have, `unanswered` how much it is like how-tos that the manual in force does not answer.
    """

    ranked: list[tuple[float, int]]
    shared: float
    taught: float
    covered: float
    unanswered: float

    @property
    def lead(self) -> float:
        """How far the best stands out from the second."""
        scores = [score for score, _number in self.ranked[:2]] + [0.0, 0.0]
        return scores[0] - scores[1]


def fit_of(
    asked: Mapping[str, float], chances: Sequence[float], index: Index, carried: Carried, labels: "Labels"
) -> Fit:
    """How the sections fit a text with these terms, each weighed; `chances` are those of the labels of examples."""
    words = index.scores(asked)
    taught: dict[int, float] = {}
    for label in sorted(range(len(chances)), key=lambda label: -chances[label])[:LIKELIEST]:
        for number, share in carried[label].items():
            taught[number] = taught.get(number, 0.0) + chances[label] * share
    weight = index.weight(asked) or 1.0
    shared = {number: score / (score + min(SATURATED, weight)) for number, score in words.items()}
    ranked = sorted(
        (-(shared.get(number, 0.0) + taught.get(number, 0.0)) / 2, number) for number in {*shared, *taught}
    )[:PLACES]
    best = ranked[0][1] if ranked else -1
    return Fit(
        [(-score, number) for score, number in ranked],
        shared.get(best, 0.0),
        taught.get(best, 0.0),
        max(words.values(), default=0.0) / weight,
        chances[labels.none] * labels.native if labels.none is not None else 0.0,
    )


@dataclass(frozen=True)
class Labels:
    """What of the sections in force examples know: `none` is the number of the label that no section answers,
    `native` the share of the sections in force that are labels themselves."""

    none: int | None
    native: float


def labels_of(names: Sequence[str], index: Index) -> Labels:
    none = names.index(NO_SECTION) if NO_SECTION in names else None
    return Labels(none, sum(name in index.numbers for name in names) / max(1, len(index.sections)))


def carry(names: Sequence[str], profiles: Mapping[str, str], index: Index) -> Carried:
    """Where the labels of examples stand in this index."""
    elsewhere = {name: profiles[name] for name in names if name not in index.numbers and name in profiles}
    standing = standing_for(elsewhere, index)
    return tuple({index.numbers[name]: 1.0} if name in index.numbers else standing.get(name, {}) for name in names)


def chances_of(scores: Sequence[float]) -> list[float]:
    """The chance of each section that examples are labelled with, from its score; what is missing to one is none."""
    return shares([*scores, NONE_OF_THEM], SHARPNESS)[:-1]


def shown(fit: Fit, asked: Mapping[str, float], index: Index, least: float) -> list[Place]:
    """The fitting sections as places, without those that fit less than `least`."""
    sections = [(score, index.sections[number]) for score, number in fit.ranked if score >= least]
    return [
        Place(
            s.key,
            s.page,
            round(score, 3),
            {lang: _sentence(s.texts[lang], asked) for lang in s.texts},
            s.label,
            dict(s.titles),
        )
        for score, s in sections
    ]


def _sentence(text: str, asked: Mapping[str, float]) -> str:
    best = max(_sentences(text), key=lambda pair: len(pair[1] & asked.keys()), default=("", frozenset()))
    return best[0][:SENTENCE_MAX]


@lru_cache(maxsize=2_000)
def _sentences(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """A section's sentences with their terms; sections are few and asked for again and again."""
    return tuple((part, frozenset(terms(part))) for part in re.split(r"(?<=[。.])\s*|\n+", text) if part)
