"""The RQ job that sends one notice over SMTP."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from flask import current_app
from markupsafe import escape

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, record
from helpdesk.errands import one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.notices.models import Automatic, Notice

TIMEOUT = 30.0


def deliver(notice_id: int, turn: int) -> None:
    """Send the notice if this turn still owns it. A doubled mail (same Message-ID) beats a missing one."""
    notice = Notice.begin(notice_id, turn)
    if notice is None:
        return
    try:
        send(compose(notice))
    except VendorError as error:
        with one_step():
            notice.retry_or_fail(error)
        return
    except Exception as error:
        db.session.rollback()
        with one_step():
            notice.retry_or_fail(VendorError(f"The mail could not be made ({type(error).__name__})."))
        raise
    with one_step():
        if notice.done() and notice.confidential:
            notice.body = ""
        record(SYSTEM, "notice.sent", notice, to=notice.to_address, tries=notice.tries)


def compose(notice: Notice) -> EmailMessage:
    """The mail as RFC 5322: plain and simple HTML parts, and the headers that keep robots from answering."""
    config = current_app.config
    mail = EmailMessage()
    local, _, domain = config["SUPPORT_ADDRESS"].rpartition("@")
    mail["From"] = Address(config["PROVIDER_NAME"], local, domain)
    mail["To"] = notice.to_address
    mail["Subject"] = notice.subject
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
    mail.set_content(notice.body, cte="quoted-printable" if notice.body.isascii() else "base64")
    lines = "<br>\n".join(str(escape(line)) for line in notice.body.splitlines())
    mail.add_alternative(f"<html><body><p>{lines}</p></body></html>", subtype="html", cte="base64")
    return mail


def send(mail: EmailMessage) -> None:
    """Hand one mail to the configured SMTP server. Raises VendorError."""
    config = current_app.config
    try:
        with smtplib.SMTP(config["MAIL_HOST"], config["MAIL_PORT"], timeout=TIMEOUT) as server:
            if config["MAIL_STARTTLS"]:
                server.starttls(context=ssl.create_default_context())
            if config["MAIL_USER"]:
                server.login(config["MAIL_USER"], config["MAIL_PASSWORD"])
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code, refusal = next(iter(error.recipients.values()))
        raise VendorError(f"{code} {refusal.decode(errors='replace')}", permanent=code >= 500) from error
    except smtplib.SMTPResponseException as error:
        told = error.smtp_error
        words = told.decode(errors="replace") if isinstance(told, bytes) else told
        of_this_mail = isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
        raise VendorError(f"{error.smtp_code} {words}", permanent=of_this_mail and error.smtp_code >= 500) from error
    except (OSError, smtplib.SMTPException) as error:
        raise VendorError(f"The mail server could not be reached: {error}", sent=True) from error
