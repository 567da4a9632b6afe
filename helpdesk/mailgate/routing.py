"""Where a mail goes, decided from values alone."""

import enum
import hashlib
import re
import unicodedata
from dataclasses import dataclass

from helpdesk.mailgate.automatic import Kind
from helpdesk.mailgate.parsing import Mail
from helpdesk.mailgate.quoting import without_quotes

_REFERENCE = re.compile(r"[\[【][^\[\]【】]{0,40}?(?<!\d)(\d{4}-\d{4,12})[\]】]")
_REPLY = re.compile(r"(?i)^(?:(?:re|aw|sv|fw|fwd|返信|転送)\s?(?:\[\d{1,3}\])?\s?[:：]\s?)+")
_LISTED = ("list-id", "list-post", "list-unsubscribe", "Precedence")


class Destination(enum.StrEnum):
    """`successor`: the thread's ticket was closed too long ago, a new one follows it."""

    alert = "alert"
    follow_up = "follow_up"
    successor = "successor"
    inquiry = "inquiry"
    bounce = "bounce"
    junk = "junk"
    parked = "parked"


class Cap(enum.StrEnum):
    """Why a mail is parked although a person seems to have written it."""

    pace = "pace"
    thread = "thread"
    repeated = "repeated"
    sender = "sender"
    domain = "domain"


@dataclass(frozen=True)
class Known:
    """What the database, the envelope and the alert reader say about a mail."""

    alert_address: bool = False
    reads_as_alert: bool = False
    thread_ticket: int | None = None
    sender_takes_part: bool = False
    closed_long_ago: bool = False
    registered: bool = False
    null_sender: bool = False
    own_domain: str = ""
    cap: Cap | None = None


def route(mail: Mail, known: Known) -> tuple[Destination, str]:
    """Where a mail goes, and why where that is not plain.

    Threads of participants come first, then alerts, known by address or by their form; the rest are inquiries.
    Bounces change a delivery's state. Machines open nothing, reopen nothing and are answered nothing, but a mail to
    a customer's alert address is an alert whatever it is marked as, unless a machine answered.
    """
    takes_part = known.thread_ticket is not None and known.sender_takes_part
    if (known.alert_address or known.reads_as_alert) and not (takes_part and mail.kind == Kind.person):
        capped = known.cap is not None and not known.alert_address
        return (Destination.parked, str(known.cap)) if capped else _alert_or_machine(mail)
    if (written := _by_machine(mail, known)) is not None:
        return written
    if mail.junk and not (known.registered or known.thread_ticket):
        return Destination.junk, "marked by the receiving server"
    if known.cap is not None:
        return Destination.parked, known.cap.value
    if takes_part:
        return (Destination.successor if known.closed_long_ago else Destination.follow_up), ""
    return Destination.inquiry, ""


def _alert_or_machine(mail: Mail) -> tuple[Destination, str]:
    """At an alert address only strict signs of a machine's answer count, no subject, list or bulk mark."""
    if mail.kind == Kind.bounce:
        return Destination.bounce, mail.sign
    if mail.answered_by_machine or mail.kind == Kind.feedback_loop:
        return Destination.parked, mail.sign
    return Destination.alert, ""


def _by_machine(mail: Mail, known: Known) -> tuple[Destination, str] | None:
    if mail.kind == Kind.bounce:
        return Destination.bounce, mail.sign
    if mail.kind in (Kind.automatic_reply, Kind.feedback_loop):
        return Destination.parked, mail.sign
    if mail.kind == Kind.automatic and not _through_own_list(mail, known.own_domain):
        return Destination.parked, mail.sign
    return (Destination.parked, "null return path") if known.null_sender else None


def _through_own_list(mail: Mail, own_domain: str) -> bool:
    """A person's mail that came through the provider's own list or group address."""
    listed = mail.list_id.rstrip(">").endswith(own_domain) if own_domain and mail.list_id else False
    return listed and mail.sign in _LISTED


@dataclass(frozen=True)
class Pace:
    """How many mails of the last hour there were from or to the same, this one aside; seconds since the last."""

    thread: int = 0
    repeated: int = 0
    sender: int = 0
    domain: int = 0
    since_last: float | None = None


@dataclass(frozen=True)
class Limits:
    """Mails in an hour; at a machine's pace a thread takes only four."""

    thread: int
    sender: int
    domain: int
    at_machine_pace: int = 4
    machine_seconds: float = 60.0
    same_words: int = 3


