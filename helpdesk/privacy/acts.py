"""What is recorded of personal data: requests and what became of them, what was given to whom, what expired, looks."""

from flask_babel import gettext as _

from helpdesk.audit.acts import Act, Details
from helpdesk.marking import N_, word
from helpdesk.privacy.words import CHECKED_WORDS, PRIVACY_GROUND_WORDS, REQUEST_KIND_WORDS


def _asked(details: Details) -> str:
    return str(_("Asked for: %(kind)s", kind=word(REQUEST_KIND_WORDS, details["kind"])))


def _checked(details: Details) -> str:
    how = str(details["how"])
    return str(_("The person was checked: %(how)s", how=word(CHECKED_WORDS, how) if how in CHECKED_WORDS else how))


def _refused(details: Details) -> str:
    ground = word(PRIVACY_GROUND_WORDS, details["ground"])
    return str(_("Refused (%(clause)s): %(ground)s", clause=details["clause"], ground=ground))


class PrivacyAct(Act):
    asked = "privacy.asked", _asked
    checked = "privacy.checked", _checked
    granted = "privacy.granted", N_("Granted: %(words)s")
    refused = "privacy.refused", _refused
    withdrawn = "privacy.withdrawn", N_("Taken back by the person")
    done = "privacy.done", N_("Carried out: %(words)s")
    disclosed = "privacy.disclosed", N_("What is held of the person was put together: %(count)s entries")
    taken = "privacy.taken", N_("The disclosure was downloaded as %(form)s")
    looked = "privacy.looked", N_("Looked at: %(of)s")
    outsider = "privacy.outsider", N_("Somebody who is not on record is to be erased; shown by: %(how)s")
    again = "privacy.again", N_("The erasing was begun again")
    erased = "privacy.erased", N_("A person was erased: %(count)s values")
    amended = "privacy.amended", N_("Words were corrected: %(count)s values")
    provided = "privacy.provided", N_("Given to %(receiver)s: %(given)s")
    expired = "privacy.expired", N_("What had expired was deleted: %(count)s")
    tried = "privacy.tried", N_("It was counted what would expire: %(count)s")
