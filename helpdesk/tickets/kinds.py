"""What tickets are: how they come, what they ask and are answered with, where they stand; and how much fits in."""

import enum

SUBJECT_MAX = 200
BODY_MAX = 100_000
FILES_MAX = 10
FILES_SIZE_MAX = 20 * 1024 * 1024


class TicketKind(enum.StrEnum):
    inquiry = "inquiry"
    alert = "alert"


class TicketState(enum.StrEnum):
    new = "new"
    open = "open"
    waiting = "waiting"
    closed = "closed"


class Queue(enum.StrEnum):
    """The queues that ship, by their codes; supervisors make others (queues.py)."""

    alerts = "alerts"
    inquiries = "inquiries"
    contracts = "contracts"
    unmatched = "unmatched"
    contested = "contested"


class Priority(enum.StrEnum):
    low = "low"
    normal = "normal"
    high = "high"
    urgent = "urgent"


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
