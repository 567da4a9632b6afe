"""Actions on a customer's console and the record of every attempt (R20-R23).

An action is an errand without a due time until the customer instructed it. What a person reads is one derived
word; the errand's state says where the work stands, the times say what happened.
"""

import enum
import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.actions.acts import ActionAct
from helpdesk.actions.targets import ActionTarget, Attempt
from helpdesk.actions.timing import room_for_a_call, start_time
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.console.values import ALLOWED, DETECTIONS
from helpdesk.customers.models import Contact
from helpdesk.errands import Errand, ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import Model
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import Priority
from helpdesk.tickets.models import Ticket

if TYPE_CHECKING:
    from helpdesk.actions.instructions import Instruction


class ActionKind(enum.StrEnum):
    """`isolate` takes a computer off the network; its undo lets it back. It lies beyond the standard service."""

    quarantine = "quarantine"
    allow = "allow"
    isolate = "isolate"


LIST_KINDS = {ActionKind.quarantine: DETECTIONS, ActionKind.allow: ALLOWED}
NOT_SENT = "not sent"
"""How the error of an attempt begins that made no call."""
STOPPED = "It was stopped by a person."


class Review(enum.StrEnum):
    """Why a supervisor looks before the customer is asked."""

    second_eyes = "second_eyes"
    clean = "clean"


