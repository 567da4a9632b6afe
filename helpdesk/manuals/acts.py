"""What is recorded of manuals."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class ManualAct(Act):
    import_asked = "manual.import_asked", N_("%(file)s is to be imported as edition %(edition)s")
    import_refused = "manual.import_refused", N_("The file could not be imported: %(troubles)s troubles")
    imported = "manual.imported", N_("Imported: %(sections)s sections on %(pages)s pages")
    published = "manual.published", N_("%(title)s, edition %(edition)s, was published")
    withdrawn = "manual.withdrawn", N_("Withdrawn; its last day is %(last_day)s")
    discarded = "manual.discarded", N_("The draft %(title)s, edition %(edition)s, was dropped")
    words_changed = "manual.words_changed", N_("The words for %(section)s were changed")
