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
    "always": (0.04, 1.22, -1.26),
    "like in_scope": (0.78, -0.34, -0.44),
    "like out_of_scope": (-0.17, 0.76, -0.59),
    "like manual_reference": (-0.24, -0.54, 0.78),
    "place": (0.34, -1.02, 0.68),
    "foreign": (-0.50, 1.29, -0.79),
    "foreign again": (0.34, -0.11, -0.23),
    "ours": (0.28, 0.05, -0.33),
    "product": (0.45, -0.66, 0.21),
    "shared words": (0.18, -0.16, -0.02),
    "how": (-0.47, 0.15, 0.32),
    "defect": (0.25, 0.40, -0.66),
    "own": (0.56, -0.32, -0.24),
    "named": (1.14, -0.41, -0.73),
    "uncovered": (1.31, 0.12, -1.43),
    "short": (-0.01, -0.48, 0.49),
}
"""For each sign what it speaks for: in scope, out of scope, manual reference (the order of Verdict)."""
BY_RULE_ALONE: Mapping[str, tuple[float, float, float]] = {
    "only a rule against": (-1.5, 3.0, -1.5),
    "only a rule for": (3.0, -1.5, -1.5),
}
"""Set by hand: a supervisor's new word is in no example, and is meant to tell."""


def signs_of(
    text: str, *, learned: Mapping[str, float], place: float, foreign: int, ours: bool, alone: int
) -> dict[str, float]:
    """The signs of a folded text. `learned` are scores of verdicts, `place` how well the best place fits (0 to 1).

    `foreign` counts words of rules against, `ours` tells that a rule for it speaks, `alone` is -1 or 1 where the word
    of a rule against or for it stands in no example.
    """
    middle = sum(learned.values()) / len(learned) if learned else 0.0
    return {
        "always": 1.0,
        **{f"like {verdict.value}": learned.get(verdict.value, middle) - middle for verdict in Verdict},
        "place": place,
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
