"""What words are found by: folding, pairs, positions, and where the words stand in the text as written."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.tickets.terms import fold, search_query, search_vector, spans


@pytest.mark.parametrize("written", ["プリンター", "ﾌﾟﾘﾝﾀｰ", "ぷりんた", "プリンタ"])
def test_width_and_kana_are_one(written: str) -> None:
    assert fold(written) == "ぷりんた"


def test_a_text_is_its_pairs_and_words_with_positions() -> None:
    assert search_vector("検知。Error PC-01") == "'検知':2 '知':3 'error':4 'pc-01':5 'pc':5 '01':5"


def test_a_title_counts_more() -> None:
    assert search_vector("別の語", "検知") == "'検知':1A '知':2A '別の':4 'の語':5 '語':6"


@pytest.mark.parametrize(
    ("word", "asked"),
    [
        ("検知", "'検知'"),
        ("許可リスト", "('許可' <-> '可り' <-> 'りす' <-> 'すと')"),
        ("字", "'字':*"),
        ("ALERT", "'alert':*"),
        ("pc", "'pc'"),
        ("手順 書き出す", "('手順' <2> '書き' <-> 'き出' <-> '出す')"),
        ("events list", "('events':* <-> 'list':*)"),
        ("第3版", "('第':* <-> '3' <-> '版':*)"),
        ("'); --", ""),
        ("a\\'b", "('a' <-> 'b')"),
    ],
)
def test_a_word_asks_for_its_parts_side_by_side(word: str, asked: str) -> None:
    assert search_query([word]) == asked


def test_words_are_shown_where_they_stand_as_written() -> None:
    text = "ｶﾞｽのプリンターで Ａｌｅｒｔ"
    found = [text[start:end] for start, end in spans(text, ["がす", "プリンタ", "alert"])]
    assert found == ["ｶﾞｽ", "プリンター", "Ａｌｅｒｔ"]


def test_overlapping_words_are_one_span() -> None:
    assert spans("許可リスト", ["許可リ", "リスト"]) == [(0, 5)]


@given(st.text(max_size=60), st.text(min_size=1, max_size=5))
def test_spans_lie_within_the_text_in_order(text: str, word: str) -> None:
    found = spans(text, [word])
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))


@given(st.text(max_size=200))
def test_a_long_text_is_cut_not_refused(text: str) -> None:
    assert len(search_vector(text * 500).split(" ")) <= 40_000
