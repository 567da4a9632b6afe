"""A raw mail as values: no database, no clock, no Flask. What cannot be read is marked, never raised."""

import re
from dataclasses import dataclass, field, replace
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parseaddr

from helpdesk.mailgate.automatic import Kind, Signs, kind_of, submitted
from helpdesk.mailgate.bounces import Bounce, read_bounce
from helpdesk.mailgate.charsets import CERTAIN, CORRECTED, DAMAGED, Decoded, clean, decode_header
from helpdesk.mailgate.large import message_of
from helpdesk.mailgate.leaves import MailFile
from helpdesk.mailgate.structure import TEXT_MAX, Contents, Mark, contents_of

SUBJECT_MAX = 500
RECIPIENTS_MAX = 1_000
HEADER_MAX = 20_000
HEADERS_MAX = 2_000
HEADERS_SIZE_MAX = 500_000
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to")

Headers = dict[str, list[str]]


@dataclass(frozen=True)
class Mail:
    """What a mail says. Confidence is a percentage; `shown` holds forwarded mails and invitations as text."""

    kind: Kind = Kind.person
    sign: str = ""
    subject: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    message_id: str | None = None
    references: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    shown: tuple[str, ...] = ()
    files: tuple[MailFile, ...] = ()
    marks: frozenset[Mark] = frozenset()
    charset: str = "us-ascii"
    confidence: int = CERTAIN
    answered_by_machine: bool = False
    list_id: str = ""
    junk: bool = False
    bounce: Bounce | None = None
    authentication: tuple[str, ...] = field(default=())

    @property
    def readable(self) -> bool:
        return self.kind != Kind.unreadable

    @property
    def attachments(self) -> tuple[MailFile, ...]:
        """The files a person attached: without the images that belong into the HTML."""
        return tuple(file for file in self.files if not file.inline)

    @property
    def body(self) -> str:
        """The words with what was forwarded or invited to below them, as they go on a ticket."""
        return "\n\n".join(part for part in (self.text.strip("\n"), *self.shown) if part.strip())[:TEXT_MAX]


def parse_mail(raw: bytes) -> Mail:
    """Read a mail as it came off the wire; never raises for its content.

    Where the structure cannot be read, its header still is; without sender and subject only the original helps.
    """
    start = raw[: HEADER_MAX * 10]
    try:
        message = message_of(raw)
        del raw  # a large one is in memory once
        return _parsed(message)
    except _BROKEN:
        pass
    try:
        head = BytesHeaderParser(policy=policy.compat32).parsebytes(start)
        return _parsed(head, instead=start)  # its beginning as it came, instead of its parts
    except _BROKEN:
        return Mail(kind=Kind.unreadable, text=_raw_words(start), confidence=DAMAGED)


_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError, OSError)


def _parsed(message: Message, *, instead: bytes = b"") -> Mail:
    headers = _headers(message)
    contents = Contents(texts=[_raw_words(instead)], marks={Mark.cut}) if instead else contents_of(message)
    subject, marks = decode_header(_first(headers, "subject")), set(contents.marks)
    name, sender = _sender(headers)
    subject_line = one_line(subject.text)[:SUBJECT_MAX]
    signs = Signs(
        headers={key: values[0][:1000] for key, values in headers.items()},
        content_type=message.get_content_type(),
        report_type=str(message.get_param("report-type") or "").lower(),
        sender=sender,
        subject=subject_line,
        opening=contents.text[:2000],
    )
    kind, sign = kind_of(signs) if "from" in headers or "subject" in headers else (Kind.unreadable, "")
    confidence = min(contents.confidence, subject.confidence)
    if confidence <= CORRECTED:
        marks.add(Mark.damaged if confidence <= DAMAGED else Mark.charset_guessed)
    return Mail(
        kind=kind,
        sign=sign,
        subject=subject_line,
        sender=sender,
        sender_name=name,
        recipients=_recipients(headers),
        message_id=_first_id(_first(headers, "message-id")),
        references=_references(headers),
        text=clean(contents.text),
        html=clean(contents.html),
        shown=tuple(clean(words) for words in contents.shown),
        files=tuple(replace(file, content_type=one_line(clean(file.content_type))[:100]) for file in contents.files),
        marks=frozenset(marks),
        charset=_charset(contents, subject),
        confidence=confidence,
        answered_by_machine=submitted(signs.headers).startswith("auto-replied"),
        list_id=one_line(_first(headers, "list-id"))[:300].lower(),
        junk=_is_junk(headers),
        bounce=read_bounce(message, contents.text) if kind == Kind.bounce else None,
        authentication=tuple(one_line(v) for v in headers.get("authentication-results", [])[:20]),
    )


