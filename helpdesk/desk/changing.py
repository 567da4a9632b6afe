"""What can be changed on many tickets at once, and taken back: each by the ticket's own verb."""

import enum
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from unicodedata import normalize

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.regrouping import merge as merge_alerts
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.settings.models import current_settings
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.closures import Closure
from helpdesk.tickets.joining import merge, undo_joining
from helpdesk.tickets.joinings import Joining, last_joining
from helpdesk.tickets.kinds import Priority, TicketKind, TicketState
from helpdesk.tickets.macros import fill, macro_of, macros_of
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import NewsKind, take_back
from helpdesk.tickets.queues import in_use, queue_to_move_to
from helpdesk.tickets.recipients import recipient_of
from helpdesk.tickets.sendings import ReplyWords, Sending, ask_to_send
from helpdesk.tickets.snoozing import moment_of, snooze, wake
from helpdesk.tickets.tags import clean_tag, tag, untag
from helpdesk.tickets.taking_back import withdraw
from helpdesk.tickets.waiting import keep_waiting, wait


class DeskChange(enum.StrEnum):
    assign = "assign"
    state = "state"
    priority = "priority"
    queue = "queue"
    tag = "tag"
    untag = "untag"
    snooze = "snooze"
    wake = "wake"
    close = "close"
    merge = "merge"
    macro = "macro"
    undo = "undo"


STATES = (TicketState.open, TicketState.waiting)
"""What a list's tickets can be set to; closing and reopening are acts of their own."""
_PLAIN = ("assignee_id", "tags", "queue")
_KINDS = {"state": TicketState, "priority": Priority}
_TIMES = ("due_at", "due_since", "closed_at", "snoozed_until")


def is_change(act: str, value: str) -> bool:
    """Whether a form's words say what is to be changed, and to what."""
    known: dict[str, Any] = {
        DeskChange.assign: not value or number(value) is not None,
        DeskChange.state: value in STATES,
        DeskChange.priority: value in Priority.__members__,
        DeskChange.queue: act == DeskChange.queue and in_use(value),
        DeskChange.tag: bool(clean_tag(value)),
        DeskChange.untag: bool(clean_tag(value)),
        DeskChange.snooze: bool(value),
        DeskChange.wake: True,
        DeskChange.close: True,
        DeskChange.merge: bool(value),
        DeskChange.macro: act == DeskChange.macro and bool(macros_of([number(value) or 0])),
    }
    return bool(known.get(act))


def change(ticket: Ticket, by: Actor, act: DeskChange, value: str) -> None:
    """Change one ticket. Raises Refusal where the ticket says no."""
    _ACTS[act](ticket, by, value)


def state_of(ticket: Ticket) -> dict[str, Any]:
    """What a change may touch, as JSON values."""
    kept: dict[str, Any] = {name: getattr(ticket, name) for name in _PLAIN}
    kept |= {name: getattr(ticket, name).value for name in _KINDS}
    return kept | {name: at.isoformat() if (at := getattr(ticket, name)) else None for name in _TIMES}


def change_back(ticket: Ticket, by: Actor, act: DeskChange, before: dict[str, Any]) -> None:
    """Give a ticket back what a change took. Raises Refusal where that cannot be."""
    if act == DeskChange.merge:
        _unmerge(before, by)
        return
    if act == DeskChange.macro:
        _unsend(before, by)
        return
    was_closed = ticket.closed
    if ticket.queue != before["queue"]:
        queue_to_move_to(before["queue"])
    if ticket.assignee_id != before["assignee_id"]:
        take_back(ticket.assignee_id, ticket.id, NewsKind.assigned)
    for name in _PLAIN:
        setattr(ticket, name, before[name])
    for name, kind in _KINDS.items():
        setattr(ticket, name, kind(before[name]))
    for name in _TIMES:
        setattr(ticket, name, datetime.fromisoformat(before[name]) if before[name] else None)
    keep_waiting(ticket)
    ticket.touch()
    # what was taken back counts as its opposite to whoever counts closings
    if was_closed and not ticket.closed:
        record(by, TicketAct.reopened, ticket, reason="undone")
    elif ticket.closed and not was_closed:
        db.session.add(Closure(ticket_id=ticket.id, at=clock.now(), by=by.name, reason="undone"))
    record(by, TicketAct.changed_back, ticket)


def _unmerge(before: dict[str, Any], by: Actor) -> None:
    joining = db.session.get(Joining, before["joining"]) if before.get("joining") else None
    if joining is None:
        raise Refusal(_("Alerts that were merged stay one. Split computers off on the alert's page."))
    undo_joining(joining, by)


