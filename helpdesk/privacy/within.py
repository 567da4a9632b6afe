"""Whether a file names somebody, whatever it is: text, a mail, an archive, an office document, a PDF.

Pictures are not looked at, nor what is locked; what could not be read says so.
"""

import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage

from helpdesk.privacy.redacting import Redactor
from helpdesk.resources import PACKAGE
from helpdesk.words_child import is_container, texts_of

SECONDS = 90
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")


class NotRead(ValueError):
    """The file is locked, damaged, or asks for too much."""


def names_them(redactor: Redactor, content: bytes) -> bool:
    """Whether a file's words name who the redactor looks for. Raises NotRead."""
    if content.startswith(_PICTURES):
        return False
    words = _opened(content) if is_container(content) else texts_of(content)
    return any(redactor.finds(one) for one in words)


def mail_names_them(redactor: Redactor, content: bytes) -> bool:
    """The same of a mail as it came: its headers and its text. Its attachments are looked at as files."""
    return any(redactor.finds(one) for one in _of_mail(content))


def _of_mail(content: bytes) -> Iterator[str]:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    for part in mail.walk():
        yield "\n".join(_headers(part))
        if part.get_content_maintype() == "text":
            given = part.get_payload(decode=True)
            yield from texts_of(given if isinstance(given, bytes) else b"")
    yield from texts_of(content)


def _headers(part: EmailMessage) -> Iterator[str]:
    """As they read; one that breaks the parser stands in the raw words anyway."""
    for name in part:
        try:
            yield str(part[name])
        except (ValueError, LookupError, AttributeError, IndexError, TypeError):
            continue


def _opened(content: bytes) -> list[str]:
    """By a process of its own (words_child.py): a file that asks for too much takes nobody along."""
    child = [sys.executable, "-I", str(PACKAGE / "words_child.py")]
    try:
        done = subprocess.run(child, input=content, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotRead("time") from error
    told = json.loads(done.stdout) if done.returncode == 0 else {}
    if "words" not in told:
        raise NotRead("unreadable")
    words: list[str] = told["words"]
    return words
