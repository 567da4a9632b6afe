"""The parts of a mail: file names, bytes, and what is inside files that readers cannot open. Pure and bounded."""

import mimetypes
import re
import struct
import zipfile
from binascii import a2b_base64
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message
from io import BytesIO
from typing import Any

from icalendar import Calendar
from striprtf.striprtf import rtf_to_text
from tnefparse import TNEF

from helpdesk.mailgate.charsets import decode
from helpdesk.mailgate.encoded import decode_header, decode_parameter
from helpdesk.mailgate.labels import CERTAIN, Decoded

TNEF_MAX = 20 * 1024 * 1024
ICAL_MAX = 200_000


@dataclass(frozen=True)
class MailFile:
    """A file of a mail. `inline` ones are shown within the HTML under `content_id`."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True)
class OpenedTnef:
    """What is in Outlook's winmail.dat: files, and the words as HTML or, where it has none, as text."""

    files: tuple[MailFile, ...]
    html: str = ""
    text: str = ""


def opened_tnef(content: bytes) -> OpenedTnef:
    """What is in winmail.dat; where it cannot be opened, or holds nothing that is read, itself as a file."""
    kept = OpenedTnef((MailFile("winmail.dat", "application/ms-tnef", content),))
    try:
        opened = TNEF(content[:TNEF_MAX], do_checksum=False)
        named = [(str(file.long_filename() or file.name), bytes(file.data)) for file in opened.attachments]
        html = getattr(opened, "htmlbody", None) or ""
        markup = html if isinstance(html, str) else decode(bytes(html), None).text
        text = "" if markup else _words_of_tnef(opened)
    except _UNOPENED:
        return kept
    files = (
        MailFile(name.rstrip("\x00") or "file", mimetypes.guess_type(name.rstrip("\x00"))[0] or OCTETS, inside)
        for name, inside in named
    )
    return OpenedTnef(tuple(files), markup, text) if named or markup or text else kept


OCTETS = "application/octet-stream"


def _words_of_tnef(opened: TNEF) -> str:
    """Its rich text, else its plain one."""
    rich = opened.rtfbody
    if isinstance(rich, bytes) and rich.startswith(b"{\\rtf"):
        text = rich[:RTF_MAX].rstrip(b"\x00").decode("latin-1")
        words = str(rtf_to_text(text, errors="replace")).strip()  # type: ignore[no-untyped-call]
        if words:
            return f"{words}\n"
    plain = opened.body or b""
    return plain if isinstance(plain, str) else decode(bytes(plain).rstrip(b"\x00"), None).text


RTF_MAX = 1_000_000


_UNOPENED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    struct.error,
    AssertionError,
    OSError,
    EOFError,
    NameError,
)
"""What a foreign parser raises on hostile bytes; the file is kept as it came."""


_INVITATION = (
    ("予定 / Event", "SUMMARY"),
    ("開始 / Start", "DTSTART"),
    ("終了 / End", "DTEND"),
    ("場所 / Place", "LOCATION"),
    ("説明 / Description", "DESCRIPTION"),
)


def invitation_words(part: Message, content: bytes) -> list[str]:
    """The events of a calendar invitation as text; none where it cannot be read."""
    try:
        events = Calendar.from_ical(decode(content[:ICAL_MAX], part.get_content_charset()).text).walk("VEVENT")
        return [
            "\n".join(f"{label}: {_plain(event[key])}" for label, key in _INVITATION if key in event)
            for event in events[:5]
        ]
    except _UNOPENED:
        return []


def _plain(value: object) -> str:
    moment = getattr(value, "dt", None)
    return str(moment if moment is not None else value)[:2000]


def unnamed(kind: str) -> str:
    """A name for a part that brings none, with the ending of its type."""
    return f"file{_ENDINGS.get(kind) or mimetypes.guess_extension(kind, strict=False) or ''}"


_ENDINGS = {"image/jpeg": ".jpg", "message/rfc822": ".eml"}


def is_locked(content: bytes) -> bool:
    """Whether a ZIP's files need a password."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(BytesIO(content)) as opened:
            return any(entry.flag_bits & 1 for entry in opened.infolist()[:1000])
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return len(content) >= 30 and bool(content[6] & 1)


def file_name(part: Message, hints: Sequence[str] = ()) -> Decoded:
    """A part's file name on one line; empty where it has none. One with its charset (RFC 2231) wins."""
    for header, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        try:
            named: list[Any] = [value for key, value in part.get_params([], header) if key.lower() == parameter]
        except (ValueError, LookupError, TypeError):
            continue
        if values := [value for value in named if value]:
            read = decode_parameter(next((value for value in values if isinstance(value, tuple)), values[0]), hints)
            words = "".join(c if c.isprintable() else " " for c in read.text).split()
            return replace(read, text=" ".join(words)[:255])
    return Decoded("", "us-ascii", CERTAIN)


