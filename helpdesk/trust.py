"""How far what came from outside is believed."""

import enum


class Trust(enum.StrEnum):
    """Whether somebody is who a mail says, by our own receiving server's verdict (RFC 8601).

    `unknown` is no verdict at all, as where no server of ours gives any; what a console tells by its API is verified.
    """

    verified = "verified"
    unknown = "unknown"
    failed = "failed"
