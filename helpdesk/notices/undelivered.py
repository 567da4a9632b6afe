"""Mails that did not arrive or wait, for who can do something about it."""

import secrets
from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.masking import ERASED
from helpdesk.notices.acts import NoticeAct
from helpdesk.notices.models import LINK_MARK, Notice

SHOWN = 100


def failed_mails() -> Sequence[Notice]:
    """Those that no server took, and those that came back; the newest of each.

    Of an announcement that was withdrawn nobody misses what had not left.
    """
    meant = Notice.withdrawn_at.is_(None) | (Notice.template != "announcement")
    failed = select(Notice).where(Notice.state == ErrandState.failed, meant).order_by(Notice.id.desc()).limit(SHOWN)
    back = Notice.bounced_at.is_not(None) & Notice.resent_at.is_(None)
    bounced = select(Notice).where(back).order_by(Notice.bounced_at.desc()).limit(SHOWN)
    rows = [*db.session.scalars(failed), *db.session.scalars(bounced)]
    return sorted(rows, key=lambda notice: notice.id, reverse=True)


def waiting_mails() -> Sequence[Notice]:
    """Those that were tried in vain, and those that are held back, the next to go first."""
    open_ones = select(Notice).where(
        Notice.state == ErrandState.waiting, (Notice.tries > 0) | (Notice.due_at > clock.now())
    )
    return db.session.scalars(open_ones.order_by(Notice.due_at).limit(SHOWN)).all()


def resend(by: Actor, notice: Notice) -> Notice:
    """Send it again now; returns the mail that goes out. What came back goes as a new mail, with a name of its own.

    Refused where its recipient's right ended, or where it held a link that signs somebody in: that is gone.
    """
    if notice.withdrawn_at is not None:
        raise Refusal(_("This person may not be written to any more. Nothing was sent."))
    if LINK_MARK in notice.body and notice.secret is None:
        raise Refusal(_("This mail held a link that is over. Invite or ask the person again instead."))
    if notice.body.strip() == ERASED:
        raise Refusal(_("The words of this mail are gone: its period is over, or its person was erased."))
    if notice.bounced_at is None and notice.state == ErrandState.done:
        raise Refusal(_("This mail went out. Nothing was sent again."))
    if notice.resent_at is not None or notice.state in (ErrandState.queued, ErrandState.running):
        raise Refusal(_("This mail is being sent again already."))
    mail = notice
    if notice.bounced_at is not None:
        kept = ("to_address", "subject", "body", "template", "reply_to", "in_reply_to", "automatic", "ticket_id")
        mail = Notice(
            **{name: getattr(notice, name) for name in (*kept, "charset", "files", "secret")}, created_at=clock.now()
        )
        domain = current_app.config["SUPPORT_ADDRESS"].rpartition("@")[2]
        mail.message_id = f"<{secrets.token_hex(16)}@{domain}>"
        notice.resent_at = clock.now()
        db.session.add(mail)
    mail.restart()
    db.session.flush()
    record(by, NoticeAct.resent, mail, to=mail.to_address)
    return mail
