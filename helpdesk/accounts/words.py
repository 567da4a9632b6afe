"""The words people see for roles and for how accounts stand."""

from helpdesk.marking import N_

ROLE_WORDS: dict[str, str] = {
    "customer_user": N_("Customer"),
    "customer_admin": N_("Customer's administrator"),
    "agent": N_("Agent"),
    "supervisor": N_("Supervisor"),
    "administrator": N_("Administrator"),
}
ACCOUNT_STATE_WORDS: dict[str, str] = {
    "closed": N_("access ended"),
    "added": N_("not invited yet"),
    "invited": N_("invited"),
    "lapsed": N_("the invitation ran out"),
    "ready": N_("signs in"),
}
