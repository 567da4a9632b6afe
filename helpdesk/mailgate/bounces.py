"""What a bounce says: whose mail did not arrive, why, and which mail it was (RFC 3464). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.message import Message

TEXT_MAX = 50_000
_MESSAGE_ID = re.compile(r"(?im)^message-id:\s{0,20}(<[^<>\s]{1,500}>)")
_ANY_ID = re.compile(r"<[^<>\s]{1,500}@[^<>\s]{1,300}>")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+!#$&'*/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,24}")


@dataclass(frozen=True)
class Bounce:
    """Neither `failed` nor `delayed`: it arrived after all. `message_ids`: those it carries, the original's first.

    `recipients` are the addresses that failed; where no report names them, all that its text does, in their order.
    """

    recipients: tuple[str, ...]
    status: str | None
    diagnostic: str
    failed: bool
    delayed: bool
    message_ids: tuple[str, ...]


def read_bounce(message: Message, text: str) -> Bounce:
    """The delivery report of a bounce; where it carries none, what its text and its copy of the mail tell.

    It is only delayed where it says that it will be tried again: who gives up may tell a temporary status all the same.
    """
    blocks, copy = _parts(message)
    report = next((block for block in blocks if _field(block, "action").lower() == "failed"), {})
    report = report or (blocks[0] if blocks else {})
    text = text[:TEXT_MAX]
    action = _field(report, "action").lower()
    status = _field(report, "status") or (match[0] if (match := _STATUS.search(text)) else "")
    named = [_field(block, "final-recipient") or _field(block, "original-recipient") for block in blocks]
    named += [str(message.get("X-Failed-Recipients", ""))[:TEXT_MAX]]
    recipients = _addresses("\n".join(named)) or _addresses(text)
    diagnostic = _field(report, "diagnostic-code").partition(";")[2].strip() or _first_words(text)
    delayed = action == "delayed" or (not action and _AGAIN.search(text) is not None)
    answers = (str(message.get(name, ""))[:TEXT_MAX] for name in ("In-Reply-To", "References"))
    found = [*_MESSAGE_ID.findall(copy), *_MESSAGE_ID.findall(text), *_ANY_ID.findall("\n".join(answers))]
    return Bounce(
        recipients=recipients,
        status=status or None,
        diagnostic=" ".join(diagnostic.split())[:300],
        failed=action == "failed" or (not action and not delayed),
        delayed=delayed,
        message_ids=tuple(dict.fromkeys(found))[:20],
    )


def with_our_ids(bounce: Bounce, pieces: Sequence[bytes]) -> Bounce:
    """Whatever looks like one of our own Message-IDs, which are random, names the mail wherever it stands in these."""
    found = (one.decode("ascii") for piece in pieces for one in _OUR_ID.findall(piece[:TEXT_MAX]))
    return replace(bounce, message_ids=tuple(dict.fromkeys([*bounce.message_ids, *found]))[:40])


_OUR_ID = re.compile(rb"<[0-9a-f]{32}@[A-Za-z0-9.-]{1,253}>")
_AGAIN = re.compile(
    r"(?i)warning: could not send|still being (?:re)?tried|(?:is|been) delayed|delivery delay|"
    r"do not need to (?:re)?send|"
    r"(?<!not )(?<!n't )(?:will|shall) (?:be )?(?:re-?tr(?:y|ied)|try|attempt|continue|keep)|"
    r"could not (?:yet )?be (?:sent|delivered) for|"
    r"再送(?:を|が)?(?:試|行|続)|再試行(?:し|を|中)|遅延して|遅れて"
)


def _parts(message: Message) -> tuple[list[dict[str, str]], str]:
    """The fields of each recipient, and the returned mail's header as text."""
    report: list[dict[str, str]] = []
    copy = ""
    for number, part in enumerate(message.walk()):
        if number > 50:
            break
        kind = part.get_content_type()
        inner = part.get_payload()
        if kind == "message/delivery-status" and isinstance(inner, list):
            for block in inner[:100]:
                if isinstance(block, Message) and ("Final-Recipient" in block or "Action" in block):
                    report.append({name.lower(): str(value)[:2000] for name, value in block.items()})
        elif kind == "text/rfc822-headers":
            copy = copy or _words(part)
        elif kind == "message/rfc822" and isinstance(inner, list) and inner and isinstance(inner[0], Message):
            copy = copy or f"Message-ID: {inner[0].get('Message-ID', '')}"
    return report, copy[:TEXT_MAX]


def _words(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("ascii", errors="replace") if isinstance(payload, bytes) else ""


def _field(report: dict[str, str], name: str) -> str:
    return " ".join(report.get(name, "").split())


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.lower() for found in _ADDRESS.findall(text[:TEXT_MAX])))[:ADDRESSES_MAX]


ADDRESSES_MAX = 100


def _first_words(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines()[:6] if line.strip())
