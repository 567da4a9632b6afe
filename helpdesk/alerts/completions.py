"""Reading customers' consoles for what a mail lacks, and for alerts that no mail told: both are errands (R10, R14)."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, declared_attr, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import Actor, record
from helpdesk.console.models import ConsoleCredential
from helpdesk.customers.models import Customer
from helpdesk.errands import Errand, ErrandState
from helpdesk.extensions import READING_QUEUE, Model, db
from helpdesk.tickets.models import Ticket

AGAIN_AFTER = timedelta(seconds=20)
"""New computers come in bursts: they are looked up together."""


class Completion(Errand, Model):
    """The completion of one alert from the API: who, file, route and spread, and the lists that policies use."""

    __tablename__ = "completions"
    JOB: ClassVar[str] = "helpdesk.alerts.jobs.complete"
    LABEL: ClassVar[str] = "AlertLookup"
    QUEUE: ClassVar[str] = READING_QUEUE
    JOB_SECONDS: ClassVar[int] = 1800

    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), unique=True)
    alert: Mapped[Alert] = relationship()

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            *super().__table_args__,
            Index("ix_completions_failed", "id", postgresql_where=text("state = 'failed'")),
        )


class ConsolePoll(Errand, Model):
    """Reading one customer's new events again and again; the row exists while that is switched on.

    `since` is the time of the newest event seen, `polled_at` when the console last answered.
    """

    __tablename__ = "console_polls"
    JOB: ClassVar[str] = "helpdesk.alerts.jobs.poll"
    LABEL: ClassVar[str] = "ConsolePoll"
    QUEUE: ClassVar[str] = READING_QUEUE
    JOB_SECONDS: ClassVar[int] = 1800
    MAX_TRIES: ClassVar[int] = 1_000_000_000

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), unique=True)
    since: Mapped[datetime]
    polled_at: Mapped[datetime | None]
    events: Mapped[int] = mapped_column(default=0)

    customer: Mapped[Customer] = relationship()

    @classmethod
    def lease(cls) -> timedelta:
        """One reading may take many pages; nothing is lost when it is read twice."""
        return timedelta(minutes=10)


def request_completion(alert: Alert, *, at_once: bool = False) -> None:
    """Have a worker complete the alert from the console, soon; again where it was done and something is new.

    `at_once`: a person asks for it, so that no pause holds it back.
    """
    if alert.customer_id is None:
        return
    row = insert(Completion).values(alert_id=alert.id, turn=0, **Completion.afresh())
    again = {**Completion.afresh(clock.now() + (timedelta() if at_once else AGAIN_AFTER)), "last_error": None}
    idle = Completion.state.in_(_ENDED if not at_once else (*_ENDED, ErrandState.waiting))
    db.session.execute(row.on_conflict_do_update(index_elements=[Completion.alert_id], set_=again, where=idle))


_ENDED = (ErrandState.done, ErrandState.failed, ErrandState.unclear)


def restart_mended() -> int:
    """Where a console's key was mended since a lookup failed: look again, for alerts that are open (A12). How many."""
    failed = (
        select(Completion.id)
        .join(Alert, Alert.id == Completion.alert_id)
        .join(Ticket, Ticket.id == Alert.ticket_id)
        .join(ConsoleCredential, ConsoleCredential.customer_id == Alert.customer_id)
        .where(
            Completion.state == ErrandState.failed,
            Ticket.closed_at.is_(None),
            ConsoleCredential.last_error.is_(None),
            ConsoleCredential.checked_at > Completion.finished_at,
        )
    )
    ids = list(db.session.scalars(failed.order_by(Completion.id).limit(MENDED_MAX)))
    if ids:
        again = update(Completion).where(Completion.id.in_(ids), Completion.state == ErrandState.failed)
        db.session.execute(again.values(**Completion.afresh(), last_error=None))
    return len(ids)


MENDED_MAX = 200


def poll_of(customer_id: int) -> ConsolePoll | None:
    return db.session.scalar(select(ConsolePoll).where(ConsolePoll.customer_id == customer_id))


def failing_polls() -> list[ConsolePoll]:
    """Customers whose events cannot be read, for the supervisor (R14)."""
    rows = select(ConsolePoll).where(ConsolePoll.last_error.is_not(None)).limit(50)
    return list(db.session.scalars(rows.options(joinedload(ConsolePoll.customer))))


def set_polling(by: Actor, customer: Customer, on: bool) -> None:
    """Switch the reading of a customer's events on, from now on, or off."""
    row = poll_of(customer.id)
    if on and row is None:
        db.session.add(ConsolePoll(customer_id=customer.id, since=clock.now(), due_at=clock.now()))
    elif not on and row is not None:
        db.session.delete(row)
    else:
        return
    record(by, AlertAct.polling_set, customer, on=on)
