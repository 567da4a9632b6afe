"""Receipts to who may have been forged: so many an hour, what is more in one mail an hour later at most (S9)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.config import Config
from helpdesk.demo.sink import Sink
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_ledger import notices, write
from tests.notices.test_undelivered import deliver_due

SUPPORT = "support@desk.example"
FORGED = 70


@pytest.fixture
def unbraked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    for name in ("MAIL_BRAKE", "MAIL_CAP_SENDER", "MAIL_CAP_DOMAIN"):
        monkeypatch.setitem(cast.app.config, name, 1000)
    return cast


def test_a_forger_keeps_a_receipt_away_for_an_hour_at_most(unbraked: Cast, config: Config, mailbox: Sink) -> None:
    for number in range(FORGED):
        write("alice@acme.example", SUPPORT, f"件名 {number}", f"本文 {number}")
    write("alice@acme.example", SUPPORT, "本物のお問い合わせ", "一覧の見方を教えてください。")
    deliver_due()
    assert len(mailbox.mails()) == config.receipts_per_hour
    clock.set_now(clock.now() + timedelta(minutes=61))
    deliver_due()
    assert len(mailbox.mails()) == config.receipts_per_hour + 1
    text = str(mailbox.mails()[0]["text"])
    references = list(db.session.scalars(select(Ticket.reference).order_by(Ticket.id)))
    assert [one for one in references if one in text] == references[config.receipts_per_hour :]
    assert "本物のお問い合わせ" not in text  # it may be the forger's


def test_the_list_names_others_of_the_domain_apart(unbraked: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(unbraked.app.config, "RECEIPTS_PER_DOMAIN_HOUR", 2)
    for number in range(2):
        write("alice@acme.example", SUPPORT, f"件名 {number}", f"本文 {number}")
    write("bob@acme.example", SUPPORT, "件名 b", "本文 b")
    write("alice@acme.example", SUPPORT, "件名 c", "本文 c")
    collected = [notice for notice in notices() if notice.template == "receipts_collected"]
    assert [notice.to_address for notice in collected] == ["bob@acme.example", "alice@acme.example"]
    assert all(notice.body.count("・") == 1 for notice in collected)


def test_a_full_list_grows_no_more(unbraked: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(unbraked.app.config, "RECEIPTS_PER_HOUR", 0)
    monkeypatch.setattr("helpdesk.intake.acknowledging.LISTED_MAX", 3)
    for number in range(5):
        write("alice@acme.example", SUPPORT, f"件名 {number}", f"本文 {number}")
    assert [notice.body.count("・") for notice in notices()] == [3]
