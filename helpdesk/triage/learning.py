"""Learning from examples: multinomial naive Bayes over weighted character groups. Pure, deterministic, no dependency.

Every text is its groups of one to three characters, folded, each weighted by how often it stands there and how rare it
is, the whole scaled to length one. A label's share of each group comes from the examples with that label. Training
is counting, so that the same examples give the same bytes; see Manning, Raghavan and Schuetze, Introduction to
Information Retrieval, chapter 13.
"""

import hashlib
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from helpdesk.tickets.models import Verdict
from helpdesk.tickets.terms import fold

READ = 1_000
"""Characters of a question that tell what it is about; what follows is quotation and signature."""
VERDICT_SMOOTHING, SECTION_SMOOTHING = 1.5e-5, 2e-4
"""The share that a label gives to a group that none of its examples has: sections have few examples each."""
FEW_LABELS, COMMON = 10, 0.6
"""Of more labels than these few, a group that most of them have tells nothing and is left out."""
LONGEST = 3
_ENGLISH = re.compile(r"[a-z][a-z'\-]+")


@dataclass(frozen=True)
class Example:
    """A question with what it was answered with; `section` where that was a place in a manual."""

    text: str
    verdict: Verdict
    section: str | None = None
    weight: float = 1.0


Weighted = list[tuple[str, float]]
"""Groups of characters with their weights, whose squares sum to one."""


class Bayes:
    """Labels told apart by the groups of characters of their examples; every label as likely as any other before."""

    def __init__(self, labels: Sequence[str], shares: Mapping[str, list[float]]) -> None:
        """`shares` holds for each group its share of each label that has it, flat: label number, share, ..."""
        self.labels, self.shares = tuple(labels), shares

    @classmethod
    def trained(cls, examples: Iterable[tuple[Weighted, str, float]], smoothing: float) -> "Bayes":
        """From (weighted groups, label, weight)."""
        sums: dict[str, dict[str, float]] = {}
        totals: dict[str, float] = {}
        for weighted, label, weight in examples:
            totals[label] = totals.get(label, 0.0) + weight * sum(share for _group, share in weighted)
            for group, share in weighted:
                by_label = sums.setdefault(group, {})
                by_label[label] = by_label.get(label, 0.0) + share * weight
        labels = sorted(totals)
        number = {label: n for n, label in enumerate(labels)}
        shares = {
            group: [
                value
                for label in sorted(by_label)
                for value in (number[label], _rounded(math.log1p(by_label[label] / totals[label] / smoothing)))
            ]
            for group, by_label in sorted(sums.items())
            if len(by_label) <= max(FEW_LABELS, COMMON * len(labels))
        }
        return cls(labels, shares)

    def scores(self, weighted: Weighted) -> dict[str, float]:
        """For each label, how much more likely it makes these groups than a label that knows none of them (log)."""
        scores = [0.0] * len(self.labels)
        for group, share in weighted:
            flat = self.shares.get(group, ())
            for place in range(0, len(flat), 2):
                scores[int(flat[place])] += share * flat[place + 1]
        return dict(zip(self.labels, scores, strict=True))


def _rounded(value: float) -> float:
    return round(value, 3)


@dataclass(frozen=True)
class Learned:
    """What examples taught: verdicts, and places in manuals. `rarity` weighs each group of characters."""

    rarity: Mapping[str, float]
    verdicts: Bayes
    sections: Bayes

    @classmethod
    def trained(cls, examples: Sequence[Example]) -> "Learned":
        counted = [groups(example.text) for example in examples]
        spread = Counter(group for counts in counted for group in counts)
        rarity = {
            group: _rounded(1 + math.log((1 + len(counted)) / (1 + count))) for group, count in sorted(spread.items())
        }
        both = [(_weighted(counts, rarity, 1.0), example) for counts, example in zip(counted, examples, strict=True)]
        return cls(
            rarity,
            Bayes.trained(
                ((weighted, example.verdict.value, example.weight) for weighted, example in both), VERDICT_SMOOTHING
            ),
            Bayes.trained(
                ((weighted, example.section, example.weight) for weighted, example in both if example.section),
                SECTION_SMOOTHING,
            ),
        )

    def reading(self, text: str) -> Weighted:
        """A text as the two tell it apart."""
        return _weighted(groups(text), self.rarity, self.rarest)

    @cached_property
    def rarest(self) -> float:
        """The weight of what no example has."""
        return max(self.rarity.values(), default=1.0)

    def knows(self, word: str) -> bool:
        """Whether any example has this word: what none has is told by rules and manuals alone."""
        plain = fold(word)
        if plain.isascii() and len(plain) > LONGEST:
            return f"{plain} " in self.rarity or f"{plain}s " in self.rarity
        parts = {plain[n : n + LONGEST] for n in range(max(1, len(plain) - LONGEST + 1))}
        return parts <= self.rarity.keys()

    def plain(self) -> bytes:
        """The same bytes for the same examples."""
        bayes = [[classifier.labels, classifier.shares] for classifier in (self.verdicts, self.sections)]
        return json.dumps([self.rarity, *bayes], ensure_ascii=False).encode()

    def packed(self) -> bytes:
        """To be kept."""
        return zlib.compress(self.plain(), 6)

    @classmethod
    def unpacked(cls, content: bytes) -> "Learned":
        once: dict[str, float] = {}  # shares are rounded, so few differ
        rarity, verdicts, sections = json.loads(
            zlib.decompress(content), parse_float=lambda share: once.setdefault(share, float(share))
        )
        return cls(rarity, Bayes(*verdicts), Bayes(*sections))


NOTHING_LEARNED = Learned({}, Bayes((), {}), Bayes((), {}))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def groups(text: str) -> Counter[str]:
    """Groups of one to three characters of a folded text, its English words and pairs of them, with their counts."""
    plain = " ".join(fold(text[: READ * 2]).split())[:READ]
    counts: Counter[str] = Counter(plain)
    pairs = [first + second for first, second in pairwise(plain)]
    counts.update(pairs)
    counts.update(pair + last for pair, last in zip(pairs, plain[2:], strict=False))
    words = _ENGLISH.findall(plain)
    counts.update(f"{word} " for word in words if len(word) > LONGEST)
    counts.update(f"{first} {second}" for first, second in pairwise(words))
    del counts[" "]
    return counts


def _weighted(counts: Mapping[str, int], rarity: Mapping[str, float], rarest: float) -> Weighted:
    """Groups with their weights, scaled so that their squares sum to one; what no example has weighs `rarest`."""
    raw = [(group, (1 + math.log(count)) * rarity.get(group, rarest)) for group, count in counts.items()]
    length = math.sqrt(sum(weight * weight for _group, weight in raw)) or 1.0
    return [(group, weight / length) for group, weight in raw]
