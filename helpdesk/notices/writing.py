"""A mail made out of text: the one place that writes headers (RFC 5322, RFC 2047). Pure.

Values are text and stay text. No policy of the standard library reads them on the way, since some of its versions take
what looks like an encoded word apart, line breaks included; controls are taken out, everything else arrives as it is.
"""

import re
import unicodedata
from base64 import encodebytes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from html import escape
from typing import Any

from helpdesk.addresses import is_address
from helpdesk.notices.encoding import in_jis

UTF_8, JIS = "utf-8", "iso-2022-jp"
POLICY = policy.compat32.clone(mangle_from_=False)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff")
"""Characters that turn the order of others round: in a header they only mislead."""
_ATOMS = re.compile(r"[A-Za-z0-9 ]+")


class Unwritable(ValueError):
    """A mail that cannot be made, however often it is tried; the text says why."""


@dataclass(frozen=True)
class Letter:
    """What a mail says. `sender` and `to` are addresses, `date` is aware, `automatic` RFC 3834's keyword or None.

    Message-IDs come with their angle brackets; one that is none is left out.
    """

    sender: str
    sender_name: str
    to: str
    subject: str
    body: str
    date: datetime
    message_id: str
    list_id: str
    reply_to: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    """Message-IDs of the thread so far, the first one first."""
    automatic: str | None = None
    charset: str = UTF_8
    files: tuple["LetterFile", ...] = ()
    html: str = ""
    """The body as HTML where it is more than the text with its line ends."""
    also_to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


@dataclass(frozen=True)
class LetterFile:
    """A file that goes along. Its name and type are claims of whoever brought it."""

    name: str
    content_type: str
    content: bytes


def written(letter: Letter) -> Message:
    """The mail with a plain and a simple HTML part, and its files. Raises Unwritable for what is no address."""
    body = shown(letter.body)
    words = MIMEMultipart("alternative", policy=POLICY)
    words.attach(_text(body, "plain", letter.charset))
    formed = letter.html or f"<p>{html_of(body)}</p>"
    words.attach(_text(f"<html><body>{formed}</body></html>", "html", letter.charset))
    mail = words
    if letter.files:
        mail = MIMEMultipart("mixed", policy=POLICY)
        mail.attach(words)
        for file in letter.files:
            mail.attach(_attached(file))
    for name, value in _headers(letter):
        mail[name] = value
    return mail


def shown(text: str) -> str:
    """Text without controls and halves of characters."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def html_of(text: str) -> str:
    """Text as HTML that looks the same in every mail program: lines, indentation and columns kept, links to click."""
    return "<br>\n".join(_html_line(line) for line in text.splitlines())


def _html_line(line: str) -> str:
    pieces, position = [], 0
    for link in _LINK.finditer(line):
        address = link[0].rstrip(_AFTER_LINK)
        pieces.append(_spaced(line[position : link.start()]))
        pieces.append(f'<a href="{escape(address)}">{escape(address)}</a>')
        position = link.start() + len(address)
    return "".join([*pieces, _spaced(line[position:])])


_LINK = re.compile(r"https?://[!#-;=?-~]{1,2000}")
_AFTER_LINK = ".,:;!?'\")]}"


def _spaced(text: str) -> str:
    """Blanks as they stand: the first of several, and those that begin a line, do not break or vanish."""
    return _BLANKS.sub(lambda run: "&nbsp;" * (len(run[0]) - 1) + " ", escape(_lead(text.expandtabs(8))))


def _lead(text: str) -> str:
    return "\xa0" * (len(text) - len(text.lstrip(" "))) + text.lstrip(" ")


_BLANKS = re.compile(r" {2,}")


def _attached(file: LetterFile) -> MIMEBase:
    kind = file.content_type if _TYPE.fullmatch(file.content_type) else "application/octet-stream"
    part = MIMEBase(*kind.split("/"), policy=POLICY)
    part.set_payload(file.content)
    encode_base64(part)
    name = _short(header_text(file.name) or "file")
    part.add_header("Content-Disposition", "attachment", filename=name if _ATOMS.fullmatch(name) else (UTF_8, "", name))
    return part


def _short(name: str) -> str:
    """A name whose encoding stays within a line (RFC 2231 takes up to twelve signs a character), its ending kept."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:NAME_MAX]}{dot}{ending[:10]}" if stem else name[:NAME_MAX]