def payload_of(part: Message) -> bytes:
    """A part's content. Sound Base64 is read without the standard library's list of its lines."""
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        text = part.get_payload()
        with suppress(ValueError):
            return _of_base64(text, footer=part.get_content_maintype() == "text") if isinstance(text, str) else b""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        payload = None
    if isinstance(payload, bytes):
        return payload
    text = part.get_payload()
    return text.encode("utf-8", errors="surrogateescape") if isinstance(text, str) else b""


def _of_base64(text: str, *, footer: bool) -> bytes:
    """Base64 up to where it ends; with `footer` what a list wrote below it as it stands."""
    if _BASE64.fullmatch(text):
        return _padded(text)
    lines = text.splitlines(keepends=True)
    end = next((n for n, line in enumerate(lines) if not _BASE64_LINE.fullmatch(line.strip())), len(lines))
    end = next((n + 1 for n, line in enumerate(lines[:end]) if line.rstrip().endswith("=")), end)
    content = _padded("".join(lines[:end]))
    if len(content) * 4 < len(text):
        return _padded(text)  # signs strewn in, not a footer
    below = "".join(lines[end:]).strip().encode("utf-8", "surrogateescape")
    return content + b"\n" + below if footer and below else content


def _padded(text: str) -> bytes:
    """What is cut off at the end costs no more than its last character."""
    try:
        return a2b_base64(text)
    except ValueError:
        kept = _NO_BASE64.sub("", text)
        return a2b_base64(kept[: len(kept) - (len(kept) % 4 == 1)] + "=" * (-len(kept) % 4))


_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
_BASE64_LINE = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def first_header(message: Message, name: str) -> str:
    return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def charset_in(kind: str, content: bytes) -> str | None:
    """The charset an HTML part names in its own head."""
    if kind != "text/html":
        return None
    start = content[:2000].lower().find(b"charset=")
    if start < 0:
        return None
    return (
        content[start + 8 : start + 40]
        .strip(b"\"' ")
        .split(b'"')[0]
        .split(b">")[0]
        .strip(b"'/; ")
        .decode("ascii", "ignore")
    )


def unflowed(text: str, *, joined: bool) -> str:
    """RFC 3676: a line that ends with a space goes on in the next one of the same quote depth."""
    out: list[list[str]] = []
    open_depth: int | None = None
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        depth = len(line) - len(line.lstrip(">"))
        rest = line[depth:].removeprefix(" ")
        soft = rest.endswith(" ") and rest != "-- "
        if open_depth == depth and out:
            out[-1].append(rest[:-1] if soft and joined else rest)
        else:
            kept = rest[:-1] if soft and joined else rest
            out.append([f"{'>' * depth}{' ' if depth else ''}", kept])
        open_depth = depth if soft else None
    return "\n".join("".join(pieces) for pieces in out)


def with_readable_parameters(part: Message, hints: Sequence[str]) -> int:
    """Decode raw bytes in a part's own headers, so that no file name is lost; how sure that is, in percent."""
    confidence = CERTAIN
    for name, value in part.raw_items():
        if name.lower() in ("content-type", "content-disposition") and not str(value).isascii():
            read = decode_header(str(value), hints)
            part.replace_header(name, read.text)
            confidence = min(confidence, read.confidence)
    return confidence


def resplit(part: Message) -> list[Message]:
    """The parts of a multipart whose boundary is not the one it names: split at the line that looks like one."""
    payload = payload_of(part) if part.get_content_maintype() == "multipart" and not part.is_multipart() else b""
    match = _BOUNDARY.search(payload[:100_000]) if payload.count(b"\n") <= 20_000 else None
    if match is None:
        return []
    again = message_from_bytes(b'Content-Type: multipart/mixed; boundary="' + match[1] + b'"\n\n' + payload)
    inner = again.get_payload()
    return [child for child in inner if isinstance(child, Message)] if isinstance(inner, list) else []


_BOUNDARY = re.compile(rb"(?m)^--([!-~]{1,70})[ \t\r]*\n(?=[Cc]ontent-)")
