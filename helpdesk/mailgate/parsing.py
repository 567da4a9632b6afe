"""A raw mail as values: no database, no clock, no Flask. What cannot be read is marked, never raised."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from helpdesk.mailgate.attached import originals
from helpdesk.mailgate.authors import NOBODY, Author, author_of
from helpdesk.mailgate.automatic import (
    Kind,
    Signs,
    is_null_path,
    kind_of,
    may_be_answered,
    speaks_of_a_machine,
    submitted,
)
from helpdesk.mailgate.bounces import Bounce, read_bounce, with_our_ids
from helpdesk.mailgate.charsets import clean
from helpdesk.mailgate.contents import TEXT_MAX, Contents, Mark
from helpdesk.mailgate.encoded import decode_header, hints_in
from helpdesk.mailgate.labels import CERTAIN, CORRECTED, DAMAGED, Decoded
from helpdesk.mailgate.large import message_of
from helpdesk.mailgate.mending import mended
from helpdesk.mailgate.parts import MailFile
from helpdesk.mailgate.structure import contents_of

SUBJECT_MAX = 500
OPENING_MAX = 20_000
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
    author: Author = NOBODY
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
    null_path: bool = False
    answered_by_machine: bool = False
    may_be_answered: bool = True
    """Whether a machine of ours may answer it: no list, header or word speaks against it."""
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


def parse_mail(raw: bytes, *, null_path: bool = False) -> Mail:
    """Read a mail as it came off the wire; never raises for its content. `null_path`: its envelope names no sender.

    Where the structure cannot be read, its header still is; without sender and subject only the original helps.
    """
    start = raw[: HEADER_MAX * 10]
    try:
        raw = mended(raw)
        start = raw[: HEADER_MAX * 10]
        message, hints = message_of(raw), hints_in(start)
        attached = originals(raw, message)
        del raw  # a large one is in memory once
        mail = _several(_parsed(message, contents_of(message, attached, hints), hints, null_path=null_path), start)
        return replace(mail, bounce=with_our_ids(mail.bounce, (start, *attached))) if mail.bounce else mail
    except _BROKEN:
        pass
    try:
        head = BytesHeaderParser(policy=policy.compat32).parsebytes(start)
        beginning = Contents(texts=[_raw_words(start)], marks={Mark.cut})  # as it came, instead of its parts
        return _several(_parsed(head, beginning, (), null_path=null_path), start)
    except _BROKEN:
        return Mail(kind=Kind.unreadable, text=_raw_words(start), confidence=DAMAGED)


_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError, OSError)


def _several(mail: Mail, start: bytes) -> Mail:
    """A From line that the parser passes over, such as `From : a@b`, is one that others may read."""
    head = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    if len(_FROM_LINES.findall(head)) < 2 or mail.author.several:
        return mail
    return replace(mail, author=replace(mail.author, several=True), marks=mail.marks | {Mark.no_single_author})


_FROM_LINES = re.compile(rb"(?im)^from[ \t]*:")


def _parsed(message: Message, contents: Contents, hints: Sequence[str], *, null_path: bool) -> Mail:
    headers = _headers(message)
    null_path = null_path or any(is_null_path(_unfolded(path)) for path in headers.get("return-path", [])[:1])
    subject, marks = decode_header(_first(headers, "subject"), hints), set(contents.marks)
    author = author_of([_unfolded(line) for line in headers.get("from", [])])
    name, sender = _sender(headers, author, hints)
    if not author.alone:
        marks.add(Mark.no_single_author)
    subject_line = one_line(subject.text)[:SUBJECT_MAX]
    signs = replace(_signs(message, headers), sender=sender, name=name, subject=subject_line)
    signs = replace(signs, null_path=null_path, opening=contents.text[:OPENING_MAX])
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
        author=author,
        recipients=_recipients(headers),
        message_id=_first_id(_first(headers, "message-id")),
        references=_references(headers),
        text=clean(contents.text),
        html=clean(contents.html),
        shown=tuple(clean(block) for block in contents.shown),
        files=tuple(replace(file, content_type=one_line(clean(file.content_type))[:100]) for file in contents.files),
        marks=frozenset(marks),
        charset=_charset(contents, subject),
        confidence=confidence,
        null_path=null_path,
        answered_by_machine=submitted(signs.headers).startswith("auto-replied"),
        may_be_answered=kind == Kind.person and may_be_answered(signs.headers, subject_line),
        junk=_is_junk(headers),
        bounce=read_bounce(message, contents.text) if kind == Kind.bounce else None,
        authentication=tuple(one_line(v) for v in headers.get("authentication-results", [])[:20]),
    )


def _signs(message: Message, headers: Headers) -> Signs:
    """What the header says of who wrote it, before its values are decoded."""
    report = message.get_content_type() == "multipart/report"
    report_type = str(message.get_param("report-type") or "").lower() if report else ""
    first = {key: values[0][:1000] for key, values in headers.items()}
    for name in ("auto-submitted", "precedence"):
        telling = [value for value in headers.get(name, [])[:20] if speaks_of_a_machine(name, value)]
        if telling:
            first[name] = telling[0]
    # a large text is not asked for: that would copy it
    inner = message.get_payload() if message.is_multipart() else None
    parts = (
        (part.get_content_type() for part in inner[:20] if isinstance(part, Message)) if isinstance(inner, list) else ()
    )
    return Signs(first, message.get_content_type(), report_type, parts=tuple(parts))


def _headers(message: Message) -> Headers:
    """Header lines by lower-case name, in their order, raw; the first 2,000 of them."""
    headers: Headers = {}
    left = HEADERS_SIZE_MAX
    for number, (name, value) in enumerate(message.raw_items()):
        if (number >= HEADERS_MAX or left <= 0) and (name.lower() != "from" or len(headers.get("from", [])) > 9):
            continue
        text = str(value)[:HEADER_MAX]
        left -= len(text)
        headers.setdefault(name.lower(), []).append(text)
    return headers


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, [""])[0]


def _sender(headers: Headers, author: Author, hints: Sequence[str]) -> tuple[str, str]:
    """(name, address) of the writer; where From names none, what else tells whom to answer.

    A name that holds another address than its own is none: people would take it for the sender's.
    """
    others = (author_of([_unfolded(_first(headers, name))]) for name in ("sender", "reply-to", "return-path"))
    writer = next((candidate for candidate in (author, *others) if candidate.address), author)
    name, address = one_line(decode_header(writer.name, hints).text)[:200], one_line(decode_header(writer.address).text)
    misleads = "@" in unicodedata.normalize("NFKC", name) and name.lower() != address
    return "" if misleads and address else name, address.lower()[:320]


_BARE = re.compile(r"[^\s<>\"(),:;@]{1,64}@[^\s<>\"(),:;@]{1,255}")


def _recipients(headers: Headers) -> tuple[str, ...]:
    lines = [_unfolded(value) for name in _RECIPIENTS for value in headers.get(name, [])]
    try:
        addresses = [address for _name, address in getaddresses(lines)]
    except (RecursionError, IndexError):
        addresses = [address for line in lines for address in _BARE.findall(line)]
    recipients = [one_line(decode_header(address).text).lower() for address in addresses if "@" in address]
    return tuple(dict.fromkeys(recipients))[:RECIPIENTS_MAX]


def _references(headers: Headers) -> tuple[str, ...]:
    """The Message-IDs it answers, the nearest first."""
    nearest = _MESSAGE_ID.findall(_first(headers, "in-reply-to"))
    return tuple(
        dict.fromkeys(
            clean(message_id)
            for message_id in [*nearest, *reversed(_MESSAGE_ID.findall(_first(headers, "references")))]
        )
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
    match = _MESSAGE_ID.search(value)
    return clean(match[0]) if match else None


def _raw_words(raw: bytes) -> str:
    return raw[:4000].decode("utf-8", errors="replace").replace("\x00", "")
