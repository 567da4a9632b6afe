"""What the ticket pages show, gathered for the desk and the portal in few statements (P7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy import Integer, bindparam, select

from helpdesk import clock
from helpdesk.actions.models import Action, ActionStatus
from helpdesk.audit.models import ActorKind, AuditEvent, events_of
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import number
from helpdesk.extensions import db
from helpdesk.settings.models import current_settings
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.dues import due_words
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.macros import Macro, fill, find_macros, macros_of
from helpdesk.tickets.messages import Message, MessageKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.recipients import Recipient, recipient_of
from helpdesk.tickets.visibility import messages_for
from helpdesk.tickets.warnings import Warned
from helpdesk.triage.answers import place_lines
from helpdesk.triage.deciding import sections_of
from helpdesk.triage.models import Decision, TicketAssessment
from helpdesk.triage.underlining import Stretch, underline, wanted_words
from helpdesk.web.access import signed_in
from helpdesk.web.alert_chain import Step, actions_shown, chain, second_clock
from helpdesk.web.alert_panel import alert_panel
from helpdesk.web.pages import language
from helpdesk.web.ticket_lists import neighbours
from helpdesk.web.ticket_side import Side, side_of

FOLD_ABOVE = 8


@dataclass(frozen=True)
class Entry:
    """One thing in the thread: a message, or an event as a grey line."""

    at: datetime
    message: Message | None = None
    words: str = ""
    who: str = ""
    ticket: str = ""
    mail: int | None = None


def ticket_page_context(
    ticket: Ticket, form: Any = None, *, tab: str = "reply", asked: Sequence[Warned] = ()
) -> dict[str, Any]:
    """Everything the agent's ticket page shows, in at most eight statements with the sign-in.

    `form` is the composer's as it was sent from this `tab`, where it is shown again; `asked` what is asked before.
    """
    user, now = signed_in(), clock.now()
    counts = count_views(user)
    hours = counts.calendar.hours
    messages = messages_for(user, ticket)
    side = side_of(ticket, user, hours.local_date(now))
    entries = thread(messages, events_of(ticket))
    context: dict[str, Any] = {
        "ticket": ticket,
        "beside": neighbours(user, hours, ticket.reference),
        "asked": asked,
        **_composer(ticket, side, form, tab),
        "counts": counts,
        "hours": hours,
        "side": side,
        "entries": entries,
        "folded": len(entries) - FOLD_ABOVE if len(messages) > FOLD_ABOVE else 0,
        "seen": messages[-1].id if messages else 0,
        "due": due_words(
            *(ticket.due_at, ticket.due_since, ticket.first_responded_at, ticket.state, hours, now, language()),
            first_due=ticket.first_due_at,
            stands=ticket.stands_still,
        ),
        "from_console": {message.id for message in messages if message.from_console},
        "files": [file for message in messages for file in message.attachments],
    }
    if ticket.kind == TicketKind.alert:
        return context | _alert_context(ticket)
    found = _inquiry_context(ticket)
    return context | found | {"underlined": _underlined(messages, found["assessment"])}


def _composer(ticket: Ticket, side: Side, form: Any, tab: str) -> dict[str, Any]:
    """What stands in the composer: words as they were sent or kept, whom they go to, and which tab is on top."""
    written, recipient = _written(ticket, side), recipient_of(ticket)
    if form is not None:
        written[tab] = form.body.data or ""
    elif written["note"] and not written["reply"]:
        tab = "note"
    addresses = _addresses(side, form, recipient)
    used = _used(side, form)
    known = [one.id for one in used]
    chosen = macros_of([one for one in [number(request.args.get("macro"))] if one is not None and one not in known])
    if chosen:
        written["reply"] = (
            f"{written['reply']}\n{fill(chosen[0], ticket, signed_in(), current_calendar()).text}".lstrip()
        )
        used = [*used, *chosen]
    prepared = {"used": used, "choices": find_macros(ticket, "") if request.args.get("choose") == "macro" else []}
    return prepared | {"form": form, "tab": tab, "written": written, "recipient": recipient, "addresses": addresses}


def _used(side: Side, form: Any) -> list[Macro]:
    """The prepared replies that the words were begun with."""
    kept = side.drafts["reply"].words.get("macro", [])
    ids = request.form.getlist("macro") if form is not None else [kept] if isinstance(kept, str) else kept
    return list(macros_of([one for word in ids if (one := number(str(word))) is not None]))


def _addresses(side: Side, form: Any, recipient: Recipient | None) -> dict[str, str]:
    """To and Cc as they were typed, or as usual."""
    kept = side.drafts["reply"].words
    usual = {"to": recipient.mailbox if recipient is not None else "", "cc": ""}
    if form is not None and form.to.raw_data:
        return {"to": form.to.data or "", "cc": form.cc.data or ""}
    return {name: str(kept.get(name, address)) for name, address in usual.items()}


def _written(ticket: Ticket, side: Side) -> dict[str, str]:
    """What stands in the composer's tabs: what is not sent yet, and the places in the manual that were ticked."""
    written = {name: str(kept.words.get("body", "")) for name, kept in side.drafts.items()}
    if ticked := request.args.getlist("section"):
        places = place_lines(sections_of(ticked), ticket.requester.language.value if ticket.requester else "ja")
        written["reply"] = f"{written['reply']}\n{places}\n".lstrip()
    return written


