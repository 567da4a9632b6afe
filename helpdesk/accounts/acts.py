"""What is recorded of accounts."""

from flask_babel import gettext as _

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class AccountAct(Act):
    added = "user.added", N_("The account %(email)s was added")
    invited = "user.invited", N_("%(email)s was invited by mail")
    reset_asked = "user.reset_asked", N_("A link for a new password was asked for")
    signed_in = "user.signed_in", N_("Signed in")
    signed_out = "user.signed_out", N_("Signed out")
    password_set = "user.password_set", N_("The password was set")
    setup_link_made = "setup_link.made", N_("A link for the first administrator was printed")
    changed = "user.changed", N_("The account of %(name)s was changed")
    role_set = "user.role_set", N_("The role is %(role)s (before: %(before)s)")
    deactivated = "user.deactivated", N_("The account %(email)s was closed")
    activated = "user.activated", N_("The account %(email)s was opened again")
    may_reveal_set = (
        "user.may_reveal_set",
        lambda d: _("May see dashboard logins") if d.get("may") else _("May no longer see dashboard logins"),
    )
    subcontractor_added = "subcontractor.added", N_("The subcontractor %(name)s was added to the register")
    subcontractor_changed = "subcontractor.changed", N_("The subcontractor %(before)s was changed (%(name)s)")
    subcontractor_ended = "subcontractor.ended", N_("The work with the subcontractor %(name)s ended")
    customer_given = "subcontractor.customer_given", N_("%(customer)s was given to %(name)s")
    customer_taken_back = "subcontractor.customer_taken_back", N_("%(customer)s was taken back from %(name)s")
    tickets_granted = "user.tickets_granted", N_("%(name)s works on tickets until %(until)s: %(reason)s")
    tickets_grant_ended = "user.tickets_grant_ended", N_("%(name)s works on tickets no more")
    language_set = "user.language_set", N_("Language: %(language)s")
