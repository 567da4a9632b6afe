"""The words people see for figures of a report, and how each is counted."""

from flask_babel import gettext as _

from helpdesk.actions.words import ACTION_STATUS_WORDS, ACTION_WORDS
from helpdesk.marking import N_, word
from helpdesk.tickets.words import VERDICT_WORDS

SEVERITY_NAMES: dict[str, str] = {
    "critical": N_("Critical"),
    "high": N_("High"),
    "medium": N_("Medium"),
    "low": N_("Low"),
    "unknown": N_("not told"),
}
REPORT_STATUS_WORDS: dict[str, str] = {
    "making": N_("being made"),
    "failed": N_("could not be made"),
    "review": N_("to be reviewed"),
    "held": N_("held back"),
    "approved": N_("approved, being sent"),
    "sent": N_("sent"),
}
SECTION_WORDS: dict[str, str] = {
    "weekly": N_("Detections by week"),
    "outcomes": N_("What became of the files"),
    "trend": N_("Alerts of the last 12 months"),
    "verdicts": N_("Inquiries by answer"),
    "hosts": N_("Computers with the most alerts"),
    "types": N_("Alerts by type"),
    "times": N_("Against what is promised, in service hours"),
    "incidents": N_("Alerts, reports and actions"),
    "inquiries": N_("Inquiries"),
    "console": N_("Your console"),
    "open": N_("Open at the month's end"),
    "late": N_("Known after last month's report"),
}
OF_WORDS: dict[str, str] = {
    "open": N_("Open tickets"),
    "late": N_("Past due"),
    "near": N_("Due within 4 hours"),
    "unassigned": N_("Nobody’s"),
    "age": N_("Open tickets by age"),
    "received": N_("Received"),
    "completed": N_("Completed in the period"),
    "answered": N_("Answered or reported"),
    "met": N_("Answered or reported in time"),
    "missed": N_("Answered or reported late"),
    "contested": N_("Contested answers"),
}
UNIT_WORDS: dict[str, str] = {"count": N_("count"), "minutes": N_("minutes"), "percent": N_("%")}
FIGURE_WORDS: dict[str, str] = {
    "alerts.received_mails": N_("Alert mails received"),
    "alerts.informing_mails": N_("Console mails that only informed"),
    "alerts.tickets": N_("Alerts"),
    "alerts.reported_in_time": N_("Reported in time"),
    "alerts.reported_late": N_("Reported late"),
    "alerts.in_time_percent": N_("Share of reports in time"),
    "alerts.not_reported": N_("Not reported"),
    "alerts.not_reported_overdue": N_("Not reported though due"),
    "alerts.false_positive": N_("False positives"),
    "inquiries.opened": N_("Inquiries received"),
    "inquiries.closed": N_("Inquiries completed"),
    "inquiries.contested": N_("Contested answers"),
    "inquiries.by_verdict.undecided": N_("Inquiries without a decided verdict"),
    "first_answer.median_minutes": N_("First answer, median"),
    "first_answer.in_time": N_("First answers in time"),
    "first_answer.late": N_("First answers late"),
    "first_answer.in_time_percent": N_("Share of first answers in time"),
    "solution.median_minutes": N_("Completion, median"),
    "open.at_end": N_("Open at the month's end"),
    "open.at_end.inquiry": N_("Inquiries open at the month's end"),
    "open.at_end.alert": N_("Alerts open at the month's end"),
}
DEFINITIONS: dict[str, str] = {
    "alerts.received_mails": N_("Mails of the console that arrived in the month and are on a ticket; each mail once."),
    "alerts.tickets": N_(
        "Tickets of alerts that arrived in the month. Several mails may be one alert; what was merged counts as one."
    ),
    "alerts.by_week": N_("By the day it arrived; weeks run from Monday to Sunday within the month."),
    "alerts.by_severity": N_("The highest severity that the console told of the alert."),
    "alerts.reported_in_time": N_(
        "Of the month's alerts: the first report that reached you went out by the end of the second business day."
    ),
    "alerts.not_reported_overdue": N_(
        "Of the month's alerts: no report reached you though it was due; the share in time counts them as missed."
    ),
    "alerts.false_positive": N_("Of the month's alerts: found harmless, with the reason on the ticket."),
    "actions": N_(
        "Quarantine, allow and isolate by their result, in the month the result came; pending are those without one "
        "at its end. Done means read back from the console."
    ),
    "inquiries.opened": N_("Inquiries that arrived in the month, by any door."),
    "inquiries.closed": N_("Inquiries that were completed in the month and not opened again in it."),
    "inquiries.by_verdict": N_("Of the month's inquiries: how they were answered."),
    "inquiries.contested": N_("Inquiries of which an answer was contested in the month."),
    "first_answer": N_(
        "Of the month's inquiries: service hours from arrival to the first answer that reached you, half of them below "
        "the median."
    ),
    "solution.median_minutes": N_("Service hours from arrival to completion of the inquiries completed in the month."),
    "open.at_end": N_("Tickets that were not completed when the month ended."),
}
"""By the beginning of a figure's key."""


def figure_words(key: str) -> str:
    """What a figure is called, in the language at hand."""
    if key in FIGURE_WORDS:
        return word(FIGURE_WORDS, key)
    group, _dot, name = key.rpartition(".")
    if group == "alerts.by_severity":
        return str(_("Alerts of severity: %(name)s", name=word(SEVERITY_NAMES, name)))
    if group == "alerts.by_week":
        return str(_("Alerts of week %(number)s", number=name))
    if group == "inquiries.by_verdict":
        return str(_("Inquiries answered as: %(name)s", name=word(VERDICT_WORDS, name)))
    return action_figure_words(group.removeprefix("actions."), name)


def action_figure_words(kind: str, result: str) -> str:
    told = str(_("no result yet")) if result == "pending" else word(ACTION_STATUS_WORDS, result)
    return f"{kind_words(kind)}: {told}"


def kind_words(kind: str) -> str:
    """quarantine, or quarantine_undo, in words."""
    base = word(ACTION_WORDS, kind.removesuffix("_undo"))
    undo = _("undo")
    return f"{base} ({undo})" if kind.endswith("_undo") else base


def definitions() -> list[tuple[str, str]]:
    """How figures are counted: their words and the definition."""
    names = {"alerts.by_week": _("Week"), "alerts.by_severity": _("Severity"), "actions": _("Actions")}
    names |= {"inquiries.by_verdict": _("Answered as"), "first_answer": _("First answer")}
    return [
        (str(names.get(key) or word(FIGURE_WORDS, key)), str(_(definition))) for key, definition in DEFINITIONS.items()
    ]
