"""Bytes of mails as text: the declared charset, its real-world supersets, then guesses. Pure; never raises.

Every answer carries a confidence in percent: 100 where a declared charset fits, less where the label was wrong or
missing, least where characters were lost. The original mail is always kept beside it.
"""

import base64
import binascii
import codecs
import quopri
import re
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

import chardet

from helpdesk.mailgate.japanese import text_of_euc, text_of_jis

HEADER_MAX = 20_000
GUESS_BYTES = 64 * 1024

CERTAIN, UNLABELLED, CORRECTED, GUESSED, DAMAGED = 100, 95, 80, 60, 30


@dataclass(frozen=True)
class Decoded:
    """Text with the charset it was read as and how sure that is, in percent."""

    text: str
    charset: str
    confidence: int


_NAMES = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "csshiftjis": "cp932",
    "windows-31j": "cp932",
    "x-mac-japanese": "cp932",
    "euc-jp": "euc_jp",
    "eucjp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "cp51932": "euc_jp",
    "eucjp-ms": "euc_jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
}
"""What a label is read as: the superset that mailers really mean by it."""

_KNOWN = re.compile(
    r"utf-?(7|8|16|32)(-?[bl]e)?|(us-)?ascii|iso-?8859-\d{1,2}|windows-\d{3,4}|cp\d{3,4}|iso-2022-\w{2,3}"
    r"|euc-?(jp|kr|cn)|big5(hkscs)?|gb18030|koi8-[ru]|tis-620|hz|mac(roman|intosh)|johab"
)
"""Charsets taken at their word; some of Python's other codecs are no charsets, and slow."""

_SINGLE_BYTE = re.compile(r"(us-)?ascii|iso-?8859-\d{1,2}|windows-125\d|cp125\d|mac.*|koi8-[ru]")
_JIS = re.compile(rb"\x1b[$(]")


def decode(content: bytes, declared: str | None) -> Decoded:
    """Bytes as text, with the charset that was used and the confidence in it."""
    name = _name_of(declared)
    if name == "utf-8" and not content.isascii() and (text := _strict(content, name)) is not None:
        return Decoded(text, name, CERTAIN)
    if _JIS.search(content) and not name.startswith(("iso-2022-kr", "iso-2022-cn", "utf-16", "utf-32")):
        text = text_of_jis(content)
        sure = CERTAIN if name.startswith("iso-2022-jp") else UNLABELLED
        return Decoded(text, "iso-2022-jp", DAMAGED if "�" in text else sure)
    if content.isascii() and not name.startswith(("utf-7", "utf-16", "utf-32", "hz", "iso-2022")):
        return Decoded(content.decode("ascii"), "us-ascii", CERTAIN)
    decoded = _as_declared(content, name)
    if decoded is None:
        return _guessed(content)
    better = _mislabelled(content, name, decoded)
    return better or decoded


def clean(text: str) -> str:
    """Text that a database and a page can hold: without NUL and lone surrogates."""
    return text.encode("utf-8", errors="replace").decode("utf-8").replace("\x00", "")


def decode_header(value: str) -> Decoded:
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
    read = [decode(content, charset) for content, charset in pieces if content]
    if not read:
        return Decoded("", "us-ascii", CERTAIN)
    least = min(read, key=lambda decoded: decoded.confidence)
    charsets = [decoded.charset for decoded in read if decoded.charset != "us-ascii"] or ["us-ascii"]
    return Decoded("".join(decoded.text for decoded in read), charsets[0], least.confidence)


def decode_parameter(value: str | tuple[str | None, str | None, str]) -> str:
    """A file name as it arrives: RFC 2231, encoded words where none belong, percent signs, or raw bytes."""
    if isinstance(value, tuple):
        charset, _language, text = value
        content = unquote_to_bytes(text) if "%" in text and charset is None else text.encode("latin-1", "replace")
        if any(ord(c) > 255 for c in text):
            return text
        return decode(content, charset).text
    return decode_header(value).text


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


def _name_of(declared: str | None) -> str:
    name = (declared or "").strip().strip("\"'").lower()
    return _NAMES.get(name, _NAMES.get(name.replace("_", "-"), name.replace("_", "-") if "_jp" not in name else name))


