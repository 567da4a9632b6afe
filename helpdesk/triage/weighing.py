"""The signs beside its characters that tell what a text needs, and whether a place answers it. Pure."""

import math
from collections.abc import Sequence

from helpdesk.tickets.kinds import Verdict
from helpdesk.triage.places import Fit
from helpdesk.triage.rules import Hits, speaking_for

WORDS_MOST = 3
"""Words of rules that count."""
STEP = 0.15
"""What each of them weighs beside the characters, whose weights have length one."""


def need_signs(hits: Hits, fit: Fit) -> list[float]:
    """Words of rules against and for it, and how well the best place fits."""
    told = [
        sum(len(words) for _rule, words in speaking_for(verdict, hits))
        for verdict in (Verdict.out_of_scope, Verdict.in_scope)
    ]
    return [*(STEP * min(WORDS_MOST, count) for count in told), fit.covered, fit.shared, fit.taught]


def answered_signs(fit: Fit) -> list[float]:
    return [fit.unanswered, fit.shared, fit.taught, fit.lead]


def answered(fit: Fit, weights: Sequence[float]) -> float:
    """The chance, from 0 to 1, that the best place answers a how-to; by how well it fits where nothing was learned."""
    if not weights:
        return fit.shared
    *slopes, begin = weights
    told = begin + sum(sign * slope for sign, slope in zip(answered_signs(fit), slopes, strict=True))
    return 1 / (1 + math.exp(-told))
