"""Large mails, taken apart without a list of their lines or copies of their parts. Pure.

Beside the mail itself only its parts' words are in memory, once.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

LINES_MAX = 20_000
"""Above so many lines the standard parser's bookkeeping weighs more than the mail."""
SIZE_MAX = 1_000_000
"""Above so many bytes the standard parser's copies, of four bytes a character, weigh more than the mail."""
PARTS_MAX = 500
DEPTH_MAX = 6

_BLANK = re.compile(rb"\r?\n\r?\n")


def message_of(raw: bytes) -> Message:
    """The mail as the standard library's parser would give it; what is too deep stays one part."""
    return _message(raw, 0, len(raw), 0)


def _message(raw: bytes, start: int, end: int, depth: int) -> Message:
    """The same of one part, which lies there."""
    if end - start <= SIZE_MAX and raw.count(b"\n", start, end) + raw.count(b"\r", start, end) <= 2 * LINES_MAX:
        return message_from_bytes(raw[start:end], policy=policy.compat32)
    head, body = head_of(raw, start, end)
    message = message_from_bytes(raw[start:head] + b"\r\n\r\n", policy=policy.compat32)
    boundary = message.get_boundary() if message.get_content_maintype() == "multipart" else None
    parts = list(parts_of(raw, body, end, boundary)) if boundary and depth < DEPTH_MAX else []
    if parts:
        message.set_payload([])
        for first, last in parts:
            message.attach(_message(raw, first, last, depth + 1))
    else:
        message.set_payload(str(memoryview(raw)[body:end], "ascii", "surrogateescape"))
    return message


def head_of(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where a part's header ends, and where what follows it begins; one that begins with an empty line has none."""
    if raw.startswith((b"\n", b"\r\n"), start, end):
        return start, raw.index(b"\n", start) + 1
    blank = _BLANK.search(raw, start, end)
    return (blank.start(), blank.end()) if blank else (end, end)


def parts_of(raw: bytes, body: int, end: int, boundary: str) -> Iterator[tuple[int, int]]:
    """Where the parts between the delimiter lines lie; preamble and epilogue are left out (RFC 2046 5.1.1)."""
    delimiter = re.escape(boundary.encode("ascii", errors="surrogateescape"))
    line = re.compile(rb"\r?\n--" + delimiter + rb"(--)?[ \t]*(?=\r?\n|$)")
    start: int | None = None
    for count, match in enumerate(line.finditer(raw, body - 1, end)):
        if start is not None:
            yield _next_line(raw, start, match.start()), match.start()
        if match[1] or count >= PARTS_MAX:
            return
        start = match.end()
    if start is not None:
        yield _next_line(raw, start, end), end


def _next_line(raw: bytes, start: int, end: int) -> int:
    while raw.startswith(b"\r", start, end):
        start += 1
    return start + raw.startswith(b"\n", start, end)
