"""What is recorded of the calendar."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class CalendarAct(Act):
    changed = "calendar.changed", N_("The calendar was changed: %(note)s")
