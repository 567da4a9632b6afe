"""The rows of the pages of announcements, and one that they are tried with."""

from helpdesk.announcements.models import AnnouncementKind
from helpdesk.announcements.publishing import AnnouncementWords, publish, write
from helpdesk.audit.models import SYSTEM
from helpdesk.extensions import db

KEEPERS = {"erin", "root"}
DESK = (
    *("overview", "new_form", "create", "page", "change_form", "change"),
    *("publish_it", "hold_it", "withdraw_it", "throw_away", "sheet"),
)
ANNOUNCEMENT_ROWS: dict[str, set[str] | str] = {
    **{f"desk.announcements.{name}": KEEPERS for name in DESK},
    "public.announcements.overview": "public",
    "public.announcements.page": "public",
}


def announcement_urls() -> dict[str, str]:
    """One that is published for everybody."""
    one = write(SYSTEM, AnnouncementWords(AnnouncementKind.news, "件名", "本文", "Title", "Text", mailed=False))
    publish(one)
    db.session.flush()
    return {"announcement_id": str(one.id)}
