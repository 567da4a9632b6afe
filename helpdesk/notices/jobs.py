"""The RQ job that sends notices over SMTP: the one it was called for, then others that are due, over one connection."""

import smtplib
import ssl
from email.message import Message
from typing import Self

from flask import current_app

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, record
from helpdesk.errands import one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.files.models import read
from helpdesk.locking import unlocked
from helpdesk.notices.acts import NoticeAct
from helpdesk.notices.markdown import html_of_reply
from helpdesk.notices.models import LINK_MARK, Automatic, Notice, handed_over, thread_before
from helpdesk.notices.writing import Letter, LetterFile, Unwritable, shown, written
from helpdesk.settings.models import current_settings

TIMEOUT = 30.0
BATCH = 50


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
        relay.send(_composed(notice), notice)
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
        if notice.done():
            notice.secret = None
            _tell_of_refused(notice, relay)
            notice.body = "" if notice.confidential else notice.body
            handed_over.send(notice)
        record(SYSTEM, NoticeAct.sent, notice, to=notice.to_address, tries=notice.tries)
    return True


def _tell_of_refused(notice: Notice, relay: "Relay") -> None:
    """Of several recipients some were not taken: for now, they get the mail again; for good, the message says so."""
    said = {who: f"{code} {words.decode(errors='replace')}" for who, (code, words) in relay.refused.items()}
    later = [who for who, (code, _words) in relay.refused.items() if code < 500]
    if later:
        notice.again_for(later)
    if final := {who: words for who, words in said.items() if who not in later}:
        notice.refuse(final)


def _composed(notice: Notice) -> Message:
    """What may not be sent any more, or cannot be written, is told at once: no try would change it."""
    if notice.withdrawn_at is not None:
        raise VendorError("The recipient's right to be written to ended.", permanent=True)
    try:
        return compose(notice)
    except Unwritable as error:
        raise VendorError(f"The mail could not be written: {error}.", permanent=True) from error


def compose(notice: Notice) -> Message:
    """The mail that a notice is (writing.py), with the headers that keep robots from answering. Raises Unwritable."""
    config = current_app.config
    support: str = config["SUPPORT_ADDRESS"]
    thread = thread_before(notice)
    body = notice.body.replace(LINK_MARK, unlocked(notice.secret)) if notice.secret else notice.body
    return written(
        Letter(
            sender=support,
            sender_name=current_settings().provider_name,
            to=notice.to_address,
            also_to=tuple(notice.also_to),
            cc=tuple(notice.cc),
            subject=notice.subject,
            body=body,
            html=html_of_reply(shown(body)) if notice.template == "reply" else "",
            date=clock.now(),
            message_id=notice.message_id,
            list_id=f"support.{support.rpartition('@')[2]}",
            reply_to=notice.reply_to,
            in_reply_to=notice.in_reply_to or (thread[-1] if thread else None),
            references=thread,
            files=tuple(LetterFile(file["name"], file["type"], read(file["sha256"])) for file in notice.files),
            automatic=None if notice.automatic == Automatic.no else notice.automatic.value,
            charset=notice.charset.value,
        )
    )


class Relay:
    """The configured SMTP server, connected at the first mail and kept for the next ones."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None
        self.refused: dict[str, tuple[int, bytes]] = {}
        """Whom the last mail was not taken for, though it was for others."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def send(self, mail: Message, notice: Notice) -> None:
        """Hand one mail over. Its bounces come back to the ticket's own address. Raises VendorError."""
        sender = notice.reply_to or current_app.config["SUPPORT_ADDRESS"]
        everybody = list(dict.fromkeys([notice.to_address, *notice.also_to, *notice.cc]))
        try:
            self.refused = self._connected().send_message(mail, from_addr=sender, to_addrs=everybody)
        except smtplib.SMTPRecipientsRefused as error:
            code, refusal = next(iter(error.recipients.values()))
            raise VendorError(f"{code} {refusal.decode(errors='replace')}", permanent=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            self._close()
            answer = error.smtp_error
            text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
            of_this_mail = isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
            permanent = of_this_mail and error.smtp_code >= 500
            raise VendorError(f"{error.smtp_code} {text}", permanent=permanent) from error
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
