"""The words people see for actions and their proofs."""

from helpdesk.marking import N_

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
