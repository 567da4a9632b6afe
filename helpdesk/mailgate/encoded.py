"""Headers and file names as text: encoded words (RFC 2047), parameters (RFC 2231), raw bytes. Pure; never raises."""

import base64
import binascii
import quopri
import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from helpdesk.mailgate.charsets import decode
from helpdesk.mailgate.labels import CERTAIN, KNOWN, Decoded, name_of

HEADER_MAX = 20_000


def hints_in(start: bytes) -> tuple[str, ...]:
    """The charsets that a mail names in labels and encoded words of its first bytes, each once, but for ASCII."""
    labels = (label or word for label, word in _LABEL.findall(start))
    names = dict.fromkeys(name_of(name.decode("ascii")) for name in labels)
    return tuple(name for name in names if KNOWN.fullmatch(name.replace("_", "-")) and "ascii" not in name)[:HINTS_MAX]


HINTS_MAX = 5
_LABEL = re.compile(rb"""(?i)charset\s{0,3}=\s{0,3}["']?([a-z0-9_.:-]{2,40})|=\?([a-z0-9_-]{2,40})[?*]""")


def decode_header(value: str, hints: Sequence[str] = ()) -> Decoded:
    """A raw header (surrogates for 8-bit bytes) as text: encoded words joined before they are decoded.

    Adjacent words of one charset may be split within a character, so their bytes are put together first.
    """
    value = _FOLDING.sub(" ", value[:HEADER_MAX])
    pieces: list[tuple[bytes, str | None]] = []
    position = 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        if between.strip() or not pieces or pieces[-1][1] is None:
            _append(pieces, _raw(between), None)
        charset = word["charset"].split("*")[0].lower() or "utf-8"
        _append(pieces, _unworded(word["coding"], word["text"]), charset)
        position = word.end()
    _append(pieces, _raw(value[position:]), None)
    read = [decode(content, charset, hints) for content, charset in pieces if content]
    if not read:
        return Decoded("", "us-ascii", CERTAIN)
    least = min(read, key=lambda decoded: decoded.confidence)
    charsets = [decoded.charset for decoded in read if decoded.charset != "us-ascii"] or ["us-ascii"]
    return Decoded("".join(decoded.text for decoded in read), charsets[0], least.confidence)


def decode_parameter(value: str | tuple[str | None, str | None, str], hints: Sequence[str] = ()) -> Decoded:
    """A file name as it arrives: RFC 2231, encoded words where none belong, percent signs, or raw bytes."""
    if not isinstance(value, tuple):
        return decode_header(value, hints)
    charset, _language, text = value
    if any(ord(c) > 255 for c in text):
        return Decoded(text, "utf-8", CERTAIN)
    content = unquote_to_bytes(text) if "%" in text and charset is None else text.encode("latin-1", "replace")
    return decode(content, charset, hints)


_FOLDING = re.compile(r"\r?\n[ \t]?|\r")
_WORD = re.compile(
    r"=\?(?P<charset>[^?\s]{0,60})\?(?P<coding>[bBqQ])\?(?P<text>[^?]{0,5000}(?:\?(?!=)[^?]{0,5000}){0,20})\?="
)


def _append(pieces: list[tuple[bytes, str | None]], content: bytes, charset: str | None) -> None:
    if pieces and pieces[-1][1] == charset:
        pieces[-1] = (pieces[-1][0] + content, charset)
    elif content:
        pieces.append((content, charset))


def _unworded(coding: str, text: str) -> bytes:
    if coding in "qQ":
        return quopri.decodestring(_raw(text.replace("_", " ").replace(" ", "=20")))
    kept = re.sub(r"[^A-Za-z0-9+/]", "", text)
    try:
        return base64.b64decode(kept[: len(kept) - (len(kept) % 4 == 1)] + "=" * (-len(kept) % 4))
    except binascii.Error:
        return b""


def _raw(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")