NAME_MAX = 60
_TYPE = re.compile(r"(?:application|image|audio|video|text)/[a-z0-9][a-z0-9.+-]{0,80}")


def _headers(letter: Letter) -> Iterator[tuple[str, Any]]:
    yield "From", _mailbox("From", letter.sender_name, letter.sender, letter.charset)
    yield "To", _addresses([letter.to, *letter.also_to])
    if letter.cc:
        yield "Cc", _addresses(letter.cc)
    yield "Subject", _words("Subject", letter.subject, letter.charset)
    yield "Date", format_datetime(letter.date)
    yield "Message-ID", _token(letter.message_id)
    if letter.reply_to:
        yield "Reply-To", _address(letter.reply_to)
    if letter.in_reply_to and _MESSAGE_ID.fullmatch(letter.in_reply_to):
        yield "In-Reply-To", _token(letter.in_reply_to)
    thread = [one for one in dict.fromkeys(letter.references) if _MESSAGE_ID.fullmatch(one)]
    if thread:
        yield "References", Header(" ".join(thread), "us-ascii")  # folded between them only
    if letter.automatic:
        yield "List-Id", _token(f"<{letter.list_id}>")
        yield "Auto-Submitted", letter.automatic
        yield "X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"  # All would silence reports of failure, too


def header_text(text: str) -> str:
    """Text on one line: without controls, line ends of any kind and marks of direction, spaces collapsed."""
    kept = ("" if c in _DIRECTIONS else " " if unicodedata.category(c) in _BREAKS else c for c in text)
    return " ".join("".join(kept).split())


_BREAKS = ("Cc", "Cs", "Zl", "Zp")


def _words(name: str, text: str, charset: str) -> Header:
    """Free text as a header's value. What could be taken for an encoded word is encoded itself, as plain characters."""
    line = header_text(in_jis(text) if charset == JIS else text)
    plain = line.isascii() and "=?" not in line
    return Header(line, "us-ascii" if plain else charset, header_name=name)


def _mailbox(name: str, display: str, address: str, charset: str) -> Header:
    """`display <address>`; a name of anything but letters, digits and spaces is encoded, which needs no quoting."""
    line = header_text(in_jis(display) if charset == JIS else display)
    value = Header(line, "us-ascii" if _ATOMS.fullmatch(line) else charset, header_name=name)
    value.append(f"<{_address(address)}>", "us-ascii")
    return value


def _addresses(texts: Sequence[str]) -> Header:
    """Several addresses, folded between them only."""
    return Header(", ".join(map(_address, texts)), "us-ascii")


def _address(text: str) -> str:
    if not is_address(text):
        raise Unwritable("this is no mail address")
    return text


def _token(text: str) -> Header:
    """A Message-ID, never folded or encoded: mail programs thread by it."""
    return Header(text, "us-ascii", maxlinelen=998)


def _text(text: str, subtype: str, charset: str) -> MIMEText | MIMENonMultipart:
    if charset == JIS:
        return _in_jis(in_jis(text), subtype)
    if not text.isascii() or subtype == "html":
        return MIMEText(text, subtype, UTF_8, policy=POLICY)
    quoted = Charset(UTF_8)
    quoted.body_encoding = QP
    part = MIMEText("", subtype, UTF_8, policy=POLICY)
    del part["Content-Transfer-Encoding"]
    part.set_payload(text, quoted)
    return part


def _in_jis(text: str, subtype: str) -> MIMEText | MIMENonMultipart:
    """As it stands, in seven bits; in Base64 where a line is longer than SMTP takes (RFC 5321 4.5.3.1.6)."""
    content = text.encode("iso2022_jp")
    if all(len(line) <= LINE_MAX for line in content.split(b"\n")):
        return MIMEText(text, subtype, JIS, policy=POLICY)
    part = MIMENonMultipart("text", subtype, charset=JIS, policy=POLICY)
    part.set_payload(encodebytes(content).decode("ascii"))
    part["Content-Transfer-Encoding"] = "base64"
    return part


LINE_MAX = 900
