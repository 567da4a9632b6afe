"""What a mail quotes is folded, never lost, in the forms that mailers write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.mailgate.quoting import folds, without_quotes
from tests.timing import processor_time

OWN = "了解しました。\nお願いします。"
HEADS = [
    "-----Original Message-----\nFrom: Desk\nSent: Monday\nTo: Alice\nSubject: x\n\nold",
    "-----元のメッセージ-----\n差出人: 窓口\n送信日時: 2026年11月24日\n宛先: 小林\n件名: 件\n\nold",
    "________________________________\nFrom: Desk <s@d.example>\nSent: Tuesday\nTo: Alice\nSubject: x\n\nold",
    "差出人: 窓口 <s@d.example>\n日時: 2026年11月24日 火曜日 10:00\n宛先: 小林\n件名: 件\nold",
    "On Tue, Nov 24, 2026 at 10:00 AM Desk <s@d.example> wrote:\n\n> old\n> older",
    "On Tue, Nov 24, 2026 at 10:00 AM Support Desk of Minato\n<s@d.example> wrote:\n> old",
    "2026年11月24日(火) 10:00 窓口 <s@d.example>:\n\n> old\n> older",
    "2026/11/24 10:00、窓口 <s@d.example>のメール:\n\n> old",
    "2026年11月24日 10:00 窓口さんは書きました:\n> old",
    "＞ old\n＞ older",
    "---------- Forwarded message ---------\nFrom: a\nDate: b\nSubject: c\nTo: d\n\nold",
]


@pytest.mark.parametrize("head", HEADS)
def test_what_was_written_before_is_folded(head: str) -> None:
    text = f"{OWN}\n\n{head}"
    assert without_quotes(text) == OWN
    ((start, end),) = folds(text)
    assert text[start:end].strip() == head


def test_answers_between_the_lines_stay_in_sight() -> None:
    text = "> 再起動しましたか。\nはい、しました。\n> 直りましたか。\nいいえ。\n"
    assert without_quotes(text) == "はい、しました。\nいいえ。"
    assert len(folds(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "> 全部が引用",
        "-----Original Message-----\nFrom: a\nSent: b\nTo: c\nSubject: d\n\nalert",
        "値は a > b です\n件名: これは見出しではない\n",
        "From: これは本文です",
        "",
    ],
)
def test_what_only_looks_quoted_or_is_all_there_is_stays_in_sight(text: str) -> None:
    assert folds(text) == []


LINES = st.lists(st.sampled_from(["> q", "own", "", "From: x", "To: y", "Subject: z", "On x wrote:", "-----", "＞"]))


@given(LINES)
def test_nothing_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    position = 0
    for start, end in folds(text):
        assert position <= start < end <= len(text)
        position = end


def test_long_texts_take_no_time() -> None:
    texts = (">" * 1_000_000, ">\n" * 300_000, "From: a\nOn x\n> y\n" * 60_000, "<a@b> " * 100_000, "_" * 500_000)
    with processor_time() as taken:
        for text in texts:
            folds(text)
    assert taken() < 5
