"""The signs of an inquiry and what they weigh for each verdict. Pure.

The weights were found by logistic regression over the inquiries that ship with the product, each assessed without its
own example; `python -m tests.eval.weighing` finds them again.
"""

import math
from collections.abc import Mapping

from helpdesk.tickets.models import Verdict
from helpdesk.triage import cues
from helpdesk.triage.cues import Words, count, names_something
from helpdesk.triage.refusing import FOR_A_PERSON

WEIGHTS: Mapping[str, tuple[float, float, float]] = {
    "always": (0.04, 0.72, -0.76),
    "like in_scope": (1.08, -0.42, -0.66),
    "like out_of_scope": (-0.41, 1.01, -0.60),
    "like manual_reference": (-0.29, -0.81, 1.10),
    "place": (0.34, -0.90, 0.57),
    "lead": (-0.06, -0.29, 0.35),
    "foreign": (0.10, 0.72, -0.82),
    "foreign again": (-0.13, 0.07, 0.06),
    "foreign at a place": (-1.33, 1.77, -0.44),
    "ours": (0.73, -0.14, -0.59),
    "product": (0.65, -1.00, 0.35),
    "perhaps ours": (0.30, -0.58, 0.28),
    "since ours": (1.54, -3.22, 1.67),
    "shared words": (0.23, -0.15, -0.08),
    "how": (-0.31, 0.08, 0.24),
    "defect": (0.11, 0.41, -0.52),
    "own": (0.41, -0.19, -0.22),
    "named": (0.81, -0.65, -0.17),
    "uncovered": (1.61, -0.41, -1.20),
    "short": (-0.24, 0.11, 0.12),
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
        **{name: float(min(most, count(text, *kinds))) for name, (most, *kinds) in _SAID.items()},
        "since ours": float(_since_ours(text)),
        "named": float(names_something(text)),
        "short": float(is_short(text)),
        "only a rule against": float(alone < 0),
        "only a rule for": float(alone > 0),
        **{sign: float(topic == choice) for choice, sign in TOPICS_TO_LOOK_AT.items()},
    }


def _since_ours(text: str) -> bool:
    named = count(text, cues.OURS, cues.PERHAPS_OURS) or "御社のログ" in text
    return bool(named and count(text, cues.SINCE_OURS))


def confidences(signs: Mapping[str, float]) -> dict[Verdict, float]:
    """The chance of each verdict, from 0 to 1, together 1."""
    totals = [0.0, 0.0, 0.0]
    for name, value in signs.items():
        for number, weight in enumerate(WEIGHTS.get(name) or BY_HAND[name]):
            totals[number] += weight * value
    top = max(totals)
    shares = [math.exp(total - top) for total in totals]
    return {verdict: share / sum(shares) for verdict, share in zip(Verdict, shares, strict=True)}


def is_short(text: str) -> bool:
    """Whether a folded text has hardly the words of a question."""
    return len(text) < 40


def looked_for(text: str) -> bool:
    """Whether a folded text speaks of something that goes wrong, or of this customer's own computers."""
    return bool(count(text, cues.DEFECT, cues.DEFECT_EN, cues.OWN, cues.OWN_EN, FOR_A_PERSON)) or names_something(text)
