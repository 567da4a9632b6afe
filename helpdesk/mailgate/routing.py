"""Where a mail goes, decided from values alone."""

import enum
import re
from dataclasses import dataclass

from helpdesk.mailgate.parsing import Mail

_REFERENCE = re.compile(r"\[[^\]]*?(\d{4}-\d{4,})\]")


class Destination(enum.StrEnum):
    alert = "alert"
    follow_up = "follow_up"
    inquiry = "inquiry"
    parked = "parked"


@dataclass(frozen=True)
class Known:
    """What the database says about a mail's addresses: ids, or None."""

    alert_customer: int | None = None
    thread_ticket: int | None = None
    sender_contact: int | None = None
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
    """Whether our own receiving server found DMARC to pass. Anyone else's header proves nothing."""
    if not authserv_id:
        return False
    for header in authentication:
        server, _, results = header.partition(";")
        if server.split()[:1] == [authserv_id] and re.search(r"\bdmarc\s*=\s*pass\b", results, re.I):
            return True
    return False


def route(mail: Mail, known: Known) -> Destination:
    """An alert address wins; then threads of participants; automatic mail opens nothing; the rest is an inquiry."""
    if known.alert_customer is not None and not known.thread_ticket:
        return Destination.alert
    if mail.automatic:
        return Destination.parked
    if known.thread_ticket is not None and known.sender_takes_part:
        return Destination.follow_up
    return Destination.inquiry
