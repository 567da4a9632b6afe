"""Which actions wait for whom: customers, supervisors, the clock."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.actions.models import Action
from helpdesk.actions.timing import start_time
from helpdesk.calendar.hours import ServiceHours
from helpdesk.errands import ErrandState
from helpdesk.errors import NotFound
from helpdesk.extensions import db
from helpdesk.tickets.visibility import ticket_for


def action_for(user: User, ticket_reference: str, reference: str, *, lock: bool = False) -> Action:
    """An action of a ticket that this person sees, else NotFound; `lock` both to change it."""
    ticket = ticket_for(user, ticket_reference, lock=lock)
    rows = select(Action).where(Action.ticket_id == ticket.id, Action.reference == reference)
    action = db.session.scalar(rows.with_for_update() if lock else rows)
    if action is None:
        raise NotFound
    return action


def pending_for(user: User) -> list[Action]:
    """What this person is asked to decide, oldest first."""
    if not user.may_instruct:
        return []
    rows = select(Action).where(Action.customer_id == user.customer_id, *undecided())
    return list(db.session.scalars(rows.order_by(Action.id).limit(20)))


def undecided() -> tuple[Any, ...]:
    """The conditions on Action that hold while a customer is asked."""
    return (
        Action.state == ErrandState.waiting,
        Action.instructed_at.is_(None),
        Action.declined_at.is_(None),
        Action.withdrawn_at.is_(None),
        (Action.review.is_(None)) | (Action.reviewed_at.is_not(None)),
    )


def in_review() -> list[Action]:
    """What waits for a supervisor's eyes, oldest first."""
    rows = select(Action).where(
        Action.state == ErrandState.waiting,
        Action.review.is_not(None),
        Action.reviewed_at.is_(None),
        Action.withdrawn_at.is_(None),
    )
    return list(db.session.scalars(rows.order_by(Action.id).limit(50)))


def troubled() -> list[Action]:
    """What failed, cannot be told, or was decided by nobody in time: for the supervisor, newest first."""
    ended = Action.state.in_((ErrandState.failed, ErrandState.unclear))
    left = (Action.returned_at.is_not(None)) & (Action.state == ErrandState.waiting) & (Action.declined_at.is_(None))
    rows = select(Action).where(ended | left, Action.withdrawn_at.is_(None)).options(joinedload(Action.ticket))
    return list(db.session.scalars(rows.order_by(Action.id.desc()).limit(50)))


def replan_waiting(hours: ServiceHours) -> int:
    """After the calendar changed: give every instructed, waiting action its start time anew."""
    rows = select(Action).where(
        Action.state == ErrandState.waiting,
        Action.instructed_at.is_not(None),
        Action.due_at.is_not(None),
        Action.withdrawn_at.is_(None),
    )
    waiting = list(db.session.scalars(rows))
    for action in waiting:
        action.due_at = start_time(hours, clock.now())
    return len(waiting)
