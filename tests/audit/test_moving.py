"""Rows of the record from before values stood beside it: the migration moves them."""

import importlib.util

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from helpdesk.audit.models import events_of
from helpdesk.audit.sealing import check_record
from helpdesk.extensions import db
from tests.conftest import Cast
from tests.making import an_inquiry
from tests.product import ROOT

OLD = """
INSERT INTO audit_events (at, actor_kind, actor_id, actor_name, actor_address, act, subject_kind, subject_id, details)
VALUES (now(), 'user', 1, '田中 "健一"\\', '192.0.2.7', 'ticket.assigned', 'tickets', :ticket,
        '{"to": "佐藤 \\u0001 美咲", "people": ["鈴木"], "kind": "alert", "count": 3, "reason": "", "on": true}')
"""


def test_what_the_old_rows_tell_is_moved_beside_them(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    db.session.flush()
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(text("DELETE FROM audit_values"))
    db.session.execute(text("DELETE FROM audit_events"))
    db.session.execute(text("SET LOCAL session_replication_role = origin"))
    db.session.execute(text(OLD), {"ticket": ticket.id})
    spec = importlib.util.spec_from_file_location("moving", ROOT / "migrations" / "versions" / "0247_record.py")
    assert spec is not None and spec.loader is not None
    moving = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(moving)
    with Operations.context(MigrationContext.configure(db.session.connection())):
        moving._move_values()
    db.session.expire_all()
    stored = db.session.execute(text("SELECT string_agg(e::text, ' ') FROM audit_events e")).scalar_one()
    assert not [word for word in ("田中", "佐藤", "鈴木", "192.0.2.7") if word in stored]
    (event,) = events_of(ticket)
    assert (event.actor_name, event.actor_address) == ('田中 "健一"\\', "192.0.2.7")
    told = {"to": "佐藤 \x01 美咲", "people": ["鈴木"], "kind": "alert", "count": 3, "reason": "", "on": True}
    assert event.details == told
    assert check_record().faults == []
