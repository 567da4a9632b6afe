"""The RQ job that sends notices over SMTP: the one it was called for, then others that are due, over one connection."""

import smtplib
import ssl
from email import policy
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Self

from flask import current_app
from markupsafe import escape

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, record
from helpdesk.errands import one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.notices.encoding import in_jis
from helpdesk.notices.models import Automatic, Charset, Notice

TIMEOUT = 30.0
BATCH = 50
_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    _HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]
POLICY = policy.default.clone(header_factory=_HEADERS)
"""Long Message-IDs of others are sent as they are, never encoded: mail programs thread by them."""


def deliver(notice_id: int, turn: int) -> None:
    """Send the notice if this turn still owns it, and up to 49 that wait behind it."""
    with Relay() as relay:
        notice, left = Notice.begin(notice_id, turn), BATCH
        while notice is not None and _deliver(notice, relay):
            left -= 1
            notice = Notice.begin_next() if left else None


def _deliver(notice: Notice, relay: "Relay") -> bool:
    """Send one mail; False where the relay failed and the others had better wait.

    A doubled mail (same Message-ID) beats a missing one.
    """
    try:
        relay.send(compose(notice), notice)
    except VendorError as error:
        with one_step():
            notice.retry_or_fail(error)
        return not error.sent
    except Exception as error:
        db.session.rollback()
        with one_step():
            notice.retry_or_fail(VendorError(f"The mail could not be made ({type(error).__name__})."))
        raise
    with one_step():
        if notice.done() and notice.confidential:
            notice.body = ""
        record(SYSTEM, "notice.sent", notice, to=notice.to_address, tries=notice.tries)
    return True


def compose(notice: Notice) -> Message:
    """The mail as RFC 5322: plain and simple HTML parts, and the headers that keep robots from answering."""
    lines = "<br>\n".join(str(escape(line)) for line in notice.body.splitlines())
    html = f"<html><body><p>{lines}</p></body></html>"
    mail = _in_jis(notice, html) if notice.charset == Charset.iso_2022_jp else _in_utf_8(notice, html)
    domain = current_app.config["SUPPORT_ADDRESS"].rpartition("@")[2]
    mail["To"] = notice.to_address
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = notice.message_id
    if notice.reply_to:
        mail["Reply-To"] = notice.reply_to
    if notice.in_reply_to:
        mail["In-Reply-To"] = notice.in_reply_to
        mail["References"] = notice.in_reply_to
    mail["List-Id"] = f"<support.{domain}>"
    if notice.automatic != Automatic.no:
        mail["Auto-Submitted"] = notice.automatic.value
        mail["X-Auto-Response-Suppress"] = "All"
    return mail


def _in_utf_8(notice: Notice, html: str) -> Message:
    mail = EmailMessage(policy=POLICY)
    local, _, domain = current_app.config["SUPPORT_ADDRESS"].rpartition("@")
    mail["From"] = Address(current_app.config["PROVIDER_NAME"], local, domain)
    mail["Subject"] = notice.subject
    mail.set_content(notice.body, cte="quoted-printable" if notice.body.isascii() else "base64")
    mail.add_alternative(html, subtype="html", cte="base64")
    return mail


def _in_jis(notice: Notice, html: str) -> Message:
    """ISO-2022-JP, 7-bit, as old Japanese systems expect it; what it cannot carry is replaced."""
    charset = Charset.iso_2022_jp.value
    mail = MIMEMultipart("alternative")
    name = str(Header(in_jis(current_app.config["PROVIDER_NAME"]), charset))
    mail["From"] = formataddr((name, current_app.config["SUPPORT_ADDRESS"]), charset)
    mail["Subject"] = Header(in_jis(notice.subject), charset).encode()
    mail.attach(MIMEText(in_jis(notice.body), "plain", charset))
    mail.attach(MIMEText(in_jis(html), "html", charset))
    return mail


class Relay:
    """The configured SMTP server, connected at the first mail and kept for the next ones."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def send(self, mail: Message, notice: Notice) -> None:
        """Hand one mail over. Its bounces come back to the ticket's own address. Raises VendorError."""
        sender = notice.reply_to or current_app.config["SUPPORT_ADDRESS"]
        try:
            self._connected().send_message(mail, from_addr=sender, to_addrs=[notice.to_address])
        except smtplib.SMTPRecipientsRefused as error:
            code, refusal = next(iter(error.recipients.values()))
            raise VendorError(f"{code} {refusal.decode(errors='replace')}", permanent=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            self._close()
            told = error.smtp_error
            words = told.decode(errors="replace") if isinstance(told, bytes) else told
            of_this_mail = isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
            permanent = of_this_mail and error.smtp_code >= 500
            raise VendorError(f"{error.smtp_code} {words}", permanent=permanent) from error
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise VendorError(f"The mail server could not be reached: {error}", sent=True) from error

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            config = current_app.config
            server = smtplib.SMTP(config["MAIL_HOST"], config["MAIL_PORT"], timeout=TIMEOUT)
            if config["MAIL_STARTTLS"]:
                server.starttls(context=ssl.create_default_context())
            if config["MAIL_USER"]:
                server.login(config["MAIL_USER"], config["MAIL_PASSWORD"])
            self._server = server
        return self._server

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()
