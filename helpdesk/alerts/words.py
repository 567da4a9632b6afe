"""The words people see for what is known of alerts."""

from helpdesk.marking import N_

OUTCOME_WORDS: dict[str, str] = {
    "executed": N_("executed"),
    "failed": N_("quarantine failed"),
    "detected": N_("detected only"),
    "seen": N_("seen, not detected"),
    "quarantined": N_("quarantined"),
}
FINDING_WORDS: dict[str, str] = {"who": N_("Who"), "file": N_("File"), "route": N_("Route"), "spread": N_("Spread")}
SOURCE_WORDS: dict[str, str] = {
    "mail": N_("mail"),
    "api": N_("API"),
    "both": N_("mail and API"),
    "agent": N_("agent"),
    "failed": N_("mail that failed the check"),
}
