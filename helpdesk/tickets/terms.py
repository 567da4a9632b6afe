"""What words are found by: Japanese character pairs and English words as PostgreSQL's text search keeps them. Pure.

Width, letter case and kana are folded and the long-vowel mark is left out: ﾌﾟﾘﾝﾀ, プリンター and ぷりんた are one word.
A run of Japanese is kept as its character pairs with their positions: two characters are one look-up in the index,
longer words are neighbouring pairs.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from helpdesk.folding import fold

INDEXED = 16_000
"""Characters of a text that can be found; PostgreSQL counts no positions beyond 16,383."""
WORD_MAX = 200
WORDS_MAX = 12
_PREFIX_FROM = 3
_RUNS = re.compile(r"[a-z0-9_]+(?:[.@\-][a-z0-9_]+)*|[^\W_a-z0-9]+")
_MARKS = frozenset(chr(code) for code in (*range(0x300, 0x370), 0x3099, 0x309A, 0xFF9E, 0xFF9F))
"""What changes the character before it: accents, and the marks of voiced kana."""
_CLUSTERS = re.compile(f"(?s:.)[{''.join(sorted(_MARKS))}]*")
_PARTS = re.compile(r"[a-z0-9_]+")


def search_vector(body: str, title: str = "") -> str:
    """A text and, with more weight, the title above it, in the notation of PostgreSQL's tsvector."""
    places: dict[str, list[str]] = {}
    position = 0
    for text, weight in ((title, "A"), (body[:INDEXED], "")):
        for lexemes in _lexemes(fold(text)):
            position += 1
            if position > INDEXED:
                break
            for lexeme in lexemes:
                places.setdefault(lexeme, []).append(f"{position}{weight}")
        position += 1
    return " ".join(f"'{lexeme}':{','.join(at)}" for lexeme, at in places.items())


def search_query(words: Sequence[str]) -> str:
    """Every one of these words or phrases, in the notation of PostgreSQL's tsquery; "" where they have no letter."""
    return " & ".join(phrase for word in words[:WORDS_MAX] if (phrase := _phrase(fold(word[:WORD_MAX]))))


def spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand in a text as it was written: (start, end) offsets in order, none overlapping."""
    wanted = {folded for word in words if (folded := fold(word).strip())}
    clusters = _CLUSTERS.findall(text) if not _MARKS.isdisjoint(text) else text
    pieces = list(map(_folded, clusters))
    plain = "".join(pieces)
    present = [word for word in wanted if word in plain]
    if not present:
        return []
    ends, widths = list(accumulate(map(len, pieces))), list(accumulate(map(len, clusters), initial=0))
    offsets: list[tuple[int, int]] = []
    for word in present:
        start = plain.find(word)
        while start >= 0:
            following = bisect_right(ends, start + len(word))
            offsets.append((widths[bisect_right(ends, start)], widths[following]))
            start = plain.find(word, start + len(word))
    return _joined(sorted(offsets))


def _lexemes(folded: str) -> Iterator[tuple[str, ...]]:
    """What stands at each position, in order. A run's last character can be looked up alone."""
    for run in _RUNS.finditer(folded):
        word = run[0]
        if word[0].isascii():
            parts = _PARTS.findall(word)
            yield tuple(dict.fromkeys(part[:WORD_MAX] for part in (word, *parts)))
            continue
        for first, second in pairwise(word):
            yield (first + second,)
        yield (word[-1],)


def _phrase(folded: str) -> str:
    """The parts of one word as typed, each next to the one before."""
    phrase, apart = "", 1
    for run in _RUNS.finditer(folded):
        word = run[0]
        if word[0].isascii():
            piece = f"'{word}':*" if len(word) >= _PREFIX_FROM else f"'{word}'"
        elif len(word) == 1:
            piece = f"'{word}':*"
        else:
            piece = " <-> ".join(f"'{first}{second}'" for first, second in pairwise(word))
        phrase = f"{phrase} <{apart if apart > 1 else '-'}> {piece}" if phrase else piece
        apart = 1 if word[0].isascii() or len(word) == 1 else 2  # a run's last character has a place of its own
    return f"({phrase})" if "<" in phrase else phrase


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    return fold(character)


def _joined(offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    whole: list[tuple[int, int]] = []
    for start, end in offsets:
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole
