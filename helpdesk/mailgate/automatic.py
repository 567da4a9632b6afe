"""What wrote a mail: a person, a robot, a robot that answers, a mail server. Pure (RFC 3834, RFC 3464, RFC 5965)."""

import enum
import re
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """`automatic` is mail that machines send by themselves; `automatic_reply` is a machine's answer to a mail."""

    person = "person"
    automatic = "automatic"
    automatic_reply = "automatic_reply"
    bounce = "bounce"
    feedback_loop = "feedback_loop"
    unreadable = "unreadable"


@dataclass(frozen=True)
class Signs:
    """What header and envelope say about a mail's writer; header names in lower case, values as they came.

    `null_path`: it came with an empty envelope sender. `name` is what From says beside the address.
    """

    headers: dict[str, str]
    content_type: str = "text/plain"
    report_type: str = ""
    sender: str = ""
    name: str = ""
    subject: str = ""
    opening: str = ""
    """The first words of the text: servers that send no report say there what they are."""
    null_path: bool = False
    parts: tuple[str, ...] = ()
    """The types of its parts, those of the first level."""


_LINE = 300
_BOUNCE_SENDERS = re.compile(
    r"(mailer-?daemon|mail-?daemon|postmaster|post_master|mdaemon|double-bounce|bounces?|maildelivery|"
    r"mail\.delivery|mail-delivery(?:-(?:sub)?system|(?=@))|microsoftexchange[0-9a-f]{8,40}|nondelivery|non-delivery)([+=.-].*)?@.*"
)
_DAEMONS = re.compile(r"(?:(?:mailer-?daemon|mail-?daemon|double-bounce)(?:[+=.-].*)?|mdaemon)(?:@|$)")
_STATUS = re.compile(
    r"(?im)(?<!\d)[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}(?!\d)|^[^\w\n]{0,10}(?:4[2-5]|5[0-5])\d[ -] ?[a-z<#]|"
    r"(?:status|error|エラー)[^\n]{0,20}?(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])"
)
_OUR_ID = re.compile(r"<[0-9a-f]{32}@[^<>\s]{1,255}>")
"""The shape of our own Message-IDs."""
_BOUNCE_SUBJECTS = re.compile(
    r"(?i)undeliver|delivery (?:status )?notification|returned mail|mail delivery (?:failed|failure|error|problem)|"
    r"delivery (?:failure|failed|error|problem|has failed|report|notice|delayed)|failure notice|failed delivery|"
    r"mail system error|mail error|processing error|failed mail|mail failed|failure delivery|delivery warning|"
    r"returned to sender|non remis|не доставлен|传输失败|退信|"
    r"could ?n[o']t be delivered|non[- ]?delivery|nondeliverable|"
    r"permanent (?:delivery )?failure|warning: could not send|delivery unsuccessful|user unknown|"
    r"配信不能|配信できません|(?:メール|配信|送信|転送)エラー|エラー通知|届けられません|配達できません|送信できません|配送エラー|不達|エラーメール|送信エラー|配信エラー|配信失敗|送信失敗|"
    r"配信の(?:遅延|失敗)|送達できません"
)
_STRONG_SUBJECTS = re.compile(
    r"(?i)mail system error|undelivered mail returned to sender|returned mail\b|failure notice$|undeliverable[:：]|"
    r"delivery status notification|mail delivery failed|配信不能[:：]"
)
_BOUNCE_WORDS = re.compile(
    r"(?i)this is the qmail-send program|this is the mail (?:system|delivery (?:agent|system))|"
    r"the following (?:addresses had|message to|recipients?|address(?:es)? failed)|"
    r"this message was created automatically by mail delivery software|unable to deliver your message|"
    r"undeliverable mail|user unknown|host unknown|could not be delivered to|delivery to the following|"
    r"your message (?:to|was not|could not|did not)|each of the following recipients|"
    r"(?:returned|undelivered|original|failed) (?:mail|message) follows|delivery (?:attempt|has)? ?failed|"
    r"(?:could|can) ?not be delivered|was not delivered|user .{0,60} (?:unknown|not found|does ?n.t exist)|"
    r"あなたの送信されたメール|送信されたメールは|宛先不明|メールを配信できません|お届けできません|送信できませんでした|配信できませんでした"
)
_PHRASE = (
    r"(?:auto(?:matic|mated)?[- ]?(?:re(?:ply|sponse|spond(?:er)?)|answer|acknowledge?ment)|"
    r"(?:i am |i'm )?(?:currently )?(?:out[- ]of[- ](?:the[- ])?office|ooo|(?:on )?vacation|away(?: from (?:my|the) "
    r"(?:mail|office|desk))?)(?:\s?(?:auto-?)?(?:reply|response|notice|message))?|"
    r"automatische antwort|abwesenheitsnotiz|r[ée]ponse automatique|absence du bureau|respuesta autom[áa]tica|"
    r"risposta automatica|(?:この(?:メール)?は)?自動(?:返信|応答|回答|配信)(?:メール)?(?:です)?|"
    r"不在(?:通知|応答|連絡|のお知らせ|(?:中|に)?(?:です|しております))?|外出(?:通知|中)|休暇(?:通知|中)|出張中|(?:長期|夏季|冬期|年末年始)休(?:暇|業)(?:中)?)"
)
_AUTORESPONDERS = re.compile(
    r"(?i)\s*(?:(?:re|返信)\s?[:：]\s?){0,3}[\[【(（〔<＜「『※■◆●]?\s?" + _PHRASE + r"\s?[\]】)）〕>＞」』。.!]?\s?"
    r"(?:(?:[:：]\s?|\s)?(?:(?:re|返信)\s?[:：]\s?){0,3}[\[【][^\[\]【】]{0,40}\d{4}-\d{4,12}[\]】].*)?"
)
"""A subject that is an autoresponder's phrase and nothing else, or before the subject of one of our mails."""
_HINTS = re.compile(
    r"(?i)auto[- ]?(?:matic |mated )?(?:re(?:ply|sponse|spond)|answer)|out[- ]of[- ](?:the[- ])?office|vacation|"
    r"abwesenheit|automatische antwort|r[ée]ponse automatique|respuesta autom|risposta autom|"
    r"自動(?:返信|応答|回答|配信|送信)|不在(?:通知|応答|連絡|のお知らせ|\s?[:：]|$)|(?:外出|休暇)通知|休暇中|出張中|休業中"
)
"""Words that people use, too: they only keep us from answering by ourselves."""
_ANSWERING = {
    "x-autoreply": None,
    "x-autorespond": None,
    "x-autoreply-from": None,
    "x-autoresponder": None,
    "x-auto-reply": None,
    "x-auto-replied": None,
    "x-mail-autoreply": None,
    "x-vacation": None,
    "x-autogenerated": "reply",
    "x-me-autoresponder": None,
    "x-fc-machinegenerated": "true",
    "x-servicenow-generated": "true",
    "x-rt-loop-prevention": None,
    "x-ms-exchange-generated-message-source": "mailbox rules agent",
}
"""Headers that only machines which answer set; with a word where the value decides."""


