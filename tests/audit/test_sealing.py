"""The record shows what was done to it, and still verifies when what it told of a person is erased (R61, R63)."""

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from helpdesk import clock
from helpdesk.audit.commands import record_group
from helpdesk.audit.models import events_of
from helpdesk.audit.personal import AuditValue
from helpdesk.audit.sealing import check_record, seal_record
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.privacy.models import Erasure
from tests.conftest import Cast
from tests.making import an_inquiry


def changed(statement: str) -> list[str]:
    """What a look at the record says after somebody got around the triggers."""
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(text(statement))
    db.session.execute(text("SET LOCAL session_replication_role = origin"))
    db.session.expire_all()
    return check_record().faults


def a_ground(cast: Cast) -> str:
    """An erasing that there is."""
    contact = cast.contact("carol")
    row = Erasure(customer_id=contact.customer_id, contact_id=contact.id, asked_at=clock.now(), by_name="x", went={})
    row.also, row.state = [], ErrandState.done
    db.session.add(row)
    db.session.flush()
    return f"erasures:{row.id}"


def test_names_and_words_stand_beside_the_record(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.close(cast.user("dana").actor("192.0.2.7"), "小林様に電話した")
    db.session.commit()
    stored = db.session.execute(text("SELECT string_agg(e::text, ' ') FROM audit_events e")).scalar_one()
    assert not [word for word in ("田中", "小林", "192.0.2.7") if word in stored]
    last = events_of(ticket)[-1]
    assert (last.actor_name, last.actor_address) == ("田中 健一", "192.0.2.7")
    assert last.details == {"reason": "小林様に電話した"}


def test_a_seal_holds_after_values_are_erased(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    sealed = seal_record()
    db.session.execute(
        update(AuditValue).values(value=None, salt=None, erased_at=text("now()"), erased_for=a_ground(cast))
    )
    db.session.commit()
    db.session.expire_all()
    found = check_record()
    assert (found.faults, found.seals, found.sealed) == ([], 1, sealed)
    assert found.erased > 0
    assert "小林" not in events_of(ticket)[0].actor_name
    assert seal_record() == 0, "nothing is sealed twice"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit_events SET at = at + interval '1 hour' WHERE id = (SELECT max(id) FROM audit_events)", "is not"),
        ("UPDATE audit_events SET actor_name = 'x' WHERE actor_kind <> 'system'", "is not what was sealed"),
        ("UPDATE audit_values SET value = '\"x\"'", "is not what was recorded"),
        ("DELETE FROM audit_values", "is gone"),
        ("DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)", "rows were sealed"),
        ("UPDATE audit_seals SET digest = repeat('0', 64)", "is not what was sealed"),
    ],
)
def test_what_was_done_to_the_record_shows(cast: Cast, statement: str, said: str) -> None:
    an_inquiry(cast.contact("alice"))
    db.session.flush()
    seal_record()
    assert any(said in fault for fault in changed(statement))


@pytest.mark.parametrize("number", [0, -5])
def test_a_row_that_is_put_in_later_shows(cast: Cast, number: int) -> None:
    """At the very beginning as well."""
    an_inquiry(cast.contact("alice"))
    seal_record()
    columns = "at, actor_kind, actor_name, act, subject_kind, subject_id, details"
    copied = f"SELECT {number}, {columns} FROM audit_events ORDER BY id LIMIT 1"
    assert any("rows were sealed" in fault for fault in changed(f"INSERT INTO audit_events (id, {columns}) {copied}"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_values SET value = 'x'",
        "UPDATE audit_values SET value = NULL",
        "DELETE FROM audit_values",
        "TRUNCATE audit_values",
        "UPDATE audit_seals SET digest = 'x'",
        "DELETE FROM audit_seals",
    ],
)
def test_values_are_emptied_and_nothing_else(cast: Cast, statement: str) -> None:
    an_inquiry(cast.contact("alice"))
    seal_record()
    with pytest.raises(DatabaseError, match="never changed"):
        db.session.execute(text(statement))
    db.session.rollback()


def test_the_command_says_whether_it_holds(app: Flask, cast: Cast) -> None:
    an_inquiry(cast.contact("alice"))
    db.session.commit()
    runner = CliRunner()
    assert "rows sealed" in runner.invoke(record_group, ["seal"], obj=ScriptInfo(create_app=lambda: app)).output
    told = runner.invoke(record_group, ["verify"], obj=ScriptInfo(create_app=lambda: app))
    assert told.exit_code == 0
    assert "as it was recorded" in told.output
