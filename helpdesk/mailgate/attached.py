"""Mails attached to a mail, as the bytes between their boundaries: evidence that nothing writes anew. Pure."""

import binascii
import quopri
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

from helpdesk.mailgate.large import head_of, parts_of

DEPTH_MAX = 20
_ATTACHED = re.compile(rb"(?i)content-type\s{0,5}:\s{0,5}(?:message/|multipart/digest)")


def originals(raw: bytes, message: Message) -> list[bytes]:
    """The contents of its `message/...` parts in their order, transfer encodings undone; those within them not.

    Empty where the standard parser saw other parts in it, as it does where boundaries are broken.
    """
    if _ATTACHED.search(raw) is None:
        return []
    found = list(_found(raw, 0, len(raw), "text/plain", 0))
    return found if len(found) == _count(message) else []


def _found(raw: bytes, start: int, end: int, default: str, depth: int) -> Iterator[bytes]:
    head, body = head_of(raw, start, end)
    header = message_from_bytes(raw[start:head] + b"\r\n\r\n", policy=policy.compat32)
    header.set_default_type(default)
    kind, boundary = header.get_content_type(), header.get_boundary()
    if kind.startswith("message/"):
        yield _content(raw[body:end], str(header.get("Content-Transfer-Encoding", "")).strip().lower())
    elif kind.startswith("multipart/") and boundary and depth < DEPTH_MAX:
        inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        for first, last in parts_of(raw, body, end, boundary):
            yield from _found(raw, first, last, inner, depth + 1)


def _content(content: bytes, encoding: str) -> bytes:
    """RFC 2046 allows no encoding here, mailers use them all the same."""
    if encoding == "base64":
        try:
            return binascii.a2b_base64(content)
        except binascii.Error:
            return content
    return quopri.decodestring(content) if encoding == "quoted-printable" else content


def _count(message: Message) -> int:
    waiting, count = [message], 0
    while waiting:
        part = waiting.pop()
        inner = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "message":
            count += 1
        elif isinstance(inner, list):
            waiting += (child for child in inner if isinstance(child, Message))
    return count
