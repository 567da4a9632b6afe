"""Which sections of one manual stand where those of another do, by their words. Pure."""

from collections.abc import Mapping

from helpdesk.manuals.index import Index, Section, terms

AS_LIKE = 0.8
"""A section stands for a known one where it is nearly as like to it as to the known one it is likest to."""
CLEARLY = 0.9
"""Words are proposed for the sections that are nearly as like as the likest."""


def likeness(words: str, index: Index) -> dict[int, float]:
    """How like sections are to these words, by number: what BM25 gives a word, on the average."""
    found = dict.fromkeys(terms(words), 1.0)
    return {number: score / len(found) for number, score in index.scores(found).items()}


def standing_for(known: Mapping[str, str], index: Index) -> dict[str, dict[int, float]]:
    """For each known section (its words by its key) the numbers of the sections that stand for it, with a share of 1.

    Nothing where those that are likest to it are liker to another known one.
    """
    likes = {key: likeness(words, index) for key, words in known.items()}
    most: dict[int, float] = {}
    for found in likes.values():
        for number, like in found.items():
            most[number] = max(most.get(number, 0.0), like)
    return {key: _shares(found, most) for key, found in likes.items()}


def _shares(likes: Mapping[int, float], most: Mapping[int, float]) -> dict[int, float]:
    best = max(likes, key=lambda number: likes[number], default=None)
    if best is None or likes[best] < AS_LIKE * most[best]:
        return {}
    return {number: (like / likes[best]) ** 2 for number, like in likes.items()}


def proposed_words(known: tuple[Section, ...], index: Index) -> dict[str, list[str]]:
    """For sections by key, the words that people ask the known ones with which they stand for."""
    words: dict[str, list[str]] = {}
    standing = standing_for({section.key: section.words() for section in known}, index)
    for section in known:
        for number, share in standing[section.key].items():
            if share >= CLEARLY:
                words.setdefault(index.sections[number].key, []).extend(section.asked)
    return words
