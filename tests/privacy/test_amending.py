"""Correction and partial deletion of what was shown to be wrong (16-4; R61)."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from helpdesk.audit.models import SYSTEM
from helpdesk.audit.sealing import check_record, seal_record
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.masking import ERASED
from helpdesk.notices.models import Notice
from helpdesk.privacy.amending import look_for, replace_found
from helpdesk.privacy.jobs import amend
from helpdesk.privacy.kinds import RequestKind, RequestState
from helpdesk.privacy.models import Amendment, PersonalRequest
from helpdesk.privacy.requests import ask_for, carry_out, grant
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import Message, note
from tests.conftest import Cast
from tests.mailgate.test_ledger import newest, write
from tests.making import an_inquiry

WRONG = "内線 4711"


def ran() -> Amendment:
    for amendment_id, turn in Amendment.queue_due():
        amend(amendment_id, turn)
    db.session.expire_all()
    return db.session.scalars(select(Amendment).order_by(Amendment.id.desc())).first()  # type: ignore[return-value]


@pytest.fixture
def granted(cast: Cast) -> PersonalRequest:
    alice = cast.contact("alice")
    made = ask_for(
        alice.as_actor(), alice, RequestKind.correction, f"{WRONG} は誤り", channel=Channel.portal, checked="x"
    )
    grant(SYSTEM, made)
    db.session.commit()
    return made


def test_words_are_counted_then_replaced_within_the_customer_only(cast: Cast, granted: PersonalRequest) -> None:
    ticket = an_inquiry(cast.contact("alice"), f"{WRONG} の件", f"{WRONG} におります。")
    reply(ticket, cast.user("dana"), f"> {WRONG}\n\n承知しました。")
    note(ticket, cast.user("dana"), f"{WRONG} に掛けた")
    write("alice@acme.example", "support@desk.example", "件", f"{WRONG} です")
    mailed = newest()
    others = an_inquiry(cast.contact("charlie"), "件", f"{WRONG} です")
    db.session.commit()
    seal_record()
    look_for(SYSTEM, granted, WRONG, "内線 4712")
    db.session.commit()
    counted = ran()
    assert counted.dry
    assert counted.values_found >= 6
    assert {ticket.reference, mailed.reference} <= set(counted.found_on)
    assert db.session.get_one(type(ticket), ticket.id).subject == f"{WRONG} の件", "counting changes nothing"
    replace_found(SYSTEM, counted)
    with pytest.raises(Refusal):
        replace_found(SYSTEM, counted)
    db.session.commit()
    assert ran().values_found >= 6
    assert ticket.subject == "内線 4712 の件"
    bodies = " ".join(db.session.scalars(select(Message.body).where(Message.ticket_id.in_([ticket.id, mailed.id]))))
    assert WRONG not in bodies
    assert bodies.count("内線 4712") == 4
    sent = db.session.scalars(select(Notice.body).where(Notice.ticket_id == ticket.id))
    assert not any(WRONG in (body or "") for body in sent)
    assert db.session.scalars(select(Message.raw_sha256).where(Message.ticket_id == mailed.id)).all() == [None]
    assert WRONG in db.session.scalars(select(Message.body).where(Message.ticket_id == others.id)).one()
    assert WRONG in db.session.scalars(select(Message.body).where(Message.ticket_id == granted.ticket_id)).one()
    assert check_record().faults == []
    carry_out(SYSTEM, granted, "直しました")
    db.session.commit()
    assert {(one.wrong, one.right) for one in db.session.scalars(select(Amendment))} == {("", "")}


def test_nothing_for_it_takes_them_out(cast: Cast, granted: PersonalRequest) -> None:
    ticket = an_inquiry(cast.contact("bob"), "件", "既往歴あり\\1 と聞いた")
    db.session.commit()
    look_for(SYSTEM, granted, "既往歴あり\\1", "")
    db.session.commit()
    replace_found(SYSTEM, ran())
    db.session.commit()
    ran()
    assert db.session.scalars(select(Message.body).where(Message.ticket_id == ticket.id)).one() == f"{ERASED} と聞いた"


def test_short_words_other_requests_and_undecided_ones_are_refused(cast: Cast, granted: PersonalRequest) -> None:
    for wrong, right in (("です", ""), ("  誤り ", ""), ("同じ語", "同じ語")):
        with pytest.raises(Refusal):
            look_for(SYSTEM, granted, wrong, right)
    bob = cast.contact("bob")
    other = ask_for(bob.as_actor(), bob, RequestKind.stop_use, "", channel=Channel.portal, checked="x")
    open_one = ask_for(bob.as_actor(), bob, RequestKind.correction, "誤り", channel=Channel.portal, checked="x")
    for request in (other, open_one):
        with pytest.raises(Refusal):
            look_for(SYSTEM, request, "誤った語", "")


def test_on_the_page(cast: Cast, granted: PersonalRequest) -> None:
    an_inquiry(cast.contact("alice"), "件", f"{WRONG} におります。")
    db.session.commit()
    erin, url = cast.erin, f"/desk/personal/{granted.id}"
    assert erin.post(f"{url}/amendments", {"wrong": "ab", "right": ""}).status_code == 409
    assert erin.post(f"{url}/amendments", {"wrong": WRONG, "right": "<b>4712</b>"}).status_code == 302
    page = erin.get(url).text
    assert "数えています" in page
    assert "hx-trigger" in page
    assert erin.get(f"{url}/ready?n=1").status_code == 204
    counted = ran()
    assert erin.get(f"{url}/ready?n=1").headers["HX-Refresh"] == "true"
    page = erin.get(url).text
    assert "置き換える" in page
    assert "<b>4712</b>" not in page
    assert erin.post(f"{url}/amendments/{counted.id}").status_code == 302
    assert erin.post(f"{url}/amendments/{counted.id}").status_code == 409
    assert erin.post(f"/desk/personal/{granted.id + 1}/amendments/{counted.id}").status_code == 404
    ran()
    assert "hx-trigger" not in erin.get(url).text


@pytest.mark.usefixtures("cast")
def test_a_run_that_failed_says_so_and_another_can_begin(
    app: Flask, cast: Cast, granted: PersonalRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_for(SYSTEM, granted, WRONG, "")
    db.session.commit()

    def broken(_row: Amendment) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("helpdesk.privacy.jobs.replace_words", broken)
    for amendment_id, turn in Amendment.queue_due():
        with pytest.raises(OSError, match="space"):
            amend(amendment_id, turn)
    db.session.expire_all()
    waits = db.session.scalars(select(Amendment)).one()
    assert (waits.finished_at, waits.request.state) == (None, RequestState.granted)
    db.session.execute(update(Amendment).values(due_at=None))
