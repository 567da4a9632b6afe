"""The report of an alert: to whom, by mail or phone, once more, and what one that does not arrive is (R12, R13)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.actions.models import Action
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.alerts.reporting import Telling, report, reports_of
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import Language, Way
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.forms import press
from tests.mailgate.test_ledger import write
from tests.making import TEXT, a_list, an_alert, reported


def told(cast: Cast, name: str, *, told: bool, may_instruct: bool = False) -> None:
    cast.contact(name).set_alert_rights(SYSTEM, told=told, may_instruct=may_instruct, way=Way.mail)
    db.session.commit()


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return an_alert(cast.acme)


def send(cast: Cast, ticket: Ticket, **fields: Any) -> Any:
    form = {"contact": cast.contact("alice").id, "way": "mail", "words": "ご報告いたします。", "action": "", **fields}
    return cast.dana.post(f"/desk/tickets/{ticket.reference}/report", form)


def test_a_call_keeps_number_time_and_answer(cast: Cast, ticket: Ticket) -> None:
    clock.set_now(clock.now() + timedelta(minutes=40))
    fields = {
        "way": "phone",
        "number": "03-5550-0101",
        "called_at": "2026-11-24T10:00",
        "answered": "内容は承知した。社内で検討する",
    }
    assert send(cast, ticket, **fields).status_code == 302
    (row,) = reports_of(alert_of(ticket))
    assert (row.way, row.number, row.answered) == (Way.phone, "03-5550-0101", "内容は承知した。社内で検討する")
    assert row.at.isoformat() == "2026-11-24T01:00:00+00:00"
    assert row.recorded_at > row.at
    assert alert_of(ticket).reported_at == ticket.first_responded_at == row.at
    assert not db.session.scalars(select(Notice)).all()
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "03-5550-0101" in page
    assert "内容は承知した。社内で検討する" in page
    assert "内容は承知した" not in cast.alice.get(f"/portal/tickets/{ticket.reference}").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": ""}, "おかけになった番号"),
        ({"called_at": "2026-11-24T23:00"}, "未来"),
        ({"called_at": "2026-11-20T10:00"}, "アラートより前"),
    ],
)
def test_a_call_that_cannot_be_right_is_told_beside_its_field(
    cast: Cast, ticket: Ticket, fields: dict[str, str], words: str
) -> None:
    answer = send(cast, ticket, **{"way": "phone", "number": "03", "words": "長い報告文", **fields})
    assert answer.status_code == 409
    assert words in answer.text
    assert "長い報告文" in answer.text
    assert alert_of(ticket).reported_at is None


def test_who_is_told_and_who_instructs_are_two(cast: Cast, ticket: Ticket) -> None:
    """Carol is told, Alice decides: the report goes to Carol, the request for a decision to Alice."""
    told(cast, "alice", told=False, may_instruct=True)
    told(cast, "carol", told=True)
    a_list(cast.acme)
    answer = send(cast, ticket, contact=cast.contact("carol").id, action="quarantine:guid-1")
    assert answer.status_code == 302
    mails = {notice.template: notice.to_address for notice in db.session.scalars(select(Notice))}
    assert mails == {"reply": "carol@acme.example", "decision_request": "alice@acme.example"}
    for who in (cast.alice, cast.carol):
        assert who.get(f"/portal/tickets/{ticket.reference}").status_code == 200
    assert "承認して実行" not in cast.carol.get(f"/portal/tickets/{ticket.reference}").text
    with pytest.raises(Refusal):
        report(cast.user("dana"), alert_of(ticket), Telling(cast.contact("alice"), "x"))


def test_with_nobody_named_the_main_contact_is_told_and_the_report_is_marked(cast: Cast, ticket: Ticket) -> None:
    told(cast, "alice", told=False)
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}/report").text
    assert "通知先を指定していません" in page
    assert send(cast, ticket).status_code == 302
    (row,) = reports_of(alert_of(ticket))
    assert (row.unnamed, row.to_name) == (True, "小林 由佳")
    assert ticket.addressee == cast.contact("alice")
    assert cast.alice.get(f"/portal/tickets/{ticket.reference}").status_code == 200, "what one was told one can read"
    assert cast.carol.get(f"/portal/tickets/{ticket.reference}").status_code == 404
    assert write("alice@acme.example", reply_address(ticket.reply_token), "Re: x", "了解です") == Disposition.follow_up
    assert "通知先の指定なし" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    told(cast, "bob", told=True)
    assert "小林 由佳" not in cast.dana.get(f"/desk/tickets/{ticket.reference}/report").text.split("<form")[1]


def test_a_stranger_to_the_customer_is_never_told(cast: Cast, ticket: Ticket) -> None:
    for name in ("carol", "charlie"):
        assert send(cast, ticket, contact=cast.contact(name).id).status_code == 422
    assert alert_of(ticket).reported_at is None


def test_undelivered_is_not_reported(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    due = ticket.due_at
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    assert ticket.due_at is None
    notice = db.session.scalars(select(Notice).where(Notice.ticket_id == ticket.id)).one()
    at("2026-11-25T10:00:00+09:00")
    notice.bounce("5.1.1 unknown")
    db.session.commit()
    assert alert.reported_at is None
    assert ticket.first_responded_at is None
    assert ticket.due_at == due
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "報告として扱いません" in page
    assert send(cast, ticket, way="phone", number="03-5550-0101", called_at="2026-11-25T09:50").status_code == 302
    assert [row.way for row in reports_of(alert)] == [Way.mail, Way.phone]
    assert alert.report_channel == Way.phone
    assert ticket.answered_in_time


def test_what_came_back_and_goes_out_again_is_a_report_again(cast: Cast, ticket: Ticket) -> None:
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    db.session.scalars(select(Notice).where(Notice.ticket_id == ticket.id)).one().bounce("5.1.1 unknown")
    db.session.commit()
    clock.set_now(clock.now() + timedelta(minutes=30))
    before = clock.now()
    press(cast.dana, "/desk/mails/outgoing", "もう一度送る")
    assert alert.reported_at is not None
    assert alert.reported_at >= before


def test_a_second_report_keeps_the_first_ones_time(cast: Cast, ticket: Ticket) -> None:
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    first = alert.reported_at
    clock.set_now(clock.now() + timedelta(hours=1))
    assert send(cast, ticket, words="追加のご報告です。").status_code == 302
    assert first is not None
    assert alert.reported_at == first
    db.session.scalars(select(Notice).order_by(Notice.id)).first().bounce("5.1.1")  # type: ignore[union-attr]
    assert alert.reported_at is not None
    assert alert.reported_at > first


def test_it_is_written_in_the_language_of_who_gets_it(cast: Cast, ticket: Ticket) -> None:
    told(cast, "carol", told=True)
    cast.contact("carol").language = Language.en
    db.session.commit()
    carol = cast.contact("carol").id
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}/report").text
    assert f"?contact={carol}" in page
    assert "Secure Endpoint のアラートについて" in page
    assert "This is our report" in cast.dana.get(f"/desk/tickets/{ticket.reference}/report?contact={carol}").text


@pytest.mark.parametrize(
    ("chosen", "has", "lacks"),
    [
        ("", None, "お願いするご判断"),
        ("quarantine:guid-1", "検出リストへのファイルの登録(隔離)をお勧め", "許可リスト"),
        ("allow:guid-2", "許可リストへのファイルの登録について", "お勧め"),
    ],
)
def test_the_report_asks_for_what_was_chosen(
    cast: Cast, ticket: Ticket, chosen: str, has: str | None, lacks: str
) -> None:
    a_list(cast.acme)
    a_list(cast.acme, "application_whitelist", "guid-2")
    assert send(cast, ticket, action=chosen).status_code == 302
    mail = db.session.scalars(select(Notice).where(Notice.template == "reply")).one()
    assert has is None or has in mail.body
    assert lacks not in mail.body
    assert (db.session.scalar(select(Action)) is not None) == bool(chosen)


def test_where_the_file_lay_is_not_called_its_route(cast: Cast) -> None:
    ticket = an_alert(cast.acme, f"{TEXT}\nFile Path: C:\\Users\\s.tanaka\\Downloads\\invoice.exe")
    words = cast.dana.get(f"/desk/tickets/{ticket.reference}/report").text
    assert "経路は分かっていません。ファイルの場所\nC:\\Users\\s.tanaka\\Downloads" in words


def test_a_merged_alert_is_reported_where_it_is(cast: Cast, ticket: Ticket) -> None:
    alert = alert_of(ticket)
    other = alert_of(an_alert(cast.acme, "Event Type: Threat Detected\nComputer: PC-9\nFile Name: other.exe"))
    alert.merged_into_id = db.session.get_one(Alert, other.id).id
    with pytest.raises(Refusal):
        report(cast.user("dana"), alert, Telling(cast.contact("alice"), "x"))
