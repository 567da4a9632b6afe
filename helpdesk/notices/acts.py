"""What is recorded of outgoing mail."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class NoticeAct(Act):
    sent = "notice.sent", N_("Sent to %(to)s")
    resent = "notice.resent", N_("Sent again to %(to)s")
    bounced = "notice.bounced", N_("A mail to %(to)s came back: %(words)s")
    arrived = "notice.arrived", N_("A server reports that a mail to %(to)s arrived: %(words)s")
    delayed = "notice.delayed", N_("A mail to %(to)s is delayed: %(words)s")
