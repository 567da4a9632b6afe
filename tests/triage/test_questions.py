"""A customer's own words, and several questions in one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.triage.questions import QUESTIONS_MAX, own_words, split_questions


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("検知の意味を教えてください", "検知の意味を教えてください"),
        ("了解です。\n> 前回の回答\n> 二行目\n追加で質問です", "了解です。\n追加で質問です"),
        ("お願いします\n-----Original Message-----\nFrom: x\n本文", "お願いします"),
        ("Thanks.\nOn Mon, Nov 23, 2026 at 9:00 Dana wrote:\nold", "Thanks."),
        ("質問です\n----------------\n株式会社サンプル\nTEL 03-0000-0000", "質問です"),
        ("手順\n----------------\nここも本文です", "手順\n----------------\nここも本文です"),
        ("> すべて引用", "> すべて引用"),
        (
            "下記の件、お願いします。\n-----Original Message-----\nFrom: x@y.example\nSubject: 質問\n\nCSVの出し方は？",
            "下記の件、お願いします。\nCSVの出し方は？",
        ),
        ("転送します。\n> 除外の設定方法を知りたい\n> 急ぎで", "転送します。\n除外の設定方法を知りたい\n急ぎで"),
        ("Please see below.\n> How do I export to CSV?", "Please see below.\nHow do I export to CSV?"),
        ("下記で合っていますか？\n> 前の回答", "下記で合っていますか？"),
        ("", ""),
    ],
)
def test_quotations_and_signatures_are_left_out(text: str, own: str) -> None:
    assert own_words(text) == own


@pytest.mark.parametrize(
    ("body", "questions"),
    [
        ("ログイン方法を教えてください。", []),
        ("PCが重いです。原因は何でしょうか。対処法を教えてください。", []),
        (
            "2点お願いします。\n1. ログイン方法を教えてください。\n2. 除外の設定はどこですか？",
            ["ログイン方法を教えてください。", "除外の設定はどこですか？"],
        ),
        (
            "2点教えてください。1. CSVの出し方は？ 2. PC-014の検知は本物ですか",
            ["CSVの出し方は？", "PC-014の検知は本物ですか"],
        ),
        (
            "1. CSVの出し方を教えてください\n2. 監査ログの見方を教えてください\n\n以上、お願いします。\n山田",
            ["CSVの出し方を教えてください", "監査ログの見方を教えてください"],
        ),
        (
            "1点目：CSVの出し方を教えてください\n2点目：プリンターが動きません",
            ["CSVの出し方を教えてください", "プリンターが動きません"],
        ),
        ("8.2.1 から 8.4.2 に上げたい。手順は？", []),
        (
            "①除外の追加方法を知りたいです\n②CSVはどこから出せますか",
            ["除外の追加方法を知りたいです", "CSVはどこから出せますか"],
        ),
        (
            "隔離の解除方法を教えてください。また、プリンタが動かないのですが見てもらえますか？",
            ["隔離の解除方法を教えてください。", "また、プリンタが動かないのですが見てもらえますか？"],
        ),
        (
            "How do I export events? Also, why is PC-01 offline?",
            ["How do I export events?", "Also, why is PC-01 offline?"],
        ),
        ("対象の端末:\n・PC-001\n・PC-002\n状態を確認してください。", []),
        ("また、昨日の件です。", []),
    ],
)
def test_several_questions_are_told_apart_and_one_stays_one(body: str, questions: list[str]) -> None:
    assert split_questions(body) == questions


@given(st.text(max_size=400))
def test_any_text_is_taken(text: str) -> None:
    own_words(text)
    found = split_questions(text)
    assert len(found) != 1
    assert len(found) <= QUESTIONS_MAX
