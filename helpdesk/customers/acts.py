"""What is recorded of customers and their people."""

from flask_babel import gettext as _

from helpdesk.audit.acts import Act, Details
from helpdesk.marking import N_


def _rights_in_words(details: Details) -> str:
    """Who is told and who may instruct are two rights; the words name both."""
    words = {
        (True, True): _("%(name)s is told of alerts and may instruct", name=details["name"]),
        (True, False): _("%(name)s is told of alerts and may not instruct", name=details["name"]),
        (False, True): _("%(name)s may instruct and is not told of alerts", name=details["name"]),
        (False, False): _("%(name)s is not told of alerts and may not instruct", name=details["name"]),
    }
    return str(words[bool(details.get("told")), bool(details.get("may_instruct"))])


class CustomerAct(Act):
    added = "customer.added", N_("The customer %(name)s was added")
    reseller_added = "reseller.added", N_("The reseller %(name)s was added")
    reseller_renamed = "reseller.renamed", N_("The reseller %(before)s is called %(name)s from now on")
    reseller_set = (
        "customer.reseller_set",
        lambda d: (
            _("Bought through %(name)s", name=d["name"]) if d.get("name") else _("Bought through no reseller any more")
        ),
    )
    imported = "customer.imported", N_("A table of customers and people was imported")
    renamed = "customer.renamed", N_("The customer %(before)s is called %(name)s from now on")
    notes_set = "customer.notes_set", N_("The notes were changed")
    reading_set = "customer.reading_set", N_("The name is read %(kana)s")
    mail_charset_set = "customer.mail_charset_set", N_("Mails are written in %(charset)s")
    auto_answer_set = (
        "customer.auto_answer_set",
        lambda d: (
            _("Nothing is answered by itself any more")
            if d.get("confidence") is None
            else _("Answered by itself from %(confidence)s %% on", confidence=d["confidence"])
        ),
    )
    handling_set = "customer.handling_set", N_("How actions are handled was changed")
    contact_added = "contact.added", N_("%(name)s was added as a contact")
    alert_rights_set = "contact.alert_rights_set", _rights_in_words
    reports_set = (
        "contact.reports_set",
        lambda d: (
            _("%(name)s gets the monthly reports", name=d["name"])
            if d.get("gets")
            else _("%(name)s gets no monthly reports", name=d["name"])
        ),
    )
    contract_right_set = (
        "contact.contract_right_set",
        lambda d: (
            _("%(name)s handles the contract", name=d["name"])
            if d.get("handles")
            else _("%(name)s handles the contract no more", name=d["name"])
        ),
    )
    file_added = "customer.file_added", N_("The file %(name)s was added")
    file_removed = "customer.file_removed", N_("The file %(name)s was taken off")
    contact_changed = "contact.changed", N_("%(name)s was changed: %(fields)s")
    contact_merged = "contact.merged", N_("%(name)s was put together with %(into)s")
    evidence_asked = "contact.evidence_asked", N_("Evidence was asked for the change of %(name)s")
    evidence_seen = "contact.evidence_seen", N_("The change of %(name)s is confirmed: %(words)s")
    contact_closed = "contact.closed", N_("%(email)s was closed: no mail goes there any more")
    contact_reopened = "contact.reopened", N_("%(email)s was opened again")
    alert_address_removed = "alert_address.removed", N_("The alert address %(address)s was removed")
    alert_address_moved = "alert_address.moved", N_("The alert address %(address)s was moved to %(customer)s")
    alert_address_added = "alert_address.added", N_("The alert address %(address)s was added")
