"""Names, addresses and numbers are found as people write them, and nobody else's are."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from helpdesk.extensions import db
from helpdesk.masking import ERASED
from helpdesk.privacy.redacting import Redactor

ALL = Redactor(
    names=(
        *("金糸雀 花子", "カナリア ハナコ", "Hanako Canary", "山田 太郎", "綾小路美咲", "アヤノコウジミサキ"),
        *("林 豊", "髙﨑 直美", "Élodie Müller", "Jane McDonald"),
    ),
    addresses=("hanako.c+x@acme.example", "ito@acme.example"),
    phones=("03-9876-5432", "+81 80 4444 1111"),
    words=("金糸雀", "大森"),
)
FOUND = [
    "担当の金糸雀花子です",
    "金糸雀　花子 様",
    "花子 金糸雀",
    "金糸雀・花子",
    "金糸雀\n花子",
    "金糸雀\u00a0花子",
    "情報システム部金糸雀花子様",
    "お世話になっております。金糸雀様",
    "金糸雀 さんへ",
    "カナリア ハナコ",
    "ｶﾅﾘｱ ﾊﾅｺ",
    "HANAKO CANARY wrote",
    "Canary, Hanako",
    "<Hanako.C+X@ACME.example>",
    "ｈａｎａｋｏ．ｃ＋ｘ＠ａｃｍｅ．ｅｘａｍｐｌｅ",
    "電話 0398765432 まで",
    "(03) 9876-5432",
    "０３－９８７６－５４３２",
    "03‐9876‐5432",
    "03−9876−5432",
    "03ー9876ー5432",
    "+81-3-9876-5432",
    "大森",
    "大森様",
    "ito@acme.example.",
    "canaryhanako",
    "金糸雀花子宛",
    "金糸雀花子課長代理",
    "金糸雀花子端末",
    "経理部長金糸雀花子",
    "> 金糸雀\n> 花子",
    "金糸雀_花子",
    "金糸雀/花子",
    "金糸雀\u200b花子",
    "金糸雀\u2003花子",
    "金　糸　雀　花　子",
    "かなりあはなこです",
    "綾小路美咲のPC",
    "綾小路 美咲",
    "ｱﾔﾉｺｳｼﾞﾐｻｷ",
    "林 豊様",
    "林豊先生",
    "高崎直美",
    "高﨑直美",
    "髙崎 直美",
    "élodie müller",
    "E\u0301lodie Mu\u0308ller",
    "JaneMcDonald",
    "080-4444-1111",
    "hanako.c%2Bx%40acme.example",
]
LEFT = [
    "金糸雀の飼い方",
    "Hanako Canaryton",
    "hanako@acme.example",
    "0398765",
    "103-9876-54321",
    "花子",
    "",
    "小山田 太郎です",
    "山田 太郎丸",
    "saito@acme.example",
    "ito@acme.example.jp",
    "大森駅前店",
    "林豊子",
    "小林豊",
    "山田太郎丸",
    "綾小路美咲子",
    "大髙﨑 直美",
    "Élodie Müllerson",
    "[erased]",
]


@pytest.mark.parametrize("words", FOUND)
def test_what_is_theirs_goes(app: Flask, words: str) -> None:
    assert ERASED in ALL.text(words)
    assert db.session.scalar(select(func.regexp_like(words, ALL.loose, "i"))), "the database looks there"


@pytest.mark.parametrize("words", LEFT)
def test_what_is_not_stays(words: str) -> None:
    assert ALL.text(words) == words


def test_json_is_gone_through_with_its_keys() -> None:
    told = ALL.value({"金糸雀 花子": [1, None, "金糸雀花子", {"to": "x"}], "n": 3})
    assert told == {ERASED: [1, None, ERASED, {"to": "x"}], "n": 3}


def test_nobody_is_found_by_nothing() -> None:
    empty = Redactor(names=("", "A"), addresses=("",), phones=("110",), words=("",))
    assert empty.loose == ""
    assert empty.text("anything") == "anything"


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=2, max_size=8), min_size=2, max_size=3))
def test_any_name_is_found_between_blanks(parts: list[str]) -> None:
    name = " ".join(parts)
    assert Redactor(names=(name,)).text(f"（ {name} ）") == f"（ {ERASED} ）"
