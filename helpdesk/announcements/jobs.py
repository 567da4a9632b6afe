"""The RQ job of announcements: published at their time, mailed portion by portion."""

from helpdesk.announcements.models import Announcement
from helpdesk.announcements.publishing import mail_portion, publish
from helpdesk.errands import nudge, one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db


def announce(announcement_id: int, turn: int) -> None:
    """Publish, then mail everybody who was not mailed yet. A run that was cut off goes on where it stopped."""
    row = Announcement.begin(announcement_id, turn)
    if row is None:
        return
    try:
        with one_step():
            publish(row)
        while _portion(announcement_id):
            nudge()
        with one_step():
            row = db.session.get_one(Announcement, announcement_id)
            row.claimed = turn
            row.done()
    except Exception as error:
        db.session.rollback()
        with one_step():
            again = db.session.get_one(Announcement, announcement_id)
            again.claimed = turn
            again.retry_or_fail(VendorError(f"The run could not be finished ({type(error).__name__})."))
        raise
    nudge()


def _portion(announcement_id: int) -> int:
    with one_step():
        return mail_portion(db.session.get_one(Announcement, announcement_id))
