"""The first start in words."""

from helpdesk.marking import N_

START_STEP_WORDS: dict[str, str] = {
    "provider": N_("Name and addresses"),
    "hours": N_("Service hours and closing days"),
    "mail_out": N_("Mail leaves"),
    "mail_in": N_("Mail arrives"),
    "people": N_("Agents and supervisors"),
    "customer": N_("The first customer"),
    "tickets": N_("The first inquiry and the first alert"),
}
START_STATE_WORDS: dict[str, str] = {
    "done": N_("seen working"),
    "waiting": N_("under way"),
    "open": N_("still open"),
    "failing": N_("failed"),
}
