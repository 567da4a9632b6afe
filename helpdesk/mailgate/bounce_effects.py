"""What a bounce does: the mail it names is marked as not delivered; nothing reopens, nothing is answered."""

from sqlalchemy import func, select

from helpdesk.audit.models import SYSTEM, record
from helpdesk.extensions import db
from helpdesk.mailgate.acts import MailAct
from helpdesk.mailgate.bounces import Bounce
from helpdesk.notices.acts import NoticeAct
from helpdesk.notices.models import Notice
from helpdesk.tickets.models import Ticket


def note_bounce(bounce: Bounce | None, thread: Ticket | None, mail_id: int, *, by_id: bool) -> Ticket | None:
    """Mark the notice a bounce is about; returns its ticket.

    A bounce of nothing we sent changes no delivery; on the thread whose address it came to it leaves an event. `by_id`:
    only one of our Message-IDs names the mail.
    """
    notice = _notice_of(bounce, None if by_id else thread) if bounce else None
    if bounce is None or notice is None:
        if thread is not None:
            record(SYSTEM, MailAct.bounced, thread, mail=mail_id, words=bounce.diagnostic[:300] if bounce else "")
            thread.touch()
        return thread
    ticket = db.session.get(Ticket, notice.ticket_id) if notice.ticket_id else None
    reason = " ".join(part for part in (bounce.status, bounce.diagnostic) if part)
    if bounce.failed:
        notice.bounce(reason)
    if ticket is not None:
        record(SYSTEM, _act_of(bounce), ticket, to=notice.to_address, words=reason[:300])
        ticket.touch()
    return ticket


def _act_of(bounce: Bounce) -> NoticeAct:
    if bounce.failed:
        return NoticeAct.bounced
    return NoticeAct.delayed if bounce.delayed else NoticeAct.arrived


def _notice_of(bounce: Bounce, thread: Ticket | None) -> Notice | None:
    """By our Message-ID in it; else the newest mail of the thread to an address that it names."""
    if bounce.message_ids:
        ours = select(Notice).where(Notice.message_id.in_(bounce.message_ids))
        notice = db.session.scalar(ours.order_by(Notice.id.desc()).limit(1))
        if notice is not None:
            return notice
    if thread is None or not bounce.recipients:
        return None
    sent = select(Notice).where(Notice.ticket_id == thread.id, func.lower(Notice.to_address).in_(bounce.recipients))
    return db.session.scalar(sent.order_by(Notice.id.desc()).limit(1))
