"""Finding the weights of triage's linear models with scikit-learn. Nothing else in the product imports it.

The same examples give the same weights: solvers begin at zero, with one thread, and weights are rounded to 127 steps.
"""

import json
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from math import log

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from helpdesk.manuals.index import Index, Section, terms
from helpdesk.tickets.kinds import Verdict
from helpdesk.triage.learning import NO_SECTION, NOTHING_LEARNED, STEPS, Example, Groups, Learned, Linear, Need, groups
from helpdesk.triage.places import Fit, carry, chances_of, fit_of, labels_of
from helpdesk.triage.rules import Rule, hits_of
from helpdesk.triage.weighing import answered_signs, need_signs

PARTS = 5
SEEN = 2
"""A group of characters that fewer examples have tells nothing."""
NEEDS_FIT, SECTIONS_FIT = 60.0, 1.0
"""How closely examples are fitted (C)."""


def train(examples: Sequence[Example], rules: Sequence[Rule], sections: Sequence[Section]) -> Learned:
    """What these examples teach; `sections` are those that they are labelled with."""
    if not examples:
        return NOTHING_LEARNED
    with threadpool_limits(1):
        return _train(examples, rules, Index(sections))


def _train(examples: Sequence[Example], rules: Sequence[Rule], index: Index) -> Learned:
    known, texts = _weighed(examples)
    weights = np.array([example.weight for example in examples])
    labels = np.array([_label(example) for example in examples])
    asked = [known.telling(terms(example.text)) for example in examples]
    fits = _fits(texts, labels, weights, asked, index)
    signs = np.array(
        [need_signs(hits_of(example.text, rules), fit) for example, fit in zip(examples, fits, strict=True)]
    )
    both = sparse.hstack([texts, sparse.csr_matrix(signs)]).tocsr()
    needs = LogisticRegression(C=NEEDS_FIT, max_iter=2_000)
    needs.fit(both, [example.need.value for example in examples], sample_weight=weights)
    asking = [number for number, example in enumerate(examples) if example.need == Need.how]
    answered = LogisticRegression(max_iter=1_000)
    answered.fit(
        [answered_signs(fits[number]) for number in asking],
        [bool(examples[number].section) for number in asking],
        sample_weight=weights[asking],
    )
    return Learned(
        known,
        _linear(needs, signs.shape[1]),
        _linear(_sections(texts, labels, weights)),
        tuple(round(float(value), 3) for value in (*answered.coef_[0], answered.intercept_[0])),
        {section.key: section.words() for section in index.sections},
    )


def _weighed(examples: Sequence[Example]) -> tuple[Groups, sparse.csr_matrix]:
    """The groups that examples have, and the examples as rows of weights of length one."""
    counted = [{zlib.crc32(g.encode()): n for g, n in groups(example.text).items()} for example in examples]
    spread = Counter(group for counts in counted for group in counts)
    known = array("I", sorted(group for group, found in spread.items() if found >= SEEN))
    rarity = array("f", (round(1 + log((1 + len(examples)) / (1 + spread[group])), 4) for group in known))
    number = {group: place for place, group in enumerate(known)}
    places, values, ends = [], [], [0]
    for counts in counted:
        row = [(number[group], (1 + log(n)) * rarity[number[group]]) for group, n in counts.items() if group in number]
        length = sum(weight * weight for _place, weight in row) ** 0.5 or 1.0
        places += [place for place, _weight in row]
        values += [weight / length for _place, weight in row]
        ends.append(len(places))
    return Groups(known, rarity), sparse.csr_matrix((values, places, ends), shape=(len(examples), len(known)))


def _label(example: Example) -> str | None:
    """The section that an example is labelled with; None where its place was not asked for."""
    if example.section:
        return example.section
    return NO_SECTION if example.need == Need.how else None


def _fits(
    texts: sparse.csr_matrix,
    labels: np.ndarray,
    weights: np.ndarray,
    asked: Sequence[Mapping[str, float]],
    index: Index,
) -> list[Fit]:
    """How sections fit each example, told by the other parts of the examples."""
    fits: dict[int, Fit] = {}
    for others, part in KFold(PARTS, shuffle=True, random_state=0).split(texts):
        model = _sections(texts[others], labels[others], weights[others])
        names = list(model.classes_)
        carried, native = carry(names, {}, index), labels_of(names, index)
        for number, scores in zip(part, model.decision_function(texts[part]), strict=True):
            chances = chances_of(scores.tolist())
            fits[number] = fit_of(asked[number], chances, index, carried, native)
    return [fits[number] for number in range(len(asked))]


def _sections(texts: sparse.csr_matrix, labels: np.ndarray, weights: np.ndarray) -> LinearSVC:
    placed = np.array([label is not None for label in labels])
    return LinearSVC(C=SECTIONS_FIT, random_state=0).fit(
        texts[placed], labels[placed].astype(str), sample_weight=weights[placed]
    )


def _linear(model: LogisticRegression | LinearSVC, signs: int = 0) -> Linear:
    """The weights in whole steps, groups first; those of the last `signs` columns as they are."""
    weights = model.coef_.T
    grouped, rest = (weights[:-signs], weights[-signs:]) if signs else (weights, weights[:0])
    scale = float(np.abs(grouped).max()) / STEPS or 1.0
    return Linear(
        tuple(str(name) for name in model.classes_),
        array("b", np.rint(grouped / scale).astype(np.int8).tobytes()),
        scale,
        tuple(round(float(value), 4) for value in model.intercept_),
        tuple(tuple(round(float(value), 4) for value in row) for row in rest),
    )


def main() -> None:
    """Examples, rules and sections as JSON on standard input; what was learned, packed, on standard output."""
    asked = json.load(sys.stdin)
    examples = [Example(**{**one, "need": Need(one["need"])}) for one in asked["examples"]]
    rules = [Rule(**{**one, "verdict": Verdict(one["verdict"])}) for one in asked["rules"]]
    sections = [Section(**one) for one in asked["sections"]]
    sys.stdout.buffer.write(train(examples, rules, sections).packed())


if __name__ == "__main__":
    main()
