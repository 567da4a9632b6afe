"""What is recorded of reports and exports."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class ReportAct(Act):
    made = "report.made", N_("Edition %(edition)s of the report was made")
    asked_again = "report.asked_again", N_("The report is counted once more")
    written = "report.written", N_("Words for the customer were written")
    held = "report.held", N_("The report was held back: %(why)s")
    approved = "report.approved", N_("Edition %(edition)s of the report was approved")
    sent = "report.sent", N_("The report was sent to %(to)s")
    layout_changed = "report.layout_changed", N_("The template of reports was changed")
    exported = "export.made", N_("%(what)s was exported as %(form)s")
