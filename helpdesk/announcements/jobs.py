"""The RQ job of announcements: published at their time, mailed portion by portion."""

from helpdesk.announcements.models import Announcement
from helpdesk.announcements.publishing import mail_portion, publish
from helpdesk.errands import nudge, one_step, told_where_it_fails
from helpdesk.extensions import db


def announce(announcement_id: int, turn: int) -> None:
    """Publish, then mail everybody who was not mailed yet. A run that was cut off goes on where it stopped."""
    row = Announcement.begin(announcement_id, turn)
    if row is None:
        return
    with told_where_it_fails(Announcement, announcement_id, turn):
        with one_step():
            publish(row)
        while _portion(announcement_id):
            nudge()
        with one_step():
            row = db.session.get_one(Announcement, announcement_id)
            row.claimed = turn
            row.done()
    nudge()


def _portion(announcement_id: int) -> int:
    with one_step():
        return mail_portion(db.session.get_one(Announcement, announcement_id))
