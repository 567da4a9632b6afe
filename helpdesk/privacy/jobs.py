"""The RQ jobs of personal data: putting a disclosure together, erasing a person, deleting what has expired."""

import json
import logging
import os
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from flask import current_app
from redis.exceptions import ResponseError
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, record
from helpdesk.audit.sealing import emptied_for
from helpdesk.errands import nudge, one_step, told_where_it_fails
from helpdesk.extensions import db, redis_connection
from helpdesk.files.dropping import clear_disk, forget
from helpdesk.files.keeping import drop_old_kept_files
from helpdesk.locking import unlocked
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.privacy.amending import replace_words
from helpdesk.privacy.disclosing import put_together
from helpdesk.privacy.erasing import last_step, steps
from helpdesk.privacy.expiring import Portion, count_expired, expire_portion, periods
from helpdesk.privacy.kinds import RequestState
from helpdesk.privacy.leaving import MAILS_FIRST, mails_on_their_way
from helpdesk.privacy.models import Amendment, Disclosure, Erasure, RetentionRun
from helpdesk.privacy.people import Person, person_of, person_outside
from helpdesk.privacy.requests import carry_out
from helpdesk.triage.lessons import learn_anew

log = logging.getLogger(__name__)
LIST = "erasures.jsonl"
TAKING_OUT = 0x657261  # an advisory lock of its own: "era"


def disclose(disclosure_id: int, turn: int) -> None:
    """Put together what is held, and tell the person that it can be fetched."""
    row = Disclosure.begin(disclosure_id, turn)
    if row is None:
        return
    with told_where_it_fails(Disclosure, row.id, turn), one_step():
        if row.done():
            put_together(row)
            record(SYSTEM, PrivacyAct.disclosed, row.request.ticket, count=row.entries)
            carry_out(SYSTEM, row.request, "")
    nudge()


def erase_person(erasure_id: int, turn: int) -> None:
    """Erase, once the mails that tell the person are out, step by step.

    A run that was cut off begins again and finds less; what went is on the row after each step.
    """
    row = Erasure.begin(erasure_id, turn)
    if row is None:
        return
    person = _whom(row)
    waited = clock.now() - row.asked_at
    if waited < MAILS_FIRST and mails_on_their_way(person):
        with one_step():
            row.postpone(clock.now() + timedelta(seconds=15), counted=False)
        return
    went, files = Counter[str](row.went), set[str]()
    with told_where_it_fails(Erasure, row.id, turn):
        for step in steps(person, _ground(row), attached=not row.keep_attached):
            with one_step():
                one_at_a_time()
                files |= step(went)
                went["stored_files"] += len(forget(files))
                row.went = dict(+went)
        with one_step():
            one_at_a_time()
            files |= last_step(person, went)
            went["stored_files"] += len(forget(files))
            _erased(row, went)
            note_down([row])
    clear()
    _forget_in_redis(person.addresses)
    nudge()


def _whom(row: Erasure) -> Person:
    """With the words that were given with the decision."""
    if row.contact is None:
        address, *words = row.also or unlocked(row.also_kept.encode()).splitlines()
        return person_outside(address, words)
    return person_of(row.contact).known_also_as(row.also)


def _ground(row: Erasure | Amendment | RetentionRun) -> str:
    """By which values beside the record say why they went."""
    return f"{row.__tablename__}:{row.id}"


def one_at_a_time() -> None:
    """What was read is written back: nobody else takes words out meanwhile, in this transaction."""
    db.session.execute(select(func.pg_advisory_xact_lock(TAKING_OUT)))


def _erased(row: Erasure, went: Counter[str]) -> None:
    row.also, row.went = [], dict(+went)
    request = row.request
    if request is not None and request.state == RequestState.granted:
        request.state, request.done_at = RequestState.done, clock.now()
    row.done()
    record(SYSTEM, PrivacyAct.erased, row, count=row.values_gone, emptied=emptied_for(_ground(row)))
    learn_anew(SYSTEM)


