"""Forms of desk and portal through the client: nothing typed is lost, nothing leaks, conflicts show both (Q4)."""

import io
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.tickets.kinds import Channel, Priority, Queue
from helpdesk.tickets.messages import Attachment, Message, Upload
from helpdesk.tickets.models import Ticket
from tests.conftest import TUESDAY_NIGHT, Cast
from tests.making import an_alert, an_inquiry

FORM = {"topic": "operating", "subject": "除外設定について", "body": "手順を教えてください。", "urgency": "high"}


def newest() -> Ticket:
    ticket = db.session.scalar(select(Ticket).order_by(Ticket.id.desc()).limit(1))
    assert ticket is not None
    return ticket


def test_the_form_asks_once_more_and_then_opens_one_ticket(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NIGHT)
    alice = cast.alice
    asked = alice.post("/portal/tickets", FORM)
    assert asked.status_code == 200
    assert "手順を教えてください。" in asked.text
    made = alice.post("/portal/tickets", {**FORM, "confirmed": "yes"})
    page = alice.get(made.location).text
    assert newest().reference in page
    assert "2026年11月25日(水) 9:00" in page
    assert newest().priority == Priority.high


def test_the_same_form_sent_twice_opens_one_ticket(cast: Cast) -> None:
    alice, data = cast.alice, {**FORM, "confirmed": "yes", "once": "abc"}
    first, second = alice.post("/portal/tickets", data), alice.post("/portal/tickets", data)
    assert first.location == second.location
    assert db.session.scalar(select(db.func.count()).select_from(Ticket)) == 1


