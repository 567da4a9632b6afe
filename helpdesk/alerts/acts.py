"""What is recorded of alerts."""

from flask_babel import gettext as _

from helpdesk.audit.acts import Act, Details
from helpdesk.marking import N_


class AlertAct(Act):
    reported = "alert.reported", None
    report_came_back = (
        "alert.report_came_back",
        N_("The report to %(to)s did not arrive: the alert is unreported again"),
    )
    repeated = "alert.repeated", N_("Seen again: %(mails)s alert mails so far")
    informed = (
        "alert.informed",
        lambda d: _("The console informed of %(events)s", events=", ".join(d.get("events", [])) or "—"),
    )
    warned = "alert.warned", N_("The supervisors were warned of the due time")
    completed = "alert.completed", N_("Completed from the console: %(events)s new events")
    findings_edited = "alert.findings_edited", N_("Findings edited")
    vouched = "alert.vouched", N_("Vouched for, although the sender's check failed: %(reason)s")
    false_positive = "alert.false_positive", N_("A false positive: %(reason)s")
    no_false_positive = "alert.no_false_positive", N_("Not a false positive after all")
    file_named = "alert.file_named", N_("SHA-256 entered: %(reason)s")
    computer_confirmed = "alert.computer_confirmed", N_("%(computer)s has connector %(guid)s: %(reason)s")
    result_told = (
        "alert.result_told",
        lambda d: _("A mail about what is known came: %(computers)s", computers=_names(d)),
    )
    split = ("alert.split", lambda d: _("%(computers)s got a ticket of their own", computers=_names(d)))
    merged = "alert.merged", N_("%(source)s was merged into this ticket")
    unmatched = "alert.unmatched", N_("A match of two events was taken apart")
    polling_set = (
        "customer.polling_set",
        lambda d: (
            _("New events are read from the console")
            if d.get("on")
            else _("New events are no longer read from the console")
        ),
    )


def _names(details: Details) -> str:
    return ", ".join(details.get("computers", [])[:5]) or "—"