def kind_of(signs: Signs) -> tuple[Kind, str]:
    """Who wrote it, and the sign that showed it (empty for a person).

    Words alone decide nothing, and headers that only forbid an answer make no robot: see `may_be_answered`. A report on
    delivery is a bounce; else an answering machine's own signs come first, then a mail server's words.
    """
    if signs.report_type == "feedback-report" or signs.content_type == "message/feedback-report":
        return Kind.feedback_loop, "report-type=feedback-report"
    if reported := _report_sign(signs):
        return Kind.bounce, reported
    if answered := _reply_sign(signs):
        return Kind.automatic_reply, answered
    if bounced := _bounce_sign(signs):
        return Kind.bounce, bounced
    if signs.null_path:
        return Kind.automatic_reply, "null return path"
    automatic = _automatic_sign(signs)
    return (Kind.automatic, automatic) if automatic else (Kind.person, "")


def is_null_path(path: str) -> bool:
    """Whether an envelope sender is the empty one: nothing, <>, or what Postfix's pipe writes (RFC 5321 4.5.5)."""
    bare = _COMMENT.sub("", path).strip().strip('<>" \t')
    return bare in ("", "#@[]") or bare.upper().partition("@")[0] == "MAILER-DAEMON"


def is_autoresponders(subject: str) -> bool:
    """Whether a subject is an autoresponder's phrase: it counts only in an answer to one of our mails."""
    return _AUTORESPONDERS.fullmatch(subject[:_LINE]) is not None


def may_be_answered(headers: dict[str, str], subject: str) -> bool:
    """Whether a person's mail may be answered by a machine: not through lists, not where headers or words forbid it."""
    if headers.get("precedence", "").strip().lower() in ("bulk", "junk", "list"):
        return False
    if any(name in headers for name in ("list-id", "list-post", "list-unsubscribe")):
        return False
    suppressed = {word.strip().lower() for word in headers.get("x-auto-response-suppress", "").split(",")}
    return not suppressed & {"all", "oof", "autoreply"} and _HINTS.search(subject[:_LINE]) is None


def submitted(headers: dict[str, str]) -> str:
    """RFC 3834's keyword: no, auto-generated, auto-replied, auto-notified."""
    value = headers.get("auto-submitted", "no")[:_LINE]
    for _depth in range(5):
        value = _COMMENT.sub(" ", value)
    word = value.split(";")[0].strip().strip('"').strip().lower()
    return "no" if word in _NO else word


def speaks_of_a_machine(name: str, value: str) -> bool:
    """Whether one of several values of such a header is a machine's: it counts before the others."""
    return submitted({name: value}) != "no" if name == "auto-submitted" else value.strip().lower() in _AUTO_REPLY


