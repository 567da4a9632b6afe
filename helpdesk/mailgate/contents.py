"""What is gathered from a mail's parts. Values only."""

import enum
from dataclasses import dataclass, field
from html import escape

from helpdesk.mailgate.labels import CERTAIN
from helpdesk.mailgate.parts import MailFile

TEXT_MAX = 1_000_000
PRE_MAX = 100_000


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
class Shared:
    """What all parts of a mail share: how much was read of it, and what the mail tells of itself."""

    parts: int = 0
    read: int = 0
    """Bytes of text that were decoded."""
    hints: tuple[str, ...] = ()
    originals: list[bytes] = field(default_factory=list)
    """The bytes of attached mails that were not met yet."""


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
    shared: "Shared" = field(default_factory=Shared)

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
