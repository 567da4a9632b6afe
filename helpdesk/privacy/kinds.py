"""What personal data are, by the terms' own classes, what is done with them, and on which ground (16; R61)."""

import enum


class DataClass(enum.StrEnum):
    """The classes of 16-1, and two of our own: who did what, and what the desk works with."""

    identity = "identity"
    device = "device"
    contract = "contract"
    inquiry = "inquiry"
    record = "record"
    desk = "desk"
    none = "none"

    @property
    def clause(self) -> str:
        """Where the terms name it."""
        return _CLAUSES.get(self, "—")


_CLAUSES = {
    DataClass.identity: "16-1 (1)",
    DataClass.device: "16-1 (2)",
    DataClass.contract: "16-1 (3)",
    DataClass.inquiry: "16-1 (4)",
}


class Fate(enum.StrEnum):
    """What erasing does with the rows that are a person's. In every other row their name alone goes.

    `mention`: nothing more than that. `blank`: what was written is gone, the row stays. `delete`: the row goes.
    `own`: it is done in code of its own (erasing.py).
    """

    mention = "mention"
    blank = "blank"
    delete = "delete"
    own = "own"


class RequestKind(enum.StrEnum):
    """What a person may ask for."""

    disclosure = "disclosure"
    correction = "correction"
    deletion = "deletion"
    stop_use = "stop_use"
    stop_provision = "stop_provision"

    @property
    def clause(self) -> str:
        return "16-6" if self in (RequestKind.stop_use, RequestKind.stop_provision) else "16-4"


class RequestState(enum.StrEnum):
    """`asked` until who asks is known to be who they say, `checked` until it is decided, then `granted` until it is
    carried out; `done` and `refused` are the ends, `withdrawn` by the person."""

    asked = "asked"
    checked = "checked"
    granted = "granted"
    done = "done"
    refused = "refused"
    withdrawn = "withdrawn"


OPEN_STATES = (RequestState.asked, RequestState.checked, RequestState.granted)


class PrivacyGround(enum.StrEnum):
    """Why something is not disclosed, or a request refused: the four of 16-5, and what else the terms say."""

    secret = "secret"  # noqa: S105 - a ground of refusal
    expired = "expired"
    judgement = "judgement"
    operation = "operation"
    unproven = "unproven"
    law = "law"
    contract = "contract"

    @property
    def clause(self) -> str:
        return _GROUND_CLAUSES[self]


_GROUND_CLAUSES = {
    PrivacyGround.secret: "16-5 (1)",
    PrivacyGround.expired: "16-5 (2)",
    PrivacyGround.judgement: "16-5 (3)",
    PrivacyGround.operation: "16-5 (4)",
    PrivacyGround.unproven: "16-4",
    PrivacyGround.law: "16-6",
    PrivacyGround.contract: "16-7",
}
DISCLOSURE_GROUNDS = (
    PrivacyGround.secret,
    PrivacyGround.expired,
    PrivacyGround.judgement,
    PrivacyGround.operation,
    PrivacyGround.unproven,
)
