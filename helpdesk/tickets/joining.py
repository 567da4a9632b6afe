"""Two inquiries that are one, and one that is two: what was said moves, and within a day it moves back (R70)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import column, select, table, update

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.joinings import Joining, JoiningKind
from helpdesk.tickets.kinds import TicketKind, TicketState
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.messages import Message, MessageKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import follow_both, unfollow_all
from helpdesk.tickets.opening import Opening, open_ticket
from helpdesk.tickets.standing import settle
from helpdesk.tickets.waiting import keep_waiting


def merge(ticket: Ticket, into: Ticket, by: Actor) -> Joining:
    """Put everything said on one inquiry into another of the same person, and close it; what is due runs from the
    earlier. Refused where somebody would read what is not theirs. Both are locked by the caller.
    """
    _same_person(ticket, into)
    if ticket.merged_into_id is not None:
        raise Refusal(_("This ticket was merged into another already."))
    if into.closed:
        raise Refusal(_("%(number)s is closed. Reopen it first.", number=into.reference))
    moved = list(db.session.scalars(select(Message.id).where(Message.ticket_id == ticket.id)))
    joining = _joined(JoiningKind.merge, ticket, into, moved)
    followed = list(db.session.scalars(select(Ticket.id).where(Ticket.merged_into_id == ticket.id)))
    _lead(followed, into)
    _move(moved, ticket, into)
    if not ticket.closed:
        _due_from(into, ticket)
        ticket.close(by, "merged")
    ticket.merged_into_id = into.id
    into.touch()
    heard = follow_both(ticket.id, ticket.assignee_id, into.id)
    joining.before = joining.before | {"followed": followed, "heard": heard, "set": _kept(into)}
    record(by, TicketAct.merged_away, ticket, to=into.reference)
    record(by, TicketAct.merged, into, to=ticket.reference)
    return joining


def split(ticket: Ticket, numbers: Sequence[int], subject: str, by: Actor) -> Joining:
    """Give some of an inquiry's messages a ticket of their own, opened when the first of them came.

    Refused unless the first is the customer's and something stays.
    """
    if ticket.kind == TicketKind.alert:
        raise Refusal(_("An alert is split by its computers, on its own page."))
    rows = select(Message).where(Message.ticket_id == ticket.id).order_by(Message.id)
    messages = list(db.session.scalars(rows))
    chosen = [message for message in messages if message.id in set(numbers)]
    if not chosen or chosen[0].kind != MessageKind.customer:
        raise Refusal(_("Tick what goes to the new ticket: first the customer's message that it is about."))
    if not any(message.kind == MessageKind.customer for message in messages if message not in chosen):
        raise Refusal(_("At least one message of the customer has to stay here."))
    fresh = _opened_with(ticket, chosen[0], subject, by)
    joining = _joined(JoiningKind.divide, ticket, fresh, [message.id for message in chosen])
    _move(joining.messages, ticket, fresh)
    asked = max(message.id for message in chosen if message.kind == MessageKind.customer)
    answers = [message for message in chosen if message.kind == MessageKind.agent and message.id > asked]
    if answers:
        fresh.respond(answers[0].at)
    link(fresh, ticket, by, LinkKind.related)
    ticket.touch()
    return joining


def undo_joining(joining: Joining, by: Actor) -> None:
    """Move everything back, and give both their states; what was set since stays. Refused after a day, a second time,
    and while the ticket it went to is part of a later merge. Both are locked by the caller.
    """
    ticket, other = joining.ticket, joining.other
    if not joining.may_undo:
        raise Refusal(_("This can be undone within a day, once. Nothing was changed."))
    if other.merged_into_id is not None:
        raise Refusal(_("%(number)s was merged on since. Undo that first.", number=other.reference))
    joining.undone_at = clock.now()
    if joining.kind == JoiningKind.divide:
        _put_back(ticket, other, by)
    else:
        _take_apart(joining, by)
    for one in (ticket, other):
        one.touch()
    record(by, TicketAct.unjoined, ticket, to=other.reference)
    record(by, TicketAct.unjoined, other, to=ticket.reference)


def _put_back(ticket: Ticket, other: Ticket, by: Actor) -> None:
    """What was split off, and all that was said there since, is the first ticket's again; open, where either is."""
    _move(list(db.session.scalars(select(Message.id).where(Message.ticket_id == other.id))), other, ticket)
    if not other.closed:
        if ticket.closed:
            ticket.state, ticket.closed_at = TicketState.open, None
            record(by, TicketAct.reopened, ticket, reason="undone")
        _due_from(ticket, other)
        other.close(by, "merged")
    other.merged_into_id = ticket.id
    record(by, TicketAct.merged_away, other, to=ticket.reference)


