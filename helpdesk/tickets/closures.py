"""When, by whom and why a ticket was closed."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.extensions import Model


class Closure(Model):
    """One closing of a ticket; a reopened ticket can have several."""

    __tablename__ = "closures"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str]
    reason: Mapped[str]
