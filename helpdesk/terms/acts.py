"""What is recorded of the terms of use and the service menu."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class TermsAct(Act):
    drafted = "terms.drafted", N_("Version %(number)s was drafted")
    changed = "terms.changed", N_("The draft of version %(number)s was changed")
    published = "terms.published", N_("Version %(number)s was published; it holds from %(on)s on")
    dropped = "terms.dropped", N_("The draft of version %(number)s was thrown away")
    accepted = "terms.accepted", N_("Version %(number)s was accepted by %(name)s")
