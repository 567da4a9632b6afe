"""Which ticket a mail joins, for everybody who takes part (N4, N5, N7), and one mail that comes by two ways (N6)."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.mailgate.filing import file_mails
from helpdesk.mailgate.ledger import Arrival, Disposition, accept, rows_to_file
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.answering import reply
from helpdesk.tickets.links import LinkKind, TicketLink
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_filing import SUPPORT, last_row, tickets
from tests.mailgate.test_ledger import a_mail, deliver, newest, notices, write
from tests.making import TEXT, an_alert, an_inquiry

ALICE, CAROL, BOB = "alice@acme.example", "carol@acme.example", "bob@acme.example"
ANSWER = {"In_Reply_To": "<first@acme.example>"}


@pytest.fixture
def asked(cast: Cast) -> Ticket:
    """Alice's inquiry by mail, answered."""
    write(ALICE, SUPPORT, "監視の件", "見方を教えてください。", Message_ID="<first@acme.example>")
    ticket = newest()
    reply(ticket, cast.user("dana"), "こちらです。")
    db.session.commit()
    return ticket


def bodies(ticket: Ticket) -> list[str]:
    words = select(Message.body).where(Message.ticket_id == ticket.id).order_by(Message.id)
    return [body.strip() for body in db.session.scalars(words)]


@pytest.mark.parametrize("sender", [ALICE, CAROL, BOB])
def test_an_answer_to_the_customer_s_own_mail_joins(asked: Ticket, sender: str) -> None:
    assert (
        write(sender, SUPPORT, "Re: 監視の件", "補足です", In_Reply_To="<first@acme.example>") == Disposition.follow_up
    )
    assert bodies(asked)[-1] == "補足です"


def test_an_answer_to_what_a_colleague_answered_joins(asked: Ticket) -> None:
    write(
        CAROL,
        SUPPORT,
        "Re: 監視の件",
        "補足です",
        In_Reply_To="<first@acme.example>",
        Message_ID="<second@acme.example>",
    )
    references = "<first@acme.example> <second@acme.example>"
    assert write(ALICE, SUPPORT, "Re: 監視の件", "はい", References=references) == Disposition.follow_up
    assert tickets() == 1


@pytest.mark.parametrize("sender", ["charlie@globex.example", "m@evil.example"])
def test_for_others_it_is_a_ticket_of_its_own_that_is_linked(asked: Ticket, sender: str) -> None:
    assert write(sender, SUPPORT, "Re: 監視の件", "私も", **ANSWER) == Disposition.new_ticket
    link = db.session.scalars(select(TicketLink)).one()
    assert (link.ticket_id, link.other_id, link.kind) == (newest().id, asked.id, LinkKind.related)
    assert len(bodies(asked)) == 2


def test_an_administrator_joins_by_the_number_and_a_colleague_does_not(asked: Ticket, cast: Cast) -> None:
    subject = f"[受付番号:{asked.reference}] について"
    assert write(BOB, SUPPORT, subject, "追加") == Disposition.follow_up, "an administrator sees it on the portal"
    assert write(CAROL, SUPPORT, subject, "追加") == Disposition.new_ticket


def test_everybody_who_takes_part_is_braked_by_pace_not_by_count(asked: Ticket, at: Callable[[str], datetime]) -> None:
    token = reply_address(asked.reply_token)
    for minute in range(0, 40, 5):
        at(f"2026-11-24T10:{minute:02}:00+09:00")
        for sender in (ALICE, CAROL):
            assert write(sender, token, "Re: 監視の件", f"{minute} {sender}") == Disposition.follow_up
            clock.set_now(clock.now().replace(minute=minute + 2))


def test_a_forged_bounce_gains_nothing_by_a_message_id_that_customers_know(asked: Ticket) -> None:
    raw = a_mail(
        "MAILER-DAEMON@evil.example",
        SUPPORT,
        "failure notice",
        f"User unknown: {ALICE}",
        References="<first@acme.example>",
    )
    assert deliver(raw, "", SUPPORT) == Disposition.bounce
    assert not any(notice.bounced_at for notice in notices())


def test_a_second_answer_to_a_ticket_closed_long_ago_joins_its_successor(
    asked: Ticket, cast: Cast, at: Callable[[str], datetime]
) -> None:
    token = reply_address(asked.reply_token)
    asked.close(cast.user("dana").actor())
    db.session.commit()
    at("2027-01-12T10:00:00+09:00")
    assert write(ALICE, token, "Re: 監視の件", "また起きました") == Disposition.new_ticket
    successor = newest()
    assert write(ALICE, token, "Re: 監視の件", "もう一つ") == Disposition.follow_up
    assert bodies(successor) == ["また起きました", "もう一つ"]
    successor.close(cast.user("dana").actor())
    db.session.commit()
    at("2027-03-12T10:00:00+09:00")
    assert write(ALICE, token, "Re: 監視の件", "三度目") == Disposition.new_ticket
    assert write(ALICE, token, "Re: 監視の件", "四度目") == Disposition.follow_up
    assert bodies(newest()) == ["三度目", "四度目"]


TWICE = {"Message_ID": "<twice@acme.example>"}


