"""What examples taught, as linear models over groups of characters, and how they score a text. Pure, no dependency.

A text is its groups of one to four folded characters, its English words and pairs of them, weighted by how often they
stand there and how rare they are (TF-IDF), the whole scaled to length one. A label's score is the sum of the weights
that training found for them; training.py finds them.
"""

import hashlib
import json
import math
import re
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import pairwise

from helpdesk.folding import compact

READ = 1_000
"""Characters of an inquiry that are kept of an example."""
GROUPED = 400
"""Folded characters whose groups tell what it is about: what follows is detail."""
LONGEST = 4
NO_SECTION = ""
"""The label of a how-to that no section of its manual answers."""
STEPS = 127
_ENGLISH = re.compile(r"[a-z][a-z'\-]+")


class Need(StrEnum):
    """What a text wants of us: what verdicts come from."""

    how = "how"
    """Reading the screens or operating them: what a manual may answer."""
    look = "look"
    """A look at this customer's console, or the search for a defect."""
    foreign = "foreign"
    """Nothing of this service."""
    unclear = "unclear"
    """It asks nothing that can be told: a greeting, a test, words alone."""
    notice = "notice"
    """It tells, declares or requests something about contract, report or data (R05)."""
    instruction = "instruction"
    """A notice that something be done, or not, about a file or a computer (R20)."""


@dataclass(frozen=True)
class Example:
    """A text with what it was; `section` where the answer was a place in a manual."""

    text: str
    need: Need
    section: str | None = None
    weight: float = 1.0


Reading = list[tuple[int, float]]
"""A text's known groups: (number, weight), whose squares sum to one."""


@dataclass(frozen=True)
class Linear:
    """Scores of labels. `weights` holds a row a group of one whole number a label, each `scale` of it."""

    labels: tuple[str, ...]
    weights: "array[int]"
    scale: float
    begin: tuple[float, ...]
    signs: tuple[tuple[float, ...], ...] = ()
    """For each sign beside the groups, its weight for each label."""

    def scores(self, reading: Reading, signs: Sequence[float] = ()) -> list[float]:
        """In the order of `labels`."""
        count, weights = len(self.labels), self.weights
        sums = [0.0] * count
        for group, share in reading:
            weighed = weights[group * count : group * count + count]
            sums = [total + share * weight for total, weight in zip(sums, weighed, strict=True)]
        scores = [begin + total * self.scale for begin, total in zip(self.begin, sums, strict=True)]
        for sign, row in zip(signs, self.signs, strict=True):
            scores = [score + sign * weight for score, weight in zip(scores, row, strict=True)]
        return scores


@dataclass(frozen=True)
class Groups:
    """The groups of characters that examples have: their numbers in order, and how rare each is (1 and more)."""

    known: "array[int]"
    rarity: "array[float]"

    @cached_property
    def rarest(self) -> float:
        return max(self.rarity, default=1.0)

    def number(self, group: str) -> int | None:
        """Its place, or None where too few examples have it."""
        wanted = zlib.crc32(group.encode())
        place = bisect_left(self.known, wanted)
        return place if place < len(self.known) and self.known[place] == wanted else None

    def reading(self, text: str) -> Reading:
        """A text as the models tell it apart."""
        raw = []
        for group, count in groups(text).items():
            if (number := self.number(group)) is not None:
                raw.append((number, (1 + math.log(count)) * self.rarity[number]))
        length = math.sqrt(sum(weight * weight for _number, weight in raw)) or 1.0
        return [(number, weight / length) for number, weight in raw]

    def share_known(self, text: str) -> float:
        """Which part of a text's longest groups examples have: little of what is no language of theirs."""
        longest = [group for group in groups(text) if len(group) == LONGEST]
        return sum(self.number(group) is not None for group in longest) / len(longest) if longest else 1.0

    def telling(self, asked: Mapping[str, int]) -> dict[str, float]:
        """A text's terms, each weighed by how much it tells: what stands in every question tells little."""
        return {term: count * math.sqrt(self._rare(term) / self.rarest) for term, count in asked.items()}

    def _rare(self, term: str) -> float:
        written = (f"{term} ", f"{term}s ") if term.isascii() else (term,)
        found = [self.rarity[number] for group in written if (number := self.number(group)) is not None]
        return min(found, default=self.rarest)

    def knows(self, word: str) -> bool:
        """Whether examples have this word: what none has is told by rules and manuals alone."""
        plain = compact(word)
        found = [part for part in groups(plain) if len(part) >= min(LONGEST, len(plain)) or part.endswith(" ")]
        return all(self.number(part) is not None for part in found)


@dataclass(frozen=True)
class Learned:
    """What examples taught."""

    groups: Groups
    needs: Linear
    sections: Linear
    answered: tuple[float, ...]
    """Of a how-to: what speaks for its being answered by the best place; the last is where it begins."""
    profiles: Mapping[str, str]
    """The words of every section that is a label, to liken others to it."""

    def plain(self) -> bytes:
        """The same bytes for the same examples."""
        models = (self.needs, self.sections)
        head = {
            "groups": len(self.groups.known),
            "models": [[m.labels, m.scale, m.begin, m.signs] for m in models],
            "answered": self.answered,
            "profiles": self.profiles,
        }
        kept = [
            self.groups.known.tobytes(),
            self.groups.rarity.tobytes(),
            *(model.weights.tobytes() for model in models),
        ]
        return json.dumps(head, ensure_ascii=False).encode() + b"\n" + b"".join(kept)

    def packed(self) -> bytes:
        """To be kept."""
        return zlib.compress(self.plain(), 6)

    @classmethod
    def unpacked(cls, content: bytes) -> "Learned":
        first, _, rest = zlib.decompress(content).partition(b"\n")
        head = json.loads(first)
        count, at = head["groups"], 0
        kept = []
        widths = [1, 1, *(len(labels) for labels, _scale, _begin, _signs in head["models"])]
        for kind, width in zip("Ifbb", widths, strict=True):
            values: array[int] = array(kind)
            size = count * width * values.itemsize
            values.frombytes(rest[at : at + size])
            kept.append(values)
            at += size
        needs, sections = (
            Linear(tuple(labels), weights, scale, tuple(begin), tuple(map(tuple, signs)))
            for (labels, scale, begin, signs), weights in zip(head["models"], kept[2:], strict=True)
        )
        known = Groups(kept[0], kept[1])  # type: ignore[arg-type]
        return cls(known, needs, sections, tuple(head["answered"]), head["profiles"])


_NOTHING = Linear((), array("b"), 0.0, ())
NOTHING_LEARNED = Learned(Groups(array("I"), array("f")), _NOTHING, _NOTHING, (), {})


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=8)
def groups(text: str) -> Counter[str]:
    """Groups of one to four characters of a folded text, its English words and pairs of them, with their counts."""
    plain = compact(text[: GROUPED * 3])[:GROUPED]
    counts: Counter[str] = Counter(plain)
    for size in range(2, LONGEST + 1):
        counts.update(plain[n : n + size] for n in range(len(plain) - size + 1))
    words = _ENGLISH.findall(plain)
    counts.update(f"{word} " for word in words if len(word) > 3)
    counts.update(f"{first} {second}" for first, second in pairwise(words))
    return counts


def shares(scores: Sequence[float], sharpness: float = 1.0) -> list[float]:
    """Scores as chances that sum to one."""
    if not scores:
        return []
    top = max(scores)
    raised = [math.exp(sharpness * (score - top)) for score in scores]
    whole = sum(raised)
    return [value / whole for value in raised]
