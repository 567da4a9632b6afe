"""What is recorded of the calendar."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class CalendarAct(Act):
    days_asked_for = (
        "calendar.days_asked_for",
        N_("The supervisors were asked for the closing days of the years to come"),
    )
    changed = "calendar.changed", N_("The calendar was changed: %(note)s")