def _reply_as_prepared(ticket: Ticket, by: Actor, value: str) -> None:
    """Send a prepared reply; a ticket where something of it is not known, or nobody can be written to, is left."""
    writer, macro = db.session.get_one(User, by.id or 0), macro_of(number(value) or 0)
    if recipient_of(ticket) is None:
        raise Refusal(_("Nobody may be written to on this ticket."))
    words = fill(macro, ticket, writer, current_calendar())
    if words.missing:
        raise Refusal(_("Fill in before it can be sent: %(names)s", names="、".join(words.missing)))
    ask_to_send(ticket, writer, ReplyWords(words.text, then=macro.then, macros=[macro.id]))


def _unsend(before: dict[str, Any], by: Actor) -> None:
    """Take back the prepared reply that is not out yet: the one that this change sent."""
    sending = db.session.get(Sending, before.get("sending") or 0, with_for_update=True)
    if sending is None or sending.message_id is not None:
        raise Refusal(_("It is on its way already and cannot be taken back."))
    withdraw(sending, db.session.get_one(User, by.id or 0), keep_words=False)


def sent_by(ticket: Ticket, by: Actor) -> dict[str, Any]:
    """What an undo of a prepared reply needs to know of it."""
    own = select(Sending.id).where(Sending.ticket_id == ticket.id, Sending.user_id == by.id)
    return {"sending": db.session.scalar(own.order_by(Sending.id.desc()).limit(1))}


def joined_by(ticket: Ticket) -> dict[str, Any]:
    """What an undo of a merge needs to know of it."""
    joining = last_joining(ticket)
    return {"joining": joining.id if joining is not None else None}


def lock(ids: Iterable[int]) -> None:
    """Lock tickets in the order of their ids, as everybody does who changes several."""
    db.session.execute(select(Ticket.id).where(Ticket.id.in_(set(ids))).order_by(Ticket.id).with_for_update())


def ticket_of(number_words: str) -> int | None:
    """The id of the ticket whose number somebody wrote, in brackets or full width."""
    written = normalize("NFKC", number_words).replace("\x00", "").strip().strip("[]#")
    return db.session.scalar(select(Ticket.id).where(Ticket.reference == written))


def _merge(ticket: Ticket, by: Actor, reference: str) -> None:
    """Into the ticket of this number; the ticket itself stays as it is. Alerts go with alerts."""
    target = ticket_of(reference)
    if target is None:
        raise Refusal(_("There is no ticket of this number."))
    if target == ticket.id:
        raise Refusal(_("It is the ticket that the others are merged into."))
    into = db.session.get_one(Ticket, target, with_for_update=True, populate_existing=True)
    if ticket.kind == into.kind == TicketKind.alert:
        merge_alerts(alert_of(ticket), alert_of(into), by)
    else:
        merge(ticket, into, by)


def _agent(value: str) -> User | None:
    if not value:
        return None
    agent = db.session.get(User, number(value) or 0)
    if agent is None:
        raise Refusal(_("There is no such agent."))
    return agent


def _set_state(ticket: Ticket, by: Actor, state: TicketState) -> None:
    if ticket.state == state:
        return
    if state == TicketState.waiting:
        wait(ticket, by)
    elif ticket.closed:
        ticket.reopen(by, "the desk reopened it", current_calendar(), current_settings().first_answer_minutes)
    else:
        ticket.resume(by, current_calendar(), current_settings().first_answer_minutes)


def _move(ticket: Ticket, by: Actor, value: str) -> None:
    queue = queue_to_move_to(value)
    ticket.move_to(by, queue.code, queue.name)


_ACTS: dict[DeskChange, Callable[[Ticket, Actor, str], None]] = {
    DeskChange.assign: lambda ticket, by, value: ticket.assign(by, _agent(value)),
    DeskChange.state: lambda ticket, by, value: _set_state(ticket, by, TicketState(value)),
    DeskChange.priority: lambda ticket, by, value: ticket.set_priority(by, Priority(value)),
    DeskChange.queue: _move,
    DeskChange.tag: tag,
    DeskChange.untag: untag,
    DeskChange.snooze: lambda ticket, by, value: snooze(ticket, by, moment_of(value, current_calendar().hours)),
    DeskChange.wake: lambda ticket, by, _value: wake(ticket, by),
    DeskChange.merge: _merge,
    DeskChange.macro: _reply_as_prepared,
    DeskChange.close: lambda ticket, by, _value: ticket.close(by, "the desk closed it with others"),
}
