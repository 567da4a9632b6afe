"""What can go wrong; `web/error_pages.py` turns it into answers."""

NUMBER_MAX = 2_147_483_647
"""The largest number PostgreSQL's integer holds."""


class Refusal(Exception):
    """The domain says no. Its text is a sentence for the person, in their language.

    `field` names the form's field that it is about, where there is one.
    """

    def __init__(self, words: str, *, field: str = "") -> None:
        super().__init__(words)
        self.field = field


class NotFound(Exception):
    """There is no such thing, or it belongs to someone else: whoever asks is not told which."""


class VendorError(Exception):
    """The vendor's API or a mail server failed.

    `permanent`: trying again cannot help. `sent`: the request may have reached the other side, so its effect
    is unknown until read back. `retry_after`: seconds the other side asked us to wait, if it did. `refused`: it does
    not accept our credentials. `status`: the HTTP status of an answer, None where nothing came back.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        sent: bool = False,
        retry_after: int | None = None,
        refused: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.sent = sent
        self.retry_after = retry_after
        self.refused = refused
        self.status = status


def number(text: str | None) -> int | None:
    """A typed or linked number of at most nine digits, or None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 9 else None