def _take_apart(joining: Joining, by: Actor) -> None:
    ticket, other, before = joining.ticket, joining.other, joining.before
    _move(joining.messages, other, ticket)
    _lead(before["followed"], ticket)
    unfollow_all(before["heard"], other.id)
    ticket.merged_into_id = None
    if before["ticket"]["state"] != TicketState.closed.value:
        ticket.closed_at = None
        _give_back(ticket, before["ticket"])
        record(by, TicketAct.reopened, ticket, reason="undone")
    now = _kept(other)
    if now == before["set"]:
        _give_back(other, before["other"])
    elif now["due_at"] == before["set"]["due_at"]:
        other.due_at = _moment(before["other"]["due_at"])


def _same_person(ticket: Ticket, into: Ticket) -> None:
    if ticket.id == into.id:
        raise Refusal(_("Choose another ticket than this one."))
    if TicketKind.alert in (ticket.kind, into.kind):
        raise Refusal(_("Alerts are merged with alerts, on their own page; link the tickets instead."))
    unknown = ticket.requester_id is None and into.requester_id is None
    if ticket.customer_id != into.customer_id:
        raise Refusal(_("They belong to two customers. Nothing was merged."))
    if ticket.failed_check != into.failed_check:
        raise Refusal(_("One of them failed the check of its sender: they stay apart."))
    same = (ticket.sender, ticket.caller) == (into.sender, into.caller) and (ticket.sender or ticket.caller)
    if ticket.requester_id != into.requester_id or (unknown and not same):
        raise Refusal(_("Two people asked them, and each reads only their own: link the tickets instead."))


def _joined(kind: JoiningKind, ticket: Ticket, other: Ticket, messages: list[int]) -> Joining:
    before = {"ticket": _kept(ticket), "other": _kept(other)}
    joining = Joining(kind=kind, ticket=ticket, other=other, at=clock.now(), messages=messages, before=before)
    db.session.add(joining)
    db.session.flush()
    return joining


def _move(messages: Sequence[int], ticket: Ticket, to: Ticket) -> None:
    """Messages with what belongs to them: the mails they went out as and came in by, decisions they told, links."""
    moved = select(Message).where(Message.id.in_(messages), Message.ticket_id == ticket.id).subquery()
    raw = select(moved.c.raw_sha256).where(moved.c.raw_sha256.is_not(None))
    mails = update(_MAILS).where(_MAILS.c.ticket_id == ticket.id, _MAILS.c.raw_sha256.in_(raw))
    told = select(_DECISIONS.c.id).where(_DECISIONS.c.message_id.in_(select(moved.c.id)))
    out = update(Notice).where(Notice.id.in_(select(moved.c.notice_id).where(moved.c.notice_id.is_not(None))))
    for change in (mails, update(_LINKS).where(_LINKS.c.decision_id.in_(told)), out):
        db.session.execute(change.values(ticket_id=to.id))
    db.session.execute(update(_DECISIONS).where(_DECISIONS.c.id.in_(told)).values(ticket_id=to.id))
    of_ticket = update(Message).where(Message.id.in_(messages), Message.ticket_id == ticket.id)
    db.session.execute(of_ticket.values(ticket_id=to.id))
    for one in (ticket, to):
        _read_anew(one)


