"""The words people see for the vendor's severities and kinds of lists."""

from helpdesk.marking import N_

SEVERITY_WORDS: dict[str, str] = {
    "Low": N_("Severity low"),
    "Medium": N_("Severity medium"),
    "High": N_("Severity high"),
    "Critical": N_("Severity critical"),
}
LIST_KIND_WORDS: dict[str, str] = {
    "simple_custom_detections": N_("detection list"),
    "application_blocking": N_("blocking list"),
    "application_whitelist": N_("allow list"),
}