def _as_declared(content: bytes, name: str) -> Decoded | None:
    if name == "euc_jp":
        text = text_of_euc(content)
        return Decoded(text, name, CERTAIN) if text is not None else None
    if name == "cp932" or (name not in ("us-ascii", "ascii") and _KNOWN.fullmatch(name)):
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
    text = content.decode(name, errors="replace")
    lost, beyond = text.count("�"), sum(not c.isascii() for c in text)
    return Decoded(text, name, DAMAGED) if lost * 3 <= beyond else None


def _mislabelled(content: bytes, name: str, decoded: Decoded) -> Decoded | None:
    """What the bytes plainly are instead of what the label says, or None."""
    if name == "utf-8":
        return None
    as_utf8 = _strict(content, "utf-8")
    if as_utf8 is not None and (_SINGLE_BYTE.fullmatch(name) or any(ord(c) > 0x7FF for c in as_utf8)):
        return Decoded(as_utf8, "utf-8", CORRECTED)
    if not (_SINGLE_BYTE.fullmatch(name) or name in ("cp932", "euc_jp")):
        return None
    best = _best_japanese(content)
    if best is None or best.charset == name:
        return None
    if _SINGLE_BYTE.fullmatch(name):
        return replace(best, confidence=CORRECTED) if _plainly_japanese(best.text) else None
    return replace(best, confidence=CORRECTED) if _score(best.text) > max(_score(decoded.text), 1) else None


def _guessed(content: bytes) -> Decoded:
    as_utf8 = _strict(content, "utf-8")
    if as_utf8 is not None:
        return Decoded(as_utf8, "utf-8", UNLABELLED)
    best = _best_japanese(content)
    if best is not None and (_plainly_japanese(best.text) or _common_kanji(best)):
        return best
    detected = _detected(content)
    if best is not None and (detected is None or detected.confidence <= DAMAGED) and _score(best.text) > 1:
        return best
    nearly = detected or _nearly(content, "utf-8") or _nearly(content, "cp932")
    return nearly or Decoded(content.decode("cp1252", errors="replace"), "cp1252", DAMAGED)


def _detected(content: bytes) -> Decoded | None:
    """What the detector says; a shot in the dark at a short text counts little."""
    guess = chardet.detect(content[:GUESS_BYTES])
    name = str(guess["encoding"]).lower()
    text = _strict(content, name) if _KNOWN.fullmatch(name) else None
    if text is None:
        return None
    return Decoded(text, name, GUESSED if _SINGLE_BYTE.fullmatch(name) or guess["confidence"] >= 0.2 else DAMAGED)


def _best_japanese(content: bytes) -> Decoded | None:
    read = [Decoded(text, "cp932", GUESSED) for text in [_strict(content, "cp932")] if text is not None]
    euc = text_of_euc(content)
    if euc is not None:
        read.append(Decoded(euc, "euc_jp", GUESSED))
    return max(read, key=lambda decoded: _score(decoded.text), default=None)


def _plainly_japanese(text: str) -> bool:
    """Kana, and little that Japanese mails do not have: Latin letters with accents read as kanji have no kana."""
    beyond = sum(not c.isascii() for c in text)
    kana = sum("぀" <= c <= "ヿ" for c in text)
    return kana * 8 >= beyond > 0 and _score(text) * 3 >= beyond


def _common_kanji(read: Decoded) -> bool:
    """Short Shift_JIS without kana, such as a file name: nothing but kanji of the first level."""
    leads = [c.encode("cp932")[0] for c in read.text if not c.isascii()] if read.charset == "cp932" else []
    return bool(leads) and all(0x81 <= lead <= 0x97 for lead in leads)


def _strict(content: bytes, charset: str) -> str | None:
    try:
        return content.decode(codecs.lookup(charset).name)
    except (LookupError, UnicodeDecodeError, ValueError):
        return None


def _score(text: str) -> int:
    """How much a text looks like Japanese: kana and common kanji speak for it, half-width kana soup against."""
    score = 0
    for c in text[:20_000]:
        if "぀" <= c <= "ヿ":
            score += 2
        elif "一" <= c <= "鿿" or "！" <= c <= "～" or "　" <= c <= "】":
            score += 1
        elif "｡" <= c <= "ﾟ":
            score -= 1
        elif "\x80" <= c <= "\x9f" or "\ue000" <= c <= "\uf8ff" or c == "�":
            score -= 5
    return score
