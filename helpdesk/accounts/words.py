"""The words people see for roles."""

from helpdesk.marking import N_

ROLE_WORDS: dict[str, str] = {
    "customer_user": N_("Customer"),
    "customer_admin": N_("Customer's administrator"),
    "agent": N_("Agent"),
    "supervisor": N_("Supervisor"),
    "administrator": N_("Administrator"),
}
