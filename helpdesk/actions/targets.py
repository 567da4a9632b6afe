"""What an action changes, one by one, and the record of every attempt at it (R21, R23)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.extensions import Model

if TYPE_CHECKING:
    from helpdesk.actions.models import Action


class ActionTarget(Model):
    """One list, or one computer, that an action changes: one call each, verified one by one.

    `computers` are those whose policy used the list when it was proposed. `before` is what was read before the
    first call; `already_there` that the entry was found then, put there by someone else.
    """

    __tablename__ = "action_targets"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    guid: Mapped[str]
    name: Mapped[str]
    computers: Mapped[list[Any]] = mapped_column(default=list)
    before: Mapped[dict[str, Any] | None]
    already_there: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None]

    action: Mapped["Action"] = relationship(back_populates="targets")


class Attempt(Model):
    """One call to the console: committed before it is made, completed with what came back.

    `status` is None while nothing came back: the call may or may not have had its effect. Request and answer are
    kept as digests (of method, path and body; of the answer's body), with the console's own request id, and the version
    of the calendar whose hours it was made in.
    """

    __tablename__ = "action_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("action_targets.id"))
    turn: Mapped[int]
    call: Mapped[str]
    at: Mapped[datetime]
    status: Mapped[int | None]
    request_sha256: Mapped[str | None]
    answer_sha256: Mapped[str | None]
    request_id: Mapped[str | None]
    calendar_version: Mapped[int | None] = mapped_column(ForeignKey("calendar_versions.id"))
    error: Mapped[str | None]

    @property
    def accepted(self) -> bool:
        """Whether the console took the call; its effect is read back by itself."""
        return self.status in (200, 201)
