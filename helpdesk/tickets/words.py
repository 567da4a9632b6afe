"""The words people see for enumerations, as messages to translate where they are shown."""

from flask_babel import gettext as _

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
OUTCOME_WORDS: dict[str, str] = {
    "executed": N_("executed"),
    "failed": N_("quarantine failed"),
    "detected": N_("detected only"),
    "seen": N_("seen, not detected"),
    "quarantined": N_("quarantined"),
}
FINDING_WORDS: dict[str, str] = {
    "who": N_("Who"),
    "file": N_("File"),
    "route": N_("Route"),
    "spread": N_("Spread"),
}
SOURCE_WORDS: dict[str, str] = {
    "mail": N_("mail"),
    "api": N_("API"),
    "both": N_("mail and API"),
    "agent": N_("agent"),
    "failed": N_("mail that failed the check"),
}
REVIEW_WORDS: dict[str, str] = {
    "second_eyes": N_("this customer's actions need a second supervisor"),
    "clean": N_("the console holds this file for clean"),
}
PROOF_RESULT_WORDS: dict[str, str] = {
    "on the list": N_("on the list"),
    "off the list": N_("off the list"),
    "was on the list before": N_("was on the list before; we changed nothing"),
    "isolated": N_("isolated from the network"),
    "not isolated": N_("no longer isolated"),
}
PRIORITY_WORDS: dict[str, str] = {
    "low": N_("Low"),
    "normal": N_("Normal"),
    "high": N_("High"),
    "urgent": N_("Urgent"),
}
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
SEVERITY_WORDS: dict[str, str] = {
    "Low": N_("Severity low"),
    "Medium": N_("Severity medium"),
    "High": N_("Severity high"),
    "Critical": N_("Severity critical"),
}
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
ACTION_WORDS: dict[str, str] = {
    "quarantine": N_("Quarantine the file"),
    "allow": N_("Allow the file"),
    "isolate": N_("Isolate the computer"),
}
ACTION_STATUS_WORDS: dict[str, str] = {
    "review": N_("waits for second eyes"),
    "asked": N_("waits for the decision"),
    "declined": N_("declined"),
    "waiting": N_("waits for service hours"),
    "running": N_("running"),
    "done": N_("done"),
    "already": N_("was there already"),
    "failed": N_("failed"),
    "unclear": N_("outcome unclear"),
    "withdrawn": N_("withdrawn"),
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
ROLE_WORDS: dict[str, str] = {
    "customer_user": N_("Customer"),
    "customer_admin": N_("Customer's administrator"),
    "agent": N_("Agent"),
    "supervisor": N_("Supervisor"),
    "administrator": N_("Administrator"),
}
DISPOSITION_WORDS: dict[str, str] = {
    "new_ticket": N_("new ticket"),
    "follow_up": N_("follow-up"),
    "alert": N_("alert"),
    "bounce": N_("bounce"),
    "parked": N_("parked"),
    "duplicate": N_("duplicate"),
    "junk": N_("junk"),
    "unreadable": N_("unreadable"),
    "refused": N_("refused"),
}
REASON_WORDS: dict[str, str] = {
    "pace": N_("too many in a short time"),
    "failed": N_("too many alert mails whose sender check failed"),
    "brake": N_("one new ticket after the other, as robots open them"),
    "taken in by a person": N_("taken in by a person"),
    "an autoresponder's subject": N_("an automatic reply's subject"),
    "thread": N_("too many on this ticket within an hour"),
    "repeated": N_("the same words again and again"),
    "sender": N_("too many from this sender within an hour"),
    "domain": N_("too many from this domain within an hour"),
    "null return path": N_("no return path: a machine sent it"),
    "marked by the receiving server": N_("marked as spam by the receiving server"),
}
MAIL_KIND_WORDS: dict[str, str] = {
    "person": N_("a person's mail"),
    "automatic": N_("sent by a machine"),
    "automatic_reply": N_("automatic reply"),
    "bounce": N_("bounce"),
    "feedback_loop": N_("complaint report of a mail provider"),
    "unreadable": N_("unreadable"),
}
MARK_WORDS: dict[str, str] = {
    "smime_signed": N_("signed (S/MIME)"),
    "pgp_signed": N_("signed (PGP)"),
    "encrypted": N_("encrypted"),
    "invitation": N_("invitation"),
    "charset_guessed": N_("characters guessed"),
    "damaged": N_("characters damaged"),
    "locked_zip": N_("ZIP with a password"),
    "password_masked": N_("password masked"),
    "cut": N_("shortened: see the original"),
    "trust_failed": N_("sender check failed"),
    "no_single_author": N_("several senders or none"),
}
TROUBLE_WORDS: dict[str, str] = {
    "no_text": N_("only a picture, no text (scanned?)"),
    "unreadable": N_("damaged, cannot be read"),
    "damaged": N_("The file is damaged and cannot be opened."),
    "encrypted": N_("The file is locked with a password. Save it without one and import it again."),
    "too_long": N_("The file is longer than a manual may be (3,000 pages, 60 MB unpacked). Import it in parts."),
    "cut": N_("longer than 100,000 characters; only its beginning is shown and searched. The original is whole."),
    "no_sections": N_("No section was found: there is no text under any heading."),
}
DAY_WORDS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def word(messages: dict[str, str], key: str) -> str:
    """The word for a key in the language at hand; an unknown key stands for itself."""
    message = messages.get(key, key)
    return str(_(message))
