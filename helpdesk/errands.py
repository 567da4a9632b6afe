"""Errands: rows that are also queued pieces of work that leave the process.

A verb adds the row in the same transaction as the change it belongs to. RQ carries `(id, turn)` and nothing
else; the database decides. Every move is one conditional UPDATE that counts only if it touched one row, so
Redis may be emptied and a worker killed at any moment:

    queue   waiting and due, or queued or running with an expired lease -> queued, turn + 1   (the sweep)
    begin   queued and same turn -> running, leased                                          (the job's claim)
    done / postpone / fail / unclear

A job that finds another turn was overtaken and goes home. A job that begins on a row which ran before must
ask the outside world what happened before it acts again. `due_at` is business time, leases are real time.
"""

import enum
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import CursorResult, Index, Update, and_, func, or_, select, text, update
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from helpdesk import clock
from helpdesk.errors import VendorError
from helpdesk.extensions import WORK_QUEUE, db, job_queue, redis_connection

log = logging.getLogger(__name__)

BATCH = 200
NUDGED = "helpdesk:nudged"
"""Redis key: a sweep was asked for in this second."""
PAUSES = [timedelta(seconds=s) for s in (5, 15, 60, 300, 900, 3600)]


class ErrandState(enum.StrEnum):
    waiting = "waiting"
    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    unclear = "unclear"


class Errand:
    """Mixin: the life of a row that is work. A waiting row without `due_at` is not to be started yet."""

    JOB: ClassVar[str]
    """Dotted path of the RQ job, called with (id, turn)."""
    LABEL: ClassVar[str]
    """What metrics and `helpdesk status` call this work: a word that left the house, whatever the class is called."""
    MAX_TRIES: ClassVar[int] = 12
    QUEUE: ClassVar[str] = WORK_QUEUE
    """The other is READING_QUEUE, which workers empty last: for what may take minutes."""
    QUEUED_LEASE: ClassVar[timedelta] = timedelta(seconds=30)
    """How long RQ may keep it waiting before it is handed over once more; longer where hundreds wait at once."""
    JOB_SECONDS: ClassVar[int] = 180
    """RQ ends a run after this; longer than any run that renews its lease takes."""

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ErrandState] = mapped_column(default=ErrandState.waiting)
    due_at: Mapped[datetime | None]
    turn: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    claimed = 0
    """The turn this process claimed: what it may move, whatever the row says by now."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        name = cls.__tablename__  # type: ignore[attr-defined]
        return (
            Index(f"ix_{name}_due", "due_at", postgresql_where=text("state = 'waiting'")),
            Index(f"ix_{name}_lease", "leased_until", postgresql_where=text("state IN ('queued', 'running')")),
        )

    @property
    def ended(self) -> bool:
        """Whether no run is to come unless a person restarts it."""
        return self.state in (ErrandState.done, ErrandState.failed, ErrandState.unclear)

    @staticmethod
    def afresh(due_at: datetime | None = None) -> dict[str, Any]:
        """The values of work that begins again with all its tries, due at `due_at` (business time) or now."""
        return {"state": ErrandState.waiting, "due_at": due_at or clock.now(), "tries": 0, "finished_at": None}

    def restart(self, due_at: datetime | None = None) -> None:
        """Begin again, whatever came of it before: a person wants it, or there is something new."""
        for name, value in self.afresh(due_at).items():
            setattr(self, name, value)

    @classmethod
    def lease(cls) -> timedelta:
        """How long a run may take without renewing: longer than its longest calls to the outside together."""
        return timedelta(minutes=2)

    @classmethod
    def queue_due(cls) -> list[tuple[int, int]]:
        """Turn every row that is due, or whose lease ran out, into a queued one. Returns its (id, turn)s."""
        expired = and_(cls.state.in_((ErrandState.queued, ErrandState.running)), cls.leased_until < clock.real_now())
        due = and_(cls.state == ErrandState.waiting, cls.due_at <= clock.now())
        chosen = (
            select(cls.id)
            .where(or_(due, expired))
            .order_by(cls.due_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        move = (
            update(cls)
            .where(cls.id.in_(chosen))
            .values(state=ErrandState.queued, turn=cls.turn + 1, leased_until=clock.real_now() + cls.QUEUED_LEASE)
            .returning(cls.id, cls.turn)
            .execution_options(synchronize_session=False)
        )
        queued = [(row.id, row.turn) for row in db.session.execute(move)]
        # before RQ hears of it: a job must never look for a turn that is not there yet
        db.session.commit()
        return queued

    @classmethod
    def begin(cls, errand_id: int, turn: int) -> Self | None:
        """Claim a queued row for this turn, or None where another turn overtook it."""
        moved = cls._move(
            errand_id,
            turn,
            ErrandState.queued,
            state=ErrandState.running,
            tries=cls.tries + 1,
            leased_until=clock.real_now() + cls.lease(),
        )
        # the claim stands before anything is done, so that a killed run is seen to have begun
        db.session.commit()
        if not moved:
            log.info("%s %s turn %s was overtaken", cls.LABEL, errand_id, turn)
            return None
        errand = db.session.get_one(cls, errand_id, populate_existing=True)
        errand.claimed = turn
        return errand

    @classmethod
    def begin_next(cls) -> Self | None:
        """Claim another row that is due, queued or not, for a run that goes on; its own job will find it overtaken."""
        due = and_(cls.state == ErrandState.waiting, cls.due_at <= clock.now())
        chosen = (
            select(cls.id)
            .where(or_(due, cls.state == ErrandState.queued))
            .order_by(cls.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        claim = (
            update(cls)
            .where(cls.id == chosen)
            .values(
                state=ErrandState.running,
                turn=cls.turn + 1,
                tries=cls.tries + 1,
                leased_until=clock.real_now() + cls.lease(),
            )
            .returning(cls.id, cls.turn)
            .execution_options(synchronize_session=False)
        )
        row = db.session.execute(claim).first()
        db.session.commit()
        if row is None:
            return None
        errand = db.session.get_one(cls, row.id, populate_existing=True)
        errand.claimed = row.turn
        return errand

    def still_mine(self) -> bool:
        """Renew the lease in the caller's transaction; False where another turn overtook this one."""
        until = clock.real_now() + self.lease()
        return type(self)._move(self.id, self.claimed, ErrandState.running, leased_until=until)

    def done(self) -> bool:
        """Close the running row as done; False where it was overtaken, and then nothing may be committed."""
        return self._leave(ErrandState.done, finished_at=clock.now(), last_error=None)

    def postpone(self, until: datetime, error: str | None = None, *, counted: bool = True) -> bool:
        """Wait again until `until` (business time). Not `counted`, the run uses up no try: nothing had failed."""
        tries = self.tries if counted else max(0, self.tries - 1)
        return self._leave(ErrandState.waiting, due_at=until, last_error=error, tries=tries)

    def fail(self, error: str) -> bool:
        return self._leave(ErrandState.failed, finished_at=clock.now(), last_error=error)

    def unclear(self, error: str) -> bool:
        """The outcome cannot be told from here: a person must look."""
        return self._leave(ErrandState.unclear, finished_at=clock.now(), last_error=error)

    def retry_or_fail(self, error: VendorError) -> bool:
        """After a vendor's or mail server's failure: again with growing pauses, or failed for good.

        A pause that the other side asked for is honoured and uses up no try.
        """
        if error.retry_after is not None:
            until = clock.now() + timedelta(seconds=max(1, error.retry_after))
            return self.postpone(until, str(error), counted=False)
        if error.permanent or self.tries >= self.MAX_TRIES:
            return self.fail(str(error))
        return self.postpone(clock.now() + PAUSES[min(self.tries, len(PAUSES)) - 1], str(error))

    def _leave(self, state: ErrandState, **values: Any) -> bool:
        """Move the row on, and read it again in the same statement."""
        move = type(self)._moving(self.id, self.claimed, ErrandState.running, state=state, leased_until=None, **values)
        moved = move.returning(type(self)).execution_options(populate_existing=True)
        return db.session.scalar(moved) is not None

    @classmethod
    def _move(cls, errand_id: int, turn: int, from_state: ErrandState, **values: Any) -> bool:
        result = db.session.execute(cls._moving(errand_id, turn, from_state, **values))
        assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type
        return result.rowcount == 1

    @classmethod
    def _moving(cls, errand_id: int, turn: int, from_state: ErrandState, **values: Any) -> Update:
        move = update(cls).where(cls.id == errand_id, cls.turn == turn, cls.state == from_state).values(**values)
        return move.execution_options(synchronize_session=False)


