"""Whether a file names somebody, whatever it is: text, a mail, an archive, an office document, a PDF.

Pictures are not looked at, nor what is locked; what could not be read says so.
"""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage

from helpdesk.opening import opened
from helpdesk.privacy.redacting import Redactor
from helpdesk.words_child import is_container, texts_of

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")


def names_them(redactor: Redactor, content: bytes) -> bool:
    """Whether a file's words name who the redactor looks for. Raises NotRead."""
    if content.startswith(_PICTURES):
        return False
    words = opened(content) if is_container(content) else texts_of(content)
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
