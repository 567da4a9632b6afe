"""A read mail in the terms of the ledger, of tickets and of alerts."""

from flask import current_app

from helpdesk.alerts.mail_parts import read_parts
from helpdesk.alerts.placing import AlertMail, IncomingAlert
from helpdesk.mailgate.context import MailContext
from helpdesk.mailgate.html_words import text_of_html
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.mailgate.parsing import Mail
from helpdesk.mailgate.quoting import folds
from helpdesk.mailgate.rich import links_of_html
from helpdesk.mailgate.routing import answered_subject, digest_of, trust_of
from helpdesk.tickets.mailed import Mailed, Upload
from helpdesk.trust import Trust

TRUST_FAILED = "trust_failed"


def note_reading(row: IncomingMail, mail: Mail) -> None:
    """Keep on the ledger what the mail says of itself."""
    row.kind = mail.kind
    row.message_id, row.subject = mail.message_id, mail.subject[:200]
    row.sender, row.sender_domain = mail.sender or None, mail.sender.rpartition("@")[2] or None
    row.digest = digest_of(mail)
    trust = _trust(row, mail)
    row.verified, row.failed_check = trust == Trust.verified, trust == Trust.failed


def incoming_of(row: IncomingMail, mail: Mail, seen: MailContext) -> IncomingAlert:
    body, hosts = mail.body, current_app.config["CONSOLE_LINK_HOSTS"]
    facts = read_parts(mail.subject, body, text_of_html(mail.html), hosts=hosts, hrefs=links_of_html(mail.html))
    return IncomingAlert(
        seen.actor,
        seen.customers[0] if len(seen.customers) == 1 else None,
        facts,
        AlertMail(
            mail.subject,
            body or "-",
            mail.sender,
            mailed_of(row, mail),
            by_console=_by_console(mail.sender),
            files=tuple(uploads_of(mail)),
        ),
    )


def _by_console(sender: str) -> bool:
    """Whether an address is of a domain that consoles write from, or below one."""
    domain = sender.rpartition("@")[2]
    known: tuple[str, ...] = current_app.config["CONSOLE_SENDERS"]
    return any(domain == console_domain or domain.endswith(f".{console_domain}") for console_domain in known)


def _trust(row: IncomingMail, mail: Mail) -> Trust:
    """As it was decided at acceptance whose verdicts count (S6): a replay believes no more."""
    return trust_of(mail, current_app.config["AUTHSERV_ID"], believed=row.believed)


def mailed_of(row: IncomingMail, mail: Mail) -> Mailed:
    trust = _trust(row, mail)
    marks = {mark.value for mark in mail.marks} | ({TRUST_FAILED} if trust == Trust.failed else set())
    return Mailed(
        message_id=mail.message_id,
        raw_sha256=row.raw_sha256,
        verified=trust == Trust.verified,
        folds=tuple(folds(mail.body, answered_subject(mail))),
        has_html=bool(mail.html),
        marks=tuple(sorted(marks)),
        failed=trust == Trust.failed,
        received_at=row.received_at,
    )


def uploads_of(mail: Mail) -> list[Upload]:
    return [Upload(file.name, file.content, file.content_type, file.inline) for file in mail.files]
