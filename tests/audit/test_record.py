"""The record only grows (R63)."""

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.exc import DatabaseError

from helpdesk.audit.acts import _KNOWN, Act, act_of
from helpdesk.audit.models import Actor, ActorKind, events_of, record
from helpdesk.extensions import db
from tests.conftest import Cast
from tests.making import an_inquiry
from tests.product import ROOT


class Later(Act):
    """What a later release would record."""

    new = "something.new", "Something new"


ACTS = [act for room in Act.__subclasses__() if room is not Later for act in room]
SHOWN_AS_MESSAGES = {"ticket.replied", "ticket.noted", "ticket.customer_wrote", "alert.reported"}


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_events SET act = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events CASCADE"]
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
    record(Actor(ActorKind.system, "system"), Later.new, ticket)
    db.session.commit()
    _KNOWN.pop("something.new")
    dana = cast.dana
    assert "ポータルで受け付けました" in dana.get(f"/desk/tickets/{ticket.reference}").text
    dana.post("/account/language", {"language": "en"})
    page = dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "Received by portal" in page
    assert "something.new" not in page
    assert "(recorded by another release)" in page


@pytest.mark.parametrize("act", ACTS, ids=lambda act: str(act.value))
def test_every_act_has_a_sentence_in_both_languages(app: Flask, act: Act) -> None:
    if act.value in SHOWN_AS_MESSAGES:
        assert act.sentence is None
        return
    with app.test_request_context():
        told = {}
        for language in ("ja", "en"):
            with force_locale(language):
                told[language] = act.said({"computers": ["PC-1"]})
    assert told["ja"] and told["en"]
    assert not told["ja"].isascii() or set(told["ja"]) <= set("—: ")
    assert "%(" not in told["ja"] + told["en"]
    assert told["ja"] != told["en"] or act.value == "action.stumbled"


def test_what_an_older_release_did_not_tell_reads_as_a_dash(app: Flask) -> None:
    act = act_of("alert.merged")
    assert act is not None
    with app.test_request_context(), force_locale("en"):
        assert act.said({}) == "— was merged into this ticket"


def test_every_act_is_recorded_somewhere() -> None:
    code = "".join(path.read_text() for path in (ROOT / "helpdesk").rglob("*.py"))
    assert not [act for act in ACTS if f"{type(act).__name__}.{act.name}" not in code]
