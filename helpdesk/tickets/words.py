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
    "snoozed": N_("Snoozed"),
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
FILTER_WORDS: dict[str, str] = {
    "kind": N_("Kind"),
    "state": N_("State"),
    "queue": N_("Queue"),
    "team": N_("Team"),
    "priority": N_("Priority"),
    "verdict": N_("Verdict"),
    "sure": N_("Confidence"),
    "customer": N_("Customer"),
    "assignee": N_("Assignee"),
    "tag": N_("Tag"),
    "due": N_("Due"),
    "channel": N_("Came by"),
    "delivery": N_("Delivery"),
    "since": N_("New"),
}
"""What a list can be narrowed by."""
KIND_WORDS: dict[str, str] = {"inquiry": N_("Inquiry"), "alert": N_("Alert")}
DUE_WORDS: dict[str, str] = {
    "past": N_("overdue"),
    "soon": N_("within 4 hours"),
    "today": N_("by the end of today"),
    "none": N_("nothing due"),
}
DELIVERY_WORDS: dict[str, str] = {
    "failed": N_("not delivered"),
    "waiting": N_("waiting to be sent"),
    "review": N_("to be read by a second person"),
}
HELD_WORDS: dict[str, str] = {
    "closed": N_("the ticket was closed meanwhile"),
    "overtaken": N_("something was said on the ticket meanwhile"),
    "left": N_("its writer has left the desk"),
    "nobody": N_("nobody may be written to any more"),
    "refused": N_("the ticket does not take it any more"),
}
THEN_WORDS: dict[str, str] = {
    "stay": N_("stays as it is"),
    "wait": N_("waits for the customer"),
    "close": N_("is completed"),
}
"""What becomes of a ticket with a reply."""
AFTER_WORDS: dict[str, str] = {
    "stay": N_("stay on the ticket"),
    "next": N_("go on to the next ticket"),
    "list": N_("back to the list"),
}
"""Where an agent goes after a reply."""
COLUMN_WORDS: dict[str, str] = {
    "due": N_("Due"),
    "updated": N_("Updated"),
    "number": N_("Number"),
    "state": N_("State"),
    "priority": N_("Priority"),
    "verdict": N_("Verdict or severity"),
    "customer": N_("Customer"),
    "assignee": N_("Assignee"),
}
"""The columns of a list: what it is sorted by, and what somebody may do without."""
NEWS_WORDS: dict[str, str] = {
    "assigned": N_("was assigned to you"),
    "answered": N_("the customer wrote"),
    "mentioned": N_("you are mentioned in a note"),
    "due": N_("is due within an hour"),
    "undelivered": N_("an answer was not delivered"),
    "woken": N_("is no longer put away"),
    "review": N_("a reply waits to be read by a second person"),
    "sent_back": N_("your words came back to you"),
    "handed": N_("a draft was handed to you"),
}
NEWS_WAY_WORDS: dict[str, str] = {
    "page": N_("in the page"),
    "mail": N_("by a collecting mail"),
    "browser": N_("by the browser"),
}
