"""The palette finds what was meant, however it was typed, and nothing but what the desk may see."""

import re

import pytest

from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import add_customer
from helpdesk.customers.people import add_contact
from helpdesk.desk.palette import fits, ways
from helpdesk.extensions import db
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry


@pytest.fixture
def known(cast: Cast) -> str:
    """A customer whose name is read otherwise than it is written, with a person and a ticket; gives the number."""
    birch = add_customer(SYSTEM, "白樺メディカル株式会社", kana="シラカバメディカル")
    person = add_contact(SYSTEM, birch, name="小林 由佳", kana="コバヤシ ユカ", email="y.kobayashi@birch.example")
    add_customer(SYSTEM, "株式会社トキワ建材")
    ticket = an_inquiry(person, "隔離したファイルを戻したい")
    an_alert(cast.acme)
    return ticket.reference


def rows(cast: Cast, typed: str, **more: str) -> list[tuple[str, str]]:
    """(kind, words) of what is offered to an agent."""
    page = cast.dana.get("/desk/palette", query_string={"q": typed, **more})
    assert page.status_code == 200
    found = []
    for kind, group in re.findall(r'id="palette-(\w+)">(.*?)(?=<div role="group"|$)', page.text, re.S):
        for row in re.findall(r'role="option".*?</a>', group, re.S):
            found.append((kind, re.sub(r"<[^>]+>|\s+", "", row.partition(">")[2])))
    return found


@pytest.mark.parametrize("typed", ["しらかば", "シラカバ", "ｼﾗｶﾊﾞ", "shirakaba", "SHIRAKABA", "白樺", "　白樺 "])
def test_a_customer_however_it_is_typed(cast: Cast, known: str, typed: str) -> None:
    found = rows(cast, typed)
    assert any(kind == "customers" and words.startswith("白樺メディカル株式会社") for kind, words in found)
    assert any(kind == "tickets" and words.startswith(known) for kind, words in found)


@pytest.mark.parametrize("typed", ["ときわ", "tokiwa", "トキワ"])
def test_by_kana_in_the_name(cast: Cast, known: str, typed: str) -> None:
    assert ("customers", "株式会社トキワ建材未完了のチケット") in rows(cast, typed)


@pytest.mark.parametrize("typed", ["kobayashi", "こばやし", "小林", "@小林"])
def test_people(cast: Cast, known: str, typed: str) -> None:
    assert any(kind == "people" and words.startswith("小林由佳") for kind, words in rows(cast, typed))


def test_parts_of_numbers(cast: Cast, known: str) -> None:
    month, serial = known.split("-")
    for typed in (known, month, serial, f"#{serial}", known[:6], "".join(chr(ord(c) + 0xFEE0) for c in serial)):
        assert any(kind == "tickets" and words.startswith(known) for kind, words in rows(cast, typed)), typed
    assert f"/desk/tickets/{known}" in cast.dana.get("/desk/search/", query_string={"q": serial}).text


def test_views_pages_and_acts(cast: Cast, known: str) -> None:
    assert ("views", "自分の担当0") in rows(cast, "じぶん")
    assert ("acts", "電話の受付") in rows(cast, "denwa")
    assert {kind for kind, _words in rows(cast, "", kind="acts")} == {"acts"}
    assert {kind for kind, _words in rows(cast, ">")} == {"acts"}
    assert not any("運用" in words for _kind, words in rows(cast, "うんよう"))
    assert "/desk/supervision" in cast.erin.get("/desk/palette?q=うんよう").text


@pytest.mark.parametrize(
    "typed", ["%", "_", "\\", "'", '"', "<b>x</b>", "#" * 99, "あ" * 500, "@", "(", "status:zz", "1-"]
)
def test_hostile_words_find_nothing_or_something(cast: Cast, known: str, typed: str) -> None:
    page = cast.dana.get("/desk/palette", query_string={"q": typed})
    assert page.status_code == 200
    assert "<b>x</b>" not in page.text


def test_names_are_escaped(cast: Cast) -> None:
    add_customer(SYSTEM, '<img src=x onerror="alert(1)">組合', kana="くみあい")
    db.session.commit()
    page = cast.dana.get("/desk/palette?q=くみあい").text
    assert "<img" not in page and "&lt;img" in page


def test_ways() -> None:
    assert ways("Shirakaba") == ["shirakaba", "しらかば"]
    assert ways("acme") == ["acme", "あっめ"] or ways("acme") == ["acme"]
    assert ways("ab") == ["ab"]
    assert fits("トキワ", ways("tokiwa"))
    assert not fits("トキワ", ways(""))


def test_the_search_finds_customers_and_people_by_kana(cast: Cast, known: str) -> None:
    page = cast.dana.get("/desk/search/?q=ときわ").text
    assert "株式会社トキワ建材" in page
    assert "小林 由佳" in cast.dana.get("/desk/search/?q=こばやし").text
