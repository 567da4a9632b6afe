"""The words people see for announcements."""

from helpdesk.marking import N_

ANNOUNCEMENT_KIND_WORDS: dict[str, str] = {
    "maintenance": N_("Maintenance"),
    "suspension": N_("Suspension"),
    "end_of_service": N_("End of service"),
    "terms": N_("Change of the terms"),
    "news": N_("News and offers"),
}
AUDIENCE_WORDS: dict[str, str] = {
    "all": N_("everybody"),
    "plan": N_("customers of a plan"),
    "reseller": N_("customers of a reseller"),
    "customers": N_("customers that are named"),
}
ANNOUNCEMENT_STATE_WORDS: dict[str, str] = {
    "draft": N_("draft"),
    "planned": N_("planned"),
    "publishing": N_("being sent"),
    "published": N_("published"),
    "over": N_("over"),
    "withdrawn": N_("withdrawn"),
    "failed": N_("not sent to everybody"),
}
