"""The words people see for mails and what became of them."""

from helpdesk.marking import N_

DISPOSITION_WORDS: dict[str, str] = {
    "new_ticket": N_("new ticket"),
    "follow_up": N_("follow-up"),
    "alert": N_("alert"),
    "information": N_("information only"),
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
    "secret_masked": N_("secret masked: ask for it by a safer way, never by mail"),
    "cut": N_("shortened: see the original"),
    "trust_failed": N_("sender check failed"),
    "no_single_author": N_("several senders or none"),
}
