"""How texts are compared: names as PostgreSQL's lower() folds them, words by `fold`. Pure."""

import re
import unicodedata
from functools import lru_cache

_KANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)} | {0x30FC: None, 0x2019: "'"}
_BLANKS = re.compile(r"\s+")
_BETWEEN = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")


def folded_name(name: str) -> str:
    """A name as it is compared: `lower(name)` says the same where the database maps single characters, as C.UTF-8 does.

    Python's own lower() looks at neighbours (a final sigma) and makes two characters of one (İ).
    """
    return "".join("i" if c == "İ" else c.lower() for c in name)


def fold(text: str) -> str:
    """NFKC, lower case, katakana as hiragana, no long-vowel marks: ﾌﾟﾘﾝﾀ, プリンター and ぷりんた are one word."""
    return unicodedata.normalize("NFKC", text).lower().translate(_KANA)


def fold_words(text: str) -> str:
    """A text in which a rule's words are looked for: folded, but for kana, and without blanks beside Japanese.

    A supervisor's ルータ must not be found in するため.
    """
    return _run_together(unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("ー", ""))


def compact(text: str) -> str:
    """fold() with every run of blanks as one, and none beside Japanese."""
    return _run_together(fold(text))


@lru_cache(maxsize=10_000)
def fold_word(word: str) -> str:
    """fold_words() of a word that is looked for again and again."""
    return fold_words(word)


def says(text: str, word: str) -> bool:
    """Whether a text of fold_words() has a word of fold_word(); English ones as whole words."""
    if not word or word not in text:
        return False
    return not word[0].isascii() or re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None


def _run_together(text: str) -> str:
    return _BETWEEN.sub("", _BLANKS.sub(" ", text))
