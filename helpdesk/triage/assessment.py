"""The suggestion as a pure function of the words and of what is known: rules, manuals, examples (R05).

No clock, no database.

What examples taught tells verdicts and places apart; rules speak by the words they list; places in manuals that have no
examples are found by the words they share with the question, weighted by how rare they are; cues tell how-to questions
from defects and from what needs a look at this customer's console. A small table weighs these signs against each other.
Where several questions are asked, each is assessed, and one that needs a person makes the whole need one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from helpdesk.folding import fold, fold_word, says
from helpdesk.manuals.index import Index, terms
from helpdesk.tickets.models import Verdict
from helpdesk.triage.learning import NOTHING_LEARNED, Learned
from helpdesk.triage.places import CUES_MAX, GENERIC, TEXT_MAX, Place, fitting, lead_of
from helpdesk.triage.questions import own_words, split_questions
from helpdesk.triage.refusing import refuse_from
from helpdesk.triage.signs import TOPICS_TO_LOOK_AT, confidences, is_short, looked_for, signs_of

SUREST = 99
SURE_ENOUGH = 70
"""From here on the reason says that a section answers; below, that it may."""
PLACE_ENOUGH, PLACE_ENOUGH_SHORT = 0.15, 0.3
"""The least fit of a place that is suggested as the answer: few words fit many places a little."""
WORTH_SHOWING = 0.3
_NO_SUBJECT = re.compile(r"\(件名なし / no subject\)|\(no subject\)")


@dataclass(frozen=True)
class Rule:
    """Any of `words` found in the question speaks for `verdict`; reasons by language."""

    key: str
    verdict: Verdict
    words: tuple[str, ...]
    reason: Mapping[str, str]
    clause: str


@dataclass(frozen=True)
class Assessment:
    """`confidence` in percent. Reasons are sentences by language, at most three."""

    verdict: Verdict
    confidence: int
    rule_key: str | None
    reasons: list[Mapping[str, str]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    questions: list["Question"] = field(default_factory=list)
    """Where several are asked, each of them; else none."""
    foreign: bool = False
    """Whether a rule against it speaks: no place is sent without a person then."""


@dataclass(frozen=True)
class Question:
    """One of several questions in a text."""

    text: str
    verdict: Verdict
    confidence: int
    places: list[Place]


@dataclass(frozen=True)
class Knowledge:
    """What an assessment goes by."""

    rules: Sequence[Rule]
    index: Index
    learned: Learned = NOTHING_LEARNED


def assess(subject: str, body: str, known: Knowledge, *, topic: str = "") -> Assessment:
    """Suggest what an inquiry should be answered with; `topic` is what the customer chose in the form, if any.

    Both languages are read in any mixture, so none is asked for.
    """
    subject, body = _NO_SUBJECT.sub("", subject[:TEXT_MAX]), own_words(body[:TEXT_MAX])
    whole = _assess_one(f"{subject}\n{body}".strip(), known, topic)
    questions = []
    for text in split_questions(body):
        assessment = _assess_one(text, known, topic)
        questions.append(Question(text[:300], assessment.verdict, assessment.confidence, assessment.places[:3]))
    if len({question.verdict for question in questions}) < 2:
        return replace(whole, questions=questions)
    surest = max(question.confidence for question in questions)
    return Assessment(Verdict.in_scope, surest, None, [_SEVERAL], whole.places, questions)


def _assess_one(question: str, known: Knowledge, topic: str) -> Assessment:
    text = fold(question[:CUES_MAX])
    hits = [(rule, words) for rule in known.rules if (words := [w for w in rule.words if says(text, fold_word(w))])]
    reading = known.learned.reading(question)
    learned = known.learned.verdicts.scores(reading)
    sections = known.learned.sections.scores(reading)
    asked = terms(question)
    places = fitting(question, asked, sections, known.index, known.learned)
    against = [hit for hit in hits if hit[0].verdict == Verdict.out_of_scope]
    for_us = [hit for hit in hits if hit[0].verdict == Verdict.in_scope]
    signs = signs_of(
        text,
        learned=learned,
        place=places[0].score if places else 0.0,
        lead=lead_of(sections),
        foreign=sum(len(words) for _rule, words in against),
        ours=bool(for_us),
        topic=topic,
        alone=_told_alone(against, for_us, known.learned),
    )
    chances = confidences(signs)
    enough = PLACE_ENOUGH_SHORT if is_short(text) else PLACE_ENOUGH
    placed = bool(places) and places[0].score >= enough
    possible = _possible(chances, refuse_from(text), placed=placed, said=bool(asked - GENERIC))
    best = max(possible, key=lambda verdict: possible[verdict])
    forced = best != max(chances, key=lambda verdict: chances[verdict])
    confidence = 50 if forced else min(SUREST, round(100 * chances[best]))
    if best == Verdict.out_of_scope:
        return _refusal(against, confidence, places)
    if best == Verdict.manual_reference:
        return _manual(places, confidence, foreign=bool(against))
    if for_us:
        return _by_rule(Verdict.in_scope, for_us, confidence, places)
    looked = looked_for(text) or topic in TOPICS_TO_LOOK_AT
    reason = _LOOK if looked else (_NEAR if places else _NOTHING_FOUND)
    return Assessment(Verdict.in_scope, confidence, None, [reason], places)


def find_places(question: str, known: Knowledge) -> list[Place]:
    """Up to five sections to show to whoever types or looks for something: what hardly fits is left out."""
    question = _NO_SUBJECT.sub("", question[:TEXT_MAX])
    scores = known.learned.sections.scores(known.learned.reading(question))
    places = fitting(question, terms(question), scores, known.index, known.learned)
    return [place for place in places if place.score >= WORTH_SHOWING]


def _possible(chances: Mapping[Verdict, float], least: float, *, placed: bool, said: bool) -> dict[Verdict, float]:
    """The verdicts to choose from: a refusal only where it is likely enough, a place only where there is one.

    Where a refusal is likeliest but not likely enough, a person looks.
    """
    possible = dict(chances)
    doubted = max(chances, key=lambda verdict: chances[verdict]) == Verdict.out_of_scope
    if not said or chances[Verdict.out_of_scope] < least:
        del possible[Verdict.out_of_scope]
    if not said or not placed or (doubted and Verdict.out_of_scope not in possible):
        del possible[Verdict.manual_reference]
    return possible


def _told_alone(against: "Hits", for_us: "Hits", learned: Learned) -> int:
    """-1 or 1 where a word of a rule against or for it stands in no example, so that only the rule can tell."""
    new = [rule.verdict for rule, words in (*against, *for_us) if not all(learned.knows(word) for word in words)]
    return 0 if not new else (1 if Verdict.in_scope in new else -1)


Hits = list[tuple[Rule, list[str]]]


_LOOK = {
    "ja": "お客様の管理画面や症状を確認する必要がありそうです",
    "en": "It seems to need a look at this customer's console or at what goes wrong",
}
_NOTHING_FOUND = {
    "ja": "規則にもマニュアルにも当てはまる箇所が見つかりません。担当者が確認します",
    "en": "Neither a rule nor a manual section fits; a person should look",
}


_NEAR = {
    "ja": "はっきり当てはまる規則もマニュアルの節もありません。近い節を挙げます。担当者が確認します",
    "en": "Neither a rule nor a manual section clearly fits; the nearest sections are named. A person should look",
}


_SEVERAL = {
    "ja": "複数のご質問があり、答え方が分かれます。担当者が確認します",
    "en": "Several questions are asked that are answered in different ways; a person should look",
}
_LIKE_OTHERS = {
    "ja": "対象外としてご案内した過去の例に似ています",
    "en": "It is like other inquiries that were outside the service",
}


def _found_words(found: list[str]) -> Mapping[str, str]:
    shown = "、".join(f"「{word}」" for word in found[:3])
    return {"ja": f"{shown}という言葉があります", "en": f"It contains the words {shown}"}


def _by_rule(verdict: Verdict, hits: Hits, confidence: int, places: list[Place]) -> Assessment:
    rule, found = max(hits, key=lambda hit: len(hit[1]))
    return Assessment(verdict, confidence, rule.key, [rule.reason, _found_words(found)], places)


def _refusal(against: Hits, confidence: int, places: list[Place]) -> Assessment:
    if against:
        return _by_rule(Verdict.out_of_scope, against, confidence, places)
    return Assessment(Verdict.out_of_scope, confidence, None, [_LIKE_OTHERS], places)


def _manual(places: list[Place], confidence: int, *, foreign: bool) -> Assessment:
    page = places[0].label or places[0].page
    sure = confidence >= SURE_ENOUGH
    place_ja, place_en = (
        (f"{page}ページの節", f"The section on page {page}") if page else ("マニュアルの節", "A section")
    )
    reason = {
        "ja": f"{place_ja}が、この質問に{'答えています' if sure else '答えているかもしれません'}",
        "en": f"{place_en} {'answers' if sure else 'may answer'} the question",
    }
    return Assessment(Verdict.manual_reference, confidence, None, [reason], places, foreign=foreign)
