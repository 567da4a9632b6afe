"""What a bounce says: whose mail did not arrive, why, and which mail it was (RFC 3464). Pure."""

import re
from dataclasses import dataclass
from email.message import Message

TEXT_MAX = 50_000
_MESSAGE_ID = re.compile(r"(?im)^message-id:\s{0,20}(<[^<>\s]{1,500}>)")
_ANY_ID = re.compile(r"<[^<>\s]{1,500}@[^<>\s]{1,300}>")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+!#$&'*/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,24}")


@dataclass(frozen=True)
class Bounce:
    """Neither `failed` nor `delayed`: it arrived after all. `message_ids`: those it carries, the original's first."""

    recipient: str | None
    status: str | None
    diagnostic: str
    failed: bool
    delayed: bool
    message_ids: tuple[str, ...]


def read_bounce(message: Message, text: str) -> Bounce:
    """The delivery report of a bounce; where it carries none, what its text and its copy of the mail tell."""
    report, copy = _parts(message)
    text = text[:TEXT_MAX]
    action = _field(report, "action").lower()
    status = _field(report, "status") or (match[0] if (match := _STATUS.search(text)) else "")
    recipient = _address(_field(report, "final-recipient") or _field(report, "original-recipient"))
    if not recipient:
        recipient = _address(str(message.get("X-Failed-Recipients", ""))) or _address(text)
    diagnostic = _field(report, "diagnostic-code").partition(";")[2].strip() or _first_words(text)
    delayed = action == "delayed" or (not action and status.startswith("4."))
    ids = [
        *_MESSAGE_ID.findall(copy),
        *_MESSAGE_ID.findall(text),
        *_ANY_ID.findall(str(message.get("In-Reply-To", ""))[:TEXT_MAX]),
    ]
    ids += _ANY_ID.findall(str(message.get("References", ""))[:TEXT_MAX])
    return Bounce(
        recipient=recipient,
        status=status or None,
        diagnostic=" ".join(diagnostic.split())[:300],
        failed=action == "failed" or (not action and not delayed),
        delayed=delayed,
        message_ids=tuple(dict.fromkeys(ids))[:20],
    )


def _parts(message: Message) -> tuple[dict[str, str], str]:
    """The first failed recipient's fields, and the returned mail's header as text."""
    report: dict[str, str] = {}
    copy = ""
    for number, part in enumerate(message.walk()):
        if number > 50:
            break
        kind = part.get_content_type()
        inner = part.get_payload()
        if kind == "message/delivery-status" and isinstance(inner, list):
            for block in inner[:100]:
                if isinstance(block, Message) and ("Final-Recipient" in block or "Action" in block) and not report:
                    report = {name.lower(): str(value)[:2000] for name, value in block.items()}
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


def _address(text: str) -> str | None:
    match = _ADDRESS.search(text[:TEXT_MAX])
    return match[0].lower() if match else None


def _first_words(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines()[:6] if line.strip())