def test_a_refused_form_shows_what_was_written(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.close(cast.user("dana").actor())
    answer = cast.dana.post(f"/desk/tickets/{ticket.reference}/replies", {"body": "長い返事", "seen": "99999999"})
    assert answer.status_code == 409
    assert "長い返事" in answer.text


def test_strange_numbers_and_characters_are_no_traces(cast: Cast) -> None:
    dana, root = cast.dana, cast.root
    ticket = an_inquiry(cast.contact("alice"))
    for url in (
        "/desk/tickets/%00",
        "/desk/queues/open?verdict=%00",
        "/desk/queues/open?after=999999999999999999999_1",
    ):
        assert dana.get(url).status_code in (200, 400, 404), url
    for name in ("assignment", "customer", "requester"):
        for value in ("99999999999", "²", "-1", "\x00"):
            data = {"assignee": value, "customer": value, "contact": value}
            assert dana.post(f"/desk/tickets/{ticket.reference}/{name}", data).status_code in (400, 409), value
    assert root.get("/admin/customers/99999999999").status_code == 404
    assert cast.alice.get("/portal/tickets?after=99999999999999999999_9").status_code == 200
    assert dana.post("/sign-in", {"email": "a\x00b", "password": "x"}).status_code == 400


def test_a_wrong_form_comes_back_422_with_everything_typed(cast: Cast) -> None:
    answer = cast.alice.post("/portal/tickets", {**FORM, "subject": "", "body": "長い説明"})
    assert answer.status_code == 422
    assert "長い説明" in answer.text
    assert "件名を入力してください" in answer.text


def test_attachments_come_back_as_downloads_for_those_who_may(cast: Cast) -> None:
    data = {**FORM, "files": (io.BytesIO(b"<script>alert(1)</script>"), "x.html")}
    alice = cast.alice
    asked = alice.post("/portal/tickets", data, content_type="multipart/form-data").text
    assert "x.html" in asked
    once = asked.split('name="once" type="hidden" value="')[1].split('"')[0]
    assert cast.carol.post("/portal/tickets", {**FORM, "confirmed": "yes", "once": once}).status_code == 302
    assert alice.post("/portal/tickets", {**FORM, "confirmed": "yes", "once": "another"}).status_code == 302
    assert db.session.scalar(select(Attachment)) is None, "only her own form has it"
    alice.post("/portal/tickets", {**FORM, "confirmed": "yes", "once": once})
    file = db.session.scalar(select(Attachment))
    assert file is not None
    for person, base in ((cast.alice, "/portal"), (cast.dana, "/desk")):
        answer = person.get(f"{base}/attachments/{file.key}")
        assert answer.data == b"<script>alert(1)</script>"
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert cast.charlie.get(f"/portal/attachments/{file.key}").status_code == 404
    assert cast.carol.get(f"/portal/attachments/{file.key}").status_code == 404


def test_a_draft_survives_and_goes_with_sending(cast: Cast) -> None:
    alice = cast.alice
    assert alice.post("/drafts/new?number=0", FORM).json["kept"]
    assert "除外設定について" in cast.alice.get("/portal/tickets/new").text, "also after signing in again"
    assert "除外設定について" not in cast.bob.get("/portal/tickets/new").text
    alice.post("/portal/tickets", {**FORM, "confirmed": "yes"})
    assert "除外設定について" not in alice.get("/portal/tickets/new").text


def test_an_agents_draft_and_its_tab_come_back(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    cast.dana.post(f"/drafts/note:{ticket.reference}", {"body": "書きかけ"})
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert 'id="note-body" name="body" rows="4" class="form-control" placeholder="ここに入力">書きかけ<' in page
    assert 'id="tab-note" value="note" checked' in page


def test_a_reply_overtaken_by_the_customer_shows_both_texts(cast: Cast) -> None:
    ticket, dana = an_inquiry(cast.contact("alice")), cast.dana
    seen = db.session.scalar(select(Message.id).order_by(Message.id.desc()).limit(1))
    cast.alice.post(f"/portal/tickets/{ticket.reference}/messages", {"body": "解決しました!"})
    url = f"/desk/tickets/{ticket.reference}/replies"
    answer = dana.post(url, {"body": "私の回答", "seen": seen})
    assert answer.status_code == 409
    assert "解決しました!" in answer.text
    assert "私の回答" in answer.text
    newer = db.session.scalar(select(Message.id).order_by(Message.id.desc()).limit(1))
    assert dana.post(url, {"body": "私の回答", "seen": newer, "then": "close"}).status_code == 302
    assert newest().closed


def test_the_desk_sets_assignee_priority_queue_and_state(cast: Cast) -> None:
    ticket, dana = an_inquiry(cast.contact("alice")), cast.dana
    base = f"/desk/tickets/{ticket.reference}"
    dana.post(f"{base}/assignment", {"assignee": cast.user("sato").id})
    dana.post(f"{base}/priority", {"priority": "urgent"})
    dana.post(f"{base}/queue", {"queue": "contracts"})
    db.session.expire_all()
    assert (newest().assignee_id, newest().priority, newest().queue) == (
        cast.user("sato").id,
        Priority.urgent,
        Queue.contracts,
    )
    assert dana.post(f"{base}/priority", {"priority": "enormous"}).status_code == 409
    dana.post(f"{base}/closure")
    dana.post(f"{base}/reopening")
    assert not newest().closed


def test_a_call_is_recorded_with_caller_and_time(cast: Cast) -> None:
    carol = cast.contact("carol")
    data = {
        "caller": f"contact-{carol.id}",
        "called_at": "2026-11-24T09:05",
        "subject": "電話の件",
        "body": "ログインできない",
    }
    assert cast.dana.post("/desk/phone", data).status_code == 302
    ticket = newest()
    assert (ticket.channel, ticket.requester_id, ticket.assignee_id) == (Channel.phone, carol.id, cast.user("dana").id)
    thread = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "2026-11-24 09:05" in thread


def test_an_unmatched_mail_is_matched_in_the_browser(cast: Cast) -> None:
    ticket = an_alert(None)
    cast.dana.post(f"/desk/tickets/{ticket.reference}/customer", {"customer": cast.acme.id})
    assert newest().customer_id == cast.acme.id
    assert newest().queue == Queue.alerts


def test_customers_never_see_notes_or_their_files(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    data = {"body": "社内だけ", "files": (io.BytesIO(b"secret"), "s.txt")}
    cast.dana.post(f"/desk/tickets/{ticket.reference}/notes", data, content_type="multipart/form-data")
    file = db.session.scalar(select(Attachment).order_by(Attachment.id.desc()))
    assert file is not None
    assert "社内だけ" not in cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    assert cast.alice.get(f"/portal/attachments/{file.key}").status_code == 404


def test_the_list_tells_the_customers_own_four_states(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), files=[Upload("a.txt", b"a")])
    assert "受付済" in cast.alice.get("/portal/tickets").text
    cast.alice.post(f"/portal/tickets/{ticket.reference}/closure")
    assert "完了" in cast.alice.get("/portal/tickets").text


def test_english_is_complete_enough_to_work_in(cast: Cast) -> None:
    alice = cast.alice
    alice.post("/account/language", {"language": "en"})
    page = alice.get("/portal/tickets/new").text
    assert "Ask a question" in page
    assert "お問い合わせ" not in page


def test_a_call_about_an_alert_joins_its_ticket(cast: Cast) -> None:
    alert = an_alert(cast.acme)
    data = {"called_at": "2026-11-24T09:05", "subject": "x", "body": "隔離してほしいとのこと", "joins": alert.reference}
    alice, charlie = (f"contact-{cast.contact(name).id}" for name in ("alice", "charlie"))
    cast.dana.post("/desk/phone", {**data, "caller": alice})
    assert newest().id == alert.id
    assert "隔離してほしいとのこと" in cast.dana.get(f"/desk/tickets/{alert.reference}").text
    assert cast.dana.post("/desk/phone", {**data, "caller": charlie}).status_code == 409
    assert cast.dana.post("/desk/phone", {**data, "joins": "no", "caller": alice}).status_code == 409


def test_a_matched_ticket_gets_a_person_to_answer(cast: Cast) -> None:
    ticket, dana = an_alert(None), cast.dana
    base = f"/desk/tickets/{ticket.reference}"
    dana.post(f"{base}/customer", {"customer": cast.acme.id})
    assert "alice@acme.example" in dana.get(base).text
    assert dana.post(f"{base}/requester", {"contact": cast.contact("charlie").id}).status_code == 409
    dana.post(f"{base}/requester", {"contact": cast.contact("alice").id})
    assert newest().requester_id == cast.contact("alice").id
