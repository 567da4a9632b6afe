"""The signs of an inquiry and what they weigh for each verdict. Pure.

The weights were found by logistic regression over the inquiries that ship with the product, each assessed without its
own example; `python -m tests.eval.weighing` finds them again.
"""

import math
from collections.abc import Mapping

from helpdesk.tickets.models import Verdict
from helpdesk.triage import cues
from helpdesk.triage.cues import count, names_something

WEIGHTS: Mapping[str, tuple[float, float, float]] = {
    "always": (0.09, 1.04, -1.13),
    "like in_scope": (0.76, -0.30, -0.46),
    "like out_of_scope": (-0.27, 0.89, -0.62),
    "like manual_reference": (-0.22, -0.61, 0.84),
    "place": (0.40, -0.60, 0.20),
    "lead": (-0.04, -0.15, 0.18),
    "foreign": (-0.47, 1.36, -0.89),
    "foreign again": (0.30, 0.15, -0.46),
    "ours": (0.28, 0.07, -0.35),
    "product": (0.47, -0.71, 0.24),
    "shared words": (0.16, -0.13, -0.03),
    "how": (-0.44, 0.09, 0.35),
    "defect": (0.23, 0.35, -0.58),
    "own": (0.58, -0.37, -0.21),
    "named": (1.22, -0.29, -0.93),
    "uncovered": (1.37, -0.06, -1.31),
    "short": (-0.06, -0.42, 0.48),
}
"""For each sign what it speaks for: in scope, out of scope, manual reference (the order of Verdict)."""
BY_RULE_ALONE: Mapping[str, tuple[float, float, float]] = {
    "only a rule against": (-1.5, 3.0, -1.5),
    "only a rule for": (3.0, -1.5, -1.5),
}
"""Set by hand: a supervisor's new word is in no example, and is meant to tell."""


def signs_of(
    text: str, *, learned: Mapping[str, float], place: float, lead: float, foreign: int, ours: bool, alone: int
) -> dict[str, float]:
    """The signs of a folded text. `learned` are scores of verdicts, `place` how well the best place fits (0 to 1),
    `lead` how far it stands out by examples.

    `foreign` counts words of rules against, `ours` tells that a rule for it speaks, `alone` is -1 or 1 where the word
    of a rule against or for it stands in no example.
    """
    middle = sum(learned.values()) / len(learned) if learned else 0.0
    return {
        "always": 1.0,
        **{f"like {verdict.value}": learned.get(verdict.value, middle) - middle for verdict in Verdict},
        "place": place,
        "lead": min(4.0, lead),
        "foreign": float(min(1, foreign)),
        "foreign again": float(foreign > 1),
        "ours": float(ours),
        "product": float(min(2, count(text, cues.OURS))),
        "shared words": float(min(2, count(text, cues.SHARED))),
        "how": float(min(1, count(text, cues.HOW, cues.HOW_EN))),
        "defect": float(min(2, count(text, cues.DEFECT, cues.DEFECT_EN))),
        "own": float(min(3, count(text, cues.OWN, cues.OWN_EN))),
        "named": float(names_something(text)),
        "uncovered": float(min(1, count(text, cues.UNCOVERED, cues.UNCOVERED_EN))),
        "short": float(len(text) < 40),
        "only a rule against": float(alone < 0),
        "only a rule for": float(alone > 0),
    }


def confidences(signs: Mapping[str, float]) -> dict[Verdict, float]:
    """The chance of each verdict, from 0 to 1, together 1."""
    told = [0.0, 0.0, 0.0]
    for name, value in signs.items():
        for number, weight in enumerate(WEIGHTS.get(name) or BY_RULE_ALONE[name]):
            told[number] += weight * value
    top = max(told)
    shares = [math.exp(one - top) for one in told]
    return {verdict: share / sum(shares) for verdict, share in zip(Verdict, shares, strict=True)}


def looked_for(text: str) -> bool:
    """Whether a folded text speaks of something that goes wrong, or of this customer's own computers."""
    return bool(count(text, cues.DEFECT, cues.DEFECT_EN, cues.OWN, cues.OWN_EN)) or names_something(text)