def _headers(message: Message) -> Headers:
    """Header lines by lower-case name, in their order, raw; the first 2,000 of them."""
    found: Headers = {}
    left = HEADERS_SIZE_MAX
    for number, (name, value) in enumerate(message.raw_items()):
        if number >= HEADERS_MAX or left <= 0:
            break
        words = str(value)[:HEADER_MAX]
        left -= len(words)
        found.setdefault(name.lower(), []).append(words)
    return found


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, [""])[0]


def _sender(headers: Headers) -> tuple[str, str]:
    """(name, address) of the writer; addresses are taken apart before names are decoded."""
    for header in ("from", "sender", "reply-to", "return-path"):
        raw = _unfolded(_first(headers, header))
        if not raw:
            continue
        name, address = _address(raw)
        if "@" not in address and (found := _BARE.search(raw)):
            address = found[0]
        if "@" in address:
            return one_line(decode_header(name).text)[:200], one_line(address).lower()[:320]
    return one_line(decode_header(_first(headers, "from")).text)[:200], ""


def _address(raw: str) -> tuple[str, str]:
    try:
        return parseaddr(raw)
    except (RecursionError, IndexError):
        return "", ""


_BARE = re.compile(r"[^\s<>\"(),:;@]{1,64}@[^\s<>\"(),:;@]{1,255}")


def _recipients(headers: Headers) -> tuple[str, ...]:
    lines = [_unfolded(value) for name in _RECIPIENTS for value in headers.get(name, [])]
    try:
        addresses = [address for _name, address in getaddresses(lines)]
    except (RecursionError, IndexError):
        addresses = [found for line in lines for found in _BARE.findall(line)]
    found = [one_line(address).lower() for address in addresses if "@" in address]
    return tuple(dict.fromkeys(found))[:RECIPIENTS_MAX]


def _references(headers: Headers) -> tuple[str, ...]:
    """The Message-IDs it answers, the nearest first."""
    nearest = _MESSAGE_ID.findall(_first(headers, "in-reply-to"))
    return tuple(
        dict.fromkeys(clean(one) for one in [*nearest, *reversed(_MESSAGE_ID.findall(_first(headers, "references")))])
    )[:50]


def _is_junk(headers: Headers) -> bool:
    """What our own receiving server marked as spam (SpamAssassin's and rspamd's headers)."""
    flag = _first(headers, "x-spam-flag").strip().lower() == "yes" or _first(headers, "x-spam").strip().lower() == "yes"
    return flag or _first(headers, "x-spam-status").strip().lower().startswith("yes")


def _charset(contents: Contents, subject: Decoded) -> str:
    return contents.charset if contents.charset != "us-ascii" else subject.charset


def _unfolded(value: str) -> str:
    return " ".join(value.split("\n")).replace("\r", "")


def one_line(text: str) -> str:
    """Text without control characters and line breaks, spaces collapsed."""
    return " ".join("".join(c if c.isprintable() else " " for c in clean(text)).split())


def _first_id(value: str) -> str | None:
    found = _MESSAGE_ID.search(value)
    return clean(found[0]) if found else None


def _raw_words(raw: bytes) -> str:
    return raw[:4000].decode("utf-8", errors="replace").replace("\x00", "")
