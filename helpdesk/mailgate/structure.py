"""The parts of a mail put in order: what to read, what to show, what to keep as files. Pure and bounded."""

import enum
from dataclasses import dataclass, field, replace
from email.message import Message
from html import escape

from helpdesk.mailgate.charsets import CERTAIN, Decoded, decode, decode_header
from helpdesk.mailgate.parts import (
    MailFile,
    charset_in,
    file_name,
    first_header,
    invitation_words,
    is_locked,
    opened_tnef,
    payload_of,
    resplit,
    unflowed,
    unnamed,
    with_readable_parameters,
)
from helpdesk.mailgate.rich import image_names, text_of_html

TEXT_MAX = 1_000_000
READ_MAX = 4_000_000
PRE_MAX = 100_000
PARTS_MAX = 500
ATTACHMENTS_MAX = 50
DEPTH_MAX = 20
SHOWN_DEPTH = 4
"""Mails attached deeper than this are kept as files only."""
SHOWN_MAX = 5

SIGNATURES = {
    "application/pkcs7-signature": "smime_signed",
    "application/x-pkcs7-signature": "smime_signed",
    "application/pgp-signature": "pgp_signed",
}


class Mark(enum.StrEnum):
    """What a reader should know about a mail beside its words."""

    smime_signed = "smime_signed"
    pgp_signed = "pgp_signed"
    encrypted = "encrypted"
    invitation = "invitation"
    charset_guessed = "charset_guessed"
    damaged = "damaged"
    locked_zip = "locked_zip"
    password_masked = "password_masked"  # noqa: S105 - the name of a mark
    cut = "cut"
    no_single_author = "no_single_author"
    """From names several people, or nobody: whoever is shown may not have written it."""


@dataclass
class Contents:
    """What was gathered so far. `shown` are blocks for the reader that are no words of the writer's own."""

    texts: list[str] = field(default_factory=list)
    htmls: list[tuple[bool, str]] = field(default_factory=list)
    """(is HTML, words) of each text in order."""
    rich: bool = False
    files: list[MailFile] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    marks: set[Mark] = field(default_factory=set)
    charset: str = "us-ascii"
    confidence: int = CERTAIN
    parts: int = 0
    read: int = 0
    """Bytes of text that were decoded: the budget that all parts share."""

    @property
    def text(self) -> str:
        """All words together, up to a million characters."""
        return "\n\n".join(text.strip("\n") for text in self.texts if text.strip())[:TEXT_MAX]

    @property
    def html(self) -> str:
        if not self.rich:
            return ""
        shown = (text if rich else f"<pre>{escape(text[:PRE_MAX])}</pre>" for rich, text in self.htmls)
        return "\n<hr>\n".join(shown)[:TEXT_MAX]


def contents_of(message: Message) -> Contents:
    """Walk a mail's parts; at most 500 parts and 20 levels, the rest is marked as cut."""
    contents = Contents()
    _read(message, contents, 0)
    names = image_names(contents.html) if contents.html else set()
    contents.files = [
        replace(file, inline=True) if file.content_id in names and file.content_type.startswith("image/") else file
        for file in contents.files
    ]
    return contents


def _read(part: Message, into: Contents, depth: int) -> None:
    into.parts += 1
    if into.parts > PARTS_MAX or depth > DEPTH_MAX:
        into.marks.add(Mark.cut)
        return
    with_readable_parameters(part)
    children = _children(part) or resplit(part)
    kind = part.get_content_type()
    if part.get_content_maintype() == "multipart" and children:
        _read_multipart(kind, children, into, depth)
    elif kind == "message/rfc822":
        _take_forwarded(part, children, into, depth=depth)
    elif kind in ("message/delivery-status", "text/rfc822-headers", "message/feedback-report"):
        return
    else:
        _read_part(part, "text/plain" if kind.startswith("multipart/") else kind, into, depth)


def _children(part: Message) -> list[Message]:
    inner = part.get_payload() if part.is_multipart() else None
    return [child for child in inner if isinstance(child, Message)] if isinstance(inner, list) else []


def _read_multipart(kind: str, children: list[Message], into: Contents, depth: int) -> None:
    if kind == "multipart/alternative":
        _read_alternative(children, into, depth)
        return
    if kind == "multipart/encrypted":
        into.marks.add(Mark.encrypted)
    for child in children:
        if kind == "multipart/report" and child.get_content_type() == "message/rfc822":
            _take_forwarded(child, _children(child), into, depth=SHOWN_DEPTH)
        else:
            _read(child, into, depth + 1)


