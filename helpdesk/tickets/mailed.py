"""What words come with: files, the mail they were in, and how far its sender is believed. Values only."""

from dataclasses import dataclass
from datetime import datetime

from helpdesk.trust import Trust


@dataclass(frozen=True)
class Upload:
    """A file as it came in: its name is the sender's claim, its type ours to decide."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"
    inline: bool = False


@dataclass(frozen=True)
class Mailed:
    """The mail that words came in: its original, and how it read.

    `folds` are (start, end) offsets of what it quotes, `marks` what a reader should know
    (see mailgate).
    """

    message_id: str | None
    raw_sha256: str | None
    verified: bool
    folds: tuple[tuple[int, int], ...] = ()
    has_html: bool = False
    marks: tuple[str, ...] = ()
    failed: bool = False
    """The check of its sender failed, which is worse than that there was none."""
    received_at: datetime | None = None
    """When our door accepted it (aware); that is when it came, whenever it is filed (R12, 11-2)."""

    @property
    def trust(self) -> Trust:
        if self.failed:
            return Trust.failed
        return Trust.verified if self.verified else Trust.unknown
