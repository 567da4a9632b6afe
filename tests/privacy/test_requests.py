"""What a person may ask for: checked, decided on a ground of the terms, carried out, told by mail (16; R61)."""

import io
import json
import zipfile
from collections.abc import Callable

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from helpdesk.audit.models import events_of
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.models import read
from helpdesk.notices.models import Notice
from helpdesk.privacy.jobs import disclose
from helpdesk.privacy.kinds import PrivacyGround, RequestKind, RequestState
from helpdesk.privacy.models import Disclosure, PersonalRequest, ReceiverKind
from helpdesk.privacy.provisions import ProvisionWords, record_provision
from helpdesk.privacy.requests import ask_for, check, grant, refuse_request
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Channel, TicketState
from helpdesk.tickets.messages import Upload, note
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import an_inquiry

PAGE = "/portal/personal"
ASK = {"kind": "disclosure", "wanted": "", "password": "demo"}


def asked(cast: Cast) -> PersonalRequest:
    return db.session.scalars(select(PersonalRequest).order_by(PersonalRequest.id.desc())).first()  # type: ignore[return-value]


def mails(template: str) -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.template == template).order_by(Notice.id)))


def made() -> Disclosure:
    for disclosure_id, turn in Disclosure.queue_due():
        disclose(disclosure_id, turn)
    db.session.expire_all()
    return db.session.scalars(select(Disclosure)).one()


def test_a_disclosure_from_the_portal_to_the_files(cast: Cast) -> None:
    alice, erin = cast.alice, cast.erin
    files = [Upload("画面.txt", "画面の内容".encode(), "text/plain")]
    ticket = an_inquiry(cast.contact("alice"), "許可リスト", "手順を教えてください。", files=files)
    reply(ticket, cast.user("dana"), "こちらです。")
    note(ticket, cast.user("dana"), "内輪の話")
    page = alice.get(PAGE)
    assert page.status_code == 200
    assert "16-3" in page.text
    assert alice.post(f"{PAGE}/requests", ASK | {"contact": cast.contact("alice").id}).status_code == 302
    request = asked(cast)
    assert (request.state, request.ticket.queue) == (RequestState.checked, "contracts")
    assert request.due_on.isoformat() == "2026-12-08", "ten business days, the service's own"
    assert [mail.to_address for mail in mails("privacy_received")] == ["alice@acme.example"]
    assert erin.get(f"/desk/personal/{request.id}").status_code == 200
    erin.post(f"/desk/personal/{request.id}/grant", {"words": "ご確認ください。"})
    disclosure = made()
    assert request.state == RequestState.done
    assert request.ticket.state == TicketState.closed
    held = json.loads(read(disclosure.json_sha256 or ""))["held"]
    assert held["contacts"][0]["email"] == "alice@acme.example"
    assert "password_hash" not in held["users"][0]
    bodies = {one["body"] for one in held["messages"]}
    assert {"手順を教えてください。", "こちらです。"} <= bodies
    assert "内輪の話" not in str(held), "what is among ourselves is kept back"
    archive = zipfile.ZipFile(io.BytesIO(alice.get(f"{PAGE}/requests/{request.id}/zip").data))
    assert any(name.endswith("画面.txt") for name in archive.namelist())
    paper = PdfReader(io.BytesIO(alice.get(f"{PAGE}/requests/{request.id}/pdf").data))
    words = "".join(one.extract_text() for one in paper.pages)
    assert "手順を教えてください" in words
    assert "16-5 (3)" in words, "what is kept back is named with its ground"
    told = [event.act for event in events_of(request.ticket)]
    assert told.count("privacy.taken") == 2
    assert "privacy.looked" in told


