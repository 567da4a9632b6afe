"""What is recorded of tickets; replies, notes and customers' words are messages themselves."""

from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from helpdesk.audit.acts import Act
from helpdesk.marking import N_, word
from helpdesk.tickets.words import CHANNEL_WORDS, HELD_WORDS, PRIORITY_WORDS, QUEUE_WORDS
from helpdesk.wording import date_words


def _put_away(until: str | None) -> str:
    """`until` is a moment in the service's zone."""
    if until is None:
        return str(_("Put away until the customer writes"))
    at, locale = datetime.fromisoformat(until), get_locale()
    day = date_words(at.date(), locale.language if locale else "ja")
    return str(_("Put away until %(at)s", at=f"{day} {at.hour}:{at.minute:02d}"))


class TicketAct(Act):
    opened = ("ticket.opened", lambda d: _("Received by %(channel)s", channel=word(CHANNEL_WORDS, d["channel"])))
    acknowledged = "ticket.acknowledged", N_("Receipt sent to %(to)s")
    assigned = (
        "ticket.assigned",
        lambda d: _("Given back to the queue") if not d.get("to") else _("Assigned to %(name)s", name=d["to"]),
    )
    priority_set = ("ticket.priority_set", lambda d: _("Priority: %(after)s", after=word(PRIORITY_WORDS, d["after"])))
    moved = (
        "ticket.moved",
        lambda d: _("Moved to the queue %(queue)s", queue=d.get("name") or word(QUEUE_WORDS, d["after"])),
    )
    team_made = "team.made", N_("The team %(name)s was made")
    team_changed = "team.changed", N_("The team %(name)s was changed")
    team_removed = "team.removed", N_("The team %(name)s was removed")
    queue_made = "queue.made", N_("The queue %(name)s was made")
    queue_changed = "queue.changed", N_("The queue %(name)s was changed")
    queue_closed = "queue.closed", N_("The queue %(name)s was closed")
    begins_here = "queue.begins_here", N_("Tickets of %(customer)s begin here")
    begins_as_usual = "queue.begins_as_usual", N_("Tickets of %(customer)s begin here no more")
    matched = "ticket.matched", N_("Matched to %(customer)s")
    requester_set = "ticket.requester_set", N_("Answered to %(name)s")
    answer_came_back = "ticket.answer_came_back", N_("The answer did not arrive: what it had met is due again")
    answer_left_late = (
        "ticket.answer_left_late",
        N_("The answer left on a later day than it was sent: it counts from now"),
    )
    waiting = "ticket.waiting", N_("Waiting for the customer")
    reminded = "ticket.reminded", N_("%(to)s was reminded (%(number)s)")
    waiting_rule_set = (
        "queue.waiting_rule_set",
        N_("Reminders after %(first)s and %(again)s business days, closing after %(close)s"),
    )
    closed = "ticket.closed", N_("Closed")
    reopened = "ticket.reopened", N_("Reopened")
    linked = (
        "ticket.linked",
        lambda d: _("Follows an earlier ticket that was closed:") if d.get("kind") == "follows" else _("Belongs to:"),
    )
    linked_from = (
        "ticket.linked_from",
        lambda d: (
            _("Goes on in a new ticket:") if d.get("kind") == "follows" else _("A ticket that belongs to this one:")
        ),
    )
    lines_added = "ticket.lines_added", N_("%(count)s lines on the checklist")
    line_done = "ticket.line_done", N_("Done: %(words)s")
    line_undone = "ticket.line_undone", N_("Not done after all: %(words)s")
    template_saved = "checklist.saved", N_("The checklist %(name)s was kept")
    template_removed = "checklist.removed", N_("The checklist %(name)s was removed")
    file_erased = "ticket.file_erased", N_("A file was taken away because personal data were deleted")
    file_cleared = "ticket.file_cleared", N_("The file %(name)s may be downloaded as it is")
    resumed = "ticket.resumed", N_("Taken up again")
    snoozed = "ticket.snoozed", lambda d: _put_away(d.get("until"))
    woken = "ticket.woken", N_("Taken out again")
    changed_back = "ticket.changed_back", N_("A change of many tickets was undone here")
    merged = "ticket.merged", N_("Merged into this ticket:")
    merged_away = "ticket.merged_away", N_("Goes on in the ticket it was merged into:")
    unjoined = "ticket.unjoined", N_("No longer one with, or part of:")
    tagged = "ticket.tagged", N_("Tag %(tag)s")
    untagged = "ticket.untagged", N_("Tag %(tag)s taken off")
    view_saved = "view.saved", N_("View %(name)s kept")
    view_removed = "view.removed", N_("View %(name)s removed")
    replied = "ticket.replied", None
    macro_saved = "macro.saved", N_("The prepared reply %(name)s was kept")
    macro_removed = "macro.removed", N_("The prepared reply %(name)s was removed")
    draft_handed = "ticket.draft_handed", N_("A draft was handed to %(to)s")
    reply_held = "ticket.reply_held", lambda d: _("A reply was not sent: %(why)s", why=word(HELD_WORDS, d["why"]))
    reply_sent_back = "ticket.reply_sent_back", N_("A reply was given back to %(to)s unsent")
    reply_approved = "ticket.reply_approved", N_("The reply of %(of)s was read and let out")
    noted = "ticket.noted", None
    customer_wrote = "ticket.customer_wrote", None
