"""Where an alert stands: its actions, and the chain from the report to the proof."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.actions.models import Action, ActionStatus
from helpdesk.alerts.models import Alert
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket


@dataclass(frozen=True)
class Step:
    """One step of the chain or the customer's timeline. Stage is done, now or later."""

    key: str
    stage: str
    at: datetime | None = None
    words: str = ""


def actions_shown(ticket: Ticket) -> list[Action]:
    """The ticket's actions with targets, instructions and who is asked: one statement."""
    rows = select(Action).where(Action.ticket_id == ticket.id)
    wanted = rows.options(joinedload(Action.instructions), joinedload(Action.targets), joinedload(Action.asked_to))
    return list(db.session.scalars(wanted.order_by(Action.id)).unique())


def chain(alert: Alert, actions: list[Action]) -> list[Step]:
    """Report, instruction, execution in hours, read-back, proof: where an alert stands at a glance."""
    action = next(
        (a for a in reversed(actions) if a.status not in (ActionStatus.declined, ActionStatus.withdrawn)), None
    )
    instruction = action.instructions[-1] if action and action.instructions else None
    verified = action.verified_at if action else None
    steps = [
        ("report", alert.reported_at, alert.reported_to or ""),
        ("instruction", action.instructed_at if action else None, instruction.name if instruction else ""),
        ("execution", verified, ""),
        ("verification", verified, ""),
        ("proof", verified, _("signed") if verified else ""),
    ]
    shown: list[Step] = []
    for key, at, words in steps:
        earlier_done = all(step.stage == "done" for step in shown)
        stage = "done" if at else ("now" if earlier_done else "later")
        shown.append(Step(key, stage, at or _planned(key, action), words))
    return shown


def _planned(key: str, action: Action | None) -> datetime | None:
    if action is None:
        return None
    if key == "instruction" and action.pending:
        return action.ask_until
    return action.due_at if key == "execution" and action.state == ErrandState.waiting else None


@dataclass(frozen=True)
class SecondClock:
    """The reading of menu 1-(2) that binds actions to the report's days: due, and when the last was done."""

    due_at: datetime
    done_at: datetime | None

    @property
    def late(self) -> bool:
        return (self.done_at or clock.now()) > self.due_at


def second_clock(ticket: Ticket, actions: list[Action]) -> SecondClock | None:
    """Nothing where no action was asked for, or all of them were declined or withdrawn."""
    gone = (ActionStatus.declined, ActionStatus.withdrawn)
    wanted = [action for action in actions if action.status not in gone and not action.undo]
    if ticket.first_due_at is None or not wanted:
        return None
    done = [action.verified_at for action in wanted if action.verified_at is not None]
    return SecondClock(ticket.first_due_at, max(done) if len(done) == len(wanted) else None)
