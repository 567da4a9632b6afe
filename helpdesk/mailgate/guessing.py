"""Bytes of mails that no label fits: what they plainly are, what they nearly are, then statistics. Pure."""

import re
from collections.abc import Sequence

import chardet

from helpdesk.mailgate.japanese import text_of_euc
from helpdesk.mailgate.labels import DAMAGED, GUESSED, SINGLE_BYTE, UNLABELLED, Decoded, name_of, strict

GUESS_BYTES = 64 * 1024


def guessed(content: bytes, hints: Sequence[str]) -> Decoded:
    """What bytes without a label that fits are: UTF-8, what the mail's other labels say, what nearly fits, and only
    then what a detector makes of them. A few bytes that do not fit are replaced one by one."""
    as_utf8 = strict(content, "utf-8")
    if as_utf8 is not None:
        return Decoded(as_utf8, "utf-8", UNLABELLED)
    for name in hints:
        if not SINGLE_BYTE.fullmatch(name) and (hinted := _fitting(content, name)) is not None:
            return hinted
    best = best_japanese(content)
    if best is not None and (plainly_japanese(best.text) or _common_kanji(best)):
        return best
    if (near := _nearest(content, hints)) is not None:
        return near
    for name in hints:
        if SINGLE_BYTE.fullmatch(name) and (hinted := _fitting(content, name)) is not None:
            return hinted
    detected = _detected(content)
    if best is not None and (detected is None or detected.confidence <= DAMAGED) and score(best.text) > 1:
        return best
    return detected or Decoded(content.decode("cp1252", errors="replace"), "cp1252", DAMAGED)


def _fitting(content: bytes, name: str) -> Decoded | None:
    text = text_of_euc(content) if name == "euc_jp" else strict(content, name)
    return Decoded(text, name, GUESSED) if text is not None else None


def _nearest(content: bytes, hints: Sequence[str]) -> Decoded | None:
    """The charset of several bytes a character that all but a few bytes fit: nobody writes its sequences by chance."""
    read: list[tuple[float, Decoded]] = []
    for name in dict.fromkeys(("utf-8", *(hint for hint in hints if hint in _OF_SEVERAL_BYTES), "cp932", "euc_jp")):
        text = _NO_SHIFT_JIS.sub("�", content.decode(name, errors="replace"))
        lost, beyond = text.count("�"), sum(not c.isascii() for c in text)
        fits = name in ("utf-8", *hints) or plainly_japanese(text.replace("�", ""))
        if fits and beyond - lost >= 2 and lost * 4 <= beyond:
            read.append((lost / beyond, Decoded(text, name, DAMAGED)))
    return min(read, key=lambda one: one[0])[1] if read else None


_NO_SHIFT_JIS = re.compile("[\uf8f0-\uf8f3]")
"""What Python's codec makes of bytes that Shift_JIS does not have."""
_OF_SEVERAL_BYTES = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "euc_jp"})


def _detected(content: bytes) -> Decoded | None:
    """What the detector says, of charsets that mails have; a shot in the dark at a short text counts little."""
    guess = chardet.detect(content[:GUESS_BYTES])
    name = name_of(str(guess["encoding"]))
    if not _LATIN.fullmatch(name) and SINGLE_BYTE.fullmatch(name) and _within_words(content[:GUESS_BYTES]):
        name = "cp1252"
    text = strict(content, name) if _WRITTEN.fullmatch(name) else None
    if text is None:
        return None
    return Decoded(text, name, GUESSED if SINGLE_BYTE.fullmatch(name) or guess["confidence"] >= 0.2 else DAMAGED)


_WRITTEN = re.compile(
    r"iso-?8859-\d{1,2}|windows-(125\d|874)|cp(125\d|866|874|932|949)|koi8-[ru]|tis-620|euc[-_](jp|kr)|gb18030|"
    r"big5hkscs|utf-?(16|32)(-?[bl]e)?|mac-?(roman|cyrillic)"
)
"""Charsets without a label that are guessed at: no mail was ever written in EBCDIC."""
_LATIN = re.compile(r"iso-?8859-(1|2|3|4|9|10|13|14|15|16)|(windows-|cp)125[02478]")


def _within_words(content: bytes) -> bool:
    """Whether what is not ASCII stands beside ASCII letters, as accents do; Greek and Cyrillic words have none."""
    accents = len(_BESIDE.findall(content))
    return accents * 2 > sum(byte > 0x7F for byte in content)


_BESIDE = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]|[\x80-\xff](?=[A-Za-z])")


def best_japanese(content: bytes) -> Decoded | None:
    read = [
        Decoded(text, "cp932", GUESSED)
        for text in [strict(content, "cp932")]
        if text is not None and not _NO_SHIFT_JIS.search(text)
    ]
    euc = text_of_euc(content)
    if euc is not None:
        read.append(Decoded(euc, "euc_jp", GUESSED))
    return max(read, key=lambda decoded: score(decoded.text), default=None)


def plainly_japanese(text: str) -> bool:
    """Kana, and little that Japanese mails do not have: Latin letters with accents read as kanji have no kana."""
    beyond = sum(not c.isascii() for c in text)
    kana = sum("぀" <= c <= "ヿ" for c in text)
    return kana * 8 >= beyond > 0 and score(text) * 3 >= beyond


def _common_kanji(read: Decoded) -> bool:
    """Short Shift_JIS without kana, such as a file name: nothing but kanji of the first level."""
    leads = [c.encode("cp932")[0] for c in read.text if not c.isascii()] if read.charset == "cp932" else []
    return bool(leads) and all(0x81 <= lead <= 0x97 for lead in leads)


def score(text: str) -> int:
    """How much a text looks like Japanese: kana and common kanji speak for it, half-width kana soup against."""
    points = 0
    for c in text[:20_000]:
        if "぀" <= c <= "ヿ":
            points += 2
        elif "一" <= c <= "鿿" or "！" <= c <= "～" or "　" <= c <= "】":
            points += 1
        elif "｡" <= c <= "ﾟ":
            points -= 1
        elif "\x80" <= c <= "\x9f" or "\ue000" <= c <= "\uf8ff" or c == "�":
            points -= 5
    return points
