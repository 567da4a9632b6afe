"""The customer's words that a rule or a place hit are underlined; nothing is lost, and nothing is made of addresses."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.triage.models import TicketAssessment
from helpdesk.triage.underlining import RULE, Stretch, Wanted, underline, wanted_words
from tests.conftest import Cast
from tests.making import an_inquiry

PLACE = {
    "titles": {"ja": "アプリケーションの許可リスト", "en": "Application allow lists"},
    "sentence": {"ja": "ファイルを登録します", "en": "Add a file."},
}
BACK = {"titles": {"ja": "隔離されたファイルの復元"}, "sentence": {}}

NUMBERS = st.lists(st.integers(0, 3), min_size=1)
WANTS = st.dictionaries(
    st.text("あ復元ﾌｧabc㌔", min_size=1, max_size=5), st.lists(st.integers(0, 3), min_size=1), max_size=5
)


def marked(text: str, wanted: Wanted, questions: Sequence[str] = ()) -> list[tuple[str, int]]:
    return [(one.words, one.number) for one in underline(text, wanted, questions) if one.number is not None]


def test_words_of_the_place_and_of_the_rule() -> None:
    wanted = wanted_words([{"ja": "…", "words": "他社\nEDR"}], [PLACE], [])
    hits = [("許可リスト", 1), ("他社", RULE), ("ＥＤＲ", RULE)]
    assert marked("許可リストへの登録は、他社のＥＤＲでも?", wanted) == hits
    # 登録 stands in the sentence only and is short, and hedrons are no EDR
    assert marked("登録とhedron", wanted) == []


def test_each_question_has_its_own() -> None:
    questions = [{"places": [PLACE]}, {"places": [BACK, PLACE]}]
    wanted = wanted_words([], [PLACE], questions)
    text, asked = (
        "1. 許可リストは? 2. 隔離からの復元は? 許可リストも?",
        ["許可リストは?", "隔離からの復元は? 許可リストも?"],
    )
    assert marked(text, wanted, asked) == [("許可リスト", 1), ("隔離", 2), ("復元", 2)]


def test_addresses_stay_whole() -> None:
    wanted = wanted_words([], [PLACE], [])
    assert marked("https://allow.example/lists と allow@lists.example", wanted) == []


@given(st.text(max_size=200), WANTS)
def test_nothing_is_lost(text: str, wanted: Wanted) -> None:
    assert "".join(one.words for one in underline(text, wanted)) == text


def test_nothing_wanted() -> None:
    assert underline("許可リスト", {}) == [Stretch("許可リスト")]


def test_on_the_agents_page_not_on_the_customers(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "Windows 更新", "Windows Update のエラーを教えてください。")
    suggested = db.session.scalars(select(TicketAssessment)).one()
    suggested.places = [{"key": "x", "page": 3, "score": 0.9, **PLACE}]
    suggested.reasons = {"list": [{"ja": "…", "en": "…", "words": "windows update"}]}
    db.session.commit()
    assert '<mark class="hit-word" title="規則の言葉">Windows Update</mark>' in (
        cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    )
    assert "hit-word" not in cast.alice.get(f"/portal/tickets/{ticket.reference}").text


@pytest.mark.parametrize("words", ["<b>許可リスト</b>", "許可リスト<script>alert(1)</script>"])
def test_on_the_page_and_escaped(cast: Cast, words: str) -> None:
    ticket = an_inquiry(cast.contact("alice"), "許可リスト", f"{words} の登録手順を教えてください。")
    db.session.commit()
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "<script>alert" not in page and "<b>許可" not in page
