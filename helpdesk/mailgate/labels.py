"""What charsets are called, and text with how sure its charset is. Pure."""

import codecs
import re
from dataclasses import dataclass

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

KNOWN = re.compile(
    r"utf-?(7|8|16|32)(-?[bl]e)?|(us-)?ascii|iso-?8859-\d{1,2}|windows-(125\d|874|932|936|949|950)"
    r"|cp(437|85\d|86\d|874|932|936|949|950|125\d)|iso-2022-\w{2,3}"
    r"|euc-?(jp|kr|cn)|big5(hkscs)?|gb18030|koi8-[ru]|tis-620|hz|mac(roman|intosh)|johab"
)
"""Charsets taken at their word; some of Python's other codecs are no charsets, and slow."""

SINGLE_BYTE = re.compile(r"(us-)?ascii|iso-?8859-\d{1,2}|windows-125\d|cp125\d|mac.*|koi8-[ru]")


def name_of(declared: str | None) -> str:
    name = (declared or "").strip().strip("\"'").lower()
    return _NAMES.get(name, _NAMES.get(name.replace("_", "-"), name.replace("_", "-") if "_jp" not in name else name))


def strict(content: bytes, charset: str) -> str | None:
    try:
        return content.decode(codecs.lookup(charset).name)
    except (LookupError, UnicodeDecodeError, ValueError):
        return None
