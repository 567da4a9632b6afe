"""Taking a person's name, addresses and numbers out of words that are not theirs. Pure.

A name is found in either order, with blanks and separators between its parts and blanks between its letters, in
half width, hiragana and other shapes of its characters as well; an address and a number in any width, a number with any
separators or its country's prefix. What begins or ends within another name, address or number is somebody else's. A
single word, such as a family name, goes only before a title, as letters address people, and where it is all that a
field says.

The database looks for `loose`, which knows no neighbours: within JSON a line's end is a letter.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from helpdesk.masking import ERASED

NAME_MIN, DIGITS_MIN = 2, 9
SHORT = 3
"""So many characters in all, or fewer, could be a part of many other words."""
_BLANK = " \u00a0\u2000-\u200d\u2060\u3000\ufeff\\t\\r\\n>"
_MARKS = "\u30fb\uff65.,\uff0c\u3001_/|+\uff3f\uff0f\uff5c\uff0d-"
_WITHIN, _BETWEEN = f"[{_BLANK}]{{0,6}}", f"[{_BLANK}{_MARKS}]{{0,8}}"
_LOOSE_BLANK = "[\\\\nrt" + _BLANK
"""The same where the database looks: a line's end may be a backslash and a letter."""
_TITLES = "(?:様|さま|さん|殿|氏|君|くん)"
_KANJI = "一-龠々ヶ\uf900-\ufaff"
_STRETCHED = "大小上下中東西南北高新古元今奥若青赤白黒平荒"
_GOES_ON = (
    "郎朗子美雄夫男彦介助乃之香奈也哉弥太平治次司志樹希輝恵江枝世里菜衣音斗翔真実紀利博明光行幸正和一二三四五丸人代"
)
"""Characters that make another family name of what follows them, another given name of what they follow."""
_RANKS = (
    "様|殿|氏|君|宛|先生|課長|部長|係長|室長|社長|会長|主任|主事|主査|専務|常務|取締|代表|代理|代行|人事|本人|担当|"
    "用|端末|所有|名義|女士|一同|平素|和文|明細|行き|正式|光回線"
)
_BEFORE = f"(?:(?<![{_STRETCHED}])|(?<=御中)|(?<=社中))"
_AFTER = f"(?:(?![{_GOES_ON}])|(?={_RANKS}))"
_BEFORE_SHORT = f"(?:(?<![{_KANJI}])|(?<=[部課社係室局所店長員者当名]))"
"""No kanji before it but those that end a department or a rank."""
_AFTER_SHORT = f"(?:(?![{_KANJI}])|(?={_RANKS}))"
_SEPARATORS = "[-() .\u2010-\u2015\u2212\u30fc\uff0d\uff08\uff09\u3000]*"
_SHAPES = (
    "高髙 崎﨑嵜 辺邊邉 斉斎齊齋 沢澤 浜濱濵 国國 広廣 桜櫻 島嶋嶌 真眞 徳德 瀬瀨 恵惠 竜龍 吉𠮷 栄榮 黒黑 礼禮 "
    "実實 寿壽 条條 曽曾 蔵藏 豊豐 関關 万萬 円圓 学學 会會 顕顯 郎郞 富冨 峰峯 恒恆 尭堯 遥遙 凛凜 槙槇 晋晉 芦蘆 "
    "桧檜 薮藪 蛍螢 来來"
)
"""Characters that stand for one another in names."""


