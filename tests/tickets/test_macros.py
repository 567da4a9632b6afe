"""Prepared replies: filled in for a ticket, what is missing blocks, what they do comes along, kept by supervisors."""

import pytest
from sqlalchemy import func, select

from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Language
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Then, TicketState
from helpdesk.tickets.macros import (
    VARIABLES,
    Macro,
    MacroWords,
    all_macros,
    fill,
    filled,
    find_macros,
    remove_macro,
    save_macro,
)
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.shipped_macros import SHIPPED, load_shipped
from helpdesk.tickets.warnings import open_places
from tests.conftest import Cast
from tests.making import an_inquiry


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    load_shipped()
    made = an_inquiry(cast.contact("alice"))
    db.session.commit()
    return made


def shipped(key: str) -> Macro:
    return db.session.scalars(select(Macro).where(Macro.key == key)).one()


@pytest.mark.parametrize("key", SHIPPED)
@pytest.mark.parametrize("language", Language)
def test_the_twelve_that_ship_are_whole_in_both_languages(
    cast: Cast, ticket: Ticket, key: str, language: Language
) -> None:
    cast.contact("alice").language = language
    words = fill(shipped(key), ticket, cast.user("dana"), current_calendar())
    assert cast.user("dana").name in words.text
    assert ("何卒よろしくお願いいたします" in words.text) == (language == Language.ja)
    assert ("Kind regards" in words.text) == (language == Language.en)
    assert set(open_places(words.text)) == set(words.missing)
    assert "{" not in words.text and "様 御中" not in words.text
    assert len(SHIPPED) == 12


def test_variables_are_put_in_once_and_blanks_stay_open() -> None:
    words = filled("{customer} {?期日} {due} {agent}", {"customer": "{agent}", "agent": "田中"}, "ja")
    assert (words.text, words.missing) == ("{agent} ⟦期日⟧ ⟦期限⟧ 田中", ("期日", "期限"))
    assert [variable for _words, variable in words.pieces] == [True, False, True, False, True, False, True]


def test_found_by_name_folder_kana_and_width(cast: Cast, ticket: Ticket) -> None:
    assert [one.key for one in find_macros(ticket, "追加の情報")] == ["more"]
    assert {one.key for one in find_macros(ticket, "ｱﾗｰﾄ")} == {"approval", "done"}
    assert find_macros(ticket, "nothing like it") == []
    told = cast.dana.get(f"/desk/tickets/{ticket.reference}/macros?q=reminder").json
    assert (told["count"], told["macros"][0]["does"]) == (2, "お客様の返信待ちにする")


def test_only_in_its_queue(cast: Cast, ticket: Ticket) -> None:
    save_macro(None, cast.user("erin").actor(), MacroWords("契約だけ", "本文", queue="contracts"))
    assert find_macros(ticket, "契約だけ") == []
    ticket.queue = "contracts"
    assert [one.name for one in find_macros(ticket, "契約だけ")] == ["契約だけ"]


def test_what_it_does_comes_along_and_is_counted(cast: Cast, ticket: Ticket) -> None:
    erin, dana = cast.user("erin").actor(), cast.user("dana")
    words = MacroWords("確認", "{name}\n\nご確認ください。", then=Then.wait, tag="確認中", takes=True)
    macro = save_macro(None, erin, words)
    ticket.assign(erin, cast.user("sato"))
    db.session.commit()
    seen = str(db.session.scalar(select(func.max(Message.id))))
    form = {"body": "ご確認ください。", "seen": seen, "macro": str(macro.id)}
    assert cast.dana.post(f"/desk/tickets/{ticket.reference}/replies", form).status_code == 302
    assert (ticket.state, ticket.tags, ticket.assignee_id) == (TicketState.waiting, ["確認中"], dana.id)
    assert (macro.used, macro.used_in, macro.used_then) == (1, "2611", 1)


def test_without_scripts_it_is_put_in_by_a_link(cast: Cast, ticket: Ticket) -> None:
    page = f"/desk/tickets/{ticket.reference}"
    choices = cast.dana.get(f"{page}?choose=macro").text
    more = shipped("more")
    assert f"{page}?macro={more.id}" in choices
    shown = cast.dana.get(f"{page}?macro={more.id}").text
    assert "⟦確認したい点⟧" in shown and f'name="macro" value="{more.id}" checked' in shown
    assert cast.dana.get(f"{page}?macro=999999").status_code == 200


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (MacroWords("", "本文"), "name"),
        (MacroWords("受付のご連絡", "本文"), "name"),
        (MacroWords("新しい", " "), "body"),
        (MacroWords("新しい", "{customr}"), "body"),
        (MacroWords("新しい", "本文", body_en="{x}"), "body_en"),
        (MacroWords("新しい", "本" * 20_000), "body"),
    ],
)
def test_what_cannot_be_kept_is_refused(cast: Cast, ticket: Ticket, words: MacroWords, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        save_macro(None, cast.user("erin").actor(), words)
    assert refused.value.field == field


def test_kept_on_its_page_and_nothing_typed_is_lost(cast: Cast, ticket: Ticket) -> None:
    erin = cast.erin
    form = {"name": "折り返し", "body": "{name}\n{wrong}", "queue": "", "then": "stay"}
    refused = erin.post("/desk/macros/new", form)
    assert refused.status_code == 409
    assert "{wrong}" in refused.text and "折り返し" in refused.text
    assert erin.post("/desk/macros/new", form | {"body": "{name} {agent}"}).status_code == 302
    assert "折り返し" in cast.dana.get("/desk/macros").text
    assert cast.dana.get("/desk/macros/new").status_code == 403
    assert set(VARIABLES) >= {"name", "agent"}


def test_one_that_ships_and_was_removed_does_not_come_back(cast: Cast, ticket: Ticket) -> None:
    remove_macro(shipped("apology"), cast.user("erin").actor())
    load_shipped()
    db.session.flush()
    assert "apology" not in {one.key for one in all_macros()}
    assert len(all_macros()) == 11


def test_a_signature_of_the_person_or_else_of_the_queue(cast: Cast, ticket: Ticket) -> None:
    queue = db.session.scalars(db.text("SELECT id FROM ticket_queues WHERE code = 'inquiries'")).one()
    settings = {"team": "0", "first": "3", "again": "3", "close": "4", "signature": "サポート窓口\n03-0000-0000"}
    assert cast.erin.post(f"/desk/teams/queues/{queue}", settings).status_code == 302
    for own, expected in (("", "03-0000-0000"), ("田中 直通", "田中 直通")):
        cast.dana.post("/desk/news/settings", {"signature": own})
        assert expected in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
        seen = str(db.session.scalar(select(func.max(Message.id))))
        cast.dana.post(f"/desk/tickets/{ticket.reference}/replies", {"body": f"回答 {own}", "seen": seen})
        mail = db.session.scalars(select(Notice).where(Notice.template == "reply").order_by(Notice.id.desc())).first()
        assert mail is not None and expected in mail.body
