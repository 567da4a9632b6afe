"""The sections of manuals prepared for finding, and how well they fit a text: BM25 over title, text and asked words.

See Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009. Pure.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from helpdesk.folding import fold

TITLE_TIMES = 3
"""A title's word counts as often as so many in the text."""
SATURATION, LENGTH = 1.2, 0.5
"""k1 and b of BM25, as usual."""
LONGEST_TIMES = 4.0
"""A section so many times as long as the mean counts as the longest: a reference table is not hidden by its length."""
_RUNS = re.compile(r"[a-z0-9][a-z0-9\-]*|[ぁ-ゖ一-鿿々]+")
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

    def words(self) -> str:
        """All of its words: what another section is likened to it by."""
        return "\n".join([*self.titles.values(), *self.asked, *dict.fromkeys(self.texts.values())])


class Index:
    """Sections with their terms taken out once; asked again and again."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self.sections = tuple(sections)
        self.numbers = {section.key: number for number, section in enumerate(sections)}
        counted = [_counted(section) for section in sections]
        spread = Counter(term for counts in counted for term in counts)
        self._rarity = {
            term: math.log(1 + (len(sections) - found + 0.5) / (found + 0.5)) for term, found in spread.items()
        }
        self._unknown = math.log(1 + (len(sections) + 0.5) / 0.5)
        mean = sum(counts.total() for counts in counted) / max(1, len(counted)) or 1.0
        self._gains: dict[str, list[tuple[int, float]]] = {}
        for number, counts in enumerate(counted):
            slack = SATURATION * (1 - LENGTH + LENGTH * min(LONGEST_TIMES, counts.total() / mean))
            for term, count in counts.items():
                gain = self._rarity[term] * count * (SATURATION + 1) / (count + slack)
                self._gains.setdefault(term, []).append((number, gain))

    def scores(self, asked: Mapping[str, float]) -> dict[int, float]:
        """How well sections fit these weighed terms, by number: the sum that BM25 gives, without a limit."""
        sums: dict[int, float] = {}
        for term, weight in asked.items():
            for number, gain in self._gains.get(term, ()):
                sums[number] = sums.get(number, 0.0) + gain * weight
        return sums

    def weight(self, asked: Mapping[str, float]) -> float:
        """How much these terms tell sections apart, summed; what no section has tells most."""
        return sum(self._rarity.get(term, self._unknown) * weight for term, weight in asked.items())


def terms(text: str) -> Counter[str]:
    """English words and Japanese character pairs of a text, with their counts."""
    found: Counter[str] = Counter()
    for run in _RUNS.findall(fold(text)):
        if run[0].isascii():
            if run not in _ENGLISH_STOP and len(run) > 1:
                found[run.rstrip("s") if len(run) > 3 else run] += 1
        else:
            found.update(map("".join, pairwise(run)))
    return found


def _counted(section: Section) -> Counter[str]:
    """A section's terms; a text that is the same in both languages counts once."""
    counts = terms("\n".join([*dict.fromkeys(section.texts.values()), *section.asked]))
    for term, count in terms("\n".join(dict.fromkeys(section.titles.values()))).items():
        counts[term] += count * TITLE_TIMES
    return counts
