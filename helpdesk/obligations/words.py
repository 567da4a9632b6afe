"""The words of what is due: each with the values that its source gives."""

from helpdesk.marking import N_

DUTY_KIND_WORDS: dict[str, str] = {
    "alert": N_("Alerts"),
    "contract": N_("Contract"),
    "report": N_("Reports"),
    "people": N_("People"),
    "reseller": N_("Resellers"),
}
DUTY_WORDS: dict[str, str] = {
    "alerts": N_("%(count)s alerts to report"),
    "notice": N_("See to a notice: %(what)s"),
    "change": N_("Form or refuse a change: %(what)s"),
    "start_notice": N_("The start notice did not arrive"),
    "application": N_("Decide on an application: %(what)s"),
    "contacts": N_("Check a change of contacts: %(what)s"),
    "personal": N_("Answer a request about personal data: %(what)s"),
    "overview": N_("Tell what stays on the console"),
    "ends": N_("The contract ends"),
    "destroy": N_("Destroy what was lent"),
    "renewals": N_("%(count)s contracts renew"),
    "leave_by": N_("Last day for notices of non-renewal"),
    "change_by": N_("Last day to ask for changes"),
    "takes_effect": N_("A change takes effect: %(what)s"),
    "licence": N_("The licence ends"),
    "support": N_("The maker's support ends"),
    "term": N_("The minimum term ends"),
    "difference": N_("Give notice of the client count: %(what)s"),
    "counts": N_("Count the licences of %(count)s contracts"),
    "reports": N_("%(count)s monthly reports to send"),
    "prices": N_("New prices hold"),
    "billing": N_("Billing list of %(what)s"),
}
DUTY_MISS_WORDS: dict[str, str] = {
    "alerts": N_("A report after this day is late: menu 1-(2) says within two business days."),
    "notice": N_("The notice has its effect by its arrival; the customer waits for a word."),
    "change": N_("A change that is not formed by then does not take effect on the 1st."),
    "application": N_("Without the start notice there is no contract (3-2)."),
    "start_notice": N_("Without the notice the contract is in doubt (3-2): send it again, or call."),
    "personal": N_("The person was promised an answer by then (16-4)."),
    "overview": N_("The customer has less time to have changes taken back."),
    "destroy": N_("What was lent is kept without a contract (2-2)."),
    "difference": N_("The plan goes on with another client count (13-3)."),
    "counts": N_("A difference that is seen later changes the plan a month later (13-2, 13-3)."),
    "reports": N_("The report belongs to the month after (menu 1-(3))."),
    "prices": N_("Resellers hear of new prices beforehand (5-6)."),
}
