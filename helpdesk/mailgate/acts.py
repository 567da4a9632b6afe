"""What is recorded of mail that came in."""

from flask_babel import gettext as _

from helpdesk.audit.acts import Act, Details
from helpdesk.mailgate.words import MAIL_KIND_WORDS, REASON_WORDS
from helpdesk.marking import N_, word


class MailAct(Act):
    bounced = "mail.bounced", N_("A mail came back that names none of ours: %(words)s")
    parked = (
        "mail.parked",
        lambda d: _("A mail from %(sender)s was not taken in (%(why)s)", sender=d["sender"], why=_why(d)),
    )
    taken_in = "mail.taken_in", N_("A mail was taken in by hand")
    images_fetched = "mail.images_fetched", N_("Pictures of a mail were fetched from %(hosts)s")
    read_again = "mail.read_again", N_("A mail was read again from its original")


def _why(details: Details) -> str:
    """The reason in words, or else what wrote the mail."""
    why = details.get("why")
    return word(REASON_WORDS, why) if why in REASON_WORDS else word(MAIL_KIND_WORDS, details["kind"])
