"""P9: empty errands a second through one default RQ worker, beside RQ's own no-op jobs through the same worker."""

import os
import subprocess
import sys
import time

from flask import current_app
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import func, insert, select

from helpdesk import clock
from helpdesk.errands import Errand, ErrandState, one_step
from helpdesk.extensions import Model, db
from helpdesk.starting import the_app
from tests.product import ROOT, Product

COUNT = int(os.environ.get("BENCH_ERRANDS", "300"))
QUEUE = "bench"


class EmptyErrand(Errand, Model):
    """An errand that has nothing to do."""

    __tablename__ = "bench_errands"
    JOB = "tests.bench.errands.work"


def work(errand_id: int, turn: int) -> None:
    """What every errand's job does, with nothing in between: claim, and close."""
    row = EmptyErrand.begin(errand_id, turn)
    if row is not None:
        with one_step():
            row.done()


def nothing() -> None:
    """RQ's own: a job that does nothing."""


def rates(product: Product) -> tuple[float, float]:
    """(errands, no-op jobs) a second, the median pair of three rounds taken in turn."""
    found = []
    for _round in range(3):
        ours, theirs = (_measured(product, kind) for kind in ("errands", "jobs"))
        found.append((ours, theirs))
    return sorted(found, key=lambda pair: pair[0] / pair[1])[1]


def _measured(product: Product, kind: str) -> float:
    command = [sys.executable, "-m", "tests.bench.errands", kind]
    done = subprocess.run(command, cwd=ROOT, env=product.environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    """In a process of its own: make the rows and jobs, then time one worker that works them off."""
    app = the_app()
    with app.app_context():
        redis = Redis.from_url(current_app.config["REDIS_URL"])
        queue = Queue(QUEUE, connection=redis)
        queue.empty()
        if sys.argv[1] == "errands":
            _errands(queue)
        else:
            for _number in range(COUNT):
                queue.enqueue(nothing, result_ttl=0)
        db.session.commit()
        db.engine.dispose()
        worker = Worker([queue], connection=redis)
        begin = time.perf_counter()
        worker.work(burst=True, logging_level="ERROR")
        seconds = time.perf_counter() - begin
        if sys.argv[1] == "errands":
            done = db.session.scalar(select(func.count()).where(EmptyErrand.state == ErrandState.done))
            if done != COUNT:
                raise AssertionError(f"{done} of {COUNT} errands are done")
    print(COUNT / seconds)


def _errands(queue: Queue) -> None:
    EmptyErrand.__table__.drop(db.engine, checkfirst=True)  # type: ignore[attr-defined]
    EmptyErrand.__table__.create(db.engine)  # type: ignore[attr-defined]
    row = {"state": ErrandState.waiting, "due_at": clock.now(), "turn": 0, "tries": 0}
    db.session.execute(insert(EmptyErrand), [row] * COUNT)
    db.session.commit()
    while chosen := EmptyErrand.queue_due():
        for errand_id, turn in chosen:
            queue.enqueue(EmptyErrand.JOB, errand_id, turn, result_ttl=0)


if __name__ == "__main__":
    main()
