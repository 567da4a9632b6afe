"""Scope rules as values, and what they find in a text. Pure (R05)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpdesk.folding import fold_word, fold_words, says
from helpdesk.tickets.kinds import Verdict

LOOKED_THROUGH = 4_000
"""Words are looked for at the beginning: what a mail quotes further down says nothing about its question."""


@dataclass(frozen=True)
class Rule:
    """Any of `words` found in the question speaks for `verdict`; reasons by language."""

    key: str
    verdict: Verdict
    words: tuple[str, ...]
    reason: Mapping[str, str]
    clause: str


Hits = list[tuple[Rule, list[str]]]


def hits_of(text: str, rules: Sequence[Rule]) -> Hits:
    """The rules that speak, each with its words that were found."""
    plain = fold_words(text[:LOOKED_THROUGH])
    found = [(rule, [word for word in rule.words if says(plain, fold_word(word))]) for rule in rules]
    return [(rule, words) for rule, words in found if words]


def speaking_for(verdict: Verdict, hits: Hits) -> Hits:
    return [hit for hit in hits if hit[0].verdict == verdict]
