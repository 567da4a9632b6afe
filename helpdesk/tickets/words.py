"""The words people see for enumerations, as messages to translate where they are shown."""

from helpdesk.marking import N_

STATE_WORDS: dict[str, str] = {
    "new": N_("New"),
    "open": N_("Working"),
    "waiting": N_("With customer"),
    "closed": N_("Closed"),
}
CUSTOMER_STATE_WORDS: dict[str, str] = {
    "new": N_("Received"),
    "open": N_("In progress"),
    "waiting": N_("Waiting for you"),
    "closed": N_("Completed"),
}
TITLE_WORDS: dict[str, str] = {
    "executed": N_("Malware was run"),
    "failed": N_("Quarantine failed"),
    "detected": N_("Threat detected"),
    "seen": N_("File found"),
    "quarantined": N_("Threat quarantined"),
}
"""What became of an alert's file, worst first."""
PRIORITY_WORDS: dict[str, str] = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "urgent": N_("Urgent")}
QUEUE_WORDS: dict[str, str] = {
    "alerts": N_("Alert response"),
    "inquiries": N_("Inquiries"),
    "contracts": N_("Contracts"),
    "unmatched": N_("Unmatched mail"),
    "contested": N_("Contested answers"),
}
VIEW_WORDS: dict[str, str] = {
    "mine": N_("Mine"),
    "unassigned": N_("Unassigned"),
    "soon": N_("Due soon"),
    "open": N_("All open"),
    "closed": N_("Closed tickets"),
    **QUEUE_WORDS,
}
VERDICT_WORDS: dict[str, str] = {
    "in_scope": N_("In scope"),
    "out_of_scope": N_("Out of scope"),
    "manual_reference": N_("Manual"),
}
INTENT_WORDS: dict[str, str] = {"inquiry": N_("Inquiry"), "notice": N_("Notice")}
CHANNEL_WORDS: dict[str, str] = {
    "portal": N_("portal"),
    "mail": N_("mail"),
    "phone": N_("phone"),
    "console": N_("console"),
}
TOPIC_WORDS: dict[str, str] = {
    "reading": N_("Reading the screens"),
    "operating": N_("How to operate"),
    "defect": N_("Something does not work"),
    "alert": N_("About an alert"),
}
TOPIC_HINTS: dict[str, str] = {
    "reading": N_("What a display or a figure means; not other products' screens"),
    "operating": N_("Steps for settings and lists; not the computer itself"),
    "defect": N_("We look for the cause remotely; not your own network"),
    "alert": N_("Questions on a notification; decide on its own page"),
}
STEP_WORDS: dict[str, str] = {
    "received": N_("Received"),
    "answer": N_("First answer"),
    "report": N_("Report"),
    "decision": N_("Your decision"),
    "instruction": N_("Instruction"),
    "execution": N_("Carried out in service hours"),
    "verification": N_("Read back"),
    "proof": N_("Proof"),
    "closed": N_("Completed"),
}
