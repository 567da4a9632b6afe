"""Sets of labelled inquiries, what they are assessed with, and how often the suggestion is right."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from helpdesk.manuals.index import Index, Section
from helpdesk.manuals.likeness import proposed_words
from helpdesk.manuals.sample import sample_sections
from helpdesk.manuals.web_pages import read_html
from helpdesk.tickets.kinds import Intent, Verdict
from helpdesk.triage.apart import train_apart
from helpdesk.triage.assessment import Assessment, Knowledge, assess
from helpdesk.triage.defaults import default_rules
from helpdesk.triage.examples import shipped_examples
from helpdesk.triage.learning import NOTHING_LEARNED, Learned

HERE = Path(__file__).parent
SETS = ("validation", "aside", "third", "fourth", "fifth", "second")
Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """Rows of a set with their suggestions, and how many milliseconds each took."""

    found: list[tuple[Row, Assessment]]
    times: list[float]

    def rate(self, rows: Sequence[bool]) -> float:
        return sum(rows) / len(rows) if rows else 1.0

    @cached_property
    def verdict(self) -> float:
        return self.rate([row["verdict"] == made.verdict for row, made in self.found])

    @cached_property
    def refusals(self) -> float:
        """Of what would be refused, which part is out of scope."""
        return self.rate([row["verdict"] == made.verdict for row, made in self.found if made.verdict == OUT])

    def among(self, first: int) -> float:
        """How often the section that answers is among the first places."""
        asked = [(row["section"], [place.key for place in made.places[:first]]) for row, made in self.found]
        return self.rate([section in keys for section, keys in asked if section])

    @cached_property
    def notices(self) -> tuple[int, int, int, int]:
        """Notices, of which seen as such, of which refused; inquiries that are taken for notices."""
        told = [(row["kind"] == "notice", made) for row, made in self.found]
        return (
            sum(notice for notice, _made in told),
            sum(notice and made.intent == Intent.notice for notice, made in told),
            sum(notice and made.verdict == OUT for notice, made in told),
            sum(not notice and made.intent == Intent.notice for notice, made in told),
        )


OUT = Verdict.out_of_scope


def measured(name: str, *, carrying: bool = True) -> Measured:
    """Every inquiry of a set assessed; without `carrying` nothing that was learned tells of places."""
    known = knowledge(name, carrying=carrying)
    found, times = [], []
    for row in rows_of(name):
        begin = time.perf_counter()
        found.append((row, assess(row["subject"], row["body"], known)))
        times.append((time.perf_counter() - begin) * 1000)
    return Measured(found, times)


def rows_of(name: str) -> list[Row]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@cache
def knowledge(name: str, *, carrying: bool) -> Knowledge:
    """What a set is assessed with: the sample manual, or the manual of its own that lies beside it."""
    file = HERE / f"{name}.html"
    sections = sections_of(file) if file.exists() else sample_sections()
    learned = taught()
    if not carrying:
        learned = replace(learned, sections=NOTHING_LEARNED.sections)
    return Knowledge(default_rules(), Index(sections), learned)


@cache
def taught() -> Learned:
    """What ships, as an installation has it before its first decision."""
    return train_apart(shipped_examples(), default_rules(), sample_sections())


def sections_of(file: Path) -> list[Section]:
    """A manual in HTML as an import makes it, with the words it proposes; keys are the ids of headings."""
    read = read_html(file.read_bytes()).sections
    plain = [
        Section(one.anchor, 0, {"ja": one.title, "en": one.title}, {"ja": one.text, "en": one.text})
        for one in read
        if one.anchor and one.text
    ]
    proposed = proposed_words(sample_sections(), Index(plain))
    return [replace(section, asked=tuple(proposed.get(section.key, ()))) for section in plain]
