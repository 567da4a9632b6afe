"""The parts of a mail put in order: what to read, what to show, what to keep as files. Pure and bounded."""

from collections.abc import Sequence
from dataclasses import replace
from email.message import Message

from helpdesk.mailgate.attached import originals as originals_of
from helpdesk.mailgate.charsets import decode
from helpdesk.mailgate.contents import TEXT_MAX, Contents, Mark, Shared
from helpdesk.mailgate.encoded import decode_header
from helpdesk.mailgate.html_words import text_of_html
from helpdesk.mailgate.labels import CORRECTED, Decoded
from helpdesk.mailgate.large import message_of
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
from helpdesk.mailgate.rich import image_names

READ_MAX = 4_000_000
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


def contents_of(message: Message, originals: Sequence[bytes] = (), hints: Sequence[str] = ()) -> Contents:
    """Walk a mail's parts; at most 500 parts and 20 levels, the rest is marked as cut.

    `originals` are its attached mails as they came (attached.py), `hints` the charsets it names.
    """
    contents = Contents(shared=Shared(hints=tuple(hints), originals=list(originals)))
    _read(message, contents, 0)
    names = image_names(contents.html) if contents.html else set()
    contents.files = [
        replace(file, inline=True) if file.content_id in names and file.content_type.startswith("image/") else file
        for file in contents.files
    ]
    return contents


def _read(part: Message, into: Contents, depth: int) -> None:
    into.shared.parts += 1
    if into.shared.parts > PARTS_MAX or depth > DEPTH_MAX:
        into.marks.add(Mark.cut)
        into.shared.originals.clear()
        return
    if with_readable_parameters(part, into.shared.hints) <= CORRECTED:
        into.marks.add(Mark.charset_guessed)
    children, kind = _children(part), part.get_content_type()
    if part.get_content_maintype() == "multipart" and not children and (children := resplit(part)):
        into.shared.originals.clear()
    if part.get_content_maintype() == "multipart" and children:
        _read_multipart(kind, children, into, depth)
    elif part.get_content_maintype() == "message":
        _take_message(part, into, depth=depth)
    elif kind != "text/rfc822-headers":
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
        if kind == "multipart/report" and child.get_content_maintype() == "message":
            _take_message(child, into, depth=SHOWN_DEPTH)
        else:
            _read(child, into, depth + 1)


def _read_alternative(children: list[Message], into: Contents, depth: int) -> None:
    """The same words in several forms: the plain one to read, the richest to show."""
    forms = []
    for child in children:
        form = Contents(shared=into.shared)
        _read(child, form, depth + 1)
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
    named = file_name(part, into.shared.hints)
    name = named.text
    if named.confidence <= CORRECTED:
        into.marks.add(Mark.charset_guessed)
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
    left = READ_MAX - into.shared.read
    into.shared.read += len(content)
    if left <= 0:
        into.marks.add(Mark.cut)
        return
    read = decode(content[:left], part.get_content_charset() or charset_in(kind, content), into.shared.hints)
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


def _take_message(part: Message, into: Contents, *, depth: int) -> None:
    """A part that holds a mail, or something about one: reports are read elsewhere, what else there is is a file."""
    original = into.shared.originals.pop(0) if into.shared.originals else _written_anew(part)
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/global"):
        _take_forwarded(part, original, into, depth=depth)
    elif kind not in _REPORTS:
        _take_file(part, file_name(part, into.shared.hints).text, kind, original, into)


_REPORTS = {"message/delivery-status", "message/global-delivery-status", "message/disposition-notification"} | {
    "message/global-disposition-notification",
    "message/feedback-report",
    "message/global-headers",
}


def _written_anew(part: Message) -> bytes:
    """Where the bytes between the boundaries cannot be told: what the parser makes of them."""
    children = _children(part)
    try:
        return children[0].as_bytes() if children else payload_of(part)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""


def _take_forwarded(part: Message, original: bytes, into: Contents, *, depth: int) -> None:
    """An attached mail: kept as a file byte for byte, and its words shown where a person forwarded it."""
    inner, hints = message_of(original), into.shared.hints
    subject = decode_header(first_header(inner, "Subject"), hints).text
    name = file_name(part, hints).text or f"{subject[:80].strip() or 'message'}.eml"
    _take_file(part, name, "message/rfc822", original, into)
    if depth < SHOWN_DEPTH and len(into.shown) < SHOWN_MAX:
        within = Shared(into.shared.parts, into.shared.read, hints, originals_of(original, inner))
        forwarded = Contents(shared=within)
        _read(inner, forwarded, SHOWN_DEPTH)
        head = (f"{label}: {decode_header(first_header(inner, label), hints).text}" for label in _SHOWN_HEADERS)
        into.shown.append("\n".join(["---------- Forwarded message ----------", *head, "", forwarded.text]))
        into.shared.parts, into.shared.read = within.parts, within.read


_SHOWN_HEADERS = ("From", "Date", "Subject")


def _take_file(part: Message, name: str, kind: str, content: bytes, into: Contents) -> None:
    if len(into.files) >= ATTACHMENTS_MAX:
        into.marks.add(Mark.cut)
        return
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")[:300]
    if is_locked(content):
        into.marks.add(Mark.locked_zip)
    into.files.append(MailFile(name or unnamed(kind), kind, content, content_id))


def _take_tnef(content: bytes, into: Contents) -> None:
    opened = opened_tnef(content)
    into.files += opened.files[: ATTACHMENTS_MAX - len(into.files)]
    if into.texts:
        return
    if opened.html:
        into.rich = True
        into.htmls.append((True, opened.html))
        into.texts.append(text_of_html(opened.html))
    elif opened.text:
        into.htmls.append((False, opened.text))
        into.texts.append(opened.text[:TEXT_MAX])
