"""Null paths, robots that open new tickets, people who look like robots: nobody lost, nobody answered (N1 to N3)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.mailgate.filing import file_mails
from helpdesk.mailgate.imap import envelope_of
from helpdesk.mailgate.ledger import Arrival, Disposition, IncomingMail, accept, rows_to_file
from helpdesk.notices.models import reply_address
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_automatic import PEOPLE, dsn
from tests.mailgate.test_filing import SUPPORT, events, last_row, tickets
from tests.mailgate.test_ledger import a_mail, deliver, newest, notices, write
from tests.making import TEXT, an_inquiry

ALICE, ALERTS = "alice@acme.example", "alerts+acme@desk.example"


@pytest.fixture
def closed(cast: Cast) -> Ticket:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.close(cast.user("dana").actor())
    db.session.commit()
    return ticket


@pytest.mark.parametrize("path", ["", "<>", "< >", "MAILER-DAEMON", "<MAILER-DAEMON>"])
@pytest.mark.parametrize("subject", ["外出通知", "お尋ね", "Re: hello", "受け付けました 17"])
def test_a_null_path_opens_reopens_and_answers_nothing(cast: Cast, closed: Ticket, path: str, subject: str) -> None:
    before = len(notices())
    token, number = reply_address(closed.reply_token), f"[受付番号:{closed.reference}] {subject}"
    assert deliver(a_mail(ALICE, SUPPORT, subject), path, SUPPORT) == Disposition.parked
    assert deliver(a_mail(ALICE, token, subject), path, token) == Disposition.parked
    assert deliver(a_mail(ALICE, SUPPORT, number), path, SUPPORT) == Disposition.parked
    assert (closed.state, tickets(), len(notices())) == (TicketState.closed, 1, before)
    assert events(closed).count("mail.parked") == 2, "what points at the ticket leaves an event there"
    assert last_row().envelope_from == ""


def test_a_null_path_in_the_header_is_the_same(cast: Cast) -> None:
    raw = b"Return-Path: <>\r\n" + a_mail(ALICE, SUPPORT)
    assert deliver(raw, "mta@relay.example", SUPPORT) == Disposition.parked
    assert envelope_of(raw) == ("", [])
    assert envelope_of(a_mail(ALICE, SUPPORT))[0] == "unknown", "a mailbox without Return-Path tells no null path"


def test_at_an_alert_address_a_null_path_changes_nothing(cast: Cast) -> None:
    assert deliver(a_mail("no-reply@amp.cisco.com", ALERTS, "x", TEXT), "", ALERTS) == Disposition.alert
    words = TEXT.replace("User: u", "User unknown; this message could not be delivered to disk")
    assert deliver(a_mail("no-reply@amp.cisco.com", ALERTS, "y", words), "", ALERTS) == Disposition.alert
    assert deliver(dsn(), "", ALERTS) == Disposition.bounce


@pytest.mark.parametrize(
    ("raw", "becomes"),
    [
        (dsn(), Disposition.bounce),
        (a_mail("MAILER-DAEMON@mx.example", "x", "Mail delivery failed", "gone"), Disposition.bounce),
        (b"From: MAILER-DAEMON <>\r\nSubject: Mail delivery failed\r\n\r\ngone", Disposition.bounce),
        (a_mail("no-reply@carrier.example", "x", "メールエラー通知", "宛先不明"), Disposition.bounce),
        (a_mail(ALICE, "x", "不在通知", "550 5.1.1 user unknown"), Disposition.parked),
        (a_mail(ALICE, "x", "お休み", "戻りは来週です"), Disposition.parked),
    ],
)
def test_at_a_tickets_address_a_null_path_is_a_machines(
    cast: Cast, closed: Ticket, raw: bytes, becomes: Disposition
) -> None:
    to = reply_address(closed.reply_token)
    assert deliver(raw, "<>", to) == becomes
    told = [act for act in events(closed) if act in ("mail.parked", "mail.bounced", "notice.bounced")]
    assert len(told) == 1
    assert (closed.state, tickets()) == (TicketState.closed, 1)
    assert "notice.bounced" not in events(closed) or raw == dsn()
    assert cast.dana.get(f"/desk/tickets/{closed.reference}").status_code == 200


@pytest.mark.parametrize("subject", PEOPLE)
def test_people_who_write_like_robots_get_a_ticket_without_a_receipt(cast: Cast, subject: str) -> None:
    assert write(ALICE, SUPPORT, subject, "助けてください") == Disposition.new_ticket
    assert newest().customer_id == cast.acme.id
    assert notices() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"List_Id": "<soc.acme.example>", "Precedence": "list"},
        {"List_Id": "Support <support.desk.example>", "Precedence": "list"},
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Auto_Response_Suppress": "OOF, AutoReply"},
    ],
)
@pytest.mark.parametrize("sender", [ALICE, "stranger@x.example"])
def test_lists_and_suppress_headers_park_nobody(cast: Cast, sender: str, headers: dict[str, str]) -> None:
    assert write(sender, SUPPORT, "お尋ね", "本文", **headers) == Disposition.new_ticket
    assert notices() == []
    ticket = an_inquiry(cast.contact("alice"))
    to = reply_address(ticket.reply_token)
    became = write(sender, to, "Re: x", "追加です", **headers)
    assert became == (Disposition.follow_up if sender == ALICE else Disposition.new_ticket)


@pytest.mark.parametrize("subject", [s for s in PEOPLE if s not in ("不在通知", "Automatic reply: your ticket")])
def test_a_participant_may_say_such_words_on_a_thread(cast: Cast, subject: str) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    sent = reply(ticket, cast.user("dana"), "ご案内です").notice
    assert sent is not None
    db.session.commit()
    if subject.startswith("自動返信:"):
        subject = f"Re: [受付番号:{ticket.reference}] {subject}"
    became = write(ALICE, reply_address(ticket.reply_token), subject, "追加です", In_Reply_To=sent.message_id)
    assert became == Disposition.follow_up


def test_an_autoresponders_subject_counts_where_it_answers_us(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    (receipt,) = notices()
    subject = f"自動返信: {receipt.subject}"
    assert write(ALICE, SUPPORT, subject, "不在です", In_Reply_To=receipt.message_id) == Disposition.parked
    assert "mail.parked" in events(ticket)


@pytest.mark.parametrize("sender", [ALICE, "robot@loop.example"])
@pytest.mark.parametrize("seconds", [0, 3, 60, 200])
def test_a_robot_that_opens_new_tickets_is_braked(cast: Cast, sender: str, seconds: int) -> None:
    """Fresh mails without threading headers, with a new subject and new words each."""
    begin, became = clock.now(), []
    for number in range(51):
        clock.set_now(begin + timedelta(seconds=seconds * number))
        words = "".join(chr(0x3042 + (number * 7 + n) % 80) for n in range(9))
        became.append(write(sender, SUPPORT, words, f"{words}です"))
    hours = seconds * 51 / 3600
    assert became.count(Disposition.new_ticket) <= 10 * (hours + 1)
    assert became.count(Disposition.new_ticket) + became.count(Disposition.parked) == 51
    assert Disposition.parked in became
    newest_row = last_row()
    assert newest_row.reason == "brake" or seconds == 200


@pytest.mark.parametrize("sender", [ALICE, "robot@loop.example"])
def test_sameness_brakes_sooner(cast: Cast, sender: str) -> None:
    became = [write(sender, SUPPORT, "Thank you", "We got it.", Message_ID=f"<{n}@x.example>") for n in range(6)]
    assert became == [Disposition.new_ticket] * 3 + [Disposition.parked] * 3


def test_changing_addresses_of_one_domain_with_the_same_words_are_braked(cast: Cast) -> None:
    became = [write(f"robot{n}@changing.example", SUPPORT, "Thank you", "We got it.") for n in range(20)]
    assert became.count(Disposition.new_ticket) == 3


def test_changing_addresses_that_answer_receipts_are_braked(cast: Cast) -> None:
    """Receipts go to a contact of the domain; what comes back is from addresses nobody knows."""
    became = []
    for number in range(14):
        write(ALICE, SUPPORT, f"題{'あいうえおかきくけこさしすせ'[number]}", f"文{number}") if number < 2 else None
        became.append(write(f"r{number}@acme.example", SUPPORT, f"S{chr(97 + number) * 3}", f"{chr(97 + number)} x"))
    assert became.count(Disposition.new_ticket) == 10


def test_people_of_one_company_brake_nobody(cast: Cast) -> None:
    for number in range(4):
        for name in ("alice", "bob", "carol"):
            words = f"{name}の質問{'甲乙丙丁'[number]}"
            assert write(f"{name}@acme.example", SUPPORT, words, f"{words}です") == Disposition.new_ticket


def test_a_person_who_writes_some_inquiries_an_hour_is_not_braked(cast: Cast) -> None:
    begin = clock.now()
    for number, words in enumerate(["隔離", "一覧", "更新", "削除", "検索", "許可", "通知", "履歴"]):
        clock.set_now(begin + timedelta(minutes=7 * number))
        assert write(ALICE, SUPPORT, f"{words}について", f"{words}の方法") == Disposition.new_ticket


def test_a_batch_counts_what_is_before_it(cast: Cast) -> None:
    raws = [a_mail("r@loop.example", SUPPORT, f"{chr(97 + n) * 3}", f"{chr(97 + n)}") for n in range(12)]
    ids = accept([Arrival(raw, "r@loop.example", [SUPPORT]) for raw in raws])
    became = file_mails(rows_to_file(ids))
    assert became == [Disposition.new_ticket] * 8 + [Disposition.parked] * 4


def test_what_is_braked_is_seen_and_one_click_lets_the_person_in(cast: Cast) -> None:
    for number in range(12):
        write(ALICE, SUPPORT, f"{chr(97 + number) * 4}", f"{chr(97 + number)}")
    parked = list(db.session.scalars(select(IncomingMail).where(IncomingMail.reason == "brake")))
    assert len(parked) == 4
    ticket = db.session.get_one(Ticket, parked[0].thread_id)
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert f"/desk/mails/{parked[0].id}" in page
    assert events(ticket).count("mail.parked") == 3, "a flood does not fill the ticket"
    assert cast.dana.post(f"/desk/mails/{parked[0].id}/filing").status_code == 302
    assert db.session.get_one(IncomingMail, parked[0].id).disposition == Disposition.new_ticket
    for number in range(12, 16):
        assert write(ALICE, SUPPORT, f"{chr(97 + number) * 4}", f"{chr(97 + number)}") == Disposition.new_ticket


def test_a_forger_does_not_brake_the_genuine_sender(cast: Cast) -> None:
    for number in range(12):
        write(ALICE, SUPPORT, f"{chr(97 + number) * 4}", f"{chr(97 + number)}")
    real = {"Authentication_Results": "mx.desk.example; dmarc=pass header.from=acme.example"}
    assert write(ALICE, SUPPORT, "本物です", "お願いします", **real) == Disposition.new_ticket
