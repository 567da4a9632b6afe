"""The signs of an inquiry and what they weigh for each verdict. Pure.

The weights were found by logistic regression over the inquiries that ship with the product, each assessed without its
own example; `python -m tests.eval.weighing` finds them again.
"""

import math
from collections.abc import Mapping

from helpdesk.tickets.models import Verdict
from helpdesk.triage import cues
from helpdesk.triage.cues import Words, count, names_something

WEIGHTS: Mapping[str, tuple[float, float, float]] = {
    "always": (-0.04, 0.75, -0.71),
    "like in_scope": (1.06, -0.43, -0.62),
    "like out_of_scope": (-0.37, 0.98, -0.61),
    "like manual_reference": (-0.30, -0.72, 1.01),
    "place": (0.36, -0.83, 0.48),
    "lead": (-0.05, -0.26, 0.31),
    "foreign": (-0.09, 0.97, -0.88),
    "foreign again": (0.06, 0.11, -0.17),
    "foreign at a place": (-1.01, 1.49, -0.48),
    "ours": (0.34, 0.01, -0.35),
    "product": (0.58, -0.94, 0.36),
    "perhaps ours": (0.22, -0.28, 0.06),
    "since ours": (1.82, -3.37, 1.55),
    "shared words": (0.22, -0.17, -0.05),
    "how": (-0.29, -0.02, 0.31),
    "defect": (0.13, 0.43, -0.56),
    "own": (0.52, -0.27, -0.25),
    "named": (0.82, -0.30, -0.52),
    "uncovered": (1.74, -0.49, -1.25),
    "short": (-0.18, -0.13, 0.31),
}
"""For each sign what it speaks for: in scope, out of scope, manual reference (the order of Verdict)."""
BY_HAND: Mapping[str, tuple[float, float, float]] = {
    "only a rule against": (-1.5, 3.0, -1.5),
    "only a rule for": (3.0, -1.5, -1.5),
    "asked as a defect": (0.7, 0.0, -0.7),
    "asked about an alert": (0.6, -0.3, -0.3),
}
"""Set by hand: a supervisor's new word is in no example, and is meant to tell; no example has a topic."""
TOPICS_TO_LOOK_AT = {"defect": "asked as a defect", "alert": "asked about an alert"}
"""What a customer may choose in the form that tells of something to look at, with its sign."""
_SAID: Mapping[str, tuple[int, *tuple[Words, ...]]] = {
    "product": (2, cues.OURS),
    "perhaps ours": (1, cues.PERHAPS_OURS),
    "shared words": (2, cues.SHARED),
    "how": (1, cues.HOW, cues.HOW_EN),
    "defect": (2, cues.DEFECT, cues.DEFECT_EN),
    "own": (3, cues.OWN, cues.OWN_EN),
    "uncovered": (1, cues.UNCOVERED, cues.UNCOVERED_EN),
}
"""Signs that count words of a kind, up to so many."""


def signs_of(
    text: str,
    *,
    learned: Mapping[str, float],
    place: float,
    lead: float,
    foreign: int,
    ours: bool,
    topic: str,
    alone: int,
) -> dict[str, float]:
    """The signs of a folded text. `learned` are scores of verdicts, `place` how well the best place fits (0 to 1),
    `lead` how far it stands out by examples.

    `foreign` counts words of rules against, `ours` tells that a rule for it speaks, `alone` is -1 or 1 where the word
    of a rule against or for it stands in no example, `topic` is what the customer chose in the form.
    """
    middle = sum(learned.values()) / len(learned) if learned else 0.0
    return {
        "always": 1.0,
        **{f"like {verdict.value}": learned.get(verdict.value, middle) - middle for verdict in Verdict},
        "place": place,
        "lead": min(4.0, lead),
        "foreign": float(min(1, foreign)),
        "foreign again": float(foreign > 1),
        "foreign at a place": min(1, foreign) * place,
        "ours": float(ours),
        **{name: float(min(most, count(text, *words))) for name, (most, *words) in _SAID.items()},
        "since ours": float(_since_ours(text)),
        "named": float(names_something(text)),
        "short": float(is_short(text)),
        "only a rule against": float(alone < 0),
        "only a rule for": float(alone > 0),
        **{sign: float(topic == one) for one, sign in TOPICS_TO_LOOK_AT.items()},
    }


def _since_ours(text: str) -> bool:
    named = count(text, cues.OURS, cues.PERHAPS_OURS) or "御社のログ" in text
    return bool(named and count(text, cues.SINCE_OURS))


def confidences(signs: Mapping[str, float]) -> dict[Verdict, float]:
    """The chance of each verdict, from 0 to 1, together 1."""
    told = [0.0, 0.0, 0.0]
    for name, value in signs.items():
        for number, weight in enumerate(WEIGHTS.get(name) or BY_HAND[name]):
            told[number] += weight * value
    top = max(told)
    shares = [math.exp(one - top) for one in told]
    return {verdict: share / sum(shares) for verdict, share in zip(Verdict, shares, strict=True)}


def is_short(text: str) -> bool:
    """Whether a folded text has hardly the words of a question."""
    return len(text) < 40


def looked_for(text: str) -> bool:
    """Whether a folded text speaks of something that goes wrong, or of this customer's own computers."""
    return bool(count(text, cues.DEFECT, cues.DEFECT_EN, cues.OWN, cues.OWN_EN)) or names_something(text)
