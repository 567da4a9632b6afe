"""The suggestion as a pure function of the words and of what is known: rules, manuals, examples (R05).

No clock, no database.

One linear model tells what a text needs: to be told how, a look, nothing of this service, or to be taken note of. A
second step tells of a how-to whether the best place in the manuals answers it. A rule's word that no example has tells
alone. Where several questions are asked, each is assessed, and one that needs a person makes the whole need one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from helpdesk.manuals.index import Index, terms
from helpdesk.tickets.kinds import Intent, Verdict
from helpdesk.triage import reasons
from helpdesk.triage.learning import NOTHING_LEARNED, Learned, Need, shares
from helpdesk.triage.places import Carried, Fit, Labels, Place, carry, chances_of, fit_of, labels_of, shown
from helpdesk.triage.questions import own_words, split_questions
from helpdesk.triage.rules import Hits, Rule, hits_of, speaking_for
from helpdesk.triage.weighing import answered, need_signs

TEXT_MAX = 20_000
SUREST = 99
UNSURE = 50
"""Percent: what is left of a verdict that was put aside, or that nothing speaks for."""
REFUSED_FROM = 0.55
"""The least chance that a refusal is suggested with: a wrong one hurts most (R03)."""
SURE_THOUGH_FOREIGN = 0.7
"""The least chance of a place where a rule against it speaks."""
NOTICED_FROM = 0.4
"""From this chance on a text is taken for a notice."""
PERHAPS_NOTICED = 0.2
"""From this chance on nothing is refused or answered by the manual: it may be a notice."""
UNTAUGHT = {Need.how: 0.55, Need.look: 0.35, Need.foreign: 0.1}
"""What is needed how often, where nothing was learned yet."""
ALONE_TIMES, LEAST = 20.0, 0.02
"""How many times likelier a rule makes what it says, by a word that no example has; and how likely it was at least."""
PLACED_FROM, WORTH_SHOWING = 0.05, 0.15
"""Places that fit less are not named; nor shown to whoever looks for something, or types."""
ANSWERS_FROM = 0.1
"""A place that fits less is not suggested as the answer."""
FAMILIAR = 0.12
"""Of a text of which examples know less, nothing can be told: it may be of another language, or none."""
_NO_SUBJECT = re.compile(r"\(件名なし / no subject\)|\(no subject\)")
_NOTICES = (Need.notice, Need.instruction)
TOPICS_TO_LOOK_AT = ("defect", "alert")
"""What a customer may choose in the form that tells of something to look at."""
LOOKED_AT_MORE = 2.0
"""How many times likelier that makes it."""


@dataclass(frozen=True)
class Question:
    """One of several questions in a text."""

    text: str
    verdict: Verdict
    confidence: int
    places: list[Place]


@dataclass(frozen=True)
class Assessment:
    """`confidence` in percent. Reasons are sentences by language, at most three."""

    verdict: Verdict
    confidence: int
    rule_key: str | None
    reasons: list[Mapping[str, str]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    """Where several are asked, each of them; else none."""
    foreign: bool = False
    """Whether a rule against it speaks: no place is sent without a person then."""
    intent: Intent = Intent.inquiry
    instructs: bool = False
    """A notice that something be done, or not, about a file or a computer."""


@dataclass(frozen=True)
class Knowledge:
    """What an assessment goes by."""

    rules: Sequence[Rule]
    index: Index
    learned: Learned = NOTHING_LEARNED

    @cached_property
    def carried(self) -> Carried:
        return carry(self.learned.sections.labels, self.learned.profiles, self.index)

    @cached_property
    def labels(self) -> Labels:
        return labels_of(self.learned.sections.labels, self.index)


def assess(subject: str, body: str, known: Knowledge, *, topic: str = "") -> Assessment:
    """Suggest what an inquiry should be answered with; `topic` is what the customer chose in the form, if any.

    Both languages are read in any mixture, so none is asked for.
    """
    subject, body = _NO_SUBJECT.sub("", subject[:TEXT_MAX]), own_words(body[:TEXT_MAX])
    whole = _assess_one(f"{subject}\n{body}".strip(), known, topic)
    if whole.intent == Intent.notice:
        return whole
    questions, told = [], None
    for text in split_questions(body):
        found = _assess_one(text, known, topic)
        told = found if found.intent == Intent.notice and found.confidence >= UNSURE else told
        questions.append(Question(text[:300], found.verdict, found.confidence, _few(found.places)))
    if told is not None:
        return replace(told, places=whole.places, questions=questions)
    return _of_several(whole, questions) if questions else whole


@dataclass(frozen=True)
class Glance:
    """What is told to somebody who is still typing: places, and a sentence on scope by language, if any."""

    places: list[Place]
    scope: Mapping[str, str] | None = None


def glance(subject: str, body: str, known: Knowledge) -> Glance:
    """Places and one plain line on scope for words that are being typed; nothing for what tells nothing (R05)."""
    found = assess(subject, body, known)
    if found.intent == Intent.notice:
        return Glance([], reasons.TYPED_NOTICE)
    if found.verdict == Verdict.out_of_scope:
        return Glance([], reasons.TYPED_FOREIGN)
    if found.verdict == Verdict.in_scope and found.confidence >= reasons.SURE_ENOUGH:
        return Glance([place for place in found.places if place.score >= WORTH_SHOWING], reasons.TYPED_LOOK)
    return Glance([place for place in found.places if place.score >= WORTH_SHOWING])


def find_places(question: str, known: Knowledge) -> list[Place]:
    """Up to five sections for whoever looks for something in the manuals: what hardly fits is left out."""
    places = _look(question[:TEXT_MAX], known).places(known)
    return [place for place in places if place.score >= WORTH_SHOWING]


def _of_several(whole: Assessment, questions: list[Question]) -> Assessment:
    """The verdict that all have, as sure as the least sure; where they differ a person answers."""
    verdicts = {question.verdict for question in questions}
    surest = min(question.confidence for question in questions)
    if len(verdicts) > 1 or verdicts == {Verdict.in_scope}:
        reason = [reasons.SEVERAL] if len(verdicts) > 1 else whole.reasons
        return Assessment(Verdict.in_scope, surest, None, reason, whole.places, questions, foreign=whole.foreign)
    (verdict,) = verdicts
    if verdict == whole.verdict:
        return Assessment(
            verdict, surest, whole.rule_key, whole.reasons, whole.places, questions, foreign=whole.foreign
        )
    return Assessment(verdict, surest, None, [reasons.ALL_ALIKE], whole.places, questions, foreign=whole.foreign)


@dataclass(frozen=True)
class _Look:
    """What is seen of one text."""

    asked: Mapping[str, float]
    fit: Fit
    hits: Hits
    needs: Mapping[Need, float]

    @property
    def likeliest(self) -> Need | None:
        return max(self.needs, key=lambda need: self.needs[need]) if self.needs else None

    def places(self, known: Knowledge) -> list[Place]:
        return shown(self.fit, self.asked, known.index, PLACED_FROM)


def _look(text: str, known: Knowledge) -> _Look:
    learned = known.learned
    reading = learned.groups.reading(text)
    asked = learned.groups.telling(terms(text))
    fit = fit_of(asked, chances_of(learned.sections.scores(reading)), known.index, known.carried, known.labels)
    hits = hits_of(text, known.rules)
    signs = need_signs(hits, fit) if learned.needs.labels else []
    chances = shares(learned.needs.scores(reading, signs))
    return _Look(
        asked, fit, hits_of(text, known.rules), dict(zip(map(Need, learned.needs.labels), chances, strict=True))
    )


def _assess_one(text: str, known: Knowledge, topic: str) -> Assessment:
    look = _look(text, known)
    chances = _chances(look, known, topic)
    against, for_us = (speaking_for(verdict, look.hits) for verdict in (Verdict.out_of_scope, Verdict.in_scope))
    noticed = sum(look.needs.get(need, 0.0) for need in _NOTICES)
    places = look.places(known)
    if noticed >= NOTICED_FROM:
        instructs = look.needs[Need.instruction] > look.needs[Need.notice]
        reason = reasons.INSTRUCTION if instructs else reasons.NOTICE
        return Assessment(
            Verdict.in_scope, _percent(noticed), None, [reason], intent=Intent.notice, instructs=instructs
        )
    unfamiliar = not look.hits and known.learned.needs.labels and known.learned.groups.share_known(text) < FAMILIAR
    unclear = bool(unfamiliar) or not look.asked or look.likeliest == Need.unclear
    fits = bool(places) and places[0].score >= ANSWERS_FROM
    placed = fits and (not against or chances[Verdict.manual_reference] >= SURE_THOUGH_FOREIGN)
    possible = _possible(chances, noticed, placed=placed, said=not unclear)
    best = max(possible, key=lambda verdict: possible[verdict])
    aside = best != max(chances, key=lambda verdict: chances[verdict])
    confidence = UNSURE if aside else _percent(chances[best])
    if best == Verdict.out_of_scope:
        return _refusal(against, confidence, places)
    if best == Verdict.manual_reference:
        reason = reasons.placed(places[0], sure=confidence >= reasons.SURE_ENOUGH)
        return Assessment(best, confidence, None, [reason], places, foreign=bool(against))
    if for_us:
        return _by_rule(best, for_us, confidence, places)
    if unclear:
        return Assessment(best, UNSURE, None, [reasons.UNCLEAR])
    looked = look.needs.get(Need.look, 0.0) >= look.needs.get(Need.how, 0.0)
    reason = reasons.LOOK if looked and confidence > UNSURE else reasons.unanswered(places, confidence)
    return Assessment(best, confidence, None, [reason], places, foreign=bool(against))


def _few(places: list[Place]) -> list[Place]:
    """The best one, and two others that fit well enough to be looked at."""
    return [*places[:1], *(place for place in places[1:3] if place.score >= WORTH_SHOWING)]


def _percent(chance: float) -> int:
    return min(SUREST, round(100 * chance))


def _chances(look: _Look, known: Knowledge, topic: str) -> dict[Verdict, float]:
    """The chance of each verdict, together 1. Where nothing was learned, places and rules alone tell."""
    needs = dict(look.needs) or dict(UNTAUGHT)
    if topic in TOPICS_TO_LOOK_AT:
        needs[Need.look] = needs.get(Need.look, 0.0) * LOOKED_AT_MORE
    if (alone := _told_alone(look.hits, known.learned)) is not None:
        needs[alone] = max(needs.get(alone, 0.0), LEAST) * ALONE_TIMES
    whole = sum(needs.values())
    how, foreign = (needs.get(need, 0.0) / whole for need in (Need.how, Need.foreign))
    placed = how * answered(look.fit, known.learned.answered)
    return {Verdict.in_scope: 1 - foreign - placed, Verdict.out_of_scope: foreign, Verdict.manual_reference: placed}


def _told_alone(hits: Hits, learned: Learned) -> Need | None:
    """What a rule says whose word stands in no example, so that only the rule can tell; for us where two disagree."""
    said = {rule.verdict for rule, words in hits if not all(learned.groups.knows(word) for word in words)}
    if Verdict.in_scope in said:
        return Need.look
    return Need.foreign if said else None


def _possible(chances: Mapping[Verdict, float], noticed: float, *, placed: bool, said: bool) -> dict[Verdict, float]:
    """The verdicts to choose from: a refusal only where it is likely enough, a place only where there is one.

    Where a refusal is likeliest but not likely enough, a person looks.
    """
    possible = dict(chances)
    doubted = max(chances, key=lambda verdict: chances[verdict]) == Verdict.out_of_scope
    taken_back = not said or noticed >= PERHAPS_NOTICED
    if taken_back or chances[Verdict.out_of_scope] < REFUSED_FROM:
        del possible[Verdict.out_of_scope]
    if taken_back or not placed or (doubted and Verdict.out_of_scope not in possible):
        del possible[Verdict.manual_reference]
    return possible


def _by_rule(verdict: Verdict, hits: Hits, confidence: int, places: list[Place]) -> Assessment:
    rule, found = max(hits, key=lambda hit: len(hit[1]))
    return Assessment(verdict, confidence, rule.key, [rule.reason, reasons.found_words(found)], places)


def _refusal(against: Hits, confidence: int, places: list[Place]) -> Assessment:
    if against:
        return _by_rule(Verdict.out_of_scope, against, confidence, places)
    return Assessment(Verdict.out_of_scope, confidence, None, [reasons.LIKE_OTHERS], places)
