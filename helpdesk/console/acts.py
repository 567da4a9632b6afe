"""What is recorded of the keys to customers' consoles."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class ConsoleAct(Act):
    credential_set = "credential.set", N_("An API key was stored for the region %(region)s")
    checked = "credential.checked", N_("The API key works: %(lists)s lists were seen")
    failed = "credential.failed", N_("The API key fails: %(error)s")
    used = "credential.used", N_("The API key was used (%(purpose)s)")
    credential_destroyed = "credential.destroyed", N_("The API key %(client_id)s was given back and destroyed")
    allow_list_set = "credential.allow_list_set", N_("The allow list was named: %(guid)s")
    rotated = "credential.rotated", N_("The API key was encrypted anew")
