"""The words people see for personal data."""

from helpdesk.marking import N_

REQUEST_KIND_WORDS: dict[str, str] = {
    "disclosure": N_("disclosure"),
    "correction": N_("correction"),
    "deletion": N_("deletion"),
    "stop_use": N_("stop of use"),
    "stop_provision": N_("stop of provision to third parties"),
}
REQUEST_HINT_WORDS: dict[str, str] = {
    "disclosure": N_("You get everything we hold on you: to read, as PDF, and as files."),
    "correction": N_("Something is wrong: write what, and what is right."),
    "deletion": N_("What we hold on you is deleted. You cannot sign in any more; it cannot be undone."),
    "stop_use": N_("No more news and offers. Mails about your tickets and contract go on (16-6)."),
    "stop_provision": N_("What tells of you is given to nobody outside any more."),
}
CHECKED_WORDS: dict[str, str] = {"password": N_("Signed in on the portal, with the password once more")}
"""How somebody is known to be who asks, where we saw it ourselves."""
REQUEST_STATE_WORDS: dict[str, str] = {
    "asked": N_("who asks is to be checked"),
    "checked": N_("to be decided"),
    "granted": N_("granted, to be carried out"),
    "done": N_("carried out"),
    "refused": N_("turned down"),
    "withdrawn": N_("taken back"),
}
PRIVACY_GROUND_WORDS: dict[str, str] = {
    "secret": N_("A trade secret or know-how of ours or of somebody else"),
    "expired": N_("Its period is over, and it is not used any more"),
    "judgement": N_("It judges or classifies persons"),
    "operation": N_("It is recorded for our own work, which its disclosure would seriously hinder"),
    "unproven": N_("It was not shown that it is wrong, or that who asks is the person"),
    "law": N_("A law says otherwise"),
    "contract": N_("A contract that runs, or ran, needs it"),
}
DATA_CLASS_WORDS: dict[str, str] = {
    "identity": N_("Name, company, address, phone, mail address"),
    "device": N_("User accounts and computers"),
    "contract": N_("Contract"),
    "inquiry": N_("Inquiries and mails"),
    "record": N_("Record of who did what"),
    "desk": N_("What the desk works with"),
    "none": N_("Nothing of persons outside"),
}
RECEIVER_WORDS: dict[str, str] = {
    "subsidiary": N_("subsidiary"),
    "reseller": N_("reseller"),
    "agent": N_("agent or subcontractor"),
    "authority": N_("authority"),
}