class Redactor:
    """Takes out what is found by names, addresses, phone numbers, single `words`, and `literals` as they are.

    `instead` takes its place.
    """

    def __init__(
        self,
        *,
        names: Iterable[str] = (),
        addresses: Iterable[str] = (),
        phones: Iterable[str] = (),
        words: Iterable[str] = (),
        literals: Iterable[str] = (),
        instead: str = ERASED,
    ) -> None:
        self._instead = instead
        whole = [pair for name in names for pair in _name(name)]
        whole += [(core, _address_bounds(core)) for one in addresses for core in _address(one)]
        whole += [(core, f"(?<![0-9０-９]){core}(?![0-9０-９])") for one in phones if (core := _phone(one))]
        whole += [(core, core) for one in literals if len(one) >= NAME_MIN and (core := re.escape(one))]
        alone = [re.escape(one) for one in words if len(one) >= NAME_MIN]
        titled = [f"{_BEFORE_SHORT}{one}{_BETWEEN}(?={_TITLES})" for one in alone]
        self.loose = "|".join(sorted({_loosely(core) for core, _strict in whole} | set(alone), key=_longest))
        strict = sorted([one for _core, one in whole], key=_longest) + sorted(titled, key=_longest)
        self._strict = re.compile("|".join(strict) or r"(?!)", re.IGNORECASE)
        self._alone = re.compile("|".join(alone) or r"(?!)", re.IGNORECASE)

    def finds(self, words: str) -> bool:
        """Whether somebody is named within longer words."""
        return bool(self._strict.search(words))

    def text(self, words: str) -> str:
        if self._alone.fullmatch(words.strip()):
            return self._instead
        return self._strict.sub(lambda _found: self._instead, words)

    def value(self, value: Any) -> Any:
        """The same of a JSON value, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        return value


def parts_of(name: str) -> list[str]:
    return re.split(r"[\s\u3000\u30fb]+", name.strip())


def _longest(pattern: str) -> tuple[int, str]:
    return -len(pattern), pattern


def is_latin(name: str) -> bool:
    """Whether it is written in Latin letters, with accents or without."""
    return not re.search(r"[^\u0000-\u024f\u0300-\u036f]", unicodedata.normalize("NFKC", name))


def size_of(name: str) -> int:
    return sum(map(len, parts_of(name)))


def _name(name: str) -> Iterator[tuple[str, str]]:
    """What it looks like, and the same with its bounds: nothing for a word alone that is Latin or short."""
    parts = [part for part in parts_of(name) if part]
    if is_latin(name):
        if len(parts) > 1 and size_of(name) > NAME_MIN:
            yield from _latin(parts)
        return
    if size_of(name) < NAME_MIN or (len(parts) == 1 and size_of(name) < SHORT):
        return
    for written in _written(parts):
        for ordered in dict.fromkeys((tuple(written), tuple(written[::-1]))):
            core = _BETWEEN.join(_WITHIN.join(_shapes(one) for one in _letters(part)) for part in ordered)
            yield core, _bounded("".join(ordered), core)


def _latin(parts: list[str]) -> Iterator[tuple[str, str]]:
    """With nothing between its parts where it is long enough to be nothing else."""
    least = 0 if sum(map(len, parts)) >= 8 else 1
    between = f"[{_BLANK}{_MARKS}]{{{least},6}}"
    for ordered in (parts, parts[::-1]):
        core = between.join("".join(_accented(one) for one in part) for part in ordered)
        yield core, f"(?<![^\\W_]){core}(?![^\\W_])"


def _accented(letter: str) -> str:
    if letter.isascii():
        return _any_width(letter)
    apart = unicodedata.normalize("NFD", letter)
    return f"(?:{re.escape(unicodedata.normalize('NFC', letter))}|{re.escape(apart)})"


def _written(parts: list[str]) -> list[list[str]]:
    """As it is, and in half width and hiragana where it is katakana."""
    found = [parts, [half_width(part) for part in parts]]
    if re.fullmatch("[ァ-ヺー]+", "".join(parts)):
        found.append(["".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in part) for part in parts])
    return [one for at, one in enumerate(found) if one not in found[:at]]


def _letters(part: str) -> list[str]:
    """Letters, each with the marks that belong to it."""
    return re.findall(r".[\uff9e\uff9f\u3099\u309a]?", part, re.DOTALL)


def _shapes(letter: str) -> str:
    """A letter in any of its shapes, such as 高 and 髙."""
    if letter.isascii():
        return _any_width(letter)
    known = _all_shapes().get(letter)
    return f"[{known}]" if known else re.escape(letter)


@lru_cache(1)
def _all_shapes() -> dict[str, str]:
    """Those that names are known for, and those that Unicode holds twice for the sake of older sets."""
    groups = [set(group) for group in _SHAPES.split()]
    groups += [{chr(code), unicodedata.normalize("NFKC", chr(code))} for code in range(0xF900, 0xFAFF)]
    found: dict[str, set[str]] = {}
    for group in groups:
        whole = group.union(*(found.get(one, set()) for one in group))
        found |= dict.fromkeys(whole, whole)
    return {one: "".join(sorted(whole)) for one, whole in found.items() if len(whole) > 1}


def _bounded(letters: str, core: str) -> str:
    if re.search(f"[{_KANJI}]", letters):
        short = len(letters) <= SHORT
        return f"{_BEFORE_SHORT}{core}{_AFTER_SHORT}" if short else f"{_BEFORE}{core}{_AFTER}"
    if re.search("[ぁ-ゖ]", letters):
        return core if len(letters) > SHORT + 1 else f"(?<![ぁ-ゖ]){core}(?![ぁ-ゖ])"
    kana = "ァ-ヺーｦ-ﾟ"
    return f"(?<![{kana}]){core}(?![{kana}])"


def _loosely(core: str) -> str:
    return core.replace(f"[{_BLANK}", _LOOSE_BLANK)


def _address(address: str) -> list[str]:
    """As it is written, and as it stands within links."""
    written = dict.fromkeys((address, quote(address, safe="")))
    return [core for one in written if (core := _any_width(one))]


def _address_bounds(core: str) -> str:
    return f"(?<![A-Za-z0-9._%+-]){core}(?![A-Za-z0-9-]|\\.[A-Za-z0-9])"


def _any_width(text: str) -> str:
    """Each printable ASCII character in its usual or its full width."""
    wide = (f"[{re.escape(c)}{chr(ord(c) + 0xFEE0)}]" if "!" <= c <= "~" else re.escape(c) for c in text)
    return "".join(wide)


def _phone(phone: str) -> str:
    plain = unicodedata.normalize("NFKC", phone).strip()
    digits = [one for one in plain if one.isdigit()]
    if plain.startswith("+81"):
        digits = ["0", *digits[2 + (digits[2:3] == ["0"]) :]]
    if len(digits) < DIGITS_MIN:
        return ""
    either = [f"[{one}{chr(ord(one) + 0xFEE0)}]" for one in digits]
    if digits[0] == "0":
        either[0] = f"(?:\\+?81{_SEPARATORS})?{either[0]}?"
    return _SEPARATORS.join(either)


def half_width(text: str) -> str:
    """Katakana as half-width letters; other characters as they are."""
    return "".join(_HALF.get(c, c) for c in text)


def _halves() -> dict[str, str]:
    found: dict[str, str] = {}
    for code in range(0xFF66, 0xFF9E):
        for mark in ("", "\uff9e", "\uff9f"):
            full = unicodedata.normalize("NFKC", chr(code) + mark)
            if len(full) == 1:
                found.setdefault(full, chr(code) + mark)
    return found


_HALF = _halves()