class ActionStatus(enum.StrEnum):
    """The one word people see."""

    review = "review"
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
    """Put a SHA-256 on lists of the customer's console, or isolate a computer; with `undoes_id`, take that back.

    `uncovered` are computers that none of the lists reaches, `unknown` those of which nobody
    knows, `conflicts` lists that hold the file for the opposite. `ask_until`: when the links end and an agent calls.
    `already_there`: every entry was found before we ever called. `by_hand_at`: an agent did it on the dashboard.
    `stopped_at`: a person ended it while it ran; no call begins after that.
    """

    __tablename__ = "actions"
    JOB: ClassVar[str] = "helpdesk.actions.jobs.run"
    LABEL: ClassVar[str] = "Action"
    JOB_SECONDS: ClassVar[int] = 1800

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        asked = text("state = 'waiting' AND instructed_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")
        return (
            *super().__table_args__,
            Index("ix_actions_asked", "ask_until", postgresql_where=asked),
            Index("ix_actions_customer", "customer_id", "id"),
        )

    reference: Mapped[str] = mapped_column(unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[ActionKind]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"))
    sha256: Mapped[str | None]
    file_name: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    uncovered: Mapped[list[Any]] = mapped_column(default=list)
    unknown: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    conflicts: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_to_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    ask_until: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    review: Mapped[Review | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    instructed_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]
    by_hand_at: Mapped[datetime | None]
    by_hand_by: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    already_there: Mapped[bool] = mapped_column(default=False)

    ticket: Mapped[Ticket] = relationship()
    asked_to: Mapped[Contact | None] = relationship()
    targets: Mapped[list[ActionTarget]] = relationship(order_by="ActionTarget.id", back_populates="action")
    instructions: Mapped[list["Instruction"]] = relationship(order_by="Instruction.id")
    attempts: Mapped[list[Attempt]] = relationship(order_by="Attempt.id")

    @classmethod
    def lease(cls) -> timedelta:
        """Between two renewals a run makes three calls at most; one more covers all that is between them."""
        return timedelta(seconds=20) + 4 * room_for_a_call()

    @property
    def undo(self) -> bool:
        return self.undoes_id is not None

    @property
    def isolates(self) -> bool:
        """Whether it cuts a computer off, rather than putting a file on lists."""
        return self.kind == ActionKind.isolate

    @property
    def names(self) -> str:
        """The lists, or the computer, in words."""
        return "、".join(target.name for target in self.targets)

    @property
    def target_sha256(self) -> str:
        """What exactly is to be done, as a digest: an instruction holds for this and nothing else."""
        parts = [self.kind.value, "undo" if self.undo else "do", self.sha256 or "", *(t.guid for t in self.targets)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def status(self) -> ActionStatus:
        """What to call this action's standing."""
        if self.withdrawn_at is not None:
            return ActionStatus.withdrawn
        if self.declined_at is not None:
            return ActionStatus.declined
        if self.state == ErrandState.done:
            return ActionStatus.already if self.already_there else ActionStatus.done
        if self.state in (ErrandState.failed, ErrandState.unclear):
            return ActionStatus(self.state.value)
        if self.instructed_at is None:
            return ActionStatus.review if self.in_review else ActionStatus.asked
        return ActionStatus.waiting if self.state == ErrandState.waiting else ActionStatus.running

    @property
    def in_review(self) -> bool:
        """Whether a supervisor has yet to look."""
        return self.review is not None and self.reviewed_at is None

    @property
    def may_have_acted(self) -> bool:
        """Whether any call may have reached the console."""
        return any(not (attempt.error or "").startswith(NOT_SENT) for attempt in self.attempts)

    def may_stand(self, target: ActionTarget) -> bool:
        """Whether a target was read back, or the console accepted a call for it whose effect nobody saw end."""
        called = (attempt for attempt in self.attempts if attempt.target_id == target.id)
        return target.verified_at is not None or any(attempt.accepted and attempt.error is None for attempt in called)

    @property
    def may_undo(self) -> bool:
        """Whether it ended and left something of ours on the console."""
        ours = (target for target in self.targets if self.may_stand(target) and not target.already_there)
        return self.ended and not self.undo and any(ours)

    @property
    def may_be_tried_again(self) -> bool:
        """Whether it was instructed and did not come to its end."""
        return self.status in (ActionStatus.failed, ActionStatus.unclear)

    @property
    def proven(self) -> bool:
        """Whether it was read back, so that there is a proof."""
        return self.status in (ActionStatus.done, ActionStatus.already)

    @property
    def scheduled(self) -> bool:
        """Whether it waits for the service hours it was instructed for."""
        return self.status == ActionStatus.waiting and self.due_at is not None

    @property
    def may_withdraw(self) -> bool:
        """Whether it can be taken back as if it had never been."""
        return (
            self.status in (ActionStatus.review, ActionStatus.asked, ActionStatus.waiting) and not self.may_have_acted
        )

    @property
    def may_stop(self) -> bool:
        """Whether it is under way: instructed, not ended, and too late to be withdrawn."""
        under_way = self.instructed_at is not None and self.withdrawn_at is None and not self.ended
        return under_way and self.stopped_at is None and not self.may_withdraw

    @property
    def pending(self) -> bool:
        """Whether the customer has yet to decide."""
        return self.status == ActionStatus.asked

    def pass_review(self, by: User) -> None:
        """A supervisor other than who proposed it agrees; then the customer is asked."""
        if by.role != Role.supervisor or by.id == self.asked_by_id:
            raise Refusal(_("Another supervisor has to look at this."))
        if self.status != ActionStatus.review:
            raise Refusal(_("This was decided already."))
        self.reviewed_at, self.reviewed_by = clock.now(), by.name
        record(by.actor(), ActionAct.reviewed, self.ticket, action=self.reference)

    def needs_a_person(self, by: Actor) -> None:
        """The action could not be carried out: its ticket comes back to the desk with a due time, high up."""
        self.back_to_desk(by)
        if self.ticket.priority != Priority.urgent:
            self.ticket.set_priority(by, Priority.high)

    def back_to_desk(self, by: Actor) -> None:
        """An answer is due from the desk again, also where the ticket had been closed."""
        minutes = current_settings().first_answer_minutes
        if self.ticket.closed:
            self.ticket.reopen(by, self.reference, current_calendar(), minutes)
        self.ticket.restart_clock(current_calendar(), minutes)
        self.ticket.reopen_for_desk()

    def withdraw(self, by: Actor) -> None:
        """Take back an action that has not begun."""
        if not self.may_withdraw:
            raise Refusal(_("This action has begun; it can be stopped, or undone once it ended."))
        self.withdrawn_at, self.due_at = clock.now(), None
        self.ticket.reopen_for_desk()
        record(by, ActionAct.withdrawn, self.ticket, action=self.reference)

    def stop(self, by: Actor) -> None:
        """End an action that is under way: no call begins any more; a person sees to what was done until then."""
        if not self.may_stop:
            raise Refusal(_("Only an action that is under way can be stopped."))
        self.stopped_at, self.stopped_by = clock.now(), by.name
        record(by, ActionAct.stopped, self.ticket, action=self.reference)
        if self.state == ErrandState.waiting:
            self.state, self.finished_at, self.due_at = ErrandState.failed, clock.now(), None
            self.last_error = STOPPED
            self.needs_a_person(by)
        self.ticket.touch()

    def try_again(self, by: Actor) -> None:
        """Queue a failed or unclear action once more; it reads the console first."""
        if not self.may_be_tried_again or self.instructed_at is None:
            raise Refusal(_("Only a failed action can be tried again."))
        self.restart(start_time(current_calendar().hours, clock.now()))
        self.by_hand_at = self.by_hand_by = self.stopped_at = self.stopped_by = None
        self.ticket.touch()
        record(by, ActionAct.retried, self.ticket, action=self.reference)
