"""Where a mail goes, decided from values alone."""

import enum
import re
from dataclasses import dataclass

from helpdesk.mailgate.parsing import Mail

_REFERENCE = re.compile(r"\[[^\[\]]{0,40}?(\d{4}-\d{4,12})\]")


class Destination(enum.StrEnum):
    alert = "alert"
    follow_up = "follow_up"
    inquiry = "inquiry"
    parked = "parked"


@dataclass(frozen=True)
class Known:
    """What the database and the alert reader say about a mail."""

    alert_address: bool = False
    reads_as_alert: bool = False
    thread_ticket: int | None = None
    sender_takes_part: bool = False


def token_in(recipients: list[str], support_address: str) -> str | None:
    """The ticket token in support+<token>@..., from the envelope or the headers."""
    local, _, domain = support_address.lower().rpartition("@")
    pattern = re.compile(rf"^{re.escape(local)}\+([0-9a-f]{{32}})@{re.escape(domain)}$")
    return next((m[1] for r in recipients if (m := pattern.match(r.strip().lower()))), None)


def reference_in(subject: str) -> str | None:
    """The ticket number in a subject: [受付番号:2611-0480]."""
    found = _REFERENCE.search(subject)
    return found[1] if found else None


def is_verified(authentication: tuple[str, ...], authserv_id: str) -> bool:
    """Whether our own receiving server found DMARC to pass (RFC 8601).

    Only the topmost header counts, which is the one our server added; comments and quoted strings, which may hold
    the sender's own words, are taken out before its results are read one by one.
    """
    if not authserv_id or not authentication:
        return False
    header = _QUOTED.sub("", authentication[0][:4000])
    server, *results = header.split(";")
    if server.split()[:1] != [authserv_id]:
        return False
    return any(_PASSED.match(result) for result in results)


_QUOTED = re.compile(r'"[^"]{0,1000}"|\([^()]{0,1000}\)')
_PASSED = re.compile(r"\s*dmarc\s*=\s*pass(\s|$)", re.IGNORECASE)


def route(mail: Mail, known: Known) -> Destination:
    """Threads of participants first, then alerts, known by address or by their form; the rest are inquiries.

    Bounces and robots' replies open nothing. Other automatic mail is filed, but never answered.
    """
    if mail.bounce or mail.automatic:
        return Destination.parked
    if known.thread_ticket is not None and known.sender_takes_part:
        return Destination.follow_up
    if known.alert_address or known.reads_as_alert:
        return Destination.alert
    return Destination.inquiry