def _read_anew(ticket: Ticket) -> None:
    """Its row shows the last words, and its first message is found by its subject."""
    rows = select(Message).where(Message.ticket_id == ticket.id, Message.kind != MessageKind.note)
    messages = list(db.session.scalars(rows.order_by(Message.id), execution_options={"populate_existing": True}))
    if messages:
        ticket.preview, messages[0].terms = messages[-1].first_words, None


def _lead(followed: Sequence[int], to: Ticket) -> None:
    """Tickets that were merged before lead where this one does."""
    if followed:
        db.session.execute(update(Ticket).where(Ticket.id.in_(followed)).values(merged_into_id=to.id))


def _due_from(into: Ticket, ticket: Ticket) -> None:
    """What is due, first or now, is due by the earlier time of both; nothing that is due stays put away."""
    if ticket.first_responded_at is None and into.first_responded_at is None:
        firsts = [at for at in (ticket.first_due_at, into.first_due_at) if at is not None]
        into.first_due_at = min(firsts, default=None)
    if ticket.due_at is None and not ticket.stands_still:
        return
    into.snoozed_until = None
    if ticket.stands_still and into.due_at is None:
        into.due_left = min(left for left in (ticket.due_left, into.due_left) if left is not None)
    elif ticket.due_at is not None and (into.due_at is None or ticket.due_at < into.due_at):
        into.due_at, into.due_since = ticket.due_at, ticket.due_since
        into.calendar_version = ticket.calendar_version
    if into.state == TicketState.waiting:
        into.state = TicketState.open


def _opened_with(ticket: Ticket, first: Message, subject: str, by: Actor) -> Ticket:
    """A ticket of the same person; its own first message gives way to the one that moves."""
    opening = Opening(
        kind=ticket.kind,
        subject=" ".join(subject.split()) or ticket.subject,
        body=first.body,
        channel=first.channel,
        customer=ticket.customer,
        requester=ticket.requester,
        sender=ticket.sender,
        topic=ticket.topic,
        concerns=ticket.concerns,
        caller=ticket.caller,
    )
    fresh = open_ticket(by, replace(opening, called_at=first.at), current_calendar())
    db.session.flush()
    db.session.delete(db.session.scalars(select(Message).where(Message.ticket_id == fresh.id)).one())
    fresh.verified, fresh.failed_check, fresh.covered = ticket.verified, ticket.failed_check, ticket.covered
    fresh.intent, fresh.priority, fresh.assignee_id = ticket.intent, ticket.priority, ticket.assignee_id
    db.session.flush()
    return fresh


_MOMENTS = ("due_at", "due_since", "first_due_at", "snoozed_until")


def _kept(ticket: Ticket) -> dict[str, Any]:
    """What merging may change on a ticket, as JSON values."""
    moments = {name: at.isoformat() if (at := getattr(ticket, name)) else None for name in _MOMENTS}
    numbers = {"calendar_version": ticket.calendar_version, "due_left": ticket.due_left}
    return {"state": ticket.state.value, **numbers, **moments}


def _give_back(ticket: Ticket, kept: dict[str, Any]) -> None:
    ticket.state, ticket.calendar_version = TicketState(kept["state"]), kept["calendar_version"]
    for name in _MOMENTS:
        setattr(ticket, name, _moment(kept[name]))
    ticket.due_left = kept.get("due_left")
    settle(ticket)
    keep_waiting(ticket)


def _moment(stamp: str | None) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None


# rooms above, by the names of their tables
_MAILS = table("incoming_mails", column("ticket_id"), column("raw_sha256"))
_DECISIONS = table("decisions", column("id"), column("ticket_id"), column("message_id"))
_LINKS = table("answer_links", column("ticket_id"), column("decision_id"))
