"""Actions on a customer's console, the instruction behind each, and the record of every attempt (R20-R23).

An action is an errand without a due time until the customer instructed it. What a person reads is one derived
word; the errand's state says where the work stands, the times say what happened.
"""

import enum
import hashlib
from datetime import datetime, timedelta
from typing import ClassVar

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import Errand, ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.tickets.models import Channel, Priority, Ticket


class ActionKind(enum.StrEnum):
    quarantine = "quarantine"
    allow = "allow"


LIST_KINDS = {
    ActionKind.quarantine: "simple_custom_detections",
    ActionKind.allow: "application_whitelist",
}


class Choice(enum.StrEnum):
    approve = "approve"
    decline = "decline"


class Word(enum.StrEnum):
    """The one word people see."""

    asked = "asked"
    declined = "declined"
    waiting = "waiting"
    running = "running"
    done = "done"
    already = "already"
    failed = "failed"
    unclear = "unclear"
    withdrawn = "withdrawn"


class Action(Errand, Model):
    """Put a SHA-256 on one list of the customer's console, or, with `undoes_id`, take it off again.

    `already_there` tells that the entry was found before we ever called, put there by someone else.
    """

    __tablename__ = "actions"
    JOB: ClassVar[str] = "helpdesk.actions.jobs.run"

    reference: Mapped[str] = mapped_column(unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[ActionKind]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"))
    sha256: Mapped[str]
    file_name: Mapped[str | None]
    list_guid: Mapped[str]
    list_name: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    instructed_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    already_there: Mapped[bool] = mapped_column(default=False)

    ticket: Mapped[Ticket] = relationship()
    instructions: Mapped[list["Instruction"]] = relationship(order_by="Instruction.id")
    attempts: Mapped[list["Attempt"]] = relationship(order_by="Attempt.id")

    @classmethod
    def lease(cls) -> timedelta:
        """A run makes three calls at most; one more covers all that is between them."""
        return timedelta(seconds=10 + 4 * current_app.config["CONSOLE_TIMEOUT"])

    @property
    def undo(self) -> bool:
        return self.undoes_id is not None

    @property
    def word(self) -> Word:
        """What to call this action's standing."""
        if self.withdrawn_at is not None:
            return Word.withdrawn
        if self.declined_at is not None:
            return Word.declined
        if self.state == ErrandState.done:
            return Word.already if self.already_there else Word.done
        if self.state in (ErrandState.failed, ErrandState.unclear):
            return Word(self.state.value)
        if self.instructed_at is None:
            return Word.asked
        return Word.waiting if self.state == ErrandState.waiting else Word.running

    @property
    def pending(self) -> bool:
        """Whether the customer has yet to decide."""
        return self.word == Word.asked

    def instruct(self, by: User, choice: Choice, text: str, *, channel: Channel, address: str | None) -> None:
        """The customer decides; the exact text shown is kept with its hash (R20).

        Approved, the action becomes due now or, outside service hours, at the next opening (R21).
        """
        if not by.may_instruct or by.customer_id != self.customer_id:
            raise Refusal(_("Only an alert contact of the customer can decide this."))
        if not self.pending:
            raise Refusal(_("This was decided already."))
        now = clock.now()
        db.session.add(
            Instruction(
                action_id=self.id,
                choice=choice,
                user_id=by.id,
                name=by.name,
                channel=channel,
                address=address,
                at=now,
                text=text,
                text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            )
        )
        if choice == Choice.decline:
            self.declined_at = now
        else:
            self.instructed_at = now
            self.due_at = start_time(current_calendar().hours, now)
        if choice == Choice.decline:
            self.ticket.restart_clock(current_calendar(), current_app.config["FIRST_ANSWER_MINUTES"])
        self.ticket.reopen_for_desk()
        record(by.actor(address), f"action.{choice.value}d", self.ticket, action=self.reference)

    def needs_a_person(self, by: Actor) -> None:
        """The action could not be carried out: its ticket comes back to the desk with a due time, high up."""
        self.ticket.restart_clock(current_calendar(), current_app.config["FIRST_ANSWER_MINUTES"])
        self.ticket.reopen_for_desk()
        if self.ticket.priority != Priority.urgent:
            self.ticket.set_priority(by, Priority.high)

    def withdraw(self, by: Actor) -> None:
        """Take back an action that has not begun."""
        if self.state != ErrandState.waiting or self.attempts:
            raise Refusal(_("This action has begun; it can only be undone."))
        self.withdrawn_at, self.due_at = clock.now(), None
        self.ticket.touch()
        record(by, "action.withdrawn", self.ticket, action=self.reference)

    def try_again(self, by: Actor) -> None:
        """Queue a failed or unclear action once more; it reads the console first."""
        if self.state not in (ErrandState.failed, ErrandState.unclear) or self.instructed_at is None:
            raise Refusal(_("Only a failed action can be tried again."))
        self.state, self.tries, self.finished_at = ErrandState.waiting, 0, None
        self.due_at = start_time(current_calendar().hours, clock.now())
        self.ticket.touch()
        record(by, "action.retried", self.ticket, action=self.reference)


class Instruction(Model):
    """Who decided what, when, through which channel, and the exact text that was shown."""

    __tablename__ = "instructions"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    choice: Mapped[Choice]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    channel: Mapped[Channel]
    address: Mapped[str | None]
    at: Mapped[datetime]
    text: Mapped[str]
    text_sha256: Mapped[str]


class Attempt(Model):
    """One call to the console: committed before it is made, completed with what came back.

    `status` is None while nothing came back: the call may or may not have had its effect.
    """

    __tablename__ = "action_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    turn: Mapped[int]
    call: Mapped[str]
    at: Mapped[datetime]
    status: Mapped[int | None]
    answer_sha256: Mapped[str | None]
    error: Mapped[str | None]


def pending_for(user: User) -> list[Action]:
    """What this person is asked to decide, oldest first."""
    if not user.may_instruct:
        return []
    rows = select(Action).where(
        Action.customer_id == user.customer_id,
        Action.state == ErrandState.waiting,
        Action.instructed_at.is_(None),
        Action.declined_at.is_(None),
        Action.withdrawn_at.is_(None),
    )
    return list(db.session.scalars(rows.order_by(Action.id).limit(20)))


def start_time(hours: ServiceHours, now: datetime) -> datetime:
    """When an instructed action may begin: now, or the next opening with room for a whole call (R21)."""
    length = timedelta(seconds=current_app.config["CONSOLE_TIMEOUT"])
    start = hours.next_opening(now)
    while not hours.can_finish(start, length):
        start = hours.next_opening(hours.closing(start))
    return start


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
