"""Mails in ISO-2022-JP for recipients whose systems read nothing else, and which characters do not survive it. Pure."""

import unicodedata

GETA = "〓"
_SAME = str.maketrans(
    {"～": "〜", "－": "−", "∥": "‖", "￠": "¢", "￡": "£", "￢": "¬", "―": "—", "￤": "|", "\xa0": " "}
)
_NEAR = str.maketrans({"髙": "高", "﨑": "崎", "德": "徳", "瀨": "瀬", "”": '"', "“": '"', "’": "'", "–": "-"})


def in_jis(text: str) -> str:
    """The text with only what ISO-2022-JP (JIS X 0208) can carry: equals, near equals, or 〓."""
    return "".join(_carried(c) for c in text)


def lost_in_jis(text: str) -> list[tuple[str, str]]:
    """(character, what arrives instead) of every character that does not arrive as itself, each once."""
    changed = {c: _carried(c) for c in dict.fromkeys(text) if not _fits(c.translate(_SAME))}
    return list(changed.items())


def _carried(c: str) -> str:
    if _fits(c):
        return c
    for other in (c.translate(_SAME), _circled(c), c.translate(_NEAR), unicodedata.normalize("NFKC", c)):
        if other != c and _fits(other):
            return other
    return GETA


def _circled(c: str) -> str:
    """① as (1): without its circle a number means something else."""
    return f"({unicodedata.normalize('NFKC', c)})" if unicodedata.name(c, "").startswith("CIRCLED ") else c


def _fits(text: str) -> bool:
    try:
        text.encode("iso2022_jp")
    except UnicodeEncodeError:
        return False
    return not any("｡" <= c <= "ﾟ" or c in "\x0e\x0f\x1b" for c in text)
