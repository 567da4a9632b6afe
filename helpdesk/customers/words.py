"""Customers and their people in words."""

from helpdesk.marking import N_

FIELD_WORDS = {
    "name": N_("Name"),
    "kana": N_("Reading (kana)"),
    "department": N_("Department"),
    "email": N_("Mail address"),
    "phone": N_("Phone"),
    "language": N_("Language"),
    "told": N_("is told of alerts"),
    "instructs": N_("may instruct"),
    "way": N_("How they are told"),
    "reports": N_("gets the monthly reports"),
    "contract": N_("handles the contract"),
    "access": N_("Right to write and be written to"),
}
VALUE_WORDS = {"ja": N_("Japanese"), "en": N_("English"), "mail": N_("by mail"), "phone": N_("by phone")}
EVIDENCE_WORDS = {
    "none": N_("no evidence needed"),
    "open": N_("not looked at yet"),
    "asked": N_("evidence asked for"),
    "seen": N_("confirmed"),
}
