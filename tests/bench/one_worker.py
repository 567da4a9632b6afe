"""P9's worker, in a process of its own: makes the rows and jobs, then times one default RQ worker on them."""

import sys
import time

from flask import current_app
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import func, insert, select

from helpdesk import clock
from helpdesk.errands import ErrandState, warm
from helpdesk.extensions import db
from helpdesk.starting import the_app
from tests.bench.errands import COUNT, EmptyErrand, nothing

QUEUE = "bench"


def main() -> None:
    """Print how many of the given kind one worker does a second."""
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
        warm([EmptyErrand])
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
