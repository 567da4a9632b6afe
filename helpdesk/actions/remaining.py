"""What we changed on a customer's console and what is still changed there, isolations first (V5)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from helpdesk.actions.models import Action, ActionKind
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket

REMAINING_MAX = 1_000


def remaining_changes(customer_id: int) -> Sequence[Action]:
    """Actions whose effect stands: done by us, not undone since; computers cut off first, then the newest."""
    undone = select(Action.undoes_id).where(Action.undoes_id.is_not(None), Action.state == ErrandState.done)
    rows = (
        select(Action)
        .where(
            Action.customer_id == customer_id,
            Action.undoes_id.is_(None),
            Action.instructed_at.is_not(None),
            Action.id.not_in(undone),
        )
        .options(selectinload(Action.targets), selectinload(Action.attempts))
        .order_by((Action.kind != ActionKind.isolate), Action.id.desc())
        .limit(REMAINING_MAX)
    )
    return [action for action in db.session.scalars(rows) if action.may_undo]


def begun_actions(customer_id: int) -> Sequence[Action]:
    """Actions that wait for anything: a supervisor, the customer, service hours; locked after their tickets."""
    tickets = select(Action.ticket_id).where(Action.customer_id == customer_id, Action.state == ErrandState.waiting)
    db.session.scalars(select(Ticket.id).where(Ticket.id.in_(tickets)).order_by(Ticket.id).with_for_update()).all()
    rows = select(Action).where(Action.customer_id == customer_id, Action.state == ErrandState.waiting)
    rows = rows.where(Action.withdrawn_at.is_(None), Action.declined_at.is_(None))
    return db.session.scalars(rows.order_by(Action.id).with_for_update()).all()
