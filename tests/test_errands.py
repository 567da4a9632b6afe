"""The life of an errand: each move counts once, whatever happens to Redis and workers."""

import pkgutil
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from helpdesk import clock
from helpdesk.alerts.completions import Completion
from helpdesk.console.models import ConsoleCredential
from helpdesk.errands import Errand, ErrandState, nudge, sweep, waiting_counts
from helpdesk.errors import VendorError
from helpdesk.extensions import db, job_queue, job_queues, redis_connection
from helpdesk.notices.models import Notice, post
from helpdesk.periodic import ERRANDS
from tests.conftest import Cast
from tests.making import an_alert


@pytest.fixture
def notice(app: Flask) -> Notice:
    made = post("password_reset", to="a@b.example", language="en", name="n", link="l")
    db.session.commit()
    return made


def test_the_sweep_hands_id_and_turn_to_rq_once(app: Flask, notice: Notice) -> None:
    assert sweep([Notice]) == 1
    assert sweep([Notice]) == 0
    (job,) = job_queue(app).jobs
    assert (job.func_name, job.args) == (Notice.JOB, (notice.id, 1))


def test_an_emptied_redis_costs_one_lease(app: Flask, notice: Notice) -> None:
    sweep([Notice])
    redis_connection(app).flushall()
    db.session.execute(update(Notice).values(leased_until=clock.real_now() - timedelta(seconds=1)))
    assert sweep([Notice]) == 1
    assert job_queue(app).jobs[0].args == (notice.id, 2)


def test_only_the_current_turn_may_begin_and_only_once(notice: Notice) -> None:
    ((errand_id, turn),) = Notice.queue_due()
    assert Notice.begin(errand_id, turn + 1) is None
    assert Notice.begin(errand_id, turn) is not None
    assert Notice.begin(errand_id, turn) is None


def test_an_overtaken_run_cannot_finish(notice: Notice) -> None:
    ((errand_id, turn),) = Notice.queue_due()
    running = Notice.begin(errand_id, turn)
    assert running is not None
    db.session.execute(update(Notice).values(turn=turn + 1, state=ErrandState.queued))
    assert not running.done()


def test_a_row_without_a_due_time_is_never_started(notice: Notice) -> None:
    db.session.execute(update(Notice).values(due_at=None))
    assert Notice.queue_due() == []


def test_failures_pause_longer_and_end(notice: Notice) -> None:
    pauses = []
    for _try in range(Notice.MAX_TRIES):
        db.session.execute(update(Notice).values(due_at=clock.now()))
        ((errand_id, turn),) = Notice.queue_due()
        running = Notice.begin(errand_id, turn)
        assert running is not None
        before = clock.now()
        running.retry_or_fail(VendorError("no"))
        if running.state == ErrandState.waiting and running.due_at is not None:
            pauses.append(round((running.due_at - before).total_seconds()))
    assert pauses == sorted(pauses)
    assert notice.state == ErrandState.failed
    assert list(waiting_counts([Notice])) == [("Notice", "failed", 1)]


def test_a_permanent_failure_is_not_tried_again(notice: Notice) -> None:
    ((errand_id, turn),) = Notice.queue_due()
    running = Notice.begin(errand_id, turn)
    assert running is not None
    running.retry_or_fail(VendorError("never", permanent=True))
    assert (notice.state, notice.last_error) == (ErrandState.failed, "never")


def test_long_readings_stand_behind_what_somebody_waits_for(app: Flask, cast: Cast) -> None:
    an_alert(cast.acme)
    handed = sweep([Completion, ConsoleCredential])
    assert handed == 3
    assert [queue.name for queue in job_queues(app)] == ["helpdesk", "helpdesk-reading"]
    assert [job.func_name for job in job_queue(app, "helpdesk-reading").jobs] == ["helpdesk.alerts.jobs.complete"]
    assert {job.timeout for job in job_queue(app, "helpdesk-reading").jobs} == {Completion.JOB_SECONDS}


def test_a_pause_that_was_asked_for_uses_up_no_try(notice: Notice) -> None:
    for _turn in range(Notice.MAX_TRIES * 2):
        db.session.execute(update(Notice).values(due_at=clock.now()))
        ((errand_id, turn),) = Notice.queue_due()
        running = Notice.begin(errand_id, turn)
        assert running is not None
        running.retry_or_fail(VendorError("later", retry_after=60))
    assert (notice.state, notice.tries) == (ErrandState.waiting, 0)


def test_nudges_ask_for_one_sweep_a_second(app: Flask, notice: Notice) -> None:
    for _nudge in range(5):
        nudge()
    assert [job.func_name for job in job_queue(app).jobs] == ["helpdesk.periodic.sweep"]


def test_a_nudge_without_redis_is_no_error(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = redis_connection(app)
    monkeypatch.setitem(connection.connection_pool.connection_kwargs, "path", "/nonexistent.sock")
    connection.connection_pool.disconnect()
    nudge()
    assert connection.connection_pool.connection_kwargs["path"] == "/nonexistent.sock"


def test_every_kind_of_work_is_swept_and_its_job_can_be_found() -> None:
    assert set(ERRANDS) == set(Errand.__subclasses__())
    assert all(callable(pkgutil.resolve_name(kind.JOB)) for kind in ERRANDS)
