"""A raw mail as values: no database, no clock, no Flask. What cannot be read is marked, never raised."""

import codecs
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr

import nh3

TEXT_MAX = 1_000_000
SUBJECT_MAX = 500
PARTS_MAX = 200
ATTACHMENTS_MAX = 50
RECIPIENTS_MAX = 1_000
HEADER_MAX = 20_000
DEPTH_MAX = 20

Part = Message

_CHARSETS = {
    "iso-2022-jp": ("iso2022_jp_ext", "iso2022_jp_2004", "cp932"),
    "shift_jis": ("cp932",),
    "shift-jis": ("cp932",),
    "x-sjis": ("cp932",),
    "windows-31j": ("cp932",),
    "gb2312": ("gb18030",),
}
_GUESSES = ("utf-8", "cp932", "euc_jp")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_BREAKS = re.compile(r"(?i)<(br|/p|/div|/tr|/li|/h[1-6])\b[^<>]{0,200}>")
_KNOWN = re.compile(
    r"utf-?(7|8|16|32)(-?[bl]e)?|(us-)?ascii|iso-?8859-\d{1,2}|windows-\d{3,4}|cp\d{3,4}|iso-2022-\w{2,3}"
    r"|euc-?(jp|kr|cn)|big5(-hkscs)?|gbk|gb18030|koi8-[ru]|tis-620|hz-gb-2312"
)
"""Charsets taken at their word; some of Python's other codecs are no charsets, and slow."""


@dataclass(frozen=True)
class MailFile:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """What a mail says. `readable` is False where it has neither sender nor subject: only its original helps."""

    subject: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    message_id: str | None = None
    references: tuple[str, ...] = ()
    text: str = ""
    files: tuple[MailFile, ...] = ()
    automatic: bool = False
    bounce: bool = False
    authentication: tuple[str, ...] = ()
    readable: bool = True


def parse_mail(raw: bytes) -> Mail:
    """Read a mail as it came off the wire; never raises for its content."""
    try:
        return _parsed(raw)
    except (ValueError, LookupError, IndexError, KeyError, TypeError, AttributeError, RecursionError):
        return Mail(readable=False, text=raw[:4000].decode("utf-8", errors="replace"))


def _parsed(raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.compat32)
    name, sender = parseaddr(_header(message.get("From")))
    recipients = [_header(v) for h in ("To", "Cc", "Delivered-To", "X-Original-To") for v in message.get_all(h, [])]
    plain, rich, files = _contents(message)
    text = "\n\n".join(plain) if any(part.strip() for part in plain) else _text_of_html("\n".join(rich))
    return Mail(
        subject=_one_line(_header(message.get("Subject")))[:SUBJECT_MAX],
        sender=_one_line(sender).lower(),
        sender_name=_one_line(name),
        recipients=tuple(a.lower() for _, a in getaddresses(recipients) if "@" in a)[:RECIPIENTS_MAX],
        message_id=_first_id(message.get("Message-ID")),
        references=tuple(
            dict.fromkeys(
                found
                for header in ("In-Reply-To", "References")
                for found in _MESSAGE_ID.findall(str(message.get(header, ""))[:HEADER_MAX])
            )
        )[-50:],
        text=text[:TEXT_MAX].replace("\x00", ""),
        files=tuple(files),
        automatic=_said(message) == "auto-replied",
        bounce=message.get_content_type() == "multipart/report",
        authentication=tuple(_one_line(str(v)) for v in message.get_all("Authentication-Results", [])),
        readable=bool(message.get("From") or message.get("Subject")),
    )


def decode(content: bytes, charset: str | None) -> str:
    """Bytes as text: the named charset and its real-world supersets first, then guesses, then replacement."""
    named = (charset or "").strip().strip("\"'").lower()
    candidates = list(_CHARSETS.get(named, ()))
    if _KNOWN.fullmatch(named.replace("_", "-")):
        candidates.append(named)
    if b"\x1b$" in content:
        candidates = ["iso2022_jp_ext", *candidates]
    for candidate in [*candidates, *_GUESSES]:
        try:
            return content.decode(codecs.lookup(candidate).name)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("utf-8", errors="replace")


def _contents(message: Part) -> tuple[list[str], list[str], list[MailFile]]:
    """Plain texts, HTML texts and files of a mail, in order; walks without recursion, bounded."""
    plain: list[str] = []
    rich: list[str] = []
    files: list[MailFile] = []
    waiting: list[tuple[Part, int]] = [(message, 0)]
    seen = 0
    while waiting and seen < PARTS_MAX:
        part, depth = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            if depth < DEPTH_MAX:
                waiting[:0] = [(child, depth + 1) for child in inner if isinstance(child, Message)]
            continue
        _take(part, plain, rich, files)
    return plain, rich, files


def _take(part: Part, plain: list[str], rich: list[str], files: list[MailFile]) -> None:
    kind = part.get_content_type()
    name = part.get_filename()
    attached = part.get_content_disposition() == "attachment" or name is not None
    if kind == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        content = first.as_bytes() if isinstance(first, Message) else b""
        files.append(MailFile(_header(name) or "message.eml", kind, content))
        return
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if not attached and kind in ("text/plain", "text/html"):
        charset = part.get_content_charset()
        (plain if kind == "text/plain" else rich).append(decode(content, charset))
    elif content and len(files) < ATTACHMENTS_MAX:
        files.append(MailFile(_one_line(_header(name)) or "file", kind, content))


def _header(value: object) -> str:
    """A header decoded: encoded words joined before decoding, raw 8-bit bytes guessed."""
    if value is None:
        return ""
    text = str(value)[:HEADER_MAX]
    raw = text.encode("utf-8", errors="surrogateescape")
    if "=?" not in text:
        return decode(raw, None) if not text.isascii() else text
    joined: list[tuple[bytes, str | None]] = []
    for content, charset in decode_header(text):
        piece = content.encode("utf-8", errors="surrogateescape") if isinstance(content, str) else content
        if joined and charset and joined[-1][1] == charset:
            joined[-1] = (joined[-1][0] + piece, charset)
        else:
            joined.append((piece, charset))
    return "".join(decode(piece, charset or "utf-8") for piece, charset in joined)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _first_id(value: object) -> str | None:
    found = _MESSAGE_ID.search(str(value or "")[:HEADER_MAX])
    return found[0] if found else None


def _text_of_html(html: str) -> str:
    """The words of an HTML mail: tags removed by a maintained sanitizer, breaks kept as lines."""
    if not html.strip():
        return ""
    cleaned = nh3.clean(_BREAKS.sub("\n", html[:TEXT_MAX]), tags=set())
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("\xa0", " "), ("&amp;", "&")):
        cleaned = cleaned.replace(entity, char)
    return "\n".join(line.strip() for line in cleaned.splitlines()).strip()


def _said(message: Part) -> str:
    """RFC 3834's Auto-Submitted keyword: no, auto-generated, auto-replied."""
    return str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
