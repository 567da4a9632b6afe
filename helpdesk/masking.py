"""Secrets in what people write: told by mistake or in good faith, they are never kept among readable words. Pure."""

import re

MASK = "●●●●●●"
REACH = 200
"""Characters after a word such as `password` in which something that looks like a secret is taken for one."""
_WORD = re.compile(
    r"(?i)パスワード|パスフレーズ|暗証番号|シークレット|解凍\s?(?:pw|キー)|api\s?キー|クレデンシャル|アクセスキー|"
    r"pass(?:word|phrase|wd)\b|\bpw\b|\bpass\b|api[ _-]?(?:key|secret)|client[ _-]?secret|\b(?:secret|token)\b|"
    r"credentials?\b"
)
_TOLD = re.compile(
    r"\s{0,3}(?:[^\n!-~]{0,25}?[\s:：=＝「『\[\"'は]{1,12}|(?:is|to|was|reads)\b[\s:\"'`]{1,6}|[:=]\s{0,6}[\"'`]?)(?P<secret>[!-~]{4,128})"
)
"""Told right after the word: by a colon, a quotation mark, は, `is`, `to`."""
_RUN = re.compile(r"[!-~]{6,128}")
_OPENS, _CLOSES = "\"'`([{<「『", "\"'`)]}>.,;:、。」』"
_HARMLESS = re.compile(
    r"(?i)https?://.*|.*@.*\..*|[\d:./\-]+|[0-9a-f]{64}|.*[\\/].*[\\/].*|[a-z]{1,20}(?:[-/'][a-z]{1,20}){0,5}[?!]?|"
    r".*\.(?:exe|dll|pdf|zip|docx?|xlsx?|png|jpe?g|msi|iso|js|txt|log|csv)"
)
"""What stands in many letters about passwords and is none: addresses, paths, files, hashes, dates, words."""
_HOST = re.compile(r"[A-Z]{2,}[-_]?[A-Z]*[-_]?\d{1,6}|(?i:windows|macos|rhel|ubuntu)[ -]?[\d.]+|\d{4}-\d{4,6}")
"""Names of computers and systems, and our own numbers."""


def mask_secrets(text: str) -> str:
    """The text with passwords, keys and the like masked; itself where it tells none."""
    kept, position = "", 0
    for start, end in secret_spans(text):
        kept, position = kept + text[position:start] + MASK, end
    return kept + text[position:]


def secret_spans(text: str) -> list[tuple[int, int]]:
    """Where secrets are told: (start, end) offsets in order, none overlapping."""
    found: list[tuple[int, int]] = []
    for word in _WORD.finditer(text):
        told = _TOLD.match(text, word.end())
        if told is not None and _may_be(told["secret"]):
            found.append(told.span("secret"))
        found += [run.span() for run in _RUN.finditer(text, word.end(), word.end() + REACH) if _looks_so(run[0])]
    spans: list[tuple[int, int]] = []
    for start, end in (_bare(text, *span) for span in sorted(found)):
        if end > start and (not spans or start >= spans[-1][1]):
            spans.append((start, end))
    return spans


def moved(offset: int, spans: list[tuple[int, int]]) -> int:
    """Where an offset of the text stands in the masked one."""
    return offset + sum(len(MASK) - (end - start) for start, end in spans if end <= offset)


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the quotation marks and stops around it."""
    while start < end and text[start] in _OPENS:
        start += 1
    while end > start and text[end - 1] in _CLOSES:
        end -= 1
    return start, end


def _may_be(told: str) -> bool:
    """Whether what is told right after the word is no ordinary word: it has a digit or a mark, or odd capitals."""
    bare = told.strip(_OPENS + _CLOSES)
    return len(bare) >= 4 and not _HARMLESS.fullmatch(bare) and not _HOST.fullmatch(bare)


def _looks_so(run: str) -> bool:
    """Whether a run of characters near such a word looks like a secret: three kinds of characters are mixed in it."""
    bare = run.strip(_OPENS + _CLOSES)
    kinds = (re.search(kind, bare) is not None for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]"))
    return len(bare) >= 6 and sum(kinds) >= 3 and not _HARMLESS.fullmatch(bare) and not _HOST.fullmatch(bare)
