"""Drafts: numbered by the server, so that what was sent comes back nowhere and what was not is never lost (Q4)."""

from io import BytesIO
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.files.keeping import KEPT_FOR, KeptFile, drop_old_kept_files, kept
from helpdesk.tickets.drafts import PLACES_MAX, Draft, draft_of, finish_draft, give_back, save_draft
from helpdesk.tickets.messages import Message, MessageKind
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast, Person
from tests.making import an_inquiry


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return an_inquiry(cast.contact("alice"))


def seen() -> str:
    return str(db.session.scalar(select(func.max(Message.id))))


def replies(ticket: Ticket) -> list[str]:
    rows = select(Message.body).where(Message.ticket_id == ticket.id, Message.kind == MessageKind.agent)
    return list(db.session.scalars(rows.order_by(Message.id)))


def test_a_save_that_a_send_overtook_dies_in_whatever_order(cast: Cast) -> None:
    dana, place = cast.user("dana"), "reply:2611-0001"
    assert save_draft(dana, place, {"body": "回答"}, 0).kept
    assert finish_draft(dana, place, 0)
    late = save_draft(dana, place, {"body": "回答"}, 0)
    assert (late.kept, late.number) == (False, 1)
    draft = draft_of(dana, place)
    assert draft is not None and draft.words == {}
    # sent before anything was saved
    assert finish_draft(dana, "reply:2611-0002", 0)
    assert not save_draft(dana, "reply:2611-0002", {"body": "回答"}, 0).kept
    # a page that is shown after it writes again, and nobody sends twice
    assert save_draft(dana, place, {"body": "次の回答"}, 1).kept
    assert not finish_draft(dana, place, 0)


def test_two_tabs_two_drafts(cast: Cast, ticket: Ticket) -> None:
    dana = cast.dana
    for tab, words in (("reply", "お客様へ"), ("note", "社内だけ")):
        assert dana.post(f"/drafts/{tab}:{ticket.reference}?number=0", {"body": words}).json["kept"]
    page = dana.get(f"/desk/tickets/{ticket.reference}").text
    assert page.index(">お客様へ</textarea>") < page.index(">社内だけ</textarea>")
    sent = {"body": "お客様へ", "draft": "0", "seen": seen()}
    assert dana.post(f"/desk/tickets/{ticket.reference}/replies", sent).status_code == 302
    page = dana.get(f"/desk/tickets/{ticket.reference}").text
    assert ">お客様へ</textarea>" not in page and ">社内だけ</textarea>" in page


def test_sent_twice_is_sent_once(cast: Cast, ticket: Ticket) -> None:
    url, form = f"/desk/tickets/{ticket.reference}/replies", {"body": "回答です", "draft": "0", "seen": seen()}
    dana = cast.dana
    assert dana.post(url, form).status_code == 302
    again = dana.post(url, form)
    assert again.status_code == 302
    assert "二重には送信していません" in dana.get(again.headers["Location"]).text
    assert replies(ticket) == ["回答です"]
    # other words from a tab that was opened before: both are shown
    other = cast.dana.post(url, form | {"body": "別の回答です"})
    assert other.status_code == 409
    assert "回答です" in other.text and "別の回答です" in other.text
    number = other.text.split('name="draft" value="')[1].split('"')[0]
    later = other.text.split('name="seen" value="')[1].split('"')[0]
    assert cast.dana.post(url, form | {"body": "別の回答です", "draft": number, "seen": later}).status_code == 302
    assert replies(ticket) == ["回答です", "別の回答です"]


def test_a_note_is_kept_once(cast: Cast, ticket: Ticket) -> None:
    url = f"/desk/tickets/{ticket.reference}/notes"
    for _click in range(2):
        assert cast.dana.post(url, {"body": "確認済み", "draft": "0"}).status_code == 302
    notes = select(func.count()).where(Message.ticket_id == ticket.id, Message.kind == MessageKind.note)
    assert db.session.scalar(notes) == 1


def test_files_stay_through_an_error_and_go_with_the_words(cast: Cast, ticket: Ticket) -> None:
    place, url = f"reply:{ticket.reference}", f"/desk/tickets/{ticket.reference}"
    kept_now = cast.dana.post(f"/drafts/{place}/files", {"files": (BytesIO(b"one"), "一.txt")}).json["files"]
    assert [file["name"] for file in kept_now] == ["一.txt"]
    refused = cast.dana.post(f"{url}/replies", {"body": " ", "draft": "0", "files": (BytesIO(b"two"), "二.txt")})
    assert refused.status_code == 422
    assert refused.text.index("一.txt") < refused.text.index("二.txt")
    assert "一.txt" not in cast.sato.get(url).text
    cast.dana.post(f"{url}/assignment", {"assignee": str(cast.user("sato").id)})
    assert "二.txt" in cast.dana.get(url).text
    sent = {"body": "送ります", "draft": "0", "seen": seen()}
    assert cast.dana.post(f"{url}/replies", sent).status_code == 302
    (message,) = db.session.scalars(select(Message).where(Message.body == "送ります"))
    assert [file.name for file in message.attachments] == ["一.txt", "二.txt"]
    assert kept(cast.user("dana").id, place) == []
    assert drop_old_kept_files() == 2
    assert db.session.scalars(select(KeptFile)).all() == []