_COMMENT = re.compile(r"\([^()]{0,200}\)")
_NO = ("", "no", "none", "false", "off", "0")
_AUTO_REPLY = ("auto_reply", "auto-reply", "autoreply")


def _from_server(signs: Signs) -> bool:
    """Whether From is a mail server's, by its address or, where it has none, by its name."""
    sender = (signs.sender or signs.name)[:_LINE].strip().lower()
    bare = "" if signs.sender else signs.headers.get("from", "")[:_LINE].lower()
    known = _BOUNCE_SENDERS.fullmatch(sender) or _DAEMONS.match(sender) or _BARE_DAEMON.search(bare)
    return known is not None


_BARE_DAEMON = re.compile(r"<\s*(?:mailer-?daemon|postmaster|mail-?daemon)?\s*>")
"""Instead of an address: a server's name without a domain, or the null path."""


def _report_sign(signs: Signs) -> str:
    if signs.report_type == "delivery-status" or signs.content_type == "message/delivery-status":
        return "report-type=delivery-status"
    by_server = signs.null_path or _from_server(signs)
    if by_server and "message/delivery-status" in signs.parts:
        return "part message/delivery-status"
    failed = "x-failed-recipients" in signs.headers and by_server
    return "X-Failed-Recipients" if failed else ""  # on a mail that a person passes on it says nothing


SERVER = "sender is a mail server"
WORDS, SUBJECT = "words of a mail server", "subject of a mail server"
STATUS = "status code beside a Message-ID of ours"
IN_WORDS = (WORDS, SUBJECT, STATUS)
"""Signs of a bounce that an alert may bear, too."""


def _bounce_sign(signs: Signs) -> str:
    """A mail server's bounce without a report: only with a null path, or from a server's own address."""
    own = "\n".join(line for line in signs.opening[:4000].splitlines() if not line.lstrip().startswith((">", "＞")))
    known_words = _BOUNCE_WORDS.search(own[:2000]) is not None
    known_subject = _BOUNCE_SUBJECTS.search(_OURS.split(signs.subject[:_LINE])[0]) is not None
    from_server = _from_server(signs)
    if not (signs.null_path or from_server):
        return ""
    plain = _STRONG_SUBJECTS.match(signs.subject[:_LINE]) is not None
    postmaster = signs.sender.startswith(("postmaster", "post_master"))
    returned = known_words and known_subject and not _PASSED_ON.match(signs.subject) and _returns_a_mail(signs)
    known_words = known_words and (signs.null_path or not postmaster or returned)
    if known_words or plain or (known_subject and (signs.null_path or not postmaster)):
        return WORDS if known_words else SUBJECT
    if signs.null_path and from_server:
        return SERVER
    if not signs.null_path or _OUR_ID.search(signs.opening) is None:
        return ""
    return STATUS if _STATUS.search(signs.opening) else ""


def _returns_a_mail(signs: Signs) -> bool:
    """Whether the mail that failed, or its header, is in it: who is called postmaster may be a person otherwise."""
    inside = {"message/rfc822", "text/rfc822-headers"} & set(signs.parts)
    return bool(inside) or _TRACE.search(signs.opening) is not None


_TRACE = re.compile(r"(?m)^(?:Received|Return-Path|Message-ID): ?[<\w]", re.IGNORECASE)
_PASSED_ON = re.compile(r"(?i)\s*(?:re|fwd?|転送|返信)\s?[:：]")
_OURS = re.compile(r"[\[【][^\[\]【】]{0,40}\d{4}-\d{4,12}[\]】]")
"""From here on a subject is that of one of our mails."""


def _reply_sign(signs: Signs) -> str:
    """What only answering machines send. A subject's phrase counts where the envelope names no sender."""
    headers = signs.headers
    if signs.report_type == "disposition-notification":
        return "report-type=disposition-notification"
    if submitted(headers).startswith("auto-replied") and not _from_server(signs):
        return "Auto-Submitted"
    for name, wanted in _ANSWERING.items():
        value = headers.get(name)
        if value is not None and value.strip().lower() not in _NO and (wanted is None or wanted in value.lower()):
            return name
    if "autorespon" in headers.get("x-post-messageclass", "").lower():
        return "x-post-messageclass"
    if headers.get("delivered-to", "").strip().lower() == "autoresponder":
        return "delivered-to"
    if any(
        headers.get(name, "").strip().lower() in _AUTO_REPLY for name in ("precedence", "x-precedence", "preference")
    ):
        return "Precedence"
    machine = signs.null_path or submitted(headers) != "no"
    before_ours = _OURS.split(signs.subject[:_LINE])[0]
    return "subject" if machine and (is_autoresponders(signs.subject) or _HINTS.search(before_ours)) else ""


def _automatic_sign(signs: Signs) -> str:
    if submitted(signs.headers) != "no":
        return "Auto-Submitted"
    return SERVER if _DAEMONS.match((signs.sender or signs.name)[:_LINE].strip().lower()) else ""
