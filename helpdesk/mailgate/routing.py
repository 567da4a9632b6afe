"""Where a mail goes, decided from values alone."""

import enum
import hashlib
import re
import unicodedata
from dataclasses import dataclass

from helpdesk.mailgate.automatic import IN_WORDS, SERVER, Kind, is_autoresponders
from helpdesk.mailgate.parsing import Mail
from helpdesk.mailgate.quoting import without_quotes
from helpdesk.masking import mask_secrets
from helpdesk.trust import Trust

_REFERENCE = re.compile(r"[\[【][^\[\]【】]{0,40}?(?<!\d)(\d{4}-\d{4,12})[\]】]")
_REPLY = re.compile(r"(?i)^(?:(?:re|aw|sv|fw|fwd|返信|転送)\s?(?:\[\d{1,3}\])?\s?[:：]\s?)+")


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
    brake = "brake"
    """One new ticket after the other, as robots open them (braking.py)."""
    failed = "failed"
    """Too many alert mails whose sender's check failed: a console's own do not fail."""


@dataclass(frozen=True)
class MailFacts:
    """What the database, the envelope and the alert reader say about a mail."""

    alert_address: bool = False
    reads_as_alert: bool = False
    thread_ticket: int | None = None
    sender_takes_part: bool = False
    closed_long_ago: bool = False
    registered: bool = False
    answers_ours: bool = False
    """Our own token or Message-ID named the thread."""
    from_ours: bool = False
    """Its author is our own support address."""
    cap: Cap | None = None


def route(mail: Mail, known: MailFacts) -> tuple[Destination, str]:
    """Where a mail goes, and why where that is not plain.

    Threads of participants come first, then alerts, known by address or by their form; the rest are inquiries.
    Bounces change a delivery's state. Machines open nothing, reopen nothing and are answered nothing, but a mail to
    a customer's alert address is an alert whatever it is marked as, unless a machine answered.
    """
    if known.from_ours and known.alert_address:
        return Destination.parked, "from our own address"
    takes_part = known.thread_ticket is not None and known.sender_takes_part
    reads_as_alert = known.reads_as_alert and not mail.null_path
    if (known.alert_address or reads_as_alert) and not (takes_part and mail.kind == Kind.person):
        capped = known.cap is not None and not known.alert_address
        return (Destination.parked, str(known.cap)) if capped else _alert_or_machine(mail)
    if (written := _by_machine(mail, known)) is not None:
        return written
    if known.from_ours:
        return Destination.parked, "from our own address"
    if mail.junk and not (known.registered or known.thread_ticket):
        return Destination.junk, "marked by the receiving server"
    if known.cap is not None:
        return Destination.parked, known.cap.value
    if takes_part:
        return (Destination.successor if known.closed_long_ago else Destination.follow_up), ""
    return Destination.inquiry, ""


def _alert_or_machine(mail: Mail) -> tuple[Destination, str]:
    """At an alert address only strict signs count: no word, list or bulk mark, and no null path by itself."""
    if mail.kind == Kind.bounce and mail.sign not in (*IN_WORDS, SERVER):
        return Destination.bounce, mail.sign
    if mail.answered_by_machine or mail.kind == Kind.feedback_loop:
        return Destination.parked, mail.sign
    return Destination.alert, ""


def _by_machine(mail: Mail, known: MailFacts) -> tuple[Destination, str] | None:
    if mail.kind == Kind.bounce:
        return Destination.bounce, mail.sign
    if mail.kind in (Kind.automatic, Kind.automatic_reply, Kind.feedback_loop):
        return Destination.parked, mail.sign
    answers = known.answers_ours and mail.kind == Kind.person and is_autoresponders(mail.subject)
    return (Destination.parked, "an autoresponder's subject") if answers else None


@dataclass(frozen=True)
class Pace:
    """How many mails of the last hour there were from or to the same, this one aside; seconds since the last."""

    thread: int = 0
    own_thread: int = 0
    """Of those that point at the thread what went on it, or came from the same sender: it counts for who takes part."""
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
    thread = pace.own_thread if takes_part else pace.thread
    if thread >= limits.at_machine_pace and (fast or not takes_part):
        return Cap.pace
    if thread >= limits.thread:
        return Cap.thread
    if answers and pace.repeated >= limits.same_words:
        return Cap.repeated
    if pace.sender >= limits.sender:
        return Cap.sender
    return Cap.domain if pace.domain >= limits.domain else None


def answers_something(mail: Mail) -> bool:
    return bool(mail.references) or _REPLY.match(mail.subject) is not None


def answered_subject(mail: Mail) -> str | None:
    """The subject of a mail that answers something, for quoting.folds; None for one that begins a thread."""
    return mail.subject if answers_something(mail) else None


def digest_of(mail: Mail) -> str:
    """A name for the sender's own words: subject without its Re:, text without quotations and spaces."""
    files = "".join(f"{file.name}{len(file.content)}" for file in mail.attachments)
    words = "".join(
        f"{_REPLY.sub('', mail.subject)}\n{without_quotes(mail.text[:20_000], answered_subject(mail))}{files}".split()
    )
    return hashlib.sha256(words.encode("utf-8", errors="replace")).hexdigest()[:32]