def test_a_file_is_taken_off_with_and_without_scripts(cast: Cast, ticket: Ticket) -> None:
    place = f"/drafts/reply:{ticket.reference}"
    for name in ("a.txt", "b.txt"):
        files = cast.dana.post(f"{place}/files", {"files": (BytesIO(b"x"), name)}).json["files"]
    scripted = {"Accept": "application/json"}
    left = cast.dana.post(f"{place}/files/{files[0]['id']}/removal", headers=scripted).json["files"]
    assert [file["name"] for file in left] == ["b.txt"]
    here = f"/desk/tickets/{ticket.reference}"
    plain = cast.dana.post(
        f"{place}/files/{files[1]['id']}/removal",
        {"body": "書きかけ", "draft": "0"},
        headers={"Referer": f"http://localhost{here}"},
    )
    assert plain.headers["Location"] == here
    assert "書きかけ" in cast.dana.get(here).text and "b.txt" not in cast.dana.get(here).text


def test_too_many_files_are_refused_in_words(cast: Cast, ticket: Ticket) -> None:
    many = {"files": [(BytesIO(b"x"), f"{n}.txt") for n in range(11)]}
    answer = cast.dana.post(f"/drafts/reply:{ticket.reference}/files", many)
    assert (answer.status_code, answer.json["files"]) == (422, [])
    assert "10" in answer.json["refused"]


@pytest.mark.parametrize("place", ["x", "REPLY:1", "reply:", "reply:1:2:3", "a" * 200, "..%2Fetc"])
def test_places_have_a_shape(cast: Cast, place: str) -> None:
    assert cast.dana.post(f"/drafts/{place}", {"body": "x"}).status_code == 404


def test_a_person_has_so_many_places_and_so_many_words(cast: Cast) -> None:
    dana = cast.user("dana")
    db.session.execute(
        db.insert(Draft),
        [
            {"user_id": dana.id, "place": f"decision:{n}", "words": {"body": "x"}, "number": 0, "saved_at": clock.now()}
            for n in range(PLACES_MAX)
        ],
    )
    assert cast.dana.post("/drafts/decision:new", {"body": "x"}).status_code == 409
    assert cast.dana.post("/drafts/decision:1", {"body": "x"}).status_code == 200
    assert cast.dana.post("/drafts/decision:1", {"body": "x" * 300_000}).status_code == 409


def test_a_report_and_a_call_are_kept_and_let_go(cast: Cast, ticket: Ticket) -> None:
    place = "/drafts/phone"
    cast.dana.post(place, {"subject": "折り返し", "body": "電話です"})
    told = cast.dana.get(place, headers={"Accept": "application/json"}).json
    assert ("%E6%8A%98" in told["text"], told["number"]) == (True, 0)
    call = {"caller": f"contact-{cast.contact('alice').id}", "called_at": "2026-11-24T09:20", "subject": "折り返し"}
    sent = cast.dana.post("/desk/phone", call | {"body": "電話です", "draft_place": "phone", "draft": "0"})
    assert sent.status_code == 302
    assert cast.dana.get(place).json["text"] == ""
    assert not cast.dana.post(f"{place}?number=0", {"body": "遅れて届く保存"}).json["kept"]


def test_nobody_signed_in_is_told_so_not_redirected(visitor: Person) -> None:
    scripted = {"Accept": "application/json"}
    assert visitor.get("/drafts/phone", headers=scripted).status_code == 401
    assert visitor.post("/drafts/phone", {"body": "x"}).status_code == 401


def test_words_given_back_never_cover_others(cast: Cast) -> None:
    dana, place = cast.user("dana"), "reply:2611-0001"
    assert give_back(dana.id, place, {"body": "戻した"})
    assert not give_back(dana.id, place, {"body": "上書き"})
    draft = draft_of(dana, place)
    assert draft is not None and (draft.words, draft.number) == ({"body": "戻した"}, 1)
    assert KEPT_FOR.days == 7


def test_a_draft_is_handed_over_with_its_files(cast: Cast, ticket: Ticket) -> None:
    dana, sato, url = cast.dana, cast.user("sato"), f"/desk/tickets/{ticket.reference}"
    dana.post(f"/drafts/reply:{ticket.reference}/files", {"files": (BytesIO(b"x"), "図.txt")})
    form = {"body": "途中まで書きました", "draft": "0", "colleague": str(sato.id)}
    assert dana.post(f"{url}/handover", form).status_code == 302
    mine, theirs = dana.get(url).text, cast.sato.get(url).text
    assert "途中まで書きました</textarea>" not in mine and "図.txt" not in mine
    assert "途中まで書きました</textarea>" in theirs and "図.txt" in theirs
    # who writes already keeps their own words, and so does whoever hands over
    refused = dana.post(f"{url}/handover", form | {"body": "もう一つ", "draft": "1"})
    assert refused.status_code == 409 and "もう一つ</textarea>" in refused.text
    assert "途中まで書きました</textarea>" in cast.sato.get(url).text
    for wrong in (str(cast.user("dana").id), str(cast.user("alice").id), "x", ""):
        assert dana.post(f"{url}/handover", form | {"colleague": wrong}).status_code == 409


def test_two_tabs_of_one_person_cover_nothing(cast: Cast, ticket: Ticket) -> None:
    """The second page hears what the first one kept, puts both together and is kept on top of it."""
    dana, url = cast.dana, f"/drafts/reply:{ticket.reference}?number=0"
    assert dana.post(url, {"body": "一つ目", "base": "body="}).json["kept"]
    second = dana.post(url, {"body": "二つ目", "base": "body="}).json
    assert (second["kept"], second["beside"]) == (False, "body=" + quote("一つ目"))
    assert dana.post(url, {"body": "一つ目\n\n二つ目", "base": second["beside"]}).json["kept"]
    again = dana.post(url, {"body": "一つ目\r\n\r\n二つ目", "base": "body="}).json
    assert again["kept"], "the same words come twice where an answer was lost"
