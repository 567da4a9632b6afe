"""Find the weights of the signs again: logistic regression over the shipped inquiries, each without its own example.

`python -m tests.eval.weighing` prints the table of helpdesk/triage/signs.py. Plain gradient descent; about two minutes.
"""

import math
from collections.abc import Sequence

from helpdesk.demo.data import sample_sections
from helpdesk.manuals.index import Index
from helpdesk.tickets.models import Verdict
from helpdesk.triage import assessment, signs
from helpdesk.triage.assessment import Knowledge
from helpdesk.triage.defaults import default_rules
from helpdesk.triage.learning import Example, Learned
from helpdesk.triage.lessons import shipped_examples
from helpdesk.triage.questions import own_words

PARTS = 8
ROUNDS, STEP, SHRINK = 500, 0.6, 0.002
VERDICTS = list(Verdict)


def main() -> None:
    examples = shipped_examples()
    rules, index = default_rules(), Index(sample_sections())
    found: list[tuple[dict[str, float], Verdict]] = []
    for part in range(PARTS):
        learned = Learned.trained([one for n, one in enumerate(examples) if n % PARTS != part])
        known = Knowledge(rules, index, learned)
        found += [(signs_without(one, known), one.verdict) for n, one in enumerate(examples) if n % PARTS == part]
    for name, weights in fitted(found).items():
        print(f'    "{name}": ({", ".join(f"{weight:.2f}" for weight in weights)}),')


def signs_without(example: Example, known: Knowledge) -> dict[str, float]:
    """The signs that an assessment of this example goes by."""
    caught: list[dict[str, float]] = []

    def catch(signed: dict[str, float]) -> dict[Verdict, float]:
        caught.append(signed)
        return dict.fromkeys(Verdict, 1 / 3)

    weigh, assessment.confidences = assessment.confidences, catch  # type: ignore[assignment]
    try:
        assessment.assess("", own_words(example.text), known)
    finally:
        assessment.confidences = weigh
    return caught[0]


def fitted(found: Sequence[tuple[dict[str, float], Verdict]]) -> dict[str, list[float]]:
    """Weights by sign and verdict; verdicts are as frequent as among the inquiries."""
    names = [name for name in found[0][0] if name not in signs.BY_HAND]
    spread = {name: math.sqrt(sum(signed[name] ** 2 for signed, _v in found) / len(found)) or 1.0 for name in names}
    rows = [([signed[name] / spread[name] for name in names], VERDICTS.index(verdict)) for signed, verdict in found]
    weights = [[0.0] * len(names) for _verdict in VERDICTS]
    for _round in range(ROUNDS):
        slopes = [[SHRINK * weight for weight in line] for line in weights]
        for row, label in rows:
            told = [sum(a * b for a, b in zip(line, row, strict=True)) for line in weights]
            top = max(told)
            shares = [math.exp(one - top) for one in told]
            for n in range(3):
                wrong = (shares[n] / sum(shares) - (n == label)) / len(rows)
                for place, value in enumerate(row):
                    slopes[n][place] += wrong * value
        weights = [[w - STEP * s for w, s in zip(a, b, strict=True)] for a, b in zip(weights, slopes, strict=True)]
    return {name: [weights[n][place] / spread[name] for n in range(3)] for place, name in enumerate(names)}


if __name__ == "__main__":
    main()
