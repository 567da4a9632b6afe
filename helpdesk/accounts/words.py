"""The words people see for roles and for how accounts stand."""

from helpdesk.marking import N_

ROLE_WORDS: dict[str, str] = {
    "customer_user": N_("Customer"),
    "customer_admin": N_("Customer's administrator"),
    "reseller_user": N_("Reseller (reads)"),
    "subcontractor": N_("Subcontractor's agent"),
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
SHEET_FAULT_WORDS: dict[str, str] = {
    "size": N_("It is larger than 5 MB, or unpacks to much more."),
    "rows": N_("It has more than 5,000 rows."),
    "columns": N_("It has more than 60 columns."),
    "locked": N_("It is locked with a password."),
    "unreadable": N_("It is neither Excel nor CSV in UTF-8 or Shift_JIS."),
    "empty": N_("Nothing is in it."),
}
IMPORT_FAULT_WORDS: dict[str, str] = {
    "no_customer": N_("the customer is missing"),
    "too_long": N_("too long"),
    "no_name": N_("the name is missing"),
    "no_email": N_("the mail address is missing"),
    "not_an_address": N_("no mail address"),
    "not_understood": N_("not understood"),
    "of_another_customer": N_("belongs to a person of another customer"),
    "twice": N_("stands in an earlier row as well"),
    "staff": N_("is the address of an account of ours"),
    "closed": N_("was closed here; reopen the person first"),
    "address_taken": N_("stands for another customer"),
}
IMPORT_WORDS: dict[str, str] = {
    "customer": N_("new customer"),
    "person": N_("new person"),
    "address": N_("new alert address"),
}
