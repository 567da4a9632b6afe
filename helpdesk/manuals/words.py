"""The words people see for what keeps a manual from being read."""

from helpdesk.marking import N_

TROUBLE_WORDS: dict[str, str] = {
    "no_text": N_("only a picture, no text (scanned?)"),
    "unreadable": N_("damaged, cannot be read"),
    "damaged": N_("The file is damaged and cannot be opened."),
    "encrypted": N_("The file is locked with a password. Save it without one and import it again."),
    "too_long": N_("The file is longer than a manual may be (3,000 pages, 60 MB unpacked). Import it in parts."),
    "cut": N_("longer than 100,000 characters; only its beginning is shown and searched. The original is whole."),
    "no_sections": N_("No section was found: there is no text under any heading."),
}
