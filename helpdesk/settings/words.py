"""The words people see for the service's settings."""

from helpdesk.marking import N_

SETTING_WORDS: dict[str, str] = {
    "provider_name": N_("The provider's name"),
    "provider_phone": N_("The desk's phone number"),
    "provider_address": N_("The provider's address"),
    "logo": N_("Logo"),
    "first_answer_minutes": N_("First answer to an inquiry, minutes of service time"),
    "report_business_days": N_("Report of an alert, business days after the day of receipt"),
    "actions_within_report_days": N_("Quarantine and allow are due with the report, too"),
    "term_from_application": N_("The minimum term is counted from the month of the application"),
    "undo_seconds": N_("Seconds in which a reply can be taken back"),
    "reopen_days": N_("Days after closing in which a reply reopens a ticket"),
    "silence_days": N_("Days without a word after which a console counts as silent"),
    "ask_terms_at_sign_in": N_("Who handles the contract is asked at the sign-in to accept the terms"),
    "privacy_business_days": N_("Business days in which a request about personal data is answered"),
    "keep_inquiries_days": N_("Closed inquiries: their words, files and mails"),
    "keep_originals_days": N_("Originals of mails"),
    "keep_notices_days": N_("Texts of sent mails"),
    "keep_sign_ins_days": N_("Sign-ins that ended"),
    "keep_people_days": N_("Closed people of customers without a contract"),
    "keep_names_days": N_("Names and words beside the record"),
    "keep_disclosures_days": N_("Files of disclosures"),
}
SETTING_HINT_WORDS: dict[str, str] = {
    "provider_name": N_("Stands on every page, in every mail and report."),
    "provider_phone": N_("Stands on the portal, at the sign-in and below mails; empty where you take no calls."),
    "provider_address": N_("Stands below mails and on the portal."),
    "first_answer_minutes": N_("480 is one business day. The terms name no figure."),
    "report_business_days": N_("Menu 1-(2) says within two business days; by the end of service hours on that day."),
    "actions_within_report_days": N_(
        "The other reading of menu 1-(2): a second clock on the alert shows until when they are to be done."
    ),
    "term_from_application": N_(
        "The other reading of terms 5-3: the month of the application is the first of the 13, not that of the start."
    ),
    "undo_seconds": N_("0: replies leave at once."),
    "reopen_days": N_("Later replies open a new ticket that follows the old one."),
    "silence_days": N_("Supervisors see silent consoles on their page."),
    "privacy_business_days": N_("The terms say without delay and name no figure."),
    "keep_inquiries_days": N_("Counted from closing. Number, times, verdict and figures stay."),
    "keep_originals_days": N_("Counted from arrival. The words that were read stay."),
    "keep_notices_days": N_("Counted from the day they were written. To whom and what about stays."),
    "keep_sign_ins_days": N_("Counted from the sign-in."),
    "keep_people_days": N_("Counted from closing (16-7). They are erased as on request."),
    "keep_names_days": N_("Counted from the act. The record still verifies."),
    "keep_disclosures_days": N_("Counted from the day they were made. Never 0: they would lie about."),
}
