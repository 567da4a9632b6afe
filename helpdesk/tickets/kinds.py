"""How tickets come, what they ask, and what they are answered with."""

import enum


class Channel(enum.StrEnum):
    portal = "portal"
    mail = "mail"
    phone = "phone"
    console = "console"


class Verdict(enum.StrEnum):
    """What an inquiry is answered with (R05)."""

    in_scope = "in_scope"
    out_of_scope = "out_of_scope"
    manual_reference = "manual_reference"


class Intent(enum.StrEnum):
    """Whether a text asks us something, or tells, declares or requests something under the terms (R05)."""

    inquiry = "inquiry"
    notice = "notice"


class Then(enum.StrEnum):
    """What becomes of the ticket once the reply is out."""

    stay = "stay"
    wait = "wait"
    close = "close"
