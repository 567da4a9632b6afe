"""The words people see for the vendor's severities."""

from helpdesk.marking import N_

SEVERITY_WORDS: dict[str, str] = {
    "Low": N_("Severity low"),
    "Medium": N_("Severity medium"),
    "High": N_("Severity high"),
    "Critical": N_("Severity critical"),
}
