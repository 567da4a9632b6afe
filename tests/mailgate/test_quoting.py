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
    "差出人: 窓口 <s@d.example>\n日時: 2026年11月24日 火曜日 10:00\n宛先: 小林\n件名: x\nold",
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
    assert without_quotes(text, "Re: x") == OWN
    ((start, end),) = folds(text, "Re: x")
    assert text[start:end].strip() == head


OF_THE_WRITER = [
    "| 端末 | 状態 |\n|---|---|\n| PC-1 | 隔離 |\nこの表の見方を教えてください。",
    "次を実行しました。\n> netstat -an\n> ipconfig\n結果は後で送ります。",
    "次のメールが届きました。\nFrom: 配送業者 <x@evil.example>\nTo: 小林\nDate: 1\nSubject: 荷物\n開いてよいですか。",
    "----- 元のメール -----\nという題名でした。",
]


@pytest.mark.parametrize("text", OF_THE_WRITER)
def test_a_mail_that_answers_nothing_quotes_nothing(text: str) -> None:
    assert folds(text, None) == []


@pytest.mark.parametrize("text", [OF_THE_WRITER[0], OF_THE_WRITER[2]])
def test_tables_and_headers_of_other_mails_are_the_writer_s_own(text: str) -> None:
    assert folds(text, "Re: [受付番号:2611-0042] 監視の件") == []


@pytest.mark.parametrize("subject", ["x", "Re: x", "RE: [受付番号:2611-0042] x", "返信：ｘ", "Re: Fw: X"])
def test_outlook_quotes_a_mail_of_the_same_subject(subject: str) -> None:
    block = "From: Desk <s@d.example>\nSent: Tuesday\nTo: Alice\nSubject: RE: [受付番号:2611-0042] x\n\nold"
    assert without_quotes(f"{OWN}\n{block}", subject) == OWN


def test_answers_between_the_lines_stay_in_sight() -> None:
    text = "> 再起動しましたか。\nはい、しました。\n> 直りましたか。\nいいえ。\n"
    assert without_quotes(text, "Re: x") == "はい、しました。\nいいえ。"
    assert len(folds(text, "Re: x")) == 2


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
    assert folds(text, "Re: x") == []


LINES = st.lists(st.sampled_from(["> q", "own", "", "From: x", "To: y", "Subject: z", "On x wrote:", "-----", "＞"]))


@given(LINES)
def test_nothing_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    position = 0
    for start, end in folds(text, "Re: x"):
        assert position <= start < end <= len(text)
        position = end


def test_long_texts_take_no_time() -> None:
    texts = (">" * 1_000_000, ">\n" * 300_000, "From: a\nOn x\n> y\n" * 60_000, "<a@b> " * 100_000, "_" * 500_000)
    with processor_time() as taken:
        for text in texts:
            folds(text, "Re: x")
    assert taken() < 5