def token_in(recipients: list[str], support_address: str) -> str | None:
    """The ticket token in support+<token>@..., from the envelope or the headers."""
    local, _, domain = support_address.lower().rpartition("@")
    pattern = re.compile(rf"^{re.escape(local)}\+([0-9a-f]{{32}})@{re.escape(domain)}$")
    return next((m[1] for r in recipients if (m := pattern.match(r.strip().lower()))), None)


def references_in(subject: str) -> list[str]:
    """The ticket numbers in a subject, such as [受付番号:2611-0480], in any width and bracket."""
    plain = unicodedata.normalize("NFKC", subject).translate(_HYPHENS)
    return list(dict.fromkeys(_REFERENCE.findall(plain)))[:5]


_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−ー"), "-")
"""What keyboards and mailers put for the hyphen of a number."""


def trust_of(mail: Mail, authserv_id: str, *, believed: bool) -> Trust:
    """What is known of a mail's author. `believed`: it came from a peer whose Authentication-Results count.

    Verified is one author, of the domain that the verdict is about; where From is not written as the grammar wants it,
    the verdict has to name that domain, since others may have read another author out of it.
    """
    trust = trust_in(mail.authentication, authserv_id) if believed else Trust.unknown
    if trust != Trust.verified:
        return trust
    about = _domain_of(mail.authentication[0])
    domain = mail.author.address.rpartition("@")[2]
    aligned = mail.author.plain if about is None else _aligned(domain, about)
    return Trust.verified if mail.author.alone and mail.sender == mail.author.address and aligned else Trust.unknown


def _aligned(domain: str, about: str) -> bool:
    """Whether a verdict about this domain covers the other: the same, or its organisation's (RFC 7489 3.1.1)."""
    return domain == about or ("." in about and domain.endswith(f".{about}"))


def _domain_of(header: str) -> str | None:
    """The domain that the DMARC verdict is about, as the receiving server read it from the From line."""
    verdict = next((part for part in _without_asides(header[:4000]).split(";") if _DMARC.match(part)), "")
    if "header.from" not in verdict.lower():
        return None
    domains = _HEADER_FROM.findall(verdict)
    return domains[0].lower().rstrip(".").rpartition("@")[2] if len(domains) == 1 else ""


def trust_in(authentication: tuple[str, ...], authserv_id: str) -> Trust:
    """DMARC's verdict by our own receiving server (RFC 8601).

    Only the topmost header counts, which is the one our server added; comments and quoted strings, which may hold
    the sender's own words, are taken out first. Several verdicts, or a broken header, tell nothing.
    """
    if not authserv_id or not authentication or len(authentication[0]) > 4000:
        return Trust.unknown
    server, *results = _without_asides(authentication[0][:4000]).split(";")
    if server.split()[:1] != [authserv_id]:
        return Trust.unknown
    verdicts = [match[1].lower() for result in results if (match := _DMARC.match(result))]
    if len(verdicts) < sum(_ANY_DMARC.match(result) is not None for result in results) and "fail" not in verdicts:
        return Trust.unknown
    if "fail" in verdicts:
        return Trust.failed
    return Trust.verified if verdicts == ["pass"] else Trust.unknown


def _without_asides(header: str) -> str:
    """The header without quoted strings and comments, nested and escaped ones included (RFC 5322 3.2); else nothing."""
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
            if not depth:
                return ""
            depth -= 1
        elif not quoted and not depth:
            kept.append(c)
    return "".join(kept) if not quoted and not depth else ""


_HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*([^\s;]+)", re.IGNORECASE)
_DMARC = re.compile(r"\s*dmarc(?:\s*/\s*\d+)?\s*=\s*([a-z]+)(?:\s|$)", re.IGNORECASE)
_ANY_DMARC = re.compile(r"\s*dmarc\b", re.IGNORECASE)


@dataclass(frozen=True)
class Hidden:
    """A mail that tells the password of an earlier mail's locked ZIP; its text with the password masked."""

    text: str
    subject: str


def password_told(mail: Mail) -> Hidden | None:
    """Whether this is such a password mail (PPAP), with the password masked; the original keeps it."""
    if mail.attachments or not _PASSWORD_WORD.search(f"{mail.subject}\n{mail.text[:2000]}"):
        return None
    masked = mask_secrets(mail.text)
    subject = _PASSWORD_SUBJECT.sub("", _REPLY.sub("", mail.subject)).strip()
    return Hidden(masked, subject) if masked != mail.text else None


_PASSWORD_WORD = re.compile(r"(?i)(?:パスワード|password|解凍\s?pw|解凍キー|pass\s?word)")
_PASSWORD_SUBJECT = re.compile(
    r"(?i)[\[【(（]?\s?(?:添付ファイルの|解凍)?(?:パスワード|password)(?:の?(?:お知らせ|ご連絡|通知|送付|連絡))?(?:\s?[:：])?\s?[\]】)）]?"
)
