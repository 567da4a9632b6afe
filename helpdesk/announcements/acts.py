"""What is recorded of announcements."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class AnnouncementAct(Act):
    written = "announcement.written", N_("The announcement was written")
    changed = "announcement.changed", N_("The announcement was changed")
    planned = "announcement.planned", N_("To be published at %(until)s")
    published = "announcement.published", N_("Published; %(count)s people are mailed")
    held = "announcement.held", N_("Taken back into a draft")
    withdrawn = "announcement.withdrawn", N_("Withdrawn: %(words)s")
    dropped = "announcement.dropped", N_("The draft was thrown away")
