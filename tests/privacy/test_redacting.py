"""Names, addresses and numbers are found as people write them."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from helpdesk.extensions import db
from helpdesk.masking import ERASED
from helpdesk.privacy.redacting import Redactor, pattern_of

ALL = pattern_of(
    names=("金糸雀 花子", "カナリア ハナコ", "Hanako Canary"),
    addresses=("hanako.c+x@acme.example",),
    phones=("03-9876-5432",),
    families=("金糸雀",),
)
FOUND = [
    "担当の金糸雀花子です",
    "金糸雀　花子 様",
    "花子 金糸雀",
    "お世話になっております。金糸雀様",
    "金糸雀 さんへ",
    "カナリア ハナコ",
    "HANAKO CANARY wrote",
    "Canary Hanako",
    "<Hanako.C+X@ACME.example>",
    "電話 0398765432 まで",
    "(03) 9876-5432",
    "03 9876 5432",
]
LEFT = ["金糸雀の飼い方", "canaryhanako", "Hanako Canaryton", "hanako@acme.example", "0398765", "花子", ""]


@pytest.mark.parametrize("words", FOUND)
def test_what_is_theirs_goes(app: Flask, words: str) -> None:
    assert ERASED in Redactor(ALL).text(words)
    assert db.session.scalar(select(func.regexp_like(words, ALL, "i"))), "the database finds the same"


@pytest.mark.parametrize("words", LEFT)
def test_what_is_not_stays(app: Flask, words: str) -> None:
    assert Redactor(ALL).text(words) == words
    assert not db.session.scalar(select(func.regexp_like(words, ALL, "i")))


def test_json_is_gone_through_with_its_keys() -> None:
    redactor = Redactor(ALL)
    told = redactor.value({"金糸雀 花子": [1, None, "金糸雀花子", {"to": "x"}], "n": 3})
    assert told == {ERASED: [1, None, ERASED, {"to": "x"}], "n": 3}


def test_nobody_is_found_by_nothing() -> None:
    empty = pattern_of(names=("", "A"), addresses=("",), phones=("110",))
    assert empty == ""
    assert Redactor(empty).text("anything") == "anything"


@given(st.text(min_size=2, max_size=30).filter(lambda name: len("".join(name.split())) > 1 and "\x00" not in name))
def test_any_name_is_found_in_what_it_is_written_in(name: str) -> None:
    written = " ".join(name.split())
    if written.isascii() and not (written[0].isalnum() and written[-1].isalnum()):
        return
    redactor = Redactor(pattern_of(names=(written,), addresses=(), phones=()))
    assert redactor.finds(f"x {written} y") or written.casefold() != written.lower()