def amend(amendment_id: int, turn: int) -> None:
    """Count where wrong words stand, or replace them, in one transaction."""
    row = Amendment.begin(amendment_id, turn)
    if row is None:
        return
    with told_where_it_fails(Amendment, row.id, turn), one_step():
        one_at_a_time()
        if row.done():
            replace_words(row)
            if not row.dry:
                record(SYSTEM, PrivacyAct.amended, row, count=row.values_found, emptied=emptied_for(_ground(row)))
                record(SYSTEM, PrivacyAct.amended, row.request.ticket, count=row.values_found)
                learn_anew(SYSTEM)
    clear()
    nudge()


def clear() -> None:
    """Clear the disk of what was forgotten; what a run that is cut off leaves goes within the hour (periodic.py)."""
    with one_step():
        drop_old_kept_files()
    cleared = 1
    while cleared:
        with one_step():
            cleared = clear_disk()


def _forget_in_redis(addresses: Iterable[str]) -> None:
    """Such as how often somebody of an address tried to sign in."""
    connection = redis_connection(current_app)
    for address in addresses:
        for key in connection.scan_iter(match=f"*{_globbed(address)}*"):
            connection.delete(key)
    with suppress(ResponseError):
        # the log of what was written before would still say it; a server of others may not let us, or be at it
        connection.bgrewriteaof()


def _globbed(address: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in address)


def note_down(rows: Iterable[Erasure]) -> None:
    """Add to the list that a restore applies again; it names nobody, only our own numbers.

    It is written before the commit: a line too many is erased again, one that is missing never.
    """
    path: Path = current_app.config["FILES"].parent / LIST
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as out:
        for row in rows:
            out.write(json.dumps(as_listed(row)) + "\n")
        out.flush()
        os.fsync(out.fileno())


def expire(run_id: int, turn: int) -> None:
    """Count or delete what has expired, portion by portion; what one run leaves the next one finds."""
    row = RetentionRun.begin(run_id, turn)
    if row is None:
        return
    held: dict[str, int] = row.settings or periods()
    went: dict[str, int] = dict.fromkeys((name for name, days in held.items() if days), 0)
    with told_where_it_fails(RetentionRun, run_id, turn):
        if row.dry:
            went |= count_expired(held)
        else:
            for name, days in held.items():
                last = 0
                while days and (portion := _expire_portion(run_id, name, days, last)).count:
                    went[name] += portion.count
                    last = portion.last
            clear()
    with one_step():
        row = db.session.get_one(RetentionRun, run_id)
        row.claimed = turn
        row.went = went if row.dry else {**dict.fromkeys(went, 0), **row.went}
        if row.done():
            act, emptied = (PrivacyAct.tried, 0) if row.dry else (PrivacyAct.expired, emptied_for(_ground(row)))
            record(SYSTEM, act, row, count=sum(row.went.values()), emptied=emptied)
    nudge()


def _expire_portion(run_id: int, name: str, days: int, last: int) -> Portion:
    """One portion, with what went so far on the run's row: a run that is cut off told what it did."""
    with one_step():
        portion = expire_portion(name, days, last, f"{RetentionRun.__tablename__}:{run_id}")
        run = db.session.get_one(RetentionRun, run_id)
        run.went = {**run.went, name: int(run.went.get(name, 0)) + portion.count}
    return portion


def as_listed(row: Erasure) -> dict[str, object]:
    """An erasing by our own numbers and digests of addresses under the installation's key; it names nobody.

    Words that were given with the decision are encrypted (HELPDESK_CREDENTIAL_KEYS).
    """
    at = row.asked_at.isoformat()
    told = {"erasure": row.id, "contact": row.contact_id, "address": row.address_digest, "at": at, **row.listed}
    told |= {"keep_attached": True} if row.keep_attached else {}
    return told | ({"also": row.also_kept} if row.also_kept else {})


def listed() -> list[dict[str, object]]:
    """Every erasing that was done."""
    rows = select(Erasure).where(Erasure.finished_at.is_not(None)).order_by(Erasure.id)
    return [as_listed(one) for one in db.session.scalars(rows)]