def sweep(kinds: list[type[Errand]]) -> int:
    """Queue what is due and hand it to RQ. A crash in between costs one lease, never the errand."""
    handed = 0
    for kind in kinds:
        queue = job_queue(current_app, kind.QUEUE)
        for errand_id, turn in kind.queue_due():
            queue.enqueue(kind.JOB, errand_id, turn, result_ttl=0, failure_ttl=86400, job_timeout=kind.JOB_SECONDS)
            handed += 1
    return handed


def warm(kinds: list[type[Errand]]) -> None:
    """Run each kind's statements once in vain: forked workers find them put together, which is most of a claim."""
    for kind in kinds:
        if kind.begin(0, -1) is None:
            db.session.get(kind, 0, populate_existing=True)
        nobody = kind()
        nobody.id = 0
        nobody.done()
        db.session.rollback()


def nudge() -> None:
    """Ask for a sweep at once, unless one was asked for within the last second.

    Best effort: the periodic sweep does the same a few seconds later.
    """
    try:
        # a burst of commits asks once a second
        if redis_connection(current_app).set(NUDGED, "1", nx=True, ex=1):
            job_queue(current_app).enqueue("helpdesk.periodic.sweep", result_ttl=0, failure_ttl=3600)
    except RedisError as error:
        log.warning("no nudge, the periodic sweep will find the work: %s", error)


def waiting_counts(kinds: list[type[Errand]]) -> Iterator[tuple[str, str, int]]:
    """(kind, state, count) of every errand that is to be done, for health and the command line."""
    for kind in kinds:
        begun = (kind.state != ErrandState.waiting) | kind.due_at.is_not(None)
        rows = select(kind.state, func.count()).where(kind.state != ErrandState.done, begun).group_by(kind.state)
        for state, count in db.session.execute(rows):
            yield kind.LABEL, state.value, count


@contextmanager
def one_step() -> Iterator[None]:
    """A job's step: commit at the end, roll back on any exception."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


@contextmanager
def told_where_it_fails(kind: type[Errand], number: int, turn: int) -> Iterator[None]:
    """A run that fails says why on its row and is tried again; the exception goes on."""
    try:
        yield
    except Exception as error:
        db.session.rollback()
        with one_step():
            again = db.session.get_one(kind, number)
            again.claimed = turn
            again.retry_or_fail(VendorError(f"The run could not be finished ({type(error).__name__})."))
        raise
