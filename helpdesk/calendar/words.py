"""The words people see for the days of the week."""

from helpdesk.marking import N_

DAY_WORDS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
