"""A text around the words that were looked for, in pieces. Pure."""

from collections.abc import Sequence

from helpdesk.tickets.terms import spans

_BEFORE, _LENGTH = 40, 160

Piece = tuple[str, bool]
"""Some text, and whether it is one of the words looked for."""


def excerpt(body: str, words: Sequence[str]) -> list[Piece]:
    """Some 160 characters around the first of the words, on one line."""
    line = " ".join(body.split())
    places = spans(line, words)
    start = max(0, places[0][0] - _BEFORE) if places else 0
    end = start + _LENGTH
    shown = [(max(begin, start), min(stop, end)) for begin, stop in places if begin < end and stop > start]
    pieces = _pieces(line[:end], shown, start)
    return [*([("… ", False)] if start else []), *pieces, *([(" …", False)] if end < len(line) else [])]


def marked(text: str, words: Sequence[str]) -> list[Piece]:
    """A text in pieces, those that are looked for marked."""
    return _pieces(text, spans(text, words), 0)


def _pieces(text: str, places: list[tuple[int, int]], position: int) -> list[Piece]:
    pieces: list[Piece] = []
    for start, end in places:
        pieces += [(text[position:start], False), (text[start:end], True)]
        position = end
    pieces.append((text[position:], False))
    return [piece for piece in pieces if piece[0]]
