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
    "always": (0.03, 1.01, -1.04),
    "like in_scope": (0.95, -0.44, -0.50),
    "like out_of_scope": (-0.35, 0.95, -0.60),
    "like manual_reference": (-0.25, -0.64, 0.88),
    "place": (0.20, -0.60, 0.40),
    "lead": (-0.06, -0.18, 0.24),
    "foreign": (-0.37, 1.34, -0.97),
    "foreign again": (0.25, 0.24, -0.48),
    "ours": (0.40, 0.16, -0.56),
    "product": (0.49, -0.83, 0.33),
    "shared words": (0.21, -0.11, -0.10),
    "how": (-0.32, -0.01, 0.33),
    "defect": (0.10, 0.40, -0.50),
    "own": (0.50, -0.29, -0.21),
    "named": (0.75, -0.31, -0.44),
    "uncovered": (1.33, 0.04, -1.36),
    "short": (0.09, -0.38, 0.29),
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
