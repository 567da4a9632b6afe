"""Mails of very many lines, taken apart without a list of their lines: memory stays a few times their size. Pure."""

import re
from email import message_from_bytes, policy
from email.message import Message

LINES_MAX = 20_000
"""Above so many lines the standard parser's bookkeeping weighs more than the mail."""
PARTS_MAX = 500
DEPTH_MAX = 6

_BLANK = re.compile(rb"\r?\n\r?\n")


def message_of(raw: bytes, depth: int = 0) -> Message:
    """The mail as the standard library's parser would give it; what is too deep stays one part."""
    if raw.count(b"\n") + raw.count(b"\r") <= 2 * LINES_MAX:
        return message_from_bytes(raw, policy=policy.compat32)
    blank = _BLANK.search(raw)
    head, body = (raw[: blank.start()], raw[blank.end() :]) if blank else (raw, b"")
    message = message_from_bytes(head + b"\r\n\r\n", policy=policy.compat32)
    boundary = message.get_boundary() if message.get_content_maintype() == "multipart" else None
    parts = _split(body, boundary) if boundary and depth < DEPTH_MAX else []
    if parts:
        message.set_payload([])
        for part in parts:
            message.attach(message_of(part, depth + 1))
    else:
        message.set_payload(body.decode("ascii", errors="surrogateescape"))
    return message


def _split(body: bytes, boundary: str) -> list[bytes]:
    """The parts between the delimiter lines; preamble and epilogue are left out (RFC 2046 5.1.1)."""
    line = re.compile(
        rb"(?:^|\r?\n)--" + re.escape(boundary.encode("ascii", errors="surrogateescape")) + rb"(--)?[ \t]*(?=\r?\n|$)"
    )
    parts: list[bytes] = []
    start: int | None = None
    for found in line.finditer(body):
        if start is not None:
            parts.append(body[start : found.start()].lstrip(b"\r").removeprefix(b"\n"))
        if found[1] or len(parts) >= PARTS_MAX:
            return parts
        start = found.end()
    if start is not None:
        parts.append(body[start:].lstrip(b"\r").removeprefix(b"\n"))
    return parts
