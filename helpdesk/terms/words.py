"""The words people see for the terms of use and the service menu."""

from helpdesk.marking import N_

TERMS_KIND_WORDS: dict[str, str] = {"terms": N_("Terms of use"), "menu": N_("Service menu")}
ACCEPTED_WAY_WORDS: dict[str, str] = {
    "application": N_("with the application"),
    "portal": N_("on the portal"),
    "sign_in": N_("at the sign-in"),
    "paper": N_("on paper"),
}
