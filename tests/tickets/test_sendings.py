"""Replies on their way out: undone, sent once, later, read by a second person, held where they do not fit any more."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from helpdesk.demo.sink import Sink
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.drafts import draft_of, save_draft
from helpdesk.tickets.jobs import send
from helpdesk.tickets.kinds import Channel, TicketState
from helpdesk.tickets.messages import Message, MessageKind, customer_wrote
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import News, NewsKind
from helpdesk.tickets.recipients import check_addresses
from helpdesk.tickets.sendings import Held, Sending
from tests.conftest import Cast, Person
from tests.forms import press
from tests.making import an_alert, an_inquiry
from tests.notices.test_undelivered import deliver_due


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return an_inquiry(cast.contact("alice"))


@pytest.fixture
def undo(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen seconds, as usual."""
    monkeypatch.setitem(cast.app.config, "UNDO_SECONDS", 15)


def say(person: Person, ticket: Ticket, body: str, **fields: object) -> int:
    seen = db.session.scalar(select(func.max(Message.id)).where(Message.ticket_id == ticket.id))
    form = {"body": body, "draft": "0", "seen": str(seen), **fields}
    return person.post(f"/desk/tickets/{ticket.reference}/replies", form).status_code


def run_due() -> None:
    for queued in Sending.queue_due():
        send(*queued)


def near(ticket: Ticket, moment: str) -> bool:
    """The clock goes on while a test runs."""
    responded = ticket.first_responded_at
    return responded is not None and timedelta(0) <= responded - datetime.fromisoformat(moment) < timedelta(seconds=3)


def replies(ticket: Ticket) -> list[Message]:
    rows = select(Message).where(Message.ticket_id == ticket.id, Message.kind == MessageKind.agent)
    return list(db.session.scalars(rows.order_by(Message.id)))


