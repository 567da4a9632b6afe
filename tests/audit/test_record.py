"""The record only grows (R63)."""

import pytest
from flask import Flask
from sqlalchemy.exc import DatabaseError

from helpdesk.audit.models import Actor, ActorKind, events_of, record
from helpdesk.extensions import db
from tests.conftest import Cast
from tests.making import an_inquiry


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_events SET act = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
)
def test_events_are_never_changed_or_deleted(app: Flask, cast: Cast, statement: str) -> None:
    with pytest.raises(DatabaseError, match="never changed"):
        db.session.execute(db.text(statement))
    db.session.rollback()


def test_who_when_and_from_where(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    cast.dana.post(f"/desk/tickets/{ticket.reference}/assignment", {"assignee": cast.user("dana").id})
    last = events_of(ticket)[-1]
    assert (last.act, last.actor_kind, last.actor_name) == ("ticket.assigned", ActorKind.user, "田中 健一")
    assert last.actor_address == "127.0.0.1"
    assert last.details == {"to": "田中 健一"}


def test_the_timeline_is_read_from_the_record_in_both_languages(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    record(Actor(ActorKind.system, "system"), "something.new", ticket)
    db.session.commit()
    dana = cast.dana
    assert "ポータルで受け付けました" in dana.get(f"/desk/tickets/{ticket.reference}").text
    dana.post("/account/language", {"language": "en"})
    page = dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "Received by portal" in page
    assert "something.new" in page