def thread(messages: list[Message], events: list[AuditEvent]) -> list[Entry]:
    """Messages and events in the order of time; an event of the same moment stands before its message."""
    entries = [
        Entry(event.at, None, words, _who(event), *_leads_to(event)) for event in events if (words := event.sentence)
    ]
    entries += [Entry(message.at, message) for message in messages]
    return sorted(entries, key=lambda entry: entry.at)


def _alert_context(ticket: Ticket) -> dict[str, Any]:
    panel, actions = alert_panel(ticket), actions_shown(ticket)
    context: dict[str, Any] = {"panel": panel, "actions": actions, "chain": chain(panel.alert, actions)}
    if current_settings().actions_within_report_days:
        context["second_clock"] = second_clock(ticket, actions)
    return context


def _inquiry_context(ticket: Ticket) -> dict[str, Any]:
    """The suggestion and the last decision: one statement."""
    row = db.session.execute(_VERDICTS, {"ticket": ticket.id}).first()
    return {"assessment": row[0] if row else None, "decision": row[1] if row else None}


def _underlined(messages: list[Message], assessment: TicketAssessment | None) -> dict[int, list[list[Stretch]]]:
    """The pieces of the opening's own words with what the suggestion hit, by the message's id."""
    opening = next((one for one in messages if one.kind == MessageKind.customer), None)
    if opening is None or assessment is None:
        return {}
    wanted = wanted_words(assessment.reasons.get("list", []), assessment.places, assessment.questions)
    asked = [str(one["text"]) for one in assessment.questions] if len(assessment.questions) > 1 else []
    return {opening.id: [underline(words, {} if quoted else wanted, asked) for words, quoted in opening.pieces]}


_VERDICTS = (
    select(TicketAssessment, Decision)
    .outerjoin(Decision, Decision.ticket_id == TicketAssessment.ticket_id)
    .where(TicketAssessment.ticket_id == bindparam("ticket", type_=Integer))
    .order_by(TicketAssessment.id.desc(), Decision.id.desc().nulls_last())
    .limit(1)
)


def customer_steps(ticket: Ticket, actions: list[Action]) -> list[Step]:
    """The customer's timeline: what happened, and what comes with its condition and date."""
    first = "report" if ticket.kind == TicketKind.alert else "answer"
    steps = [
        Step("received", "done", ticket.opened_at),
        Step(first, "done" if ticket.first_responded_at else "now", ticket.first_responded_at or ticket.first_due_at),
    ]
    for action in actions:
        decided = action.instructed_at or action.declined_at
        steps.append(Step("decision", "done" if decided else "now", decided, action.reference))
        if action.status not in (ActionStatus.declined, ActionStatus.withdrawn):
            stage = "done" if action.verified_at else ("now" if action.instructed_at else "later")
            steps.append(Step("execution", stage, action.verified_at or action.due_at, action.reference))
    steps.append(Step("closed", "done" if ticket.closed else "later", ticket.closed_at))
    return steps


def _leads_to(event: AuditEvent) -> tuple[str, int | None]:
    """The ticket or the parked mail that an event speaks of."""
    if event.act in _OF_TWO:
        return str(event.details["to"]), None
    return "", event.details.get("mail") if event.act.startswith("mail.") else None


_OF_TWO = {
    act.value
    for act in (TicketAct.linked, TicketAct.linked_from, TicketAct.merged, TicketAct.merged_away, TicketAct.unjoined)
}


def _who(event: AuditEvent) -> str:
    return "" if event.actor_kind == ActorKind.system else event.actor_name
