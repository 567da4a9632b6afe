"""An erasing that is cut off after any of its steps begins again and leaves nothing (R61)."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import update

from helpdesk.audit.models import SYSTEM
from helpdesk.audit.sealing import check_record, seal_record
from helpdesk.customers.models import Contact
from helpdesk.extensions import db
from helpdesk.files.dropping import forget
from helpdesk.files.models import path_of, store
from helpdesk.notices.models import Notice
from helpdesk.periodic import tidy
from helpdesk.privacy import jobs
from helpdesk.privacy.erasing import steps
from helpdesk.privacy.leaving import ask_for_erasing
from helpdesk.privacy.mentions import MENTIONING
from helpdesk.privacy.models import Erasure
from tests.conftest import Cast
from tests.privacy.canary import WANTED, WORDS, lives, traces

ALL = len(MENTIONING) + 3


class Killed(BaseException):
    """As if the process were gone: nobody tells it on the row."""


@pytest.mark.parametrize("done", [0, 1, ALL // 2, ALL - 1, ALL])
def test_it_begins_again_after_any_step(
    cast: Cast, canary: Contact, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    lives(cast, canary)
    db.session.execute(update(Notice).values(state="done"))
    seal_record()
    erasure = ask_for_erasing(SYSTEM, canary, also=[WORDS])
    db.session.commit()
    number = erasure.id

    def cut(*given: Any, **more: Any) -> Iterator[Any]:
        for at, step in enumerate(steps(*given, **more)):
            if at == done:
                raise Killed
            yield step
        raise Killed

    (row,) = Erasure.queue_due()
    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr(jobs, "steps", cut)
        jobs.erase_person(*row)
    db.session.rollback()
    half = db.session.get_one(Erasure, number)
    assert half.finished_at is None
    assert bool(half.went) == (done > 0), "what went is on the row after each step"
    db.session.execute(update(Erasure).values(state="waiting", leased_until=None))
    db.session.commit()
    (again,) = Erasure.queue_due()
    jobs.erase_person(*again)
    db.session.expire_all()
    assert db.session.get_one(Erasure, number).finished_at is not None
    assert traces(cast.app, *WANTED, "alice@acme.example", "小林 由佳") == []
    assert check_record().faults == []


def test_what_a_run_that_was_cut_off_left_on_the_disk_goes(cast: Cast) -> None:
    sha256 = store(b"left behind by a run that was killed")
    db.session.commit()
    assert forget({sha256}) == {sha256}
    db.session.commit()
    assert path_of(sha256).exists()
    tidy()
    assert not path_of(sha256).exists()
