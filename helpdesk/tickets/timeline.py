"""A ticket's record in sentences, for the thread's grey lines and the customer's timeline (R63)."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from helpdesk.audit.models import AuditEvent
from helpdesk.tickets.words import (
    CHANNEL_WORDS,
    MAIL_KIND_WORDS,
    PRIORITY_WORDS,
    QUEUE_WORDS,
    REASON_WORDS,
    VERDICT_WORDS,
    word,
)

QUIET = frozenset({"ticket.replied", "ticket.noted", "ticket.customer_wrote", "alert.reported"})
"""Acts that are messages in the thread themselves."""

Details = dict[str, Any]

SENTENCES: dict[str, Callable[[Details], str]] = {
    "ticket.opened": lambda d: _("Received by %(channel)s", channel=word(CHANNEL_WORDS, d["channel"])),
    "ticket.acknowledged": lambda d: _("Receipt sent to %(to)s", to=d["to"]),
    "ticket.assigned": lambda d: (
        _("Assigned to %(name)s", name=d["to"]) if d.get("to") else _("Given back to the queue")
    ),
    "ticket.priority_set": lambda d: _("Priority: %(after)s", after=word(PRIORITY_WORDS, d["after"])),
    "ticket.moved": lambda d: _("Moved to the queue %(queue)s", queue=word(QUEUE_WORDS, d["after"])),
    "ticket.matched": lambda d: _("Matched to %(customer)s", customer=d["customer"]),
    "ticket.requester_set": lambda d: _("Answered to %(name)s", name=d["name"]),
    "ticket.waiting": lambda _d: _("Waiting for the customer"),
    "ticket.closed": lambda _d: _("Closed"),
    "ticket.reopened": lambda _d: _("Reopened"),
    "verdict.suggested": lambda d: _(
        "Suggested verdict: %(verdict)s (%(confidence)s %%)",
        verdict=word(VERDICT_WORDS, d["verdict"]),
        confidence=d["confidence"],
    ),
    "verdict.decided": lambda d: _("Verdict: %(verdict)s", verdict=word(VERDICT_WORDS, d["verdict"])),
    "verdict.contested": lambda _d: _("The customer wants a person to look"),
    "verdict.accepted": lambda _d: _("The customer says this solved it"),
    "ticket.linked": lambda d: (
        _("Follows an earlier ticket that was closed:") if d["kind"] == "follows" else _("Belongs to:")
    ),
    "ticket.linked_from": lambda d: (
        _("Goes on in a new ticket:") if d["kind"] == "follows" else _("A ticket that belongs to this one:")
    ),
    "mail.bounced": lambda d: _("A mail came back that names none of ours: %(words)s", words=d["words"] or "—"),
    "mail.parked": lambda d: _(
        "A mail from %(sender)s was not taken in (%(why)s)",
        sender=d["sender"] or "?",
        why=word(REASON_WORDS, d["why"] or "") if d["why"] in REASON_WORDS else word(MAIL_KIND_WORDS, d["kind"]),
    ),
    "mail.taken_in": lambda _d: _("A mail was taken in by hand"),
    "mail.read_again": lambda _d: _("A mail was read again from its original"),
    "notice.bounced": lambda d: _("A mail to %(to)s came back: %(words)s", to=d["to"], words=d["words"]),
    "notice.delayed": lambda d: _("A mail to %(to)s is delayed: %(words)s", to=d["to"], words=d["words"]),
    "alert.repeated": lambda d: _("Seen again: %(mails)s alert mails so far", mails=d["mails"]),
    "alert.warned": lambda _d: _("The supervisors were warned of the due time"),
    "alert.completed": lambda d: _("Completed from the console: %(events)s new events", events=d["events"]),
    "alert.findings_edited": lambda _d: _("Findings edited"),
    "alert.vouched": lambda d: _("Vouched for, although the sender's check failed: %(reason)s", reason=d["reason"]),
    "alert.file_named": lambda d: _("SHA-256 entered: %(reason)s", reason=d["reason"]),
    "alert.computer_confirmed": lambda d: _(
        "%(computer)s has connector %(guid)s: %(reason)s", computer=d["computer"], guid=d["guid"], reason=d["reason"]
    ),
    "alert.result_told": lambda d: _(
        "A mail about what is known came: %(computers)s", computers=", ".join(d["computers"]) or "—"
    ),
    "action.stopped": lambda d: _("%(action)s was stopped", action=d["action"]),
    "alert.split": lambda d: _("%(computers)s got a ticket of their own", computers=", ".join(d["computers"][:5])),
    "alert.merged": lambda d: _("%(source)s was merged into this ticket", source=d["source"]),
    "alert.unmatched": lambda _d: _("A match of two events was taken apart"),
    "credential.revealed": lambda d: _("Saw the dashboard login: %(reason)s", reason=d["reason"]),
    "action.review_asked": lambda d: _("%(action)s waits for a supervisor", action=d["action"]),
    "action.reviewed": lambda d: _("%(action)s was looked at and agreed to", action=d["action"]),
    "action.confirmation_asked": lambda d: _(
        "A mail is no instruction: %(to)s was asked to confirm %(action)s", to=d["to"], action=d["action"]
    ),
    "action.returned": lambda d: _("Nobody decided on %(action)s in time: please call", action=d["action"]),
    "action.settling": lambda d: _("%(action)s is still under way on the console: please look", action=d["action"]),
    "action.by_hand": lambda d: _("%(action)s was done by hand: %(words)s", action=d["action"], words=d["words"]),
    "action.asked": lambda d: _("Asked the customer to decide on %(action)s", action=d["action"]),
    "action.approved": lambda d: _("%(action)s was approved", action=d["action"]),
    "action.declined": lambda d: _("%(action)s was declined", action=d["action"]),
    "action.withdrawn": lambda d: _("%(action)s was withdrawn", action=d["action"]),
    "action.waits": lambda d: _("%(action)s waits for service hours", action=d["action"]),
    "action.stumbled": lambda d: _("%(action)s: %(error)s", action=d["action"], error=d["error"]),
    "action.unclear": lambda d: _("%(action)s: a person must look", action=d["action"]),
    "action.retried": lambda d: _("%(action)s is tried again", action=d["action"]),
    "action.done": lambda d: _("%(action)s was carried out and read back", action=d["action"]),
}


def sentence(event: AuditEvent) -> str | None:
    """The event in words, or None where the thread shows it in another way."""
    if event.act in QUIET:
        return None
    words = SENTENCES.get(event.act)
    return words(event.details) if words else event.act
