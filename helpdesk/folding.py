"""How texts are compared: names as PostgreSQL's lower() folds them, questions by their words. Pure."""

import re
import unicodedata
from functools import lru_cache

_BLANKS = re.compile(r"\s+")
_KANA_END = re.compile(r"ー")
_BETWEEN = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")


def folded_name(name: str) -> str:
    """A name as it is compared: `lower(name)` says the same where the database maps single characters, as C.UTF-8 does.

    Python's own lower() looks at neighbours (a final sigma) and makes two characters of one (İ).
    """
    return "".join("i" if c == "İ" else c.lower() for c in name)


def fold(text: str) -> str:
    """NFKC, lower case, long vowels and blanks beside Japanese left out: スキャナー and スキャナ are one."""
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    return _BETWEEN.sub("", _KANA_END.sub("", plain))


@lru_cache(maxsize=10_000)
def fold_word(word: str) -> str:
    """fold() of a word that is looked for again and again."""
    return fold(word)


def says(text: str, word: str) -> bool:
    """Whether a folded text has a folded word; English ones as whole words."""
    if not word or word not in text:
        return False
    return not word[0].isascii() or re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None