def test_nobody_else_gets_it(cast: Cast) -> None:
    contact = cast.contact("alice")
    request = ask_for(contact.as_actor(), contact, RequestKind.disclosure, "", channel=Channel.portal, checked="x")
    grant(cast.user("erin").actor(), request)
    db.session.commit()
    made()
    url = f"{PAGE}/requests/{request.id}/pdf"
    assert cast.alice.get(url).status_code == 200
    for name in ("bob", "carol", "charlie"):
        assert getattr(cast, name).get(url).status_code == 404, "an administrator asks, and does not read"
    assert cast.dana.get(f"/desk/personal/{request.id}/pdf").status_code == 403


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "wrong"}, "パスワードが違います"),
        ({"password": ""}, "入力してください"),
        ({"kind": "correction", "wanted": " "}, "誤っている点"),
        ({"kind": "nothing"}, "field-error"),
    ],
)
def test_what_cannot_be_asked_says_why_and_keeps_the_words(cast: Cast, form: dict[str, str], said: str) -> None:
    sent = ASK | {"contact": str(cast.contact("alice").id), "wanted": "これを"} | form
    answer = cast.alice.post(f"{PAGE}/requests", sent)
    assert answer.status_code in (409, 422)
    assert said in answer.text
    assert db.session.scalar(select(PersonalRequest)) is None
    if form.get("wanted") is None:
        assert "これを</textarea>" in answer.text


def test_the_same_is_asked_once(cast: Cast) -> None:
    alice, form = cast.alice, ASK | {"contact": str(cast.contact("alice").id)}
    assert alice.post(f"{PAGE}/requests", form).status_code == 302
    assert alice.post(f"{PAGE}/requests", form).status_code == 409
    request = asked(cast)
    assert alice.post(f"{PAGE}/requests/{request.id}/withdrawal").status_code == 302
    assert request.state == RequestState.withdrawn
    assert alice.post(f"{PAGE}/requests", form).status_code == 302


def test_an_administrator_asks_for_their_people_and_we_check(cast: Cast) -> None:
    sent = ASK | {"contact": str(cast.contact("carol").id)}
    assert cast.bob.post(f"{PAGE}/requests", sent).status_code == 302
    request = asked(cast)
    assert (request.contact_id, request.state) == (cast.contact("carol").id, RequestState.asked)
    assert mails("privacy_received")[-1].to_address == "carol@acme.example", "she hears of it"
    erin = cast.erin
    assert erin.post(f"/desk/personal/{request.id}/grant", {}).status_code == 409
    erin.post(f"/desk/personal/{request.id}/check", {"how": "登録の番号に電話"})
    assert request.state == RequestState.checked
    for name in ("carol", "charlie"):
        other = str(cast.contact("bob").id)
        assert getattr(cast, name).post(f"{PAGE}/requests", ASK | {"contact": other}).status_code == 422


def test_a_refusal_names_a_ground_of_the_terms(cast: Cast) -> None:
    contact, erin = cast.contact("alice"), cast.user("erin").actor()
    request = ask_for(contact.as_actor(), contact, RequestKind.disclosure, "", channel=Channel.phone)
    with pytest.raises(Refusal, match="16-5"):
        refuse_request(erin, request, PrivacyGround.contract, "だめです")
    with pytest.raises(Refusal):
        refuse_request(erin, request, PrivacyGround.judgement, " ")
    refuse_request(erin, request, PrivacyGround.judgement, "評価に関する記録のためです。")
    db.session.commit()
    assert (request.state, request.ticket.state) == (RequestState.refused, TicketState.closed)
    (mail,) = mails("privacy_decided")
    assert "16-5 (3)" in mail.body
    assert "評価に関する記録" in mail.body
    assert "16-5 (3)" in cast.alice.get(PAGE).text
    with pytest.raises(Refusal):
        check(erin, request, "電話")


def test_a_correction_is_carried_out_by_a_person(cast: Cast) -> None:
    contact = cast.contact("alice")
    alice, erin = cast.alice, cast.erin
    form = ASK | {"kind": "correction", "wanted": "部署は情報企画室です", "contact": str(contact.id)}
    alice.post(f"{PAGE}/requests", form)
    request = asked(cast)
    erin.post(f"/desk/personal/{request.id}/grant", {})
    assert request.state == RequestState.granted
    assert mails("privacy_decided") == []
    erin.post(f"/desk/personal/{request.id}/done", {"words": "情報企画室に改めました。"})
    assert request.state == RequestState.done
    assert "情報企画室に改めました。" in mails("privacy_decided")[0].body


