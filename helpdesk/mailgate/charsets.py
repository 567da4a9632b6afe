"""Bytes of mails as text: the declared charset, its real-world supersets, then guesses. Pure; never raises.

Every answer carries a confidence in percent: 100 where a declared charset fits, less where the label was wrong or
missing, least where characters were lost. The original mail is always kept beside it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from helpdesk.mailgate.guessing import best_japanese, guessed, plainly_japanese, score
from helpdesk.mailgate.japanese import text_of_euc, text_of_jis
from helpdesk.mailgate.labels import (
    CERTAIN,
    CORRECTED,
    DAMAGED,
    KNOWN,
    SINGLE_BYTE,
    UNLABELLED,
    Decoded,
    name_of,
    strict,
)

_JIS = re.compile(rb"\x1b[$(]")


def decode(content: bytes, declared: str | None, hints: Sequence[str] = ()) -> Decoded:
    """Bytes as text, with the charset that was used and the confidence in it.

    `hints` are what the rest of the mail is written in (hints_in); they come before statistics.
    """
    name = name_of(declared)
    if name == "utf-8" and not content.isascii() and (text := strict(content, name)) is not None:
        return Decoded(text, name, CERTAIN)
    if _JIS.search(content) and not name.startswith(("iso-2022-kr", "iso-2022-cn", "utf-16", "utf-32")):
        text = text_of_jis(content)
        sure = CERTAIN if name.startswith("iso-2022-jp") else UNLABELLED
        return Decoded(text, "iso-2022-jp", DAMAGED if "�" in text else sure)
    if content.isascii() and not name.startswith(("utf-7", "utf-16", "utf-32", "hz", "iso-2022")):
        return Decoded(content.decode("ascii"), "us-ascii", CERTAIN)
    decoded = _as_declared(content, name)
    if decoded is None:
        return guessed(content, hints)
    better = _mislabelled(content, name, decoded)
    return better or decoded


def clean(text: str) -> str:
    """Text that a database and a page can hold: without NUL and lone surrogates."""
    return text.encode("utf-8", errors="replace").decode("utf-8").replace("\x00", "")


def _as_declared(content: bytes, name: str) -> Decoded | None:
    if name == "euc_jp":
        text = text_of_euc(content)
        return Decoded(text, name, CERTAIN) if text is not None else None
    if name == "cp932" or (name not in ("us-ascii", "ascii") and KNOWN.fullmatch(name)):
        if name.startswith("iso-2022-jp"):
            return None
        try:
            return Decoded(content.decode(name), name, CERTAIN)
        except (LookupError, UnicodeDecodeError, ValueError):
            return _nearly(content, name)
    return None


def _nearly(content: bytes, name: str) -> Decoded | None:
    """The declared charset where only a few bytes do not fit: cut characters and the like."""
    if name not in ("utf-8", "cp932", "gb18030", "big5hkscs", "cp949", "cp1252"):
        return None
    if name == "utf-8" and (text := _of_surrogates(content)) is not None:
        return Decoded(text, name, CORRECTED)
    text = content.decode(name, errors="replace")
    lost, beyond = text.count("�"), sum(not c.isascii() for c in text)
    return Decoded(text, name, DAMAGED) if lost * (2 if name == "utf-8" else 3) <= beyond else None


def _of_surrogates(content: bytes) -> str | None:
    """UTF-8 in which characters beyond the first plane are written as two surrogates (CESU-8)."""
    try:
        return content.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


def _mislabelled(content: bytes, name: str, decoded: Decoded) -> Decoded | None:
    """What the bytes plainly are instead of what the label says, or None."""
    if name == "utf-8":
        return None
    as_utf8 = strict(content, "utf-8")
    if as_utf8 is not None and (SINGLE_BYTE.fullmatch(name) or any(ord(c) > 0x7FF for c in as_utf8)):
        return Decoded(as_utf8, "utf-8", CORRECTED)
    if not (SINGLE_BYTE.fullmatch(name) or name in ("cp932", "euc_jp")):
        return None
    best = best_japanese(content)
    if best is None or best.charset == name:
        return None
    if SINGLE_BYTE.fullmatch(name):
        return replace(best, confidence=CORRECTED) if plainly_japanese(best.text) else None
    return replace(best, confidence=CORRECTED) if score(best.text) > max(score(decoded.text), 1) else None
