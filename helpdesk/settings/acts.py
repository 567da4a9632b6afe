"""What is recorded of the service's settings."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class SettingsAct(Act):
    changed = "settings.changed", N_("The settings of the service were changed")
