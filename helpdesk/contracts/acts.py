"""What is recorded of contracts."""

from typing import Any

from flask_babel import gettext as _

from helpdesk.audit.acts import Act
from helpdesk.contracts.words import CONTRACT_NOTICE_WORDS
from helpdesk.marking import N_, word


def _kind(details: dict[str, Any]) -> str:
    return word(CONTRACT_NOTICE_WORDS, details["kind"])


class ContractAct(Act):
    added = "contract.added", N_("A contract from %(start)s was added: %(plan)s")
    ended = "contract.ended", N_("The contract's last day was set: %(until)s")
    applied = "contract.applied", N_("An application was recorded: %(plan)s, %(clients)s clients")
    put_off = "contract.put_off", N_("The start was put off to %(until)s: %(words)s")
    refused = "contract.refused", N_("The application was refused (%(clause)s): %(words)s")
    started = "contract.started", N_("The start of the service on %(on)s was notified to %(to)s")
    part_ended = "contract.part_ended", N_("A part ends on %(on)s, %(plan)s remains: %(words)s")
    cancelled = "contract.cancelled", N_("%(number)s was cancelled: %(words)s")
    suspended = "contract.suspended", N_("The service was suspended (%(clause)s): %(words)s")
    resumed = "contract.resumed", N_("The service goes on (%(clause)s)")
    end_taken_back = "contract.end_taken_back", N_("The end on %(until)s was taken back: %(words)s")
    change_asked = "contract.change_asked", N_("A change was asked for from %(on)s on: %(plan)s")
    change_formed = "contract.change_formed", N_("A change was formed from %(on)s on: %(plan)s")
    change_refused = "contract.change_refused", N_("A change was refused (%(clause)s): %(words)s")
    notice_filed = "contract.notice_filed", lambda d: f"{_kind(d)}: {_('received')} ({d['arrived']})"
    notice_confirmed = "contract.notice_confirmed", lambda d: f"{_kind(d)}: {_('seen to')} {d['words']}"
    notice_taken_back = "contract.notice_taken_back", lambda d: f"{_kind(d)}: {_('taken back')} {d['words']}"
    arrival_corrected = "contract.arrival_corrected", N_("A notice arrived on %(after)s, not %(before)s: %(reason)s")
    licences_counted = "contract.licences_counted", N_("%(licences)s licences on %(on)s")
    difference_told = "contract.difference_told", N_("Told of %(licences)s licences on a plan for %(clients)s")
    paid = "contract.paid", N_("A payment of %(amount)s yen on %(on)s was recorded")
    payment_removed = "contract.payment_removed", N_("A payment of %(amount)s yen on %(on)s was taken off: %(words)s")
    price_notice = "contract.price_notice", N_("New prices from %(from_on)s on were announced to %(name)s")
    audit_found = "contract.audit_found", N_("Findings of the audit on %(on)s: %(words)s")
    audited = "contract.audited", N_("An audit under terms 9 on %(on)s was recorded: %(scope)s")
    overview_sent = "contract.overview_sent", N_("What stays changed on the console was told: %(count)s entries")
    seen_off = "contract.seen_off", N_("After the contract's end: %(withdrawn)s actions withdrawn, reading stopped")
    archived = "contract.archived", N_("An archive of tickets, files, proofs and reports was made")