@pytest.mark.usefixtures("undo")
def test_nothing_is_on_the_ticket_before_it_is_out(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    dana, page = cast.dana, f"/desk/tickets/{ticket.reference}"
    assert say(dana, ticket, "回答です", then="close") == 302
    assert re.search(r"9:30:1\d に送ります", dana.get(page).text)
    assert "回答です" not in cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    run_due()
    assert (replies(ticket), ticket.state) == ([], TicketState.new)
    at("2026-11-24T09:30:20+09:00")
    run_due()
    run_due()
    (message,) = replies(ticket)
    assert (message.body, ticket.state) == ("回答です", TicketState.closed)
    assert near(ticket, "2026-11-24T09:30:00+09:00"), "when it was sent"
    assert "回答です" in cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    assert "に送ります" not in dana.get(page).text


@pytest.mark.usefixtures("undo")
def test_undone_it_is_a_draft_again_with_its_files(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    dana, page = cast.dana, f"/desk/tickets/{ticket.reference}"
    say(dana, ticket, "早すぎた回答", files=(BytesIO(b"x"), "図.txt"))
    save_draft(cast.user("dana"), f"reply:{ticket.reference}", {"body": "その後の文"}, 1)
    press(dana, page, "取り消す")
    shown = dana.get(page).text
    assert "早すぎた回答\n\nその後の文</textarea>" in shown and "図.txt" in shown
    at("2026-11-24T09:31:00+09:00")
    run_due()
    assert replies(ticket) == []
    again = db.session.scalars(select(Sending)).one()
    assert dana.post(f"{page}/sendings/{again.id}/withdrawal").status_code == 409


@pytest.mark.usefixtures("undo")
def test_what_is_out_cannot_be_undone_and_what_hurries_goes(
    cast: Cast, ticket: Ticket, at: Callable[[str], datetime]
) -> None:
    dana, page = cast.dana, f"/desk/tickets/{ticket.reference}"
    say(dana, ticket, "急ぎの回答")
    press(dana, page, "今すぐ送る")
    run_due()
    assert [one.body for one in replies(ticket)] == ["急ぎの回答"]
    sending = db.session.scalars(select(Sending)).one()
    for act in ("withdrawal", "hurry", "approval"):
        assert dana.post(f"{page}/sendings/{sending.id}/{act}").status_code == 409
    assert dana.post(f"{page}/sendings/{sending.id + 1}/withdrawal").status_code == 404
    other = an_inquiry(cast.contact("bob"))
    assert dana.post(f"/desk/tickets/{other.reference}/sendings/{sending.id}/withdrawal").status_code == 404


@pytest.mark.usefixtures("undo")
def test_a_second_click_sends_nothing_twice(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    for _click in range(3):
        assert say(cast.dana, ticket, "一度だけ") == 302
    at("2026-11-24T09:31:00+09:00")
    run_due()
    assert [one.body for one in replies(ticket)] == ["一度だけ"]


def test_later_in_service_hours_and_held_where_somebody_spoke(
    cast: Cast, ticket: Ticket, at: Callable[[str], datetime]
) -> None:
    dana, page = cast.dana, f"/desk/tickets/{ticket.reference}"
    assert say(dana, ticket, "明朝の回答", opening="1") == 302
    sending = db.session.scalars(select(Sending)).one()
    assert sending.due_at == datetime.fromisoformat("2026-11-25T09:00:00+09:00")
    assert ticket.due_at is not None
    customer_wrote(ticket, cast.contact("alice").as_actor(), "その後", channel=Channel.portal)
    db.session.commit()
    at("2026-11-25T09:00:01+09:00")
    run_due()
    db.session.refresh(sending)
    assert (sending.state, sending.last_error) == (ErrandState.failed, Held.overtaken)
    assert replies(ticket) == []
    assert "その間にやり取りがありました" in dana.get(page).text
    told = select(News.kind).where(News.user_id == cast.user("dana").id, News.kind == NewsKind.undelivered)
    assert db.session.scalar(told) is not None
    press(dana, page, "下書きに戻す")
    draft = draft_of(cast.user("dana"), f"reply:{ticket.reference}")
    assert draft is not None and draft.words["body"] == "明朝の回答"


def test_later_it_counts_from_when_it_goes(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    say(cast.dana, ticket, "15時の回答", timed="1", at="2026-11-24T15:00")
    at("2026-11-24T15:00:05+09:00")
    run_due()
    assert near(ticket, "2026-11-24T15:00:05+09:00")
    assert len(replies(ticket)) == 1


@pytest.mark.parametrize(("before", "why"), [("close", Held.closed), ("leave", Held.left), ("end", Held.refused)])
def test_what_does_not_fit_any_more_is_held(
    cast: Cast, ticket: Ticket, at: Callable[[str], datetime], before: str, why: Held
) -> None:
    dana = cast.user("dana")
    say(cast.dana, ticket, "回答", opening="1", to="bob@acme.example" if before == "end" else "")
    if before == "close":
        ticket.close(cast.user("sato").actor())
    elif before == "leave":
        dana.active = False
    else:
        cast.contact("bob").close(cast.user("root").actor())
    db.session.commit()
    at("2026-11-25T09:00:01+09:00")
    run_due()
    sending = db.session.scalars(select(Sending)).one()
    assert (sending.state, sending.last_error, replies(ticket)) == (ErrandState.failed, why, [])


def test_a_second_person_reads_it_first(cast: Cast, ticket: Ticket) -> None:
    cast.acme.mail_second_eyes = True
    db.session.commit()
    dana, sato, page = cast.dana, cast.sato, f"/desk/tickets/{ticket.reference}"
    assert say(dana, ticket, "大事な回答", then="wait") == 302
    run_due()
    assert replies(ticket) == []
    assert "確認待ち" in dana.get(page).text
    sending = db.session.scalars(select(Sending)).one()
    assert dana.post(f"{page}/sendings/{sending.id}/approval").status_code == 409, "not by its writer"
    assert ticket.reference in sato.get("/desk/queues/open?delivery=review").text
    assert db.session.scalar(select(News).where(News.user_id == cast.user("sato").id, News.kind == NewsKind.review))
    press(sato, page, "確認して送る")
    run_due()
    assert ([one.body for one in replies(ticket)], ticket.state) == (["大事な回答"], TicketState.waiting)
    assert "さんの返信を確認して送りました" in dana.get(page).text


def test_given_back_its_writer_has_it_again(cast: Cast, ticket: Ticket) -> None:
    cast.acme.mail_second_eyes = True
    db.session.commit()
    say(cast.dana, ticket, "直すべき回答")
    page = f"/desk/tickets/{ticket.reference}"
    press(cast.sato, page, "差し戻す")
    assert "直すべき回答</textarea>" in cast.dana.get(page).text
    assert "直すべき回答</textarea>" not in cast.sato.get(page).text
    assert db.session.scalar(select(News).where(News.user_id == cast.user("dana").id, News.kind == NewsKind.sent_back))


def test_to_and_cc_and_whoever_is_outside_is_asked(cast: Cast, ticket: Ticket, mailbox: Sink) -> None:
    dana, page = cast.dana, f"/desk/tickets/{ticket.reference}"
    to = {"to": "小林 <alice@acme.example>, bob@acme.example", "cc": "partner@other.example"}
    assert say(dana, ticket, "共有します", **to) == 409
    assert replies(ticket) == []
    shown = dana.get(page).text
    assert "共有します</textarea>" in shown, "kept"
    assert say(dana, ticket, "共有します", **to, heeded="outside:partner@other.example") == 302
    deliver_due()
    (mail,) = [one for one in mailbox.mails() if "共有します" in one["text"]]
    assert all(one in mail["to"] + mail["cc"] for one in ("alice@", "bob@", "partner@"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"to": "nobody"}, "メールアドレスではありません"),
        ({"cc": ", ".join(f"a{n}@acme.example" for n in range(11))}, "10件まで"),
        ({"timed": "1", "at": "2026-11-24T09:00"}, "今から 60日以内"),
        ({"timed": "1"}, "日時を選んで"),
        ({"timed": "1", "at": "2027-11-24T09:00"}, "今から 60日以内"),
        ({"body": "⟦確認したい点⟧ をお知らせください"}, "確認したい点"),
    ],
)
def test_what_cannot_be_sent_is_said_beside_its_field(
    cast: Cast, ticket: Ticket, fields: dict[str, str], words: str
) -> None:
    seen = db.session.scalar(select(func.max(Message.id)))
    form = {"body": "残る文", "draft": "0", "seen": str(seen), **fields}
    answer = cast.dana.post(f"/desk/tickets/{ticket.reference}/replies", form)
    assert answer.status_code in (409, 422)
    assert words in answer.text and form["body"] in answer.text
    assert replies(ticket) == []


def test_a_person_without_the_right_is_written_nothing_of_an_alert(cast: Cast) -> None:
    alert = an_alert(cast.acme)
    answer = say(cast.dana, alert, "共有します", to="carol@acme.example")
    assert (answer, replies(alert)) == (409, [])


def test_after_a_reply_where_the_person_wants(cast: Cast) -> None:
    dana, tickets = cast.dana, [an_inquiry(cast.contact("alice"), f"件{n}") for n in range(3)]
    for where, target in (("list", "/desk/queues/open?sort=number"), ("next", tickets[1].reference)):
        dana.post("/desk/news/settings", {"after": where})
        page = dana.get("/desk/queues/open?sort=number").text
        link = page.split(f'href="/desk/tickets/{tickets[0].reference}?')[1].split('"')[0].replace("&amp;", "&")
        seen = db.session.scalar(select(func.max(Message.id)))
        sent = dana.post(
            f"/desk/tickets/{tickets[0].reference}/replies",
            {"body": f"回答 {where}", "seen": str(seen)},
            headers={"Referer": f"http://localhost/desk/tickets/{tickets[0].reference}?{link}"},
        )
        assert target in sent.headers["Location"]


def test_handed_over_on_another_day_it_counts_from_then(
    cast: Cast, ticket: Ticket, at: Callable[[str], datetime], undo: None
) -> None:
    at("2026-11-24T23:59:50+09:00")
    say(cast.dana, ticket, "日をまたぐ回答")
    at("2026-11-25T00:00:06+09:00")
    run_due()
    assert near(ticket, "2026-11-25T00:00:06+09:00")


def test_one_address_of_several_is_refused_and_told(cast: Cast, ticket: Ticket) -> None:
    say(cast.dana, ticket, "共有します", to="alice@acme.example, bob@acme.example")
    notice = db.session.scalars(select(Notice).where(Notice.ticket_id == ticket.id, Notice.template == "reply")).one()
    notice.refuse({"bob@acme.example": "550 no such user"})
    db.session.commit()
    assert notice.bounced_at is None
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "bob@acme.example" in page and "550 no such user" in page
    assert timedelta(seconds=1) < Sending.lease()


def test_a_closed_or_untold_person_holds_a_reply_that_waited(
    cast: Cast, ticket: Ticket, at: Callable[[str], datetime]
) -> None:
    say(cast.dana, ticket, "明朝の回答", opening="1", then="close")
    cast.contact("alice").close(cast.user("root").actor())
    db.session.commit()
    at("2026-11-25T09:00:01+09:00")
    run_due()
    sending = db.session.scalars(select(Sending)).one()
    assert (sending.state, sending.last_error, ticket.closed) == (ErrandState.failed, Held.nobody, False)


def test_a_chosen_time_outlives_the_second_reading(cast: Cast, ticket: Ticket) -> None:
    cast.acme.mail_second_eyes = True
    db.session.commit()
    say(cast.dana, ticket, "明朝の回答", opening="1")
    press(cast.sato, f"/desk/tickets/{ticket.reference}", "確認して送る")
    sending = db.session.scalars(select(Sending)).one()
    assert sending.due_at == datetime.fromisoformat("2026-11-25T09:00:00+09:00")


def test_an_alert_told_to_one_is_told_to_that_one(cast: Cast) -> None:
    alert = an_alert(cast.acme)
    alert.told_unnamed, alert.requester_id = True, cast.contact("carol").id
    db.session.commit()
    assert check_addresses(alert, ["carol@acme.example"]) == []
    with pytest.raises(Refusal):
        check_addresses(alert, ["bob@acme.example"])


def test_a_cc_alone_goes_nowhere_and_a_huge_number_is_no_bug(cast: Cast, ticket: Ticket) -> None:
    assert say(cast.dana, ticket, "共有", to="", cc="bob@acme.example") == 409
    assert say(cast.dana, ticket, "共有", draft="2147483647") == 422
    assert replies(ticket) == []
