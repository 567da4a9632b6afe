"""The words people see for contracts, their life and what is given notice of."""

from helpdesk.marking import N_

CONTRACT_STATE_WORDS: dict[str, str] = {
    "starting": N_("about to start"),
    "active": N_("in force"),
    "ending": N_("going to end"),
    "suspended": N_("suspended"),
    "ended": N_("ended"),
}
ENDING_WORDS: dict[str, str] = {
    "nonrenewal": N_("the customer does not renew (11-2)"),
    "ground": N_("a ground of 3-4 appeared later (3-4)"),
    "breach": N_("breach of the terms (12-1)"),
    "antisocial": N_("antisocial forces (12-2)"),
    "default": N_("default, false statements, insolvency or the like (12-3)"),
    "notice": N_("one month's notice of ours (12-4)"),
    "service_end": N_("the service itself ends (12-5)"),
    "corrected": N_("entered by hand"),
    "cancelled": N_("cancelled: it never was in force"),
}
SUSPENSION_WORDS: dict[str, str] = {
    "maintenance": N_("Emergency or regular maintenance of systems (10-1(1))"),
    "outage": N_("Outage of the network, fire, power cut or the like (10-1(2))"),
    "disaster": N_("Disaster (10-1(3))"),
    "unpaid": N_("Fees are not paid (10-1(4))"),
    "unknown_address": N_("The customer's whereabouts are unknown (10-1(5))"),
    "emergency": N_("Another emergency (10-1(6))"),
    "support_ended": N_("The maker's support ended (10-1(7))"),
}
REFUSAL_WORDS: dict[str, str] = {
    "false_statement": N_("False statements in the application (3-4(1))"),
    "payment": N_("Fees are not paid, or will not be (3-4(2))"),
    "abuse": N_("Ended or suspended before for abuse (3-4(3))"),
    "licence": N_("No licence in force (3-4(4))"),
    "maker": N_("The maker does not consent (3-4(5))"),
    "hindrance": N_("Serious hindrance, technical or of our business (3-4(6))"),
    "not_eligible": N_("Not eligible: another edition, or bought elsewhere (3-3, menu)"),
}
APPLICATION_STATE_WORDS: dict[str, str] = {
    "open": N_("applied for"),
    "formed": N_("formed"),
    "refused": N_("turned down"),
}
ORIGIN_WORDS: dict[str, str] = {
    "provider": N_("bought from us"),
    "reseller": N_("bought from a reseller"),
    "elsewhere": N_("bought elsewhere"),
}
EDITION_WORDS: dict[str, str] = {"essentials": "Essentials", "advantage": "Advantage", "premier": "Premier"}
CONTRACT_NOTICE_WORDS: dict[str, str] = {
    "nonrenewal": N_("Non-renewal"),
    "change": N_("Change of the plan"),
    "contacts": N_("Change of contacts"),
    "succession": N_("Succession"),
    "recontract": N_("New contract after a gap"),
    "other": N_("Other notice"),
}
NOTICE_STATE_WORDS: dict[str, str] = {
    "received": N_("received"),
    "confirmed": N_("seen to"),
    "withdrawn": N_("taken back"),
}
NOTICE_WAY_WORDS: dict[str, str] = {
    "portal": N_("on the portal"),
    "mail": N_("by mail"),
    "phone": N_("by phone"),
    "post": N_("by letter"),
}
CHANGE_STATE_WORDS: dict[str, str] = {
    "asked": N_("asked for"),
    "formed": N_("formed"),
    "refused": N_("turned down"),
    "withdrawn": N_("taken back"),
}
CONTRACT_DATE_WORDS: dict[str, str] = {
    "put_off": N_("Start put off"),
    "free_until": N_("Free of charge until"),
    "first_charged_month": N_("First charged period from"),
    "minimum_term_ends_on": N_("Minimum term ends"),
    "change_deadline": N_("Last day to ask for a change"),
    "nonrenewal_deadline": N_("Last day to give notice"),
    "ends_on": N_("The contract ends"),
    "licence_until": N_("Licence valid until"),
    "support_until": N_("Maker's support ends"),
}
