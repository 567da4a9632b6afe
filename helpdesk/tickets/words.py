"""The words people see for the ticket's enumerations; lazy, so that they follow the page's language."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

STATE_WORDS: dict[str, LazyString] = {
    "new": _l("New"),
    "open": _l("Working"),
    "waiting": _l("With customer"),
    "closed": _l("Closed"),
}
CUSTOMER_STATE_WORDS: dict[str, LazyString] = {
    "new": _l("Received"),
    "open": _l("In progress"),
    "waiting": _l("Waiting for you"),
    "closed": _l("Completed"),
}
PRIORITY_WORDS: dict[str, LazyString] = {
    "low": _l("Low"),
    "normal": _l("Normal"),
    "high": _l("High"),
    "urgent": _l("Urgent"),
}
QUEUE_WORDS: dict[str, LazyString] = {
    "alerts": _l("Alert response"),
    "inquiries": _l("Inquiries"),
    "contracts": _l("Contracts"),
    "unmatched": _l("Unmatched mail"),
    "contested": _l("Contested answers"),
}
VIEW_WORDS: dict[str, LazyString] = {
    "mine": _l("Mine"),
    "unassigned": _l("Unassigned"),
    "soon": _l("Due soon"),
    "open": _l("All open"),
    "closed": _l("Closed tickets"),
    **QUEUE_WORDS,
}
VERDICT_WORDS: dict[str, LazyString] = {
    "in_scope": _l("In scope"),
    "out_of_scope": _l("Out of scope"),
    "manual_reference": _l("Manual"),
}
SEVERITY_WORDS: dict[str, LazyString] = {
    "Low": _l("Severity low"),
    "Medium": _l("Severity medium"),
    "High": _l("Severity high"),
    "Critical": _l("Severity critical"),
}
CHANNEL_WORDS: dict[str, LazyString] = {"portal": _l("portal"), "mail": _l("mail"), "phone": _l("phone")}
TOPIC_WORDS: dict[str, LazyString] = {
    "reading": _l("Reading the screens"),
    "operating": _l("How to operate"),
    "defect": _l("Something does not work"),
    "alert": _l("About an alert"),
}


TOPIC_HINTS: dict[str, LazyString] = {
    "reading": _l("What a display or a figure means; not other products' screens"),
    "operating": _l("Steps for settings and lists; not the computer itself"),
    "defect": _l("We look for the cause remotely; not your own network"),
    "alert": _l("Questions on a notification; decide on its own page"),
}
ACTION_WORDS: dict[str, LazyString] = {"quarantine": _l("Quarantine the file"), "allow": _l("Allow the file")}
ACTION_STATE_WORDS: dict[str, LazyString] = {
    "asked": _l("waits for the decision"),
    "declined": _l("declined"),
    "waiting": _l("waits for service hours"),
    "running": _l("running"),
    "done": _l("done"),
    "already": _l("was there already"),
    "failed": _l("failed"),
    "unclear": _l("outcome unclear"),
    "withdrawn": _l("withdrawn"),
}
STEP_WORDS: dict[str, LazyString] = {
    "received": _l("Received"),
    "answer": _l("First answer"),
    "report": _l("Report"),
    "decision": _l("Your decision"),
    "instruction": _l("Instruction"),
    "execution": _l("Carried out in service hours"),
    "verification": _l("Read back"),
    "closed": _l("Completed"),
}
ROLE_WORDS: dict[str, LazyString] = {
    "customer_user": _l("Customer"),
    "customer_admin": _l("Customer's administrator"),
    "agent": _l("Agent"),
    "supervisor": _l("Supervisor"),
    "administrator": _l("Administrator"),
}
DAY_WORDS = (_l("Mon"), _l("Tue"), _l("Wed"), _l("Thu"), _l("Fri"), _l("Sat"), _l("Sun"))


def choice_word(channel: str) -> str:
    return str(CHANNEL_WORDS.get(channel, channel))
