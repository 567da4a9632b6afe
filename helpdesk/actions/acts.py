"""What is recorded of actions, and of what they are done and signed with."""

from helpdesk.audit.acts import Act
from helpdesk.failures import failure_words
from helpdesk.marking import N_


class ActionAct(Act):
    asked = "action.asked", N_("Asked the customer to decide on %(action)s")
    review_asked = "action.review_asked", N_("%(action)s waits for a supervisor")
    reviewed = "action.reviewed", N_("%(action)s was looked at and agreed to")
    confirmation_asked = (
        "action.confirmation_asked",
        N_("A mail is no instruction: %(to)s was asked to confirm %(action)s"),
    )
    returned = "action.returned", N_("Nobody decided on %(action)s in time: please call")
    approved = "action.approved", N_("%(action)s was approved")
    declined = "action.declined", N_("%(action)s was declined")
    withdrawn = "action.withdrawn", N_("%(action)s was withdrawn")
    stopped = "action.stopped", N_("%(action)s was stopped")
    waits = "action.waits", N_("%(action)s waits for service hours")
    settling = "action.settling", N_("%(action)s is still under way on the console: please look")
    stumbled = "action.stumbled", lambda d: f"{d['action']}: {failure_words(d['error'])}"
    unclear = "action.unclear", N_("%(action)s: a person must look")
    retried = "action.retried", N_("%(action)s is tried again")
    by_hand = "action.by_hand", N_("%(action)s was done by hand: %(words)s")
    done = "action.done", N_("%(action)s was carried out and read back")
    login_revealed = "credential.revealed", N_("Saw the dashboard login: %(reason)s")
    login_set = "dashboard_login.set", N_("The dashboard login was stored")
    login_destroyed = "dashboard_login.destroyed", N_("The dashboard login was given back and destroyed")
    login_rotated = "dashboard_login.rotated", N_("The dashboard login was encrypted anew")
    signing_key_made = "signing_key.made", N_("Proofs are signed with a new key: %(public)s")
