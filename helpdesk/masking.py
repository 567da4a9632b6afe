"""Secrets in what people write: told by mistake or in good faith, they are never kept among readable words. Pure."""

import re

MASK = "●●●●●●"
ERASED = "[erased]"
"""Stands where something of a person was erased (R61)."""
REACH = 200
"""Characters after a word such as `password` in which something that looks like a secret is taken for one."""
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2015: 0x30FC, 0x2014: 0x30FC}
"""Full-width signs as they stand in ASCII: as many characters, so that offsets stay."""
_WORD = re.compile(
    r"(?i)パスワード|ﾊﾟｽﾜｰﾄﾞ|ぱすわーど|パスフレーズ|パスコード|ログインパス|パス(?=[\s:は])|"
    r"暗証番号|認証コード|ワンタイム|シークレット|秘密鍵|解凍\s?キー|api\s?キー|アクセスキー|トークン|"
    r"クレデンシャル|"
    r"(?:リカバリー|バックアップ|回復用)コード|ログイン情報|"
    r"(?<![\w.])pass(?:word|phrase|wd|code|wort)|(?<![a-z])(?:pwd?|p/w|pass|pin)(?![a-z])|"
    r"(?:api|access|secret|client)[ _-]?(?:key|secret|token)|\b(?:secret|bearer|token)\b|"
    r"(?:recovery|backup|one-time) code|credentials?\b"
)
_TOLD = re.compile(
    r"\s{0,3}(?:[^\n!-~]{0,25}?[:=「『\[\"'は][\s「『\[\"']{0,6}|(?:is|to|was|reads)\b[\s:\"'`]{1,6}|[:=]\s{0,6}[\"'`]?|\s)"
    r"(?P<secret>[!-~]{4,400})"
)
"""Told right after the word: by a colon, a quotation mark, は, `is`, `to`."""
_NAMED = re.compile(r"\s{0,3}[:=]\s{0,3}[\"'「『]?(?P<secret>[!-~]{4,128})")
"""After a colon even an ordinary word is a secret."""
_AFTERWARDS = re.compile(
    r"(?i)(?:が|という)(?:新しい)?パスワード|(?:as|is) (?:the|our|your|my|a) (?:new )?(?:password|passphrase|pin)\b"
)
_BEFORE = re.compile(r"(?P<secret>[!-~]{6,128})[\"'」』]?\s{0,2}$")
"""What a secret is called only after it was told."""
_KNOWN = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,5000}?(?:-----END [A-Z ]{0,30}-----|$)|"
    r"\bAKIA[0-9A-Z]{16}\b|\beyJ[\w\-]{10,}\.[\w\-.]{10,}|(?<=://)[^\s/:@]{1,64}:[^\s/@]{3,64}(?=@)"
)
"""What is a secret wherever it stands: private keys, access keys and tokens of known forms, a URL's password."""
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
    kept, position = [], 0
    for start, end in secret_spans(text):
        kept += [text[position:start], MASK]
        position = end
    return "".join([*kept, text[position:]])


def secret_spans(text: str) -> list[tuple[int, int]]:
    """Where secrets are told: (start, end) offsets in order, none overlapping."""
    plain = text.translate(_WIDE)
    found = [match.span() for match in _KNOWN.finditer(plain)]
    for called in _AFTERWARDS.finditer(plain):
        begin = max(0, called.start() - 140)
        if (told := _BEFORE.search(plain[begin : called.start()])) is not None and _may_be(told["secret"]):
            found.append((begin + told.start("secret"), begin + told.end("secret")))
    looked_at = 0
    for word in _WORD.finditer(plain):
        told = _TOLD.match(plain, word.end())
        if told is not None and _may_be(told["secret"]):
            found.append(told.span("secret"))
        if (named := _NAMED.match(plain, word.end())) is not None and not _elsewhere(named["secret"]):
            found.append(named.span("secret"))
        begin, end = max(word.end(), looked_at), word.end() + REACH
        found += [run.span() for run in _RUN.finditer(plain, begin, end) if _looks_so(run[0])]
        looked_at = end
    spans: list[tuple[int, int]] = []
    for start, end in (_bare(plain, *span) for span in sorted(found)):
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


def _elsewhere(told: str) -> bool:
    """Whether what follows a colon is an address, a path or a file."""
    bare = told.strip(_OPENS + _CLOSES)
    return (
        len(bare) < 4
        or re.match(r"(?i)https?:|.*@.*\.|.*[\\/].*[\\/]|.*\.(?:exe|dll|pdf|zip|txt|log)$", bare) is not None
    )


def _may_be(told: str) -> bool:
    """Whether what is told right after the word is no ordinary word: it has a digit or a mark, or odd capitals."""
    bare = told.strip(_OPENS + _CLOSES)
    ordinary = _HARMLESS.fullmatch(bare) is not None and not (bare.isdigit() and 4 <= len(bare) <= 8)
    return len(bare) >= 4 and not ordinary and not _HOST.fullmatch(bare)


def _looks_so(run: str) -> bool:
    """Whether a run of characters near such a word looks like a secret: marks are mixed with letters or digits."""
    bare = run.strip(_OPENS + _CLOSES)
    kinds = [re.search(kind, bare) is not None for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]")]
    mixed = sum(kinds) >= 3 and kinds[3]
    return len(bare) >= 6 and mixed and not _HARMLESS.fullmatch(bare) and not _HOST.fullmatch(bare)
