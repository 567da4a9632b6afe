"""Another reading of a mail, by Python's own modern parser: what a mail program would show."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser


@dataclass(frozen=True)
class Reading:
    """None where this reader cannot tell: a broken charset, a header that it refuses."""

    subject: str | None
    text: str | None
    names: tuple[str, ...] | None


def read(raw: bytes) -> Reading:
    try:
        mail = message_from_bytes(raw, policy=policy.default)
    except Exception:
        return Reading(None, None, None)
    assert isinstance(mail, EmailMessage)
    return Reading(_subject(mail), _text(mail), _names(mail))


def _subject(mail: EmailMessage) -> str | None:
    try:
        subject = mail["subject"]
        return None if subject is None else _sound(str(subject))
    except Exception:
        return None


def _text(mail: EmailMessage) -> str | None:
    try:
        body = mail.get_body(("plain", "html"))
        if body is None or body.defects:
            return None
        content = body.get_content()
        if not isinstance(content, str):
            return None
        return _sound(_visible(content) if body.get_content_subtype() == "html" else content)
    except Exception:
        return None


def _names(mail: EmailMessage) -> tuple[str, ...] | None:
    try:
        names = [part.get_filename() for part in _files(mail)]
    except Exception:
        return None
    sound = [_sound(name) for name in names if name]
    return tuple(name for name in sound if name) if None not in sound else None


def _files(part: EmailMessage) -> Iterator[EmailMessage]:
    """What was attached; what an attached mail holds is its own, signatures are shown as such."""
    for child in part.iter_parts() if part.get_content_maintype() == "multipart" else ():
        kind = child.get_content_type()
        if child.get_content_disposition() == "attachment" and "signature" not in kind and kind not in _NO_FILES:
            yield child
        elif child.get_content_maintype() == "multipart":
            yield from _files(child)


_NO_FILES = ("text/rfc822-headers", "message/delivery-status")


def _sound(text: str) -> str | None:
    return None if "�" in text or any("\udc80" <= c <= "\udcff" for c in text) else text


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("script", "style", "title", "head")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "title", "head") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _visible(html: str) -> str:
    reader = _Visible()
    reader.feed(html)
    return " ".join(reader.words)


def letters(text: str) -> str:
    """What two readings have to agree on: letters and digits, in one width."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))