@pytest.mark.parametrize("kind", ["stop_use", "stop_provision"])
def test_stopping_holds_at_once(cast: Cast, kind: str) -> None:
    contact = cast.contact("alice")
    cast.alice.post(f"{PAGE}/requests", ASK | {"kind": kind, "contact": str(contact.id)})
    request = asked(cast)
    cast.erin.post(f"/desk/personal/{request.id}/grant", {})
    assert request.state == RequestState.done
    stopped = contact.use_stopped_at if kind == "stop_use" else contact.provision_stopped_at
    assert stopped is not None
    assert "16-6" in cast.alice.get(PAGE).text


def test_what_is_given_to_others_is_on_record(cast: Cast) -> None:
    contact, by = cast.contact("alice"), cast.user("erin").actor()
    words = ProvisionWords(ReceiverKind.reseller, "ひかり商事", "連絡先の一覧", contact.customer.created_at.date())
    record_provision(by, cast.acme, words, contact)
    assert "ひかり商事" in cast.alice.get(PAGE).text
    assert "ひかり商事" not in cast.carol.get(PAGE).text, "it was about somebody else"
    assert "ひかり商事" not in cast.charlie.get(PAGE).text
    contact.provision_stopped_at = contact.customer.created_at
    with pytest.raises(Refusal, match="16-6"):
        record_provision(by, cast.acme, words, contact)
    order = ProvisionWords(ReceiverKind.authority, "警察署", "接続の記録", words.given_on)
    with pytest.raises(Refusal, match="8-1"):
        record_provision(by, cast.acme, order, contact)
    told = ProvisionWords(ReceiverKind.authority, "警察署", "接続の記録", words.given_on, told_on=words.given_on)
    record_provision(by, cast.acme, told, contact)
    with pytest.raises(Refusal):
        record_provision(by, cast.acme, words, cast.contact("charlie"))


def test_an_agent_records_what_came_by_phone(cast: Cast) -> None:
    dana = cast.dana
    form = {"email": "ALICE@acme.example", "kind": "stop_use", "channel": "phone", "wanted": "案内は不要"}
    answer = dana.post("/desk/personal/new", form)
    assert answer.status_code == 302
    assert asked(cast).state == RequestState.asked
    unknown = dana.post("/desk/personal/new", form | {"email": "nobody@acme.example"})
    assert unknown.status_code == 409
    assert "登録されていません" in unknown.text
    assert dana.get("/desk/personal").status_code == 403


def test_an_exported_list_and_the_page(cast: Cast, at: Callable[[str], object]) -> None:
    contact = cast.contact("alice")
    ask_for(contact.as_actor(), contact, RequestKind.stop_use, "", channel=Channel.portal, checked="x")
    db.session.commit()
    erin = cast.erin
    assert "小林 由佳" in erin.get("/desk/personal").text
    assert "個人情報のお申し出に回答" in erin.get("/desk/obligations?week=2026-12-07").text
    assert "小林 由佳" in erin.get("/desk/personal/list/csv").text
    at("2027-01-12T10:00:00+09:00")
    assert "期限" in erin.get("/desk/personal").text


def test_an_administrator_decides_and_does_not_read(cast: Cast) -> None:
    contact = cast.contact("alice")
    request = ask_for(contact.as_actor(), contact, RequestKind.disclosure, "", channel=Channel.portal, checked="x")
    grant(cast.user("root").actor(), request)
    db.session.commit()
    for disclosure_id, turn in Disclosure.queue_due():
        disclose(disclosure_id, turn)
    assert cast.root.get(f"/desk/personal/{request.id}/json").status_code == 403
    assert cast.erin.get(f"/desk/personal/{request.id}/json").status_code == 200
    assert cast.bob.post(f"/portal/personal/requests/{request.id}/withdrawal").status_code == 404
    assert db.session.get(Ticket, request.ticket_id) is not None