def test_the_same_mail_to_two_addresses_is_one(cast: Cast) -> None:
    raw = a_mail(ALICE, f"{SUPPORT}, help@desk.example", "監視の件", "同じ本文です", **TWICE)
    assert deliver(raw, ALICE, SUPPORT) == Disposition.new_ticket
    again = b"Received: from other.example by mx.desk.example\r\n" + raw
    assert deliver(again, "bounces@list.example", "help@desk.example") == Disposition.duplicate
    assert (tickets(), len(notices())) == (1, 1)
    assert last_row().ticket is newest(), "the ledger leads from the copy to its ticket"
    assert last_row().raw_sha256


def test_the_same_mail_in_one_batch_is_one(cast: Cast) -> None:
    raw = a_mail(ALICE, SUPPORT, "監視の件", "同じ本文です", **TWICE)
    ids = accept([Arrival(raw, ALICE, [SUPPORT]), Arrival(b"Received: x\r\n" + raw, ALICE, ["help@desk.example"])])
    assert file_mails(rows_to_file(ids)) == [Disposition.new_ticket, Disposition.duplicate]


def test_a_list_s_footer_makes_no_other_mail(cast: Cast) -> None:
    words = "端末が三台、隔離されました。どうすればよいですか。"
    assert write(ALICE, SUPPORT, "監視の件", words, **TWICE) == Disposition.new_ticket
    listed = a_mail(ALICE, SUPPORT, "[ml:12] 監視の件", f"{words}\n-- \nml mailing list", List_Id="<ml.x>", **TWICE)
    assert deliver(listed, "ml@acme.example", SUPPORT) == Disposition.duplicate


@pytest.mark.parametrize("other", [{"text": "まったく別の内容の相談です。"}, {"sender": CAROL}])
def test_another_mail_under_the_same_message_id_is_another(cast: Cast, other: dict[str, str]) -> None:
    write(ALICE, SUPPORT, "監視の件", "同じ本文です", **TWICE)
    sender, text = other.get("sender", ALICE), other.get("text", "同じ本文です")
    assert write(sender, SUPPORT, "監視の件", text, **TWICE) == Disposition.new_ticket


def test_a_forger_who_was_first_does_not_keep_the_genuine_mail_away(cast: Cast) -> None:
    write(ALICE, SUPPORT, "監視の件", "同じ本文です", **TWICE)
    verdict = "mx.desk.example; dmarc=pass header.from=acme.example"
    genuine = a_mail(ALICE, SUPPORT, "監視の件", "同じ本文です", Authentication_Results=verdict, **TWICE)
    assert deliver(genuine, ALICE, "help@desk.example") == Disposition.new_ticket
    assert last_row().verified


def test_an_alert_that_went_to_support_first_is_an_alert_all_the_same(cast: Cast) -> None:
    raw = a_mail("no-reply@amp.cisco.com", SUPPORT, "alert", TEXT, **TWICE)
    deliver(raw, "no-reply@amp.cisco.com", SUPPORT)
    to = "alerts+acme@desk.example"
    assert deliver(raw, "no-reply@amp.cisco.com", to) == Disposition.alert
    assert deliver(b"Received: x\r\n" + raw, "other@amp.cisco.com", to) == Disposition.duplicate


def test_alert_tickets_are_joined_by_who_is_told_of_alerts_alone(cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    assert write(CAROL, reply_address(ticket.reply_token), "Re", "確認します") == Disposition.new_ticket
    assert an_inquiry(cast.contact("alice")).id
    assert db.session.scalar(select(Notice.id).where(Notice.ticket_id == ticket.id)) is None


def test_an_alert_address_in_the_header_makes_no_alert_of_a_question(cast: Cast) -> None:
    """Who writes to support and copies another customer's alert address asks: nobody there sees it."""
    raw = a_mail("charlie@globex.example", SUPPORT, "画面の見方", "教えてください。", Cc="alerts+acme@desk.example")
    assert deliver(raw, "charlie@globex.example", SUPPORT) == Disposition.new_ticket
    ticket = newest()
    assert ticket.customer_id == cast.contact("charlie").customer_id
    assert cast.charlie.get(f"/portal/tickets/{ticket.reference}").status_code == 200
    assert cast.bob.get(f"/portal/tickets/{ticket.reference}").status_code == 404
    assert notices(), "and is acknowledged"


def test_a_console_s_mail_that_was_passed_on_to_support_is_an_alert_still(cast: Cast) -> None:
    subject = "[Cisco Secure Endpoint Subscription] [All alerts] Matching Events Found"
    raw = a_mail("no-reply@amp.cisco.com", "alerts+acme@desk.example", subject, TEXT)
    assert deliver(raw, "no-reply@amp.cisco.com", SUPPORT) == Disposition.alert
    assert newest().customer_id == cast.acme.id


def test_strangers_who_point_at_a_ticket_hold_up_nobody_who_takes_part(asked: Ticket) -> None:
    token = reply_address(asked.reply_token)
    for number in range(6):
        write(f"s{number}@evil{number}.example", token, "Re: 監視の件", f"words {number}")
    assert write(ALICE, token, "Re: 監視の件", "私の返信です") == Disposition.follow_up
    assert bodies(asked)[-1] == "私の返信です"


@pytest.mark.parametrize("sender", ["support@desk.example", "SUPPORT@DESK.EXAMPLE", f"support+{'a' * 32}@desk.example"])
def test_what_claims_to_be_from_us_opens_and_is_answered_nothing(cast: Cast, sender: str) -> None:
    assert write(sender, SUPPORT, "Re: お問い合わせ", "本文です") == Disposition.parked
    assert (tickets(), notices()) == (0, [])