def _read_alternative(children: list[Message], into: Contents, depth: int) -> None:
    """The same words in several forms: the plain one to read, the richest to show."""
    forms = []
    for child in children:
        form = Contents(parts=into.parts, read=into.read)
        _read(child, form, depth + 1)
        into.parts, into.read = form.parts, form.read
        forms.append(form)
        _merge_aside(form, into)
    worded = [form for form in forms if form.text.strip()]
    plain = next((form for form in worded if not form.rich), worded[0] if worded else None)
    if plain is not None:
        into.texts += plain.texts
        if plain.confidence <= into.confidence and plain.charset != "us-ascii":
            into.charset, into.confidence = plain.charset, plain.confidence
    best = next((form for form in reversed(forms) if form.rich), plain)
    if best is not None:
        into.htmls += best.htmls
        into.rich = into.rich or best.rich


def _merge_aside(form: Contents, into: Contents) -> None:
    into.files += form.files[: ATTACHMENTS_MAX - len(into.files)]
    into.shown += form.shown
    into.marks |= form.marks


def _read_part(part: Message, kind: str, into: Contents, depth: int) -> None:
    content = payload_of(part)
    name = file_name(part)
    if kind in SIGNATURES:
        into.marks.add(Mark(SIGNATURES[kind]))
    elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        signed = str(part.get_param("smime-type") or "") == "signed-data"
        into.marks.add(Mark.smime_signed if signed else Mark.encrypted)
        _take_file(part, name or "smime.p7m", kind, content, into)
    elif kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
        _take_tnef(content, into)
    elif kind == "text/calendar":
        into.marks.add(Mark.invitation)
        _take_file(part, name or "invitation.ics", "text/calendar", content, into)
        if len(into.shown) < SHOWN_MAX:
            into.shown += invitation_words(part, content)
    elif kind in ("text/plain", "text/html") and _is_body(part, name, into, depth):
        _take_words(part, kind, content, into)
    elif content or name:
        _take_file(part, name, kind, content, into)


def _is_body(part: Message, name: str, into: Contents, depth: int) -> bool:
    """Whether a text part is to be read: not one that was attached as a file."""
    if part.get_content_disposition() == "attachment":
        return depth == 0 and not name
    return not name or depth == 0 or not into.texts


def _take_words(part: Message, kind: str, content: bytes, into: Contents) -> None:
    left = READ_MAX - into.read
    into.read += len(content)
    if left <= 0:
        into.marks.add(Mark.cut)
        return
    read = decode(content[:left], part.get_content_charset() or charset_in(kind, content))
    text = read.text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > TEXT_MAX or len(content) > left:
        into.marks.add(Mark.cut)
        text = text[:TEXT_MAX]
    _note_charset(read, into)
    if kind == "text/html":
        into.rich = True
        into.htmls.append((True, text))
        into.texts.append(text_of_html(text))
        return
    if str(part.get_param("format") or "").lower() == "flowed":
        text = unflowed(text, joined=str(part.get_param("delsp") or "").lower() == "yes")
    if "-----BEGIN PGP MESSAGE-----" in text:
        into.marks.add(Mark.encrypted)
    elif "-----BEGIN PGP SIGNED MESSAGE-----" in text:
        into.marks.add(Mark.pgp_signed)
    into.texts.append(text)
    into.htmls.append((False, text))


def _note_charset(read: Decoded, into: Contents) -> None:
    if read.charset != "us-ascii" and (into.charset == "us-ascii" or read.confidence < into.confidence):
        into.charset = read.charset
    into.confidence = min(into.confidence, read.confidence)


def _take_forwarded(part: Message, children: list[Message], into: Contents, *, depth: int) -> None:
    """An attached mail: kept as a file, and its words shown where a person forwarded it."""
    if not children:
        _take_file(part, file_name(part) or "message.eml", "message/rfc822", payload_of(part), into)
        return
    inner = children[0]
    subject = decode_header(first_header(inner, "Subject")).text
    try:
        content = inner.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        content = b""
    name = file_name(part) or f"{subject[:80].strip() or 'message'}.eml"
    _take_file(part, name, "message/rfc822", content, into)
    if depth < SHOWN_DEPTH and len(into.shown) < SHOWN_MAX:
        forwarded = Contents(parts=into.parts, read=into.read)
        _read(inner, forwarded, SHOWN_DEPTH)
        head = [f"{label}: {decode_header(first_header(inner, label)).text}" for label in ("From", "Date", "Subject")]
        into.shown.append("\n".join(["---------- Forwarded message ----------", *head, "", forwarded.text]))
        into.parts, into.read = forwarded.parts, forwarded.read


def _take_file(part: Message, name: str, kind: str, content: bytes, into: Contents) -> None:
    if len(into.files) >= ATTACHMENTS_MAX:
        into.marks.add(Mark.cut)
        return
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")[:300]
    if is_locked(content):
        into.marks.add(Mark.locked_zip)
    into.files.append(MailFile(name or unnamed(kind), kind, content, content_id))


def _take_tnef(content: bytes, into: Contents) -> None:
    files, html = opened_tnef(content)
    into.files += files[: ATTACHMENTS_MAX - len(into.files)]
    if html and not into.texts:
        into.rich = True
        into.htmls.append((True, html))
        into.texts.append(text_of_html(html))
