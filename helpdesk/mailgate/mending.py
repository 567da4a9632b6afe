"""A mail's header as readers take it: what is no header there is passed over, and ends nothing. Pure.

The standard parser ends the header at the first line that is none, and reads neither sender nor subject below it.
"""

import re

HEAD_MAX = 1_000_000
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_BLANK_COLON = re.compile(rb"(?m)^([!-9;-~]{1,200})[ \t]+:")
_KNOWN = re.compile(
    rb"(?i)(?:from|to|cc|subject|message-id|mime-version|content-(?:type|transfer-encoding)|received|return-path)"
    rb"[ \t]*:"
)
"""Fields that show where the header goes on; in a text they seldom begin a line."""
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf|[ \t]*\r?\n)+")
_END = re.compile(rb"\r?\n[ \t]*\r?\n")


def mended(raw: bytes) -> bytes:
    """The mail without a byte order mark and blank lines before its header and without the lines in it that are none.

    The same bytes where there is nothing to mend. Lines after which no known field comes are the beginning of the text.
    """
    before = _BEFORE.match(raw)
    start = before.end() if before and _KNOWN.match(raw, before.end()) else 0
    end = _END.search(raw, start, start + HEAD_MAX)
    head = raw[start : end.start() if end else min(len(raw), start + HEAD_MAX)]
    lines = head.split(b"\n")
    wrong: set[int] = set()
    for number, line in enumerate(lines):
        folded = line.startswith((b" ", b"\t"))
        if not _is_field(number, line) and (not folded or not number or number - 1 in wrong):
            wrong.add(number)
    spaced = _BLANK_COLON.search(head) is not None
    if not (wrong or spaced or start):
        return raw
    last = max((n for n, line in enumerate(lines) if n not in wrong and _KNOWN.match(line)), default=-1)
    if last < 0:
        return raw
    kept = [line for n, line in enumerate(lines) if n not in wrong and n <= _whole(lines, last)]
    text = lines[_whole(lines, last) + 1 :]
    fixed = _BLANK_COLON.sub(rb"\1:", b"\n".join(kept))
    rest = raw[start + len(head) :]
    return fixed + (b"\n\n" + b"\n".join(text) + rest if text else rest)


def _is_field(number: int, line: bytes) -> bool:
    return _FIELD.match(line) is not None or line in (b"", b"\r") or (number == 0 and line.startswith(b"From "))


def _whole(lines: list[bytes], number: int) -> int:
    """The last line of the field that begins there."""
    while number + 1 < len(lines) and lines[number + 1].startswith((b" ", b"\t")):
        number += 1
    return number