def cap_on(pace: Pace, limits: Limits, *, answers: bool, takes_part: bool) -> Cap | None:
    """Which cap a mail runs into, if any. `answers`: it replies to something, as every mail of a loop does."""
    fast = pace.since_last is not None and pace.since_last < limits.machine_seconds
    if pace.thread >= limits.at_machine_pace and (fast or not takes_part):
        return Cap.pace
    if pace.thread >= limits.thread:
        return Cap.thread
    if answers and pace.repeated >= limits.same_words:
        return Cap.repeated
    if pace.sender >= limits.sender:
        return Cap.sender
    return Cap.domain if pace.domain >= limits.domain else None


def answers_something(mail: Mail) -> bool:
    return bool(mail.references) or _REPLY.match(mail.subject) is not None


def digest_of(mail: Mail) -> str:
    """A name for the sender's own words: subject without its Re:, text without quotations and spaces."""
    words = "".join(f"{_REPLY.sub('', mail.subject)}\n{without_quotes(mail.text[:20_000])}".split())
    return hashlib.sha256(words.encode("utf-8", errors="replace")).hexdigest()[:32]


def token_in(recipients: list[str], support_address: str) -> str | None:
    """The ticket token in support+<token>@..., from the envelope or the headers."""
    local, _, domain = support_address.lower().rpartition("@")
    pattern = re.compile(rf"^{re.escape(local)}\+([0-9a-f]{{32}})@{re.escape(domain)}$")
    return next((m[1] for r in recipients if (m := pattern.match(r.strip().lower()))), None)


def references_in(subject: str) -> list[str]:
    """The ticket numbers in a subject, such as [受付番号:2611-0480], in any width and bracket."""
    return list(dict.fromkeys(_REFERENCE.findall(unicodedata.normalize("NFKC", subject))))[:5]


class Trust(enum.StrEnum):
    """What our own receiving server found out about the From line."""

    verified = "verified"
    failed = "failed"
    unknown = "unknown"


def trust_in(authentication: tuple[str, ...], authserv_id: str) -> Trust:
    """DMARC's verdict by our own receiving server (RFC 8601).

    Only the topmost header counts, which is the one our server added; comments and quoted strings, which may hold
    the sender's own words, are taken out first. Several verdicts, or a broken header, tell nothing.
    """
    if not authserv_id or not authentication:
        return Trust.unknown
    server, *results = _without_asides(authentication[0][:4000]).split(";")
    if server.split()[:1] != [authserv_id]:
        return Trust.unknown
    verdicts = [found[1].lower() for result in results if (found := _DMARC.match(result))]
    if "fail" in verdicts:
        return Trust.failed
    return Trust.verified if verdicts == ["pass"] else Trust.unknown


def _without_asides(header: str) -> str:
    """The header without quoted strings and comments, nested and escaped ones included (RFC 5322 3.2)."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for c in header:
        if escaped:
            escaped = False
        elif c == "\\" and (quoted or depth):
            escaped = True
        elif c == '"' and not depth:
            quoted = not quoted
        elif c == "(" and not quoted:
            depth += 1
        elif c == ")" and not quoted:
            depth = max(0, depth - 1)
        elif not quoted and not depth:
            kept.append(c)
    return "".join(kept) if not quoted and not depth else ""


_DMARC = re.compile(r"\s*dmarc\s*=\s*([a-z]+)(?:\s|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Hidden:
    """A mail that tells the password of an earlier mail's locked ZIP; its text with the password masked."""

    text: str
    subject: str


def password_told(mail: Mail) -> Hidden | None:
    """Whether this is such a password mail (PPAP), with the password masked; the original keeps it."""
    if mail.attachments or not _PASSWORD_WORD.search(f"{mail.subject}\n{mail.text[:2000]}"):
        return None
    masked, count = _PASSWORD.subn(lambda found: found[1] + "●●●●●●", mail.text)
    return Hidden(masked, _PASSWORD_SUBJECT.sub("", _REPLY.sub("", mail.subject)).strip()) if count else None


_PASSWORD_WORD = re.compile(r"(?i)(?:パスワード|password|解凍\s?pw|解凍キー|pass\s?word)")
_PASSWORD = re.compile(
    r"(?i)((?:パスワード|解凍\s?pw|解凍キー)[^\n!-~]{0,25}[\s:：=＝「『\[\"']{1,12}|(?:password|pw)\s{0,3}(?:is\b|[:：=＝])[\s\"']{0,6})"
    r"((?![^\s]{0,40}(?:password|パスワード))[!-~]{4,64})"
)
_PASSWORD_SUBJECT = re.compile(
    r"(?i)[\[【(（]?\s?(?:添付ファイルの|解凍)?(?:パスワード|password)(?:の?(?:お知らせ|ご連絡|通知|送付|連絡))?(?:\s?[:：])?\s?[\]】)）]?"
)
