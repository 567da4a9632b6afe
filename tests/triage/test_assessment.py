"""The suggestion as a table: which verdict, by which rule, which page first (R05)."""

import json
from pathlib import Path

import pytest

import helpdesk.demo
from helpdesk.tickets.models import Verdict
from helpdesk.triage.assessment import Index, Rule, Section, assess, find_places, terms
from helpdesk.triage.defaults import RULES

RULE_SET = [
    Rule(key, verdict, tuple(words.split("|")), {"ja": ja, "en": en}, clause)
    for key, verdict, words, ja, en, clause in RULES
]
MANUAL = json.loads((Path(helpdesk.demo.__file__).parent / "manual.json").read_text())
SECTIONS = [
    Section(s["key"], s["page"], {"ja": s["title_ja"], "en": s["title_en"]}, {"ja": s["text_ja"], "en": s["text_en"]})
    for s in MANUAL["sections"]
]

INDEX = Index(SECTIONS)


@pytest.mark.parametrize(
    ("subject", "body", "verdict", "page"),
    [
        ("許可リストへの登録手順", "自社ツールを登録する方法を教えてください", Verdict.manual_reference, 44),
        ("How do I export events to CSV?", "I want a CSV of the event list", Verdict.manual_reference, 78),
        ("パスワードを忘れました", "再設定の方法を教えてください", Verdict.manual_reference, 6),
        ("端末のネットワーク隔離", "解除の手順が知りたい", Verdict.manual_reference, 48),
        ("プリンターで印刷できない", "今朝から印刷できません", Verdict.out_of_scope, None),
        ("Our VPN router is slow", "the printer too, please fix the router", Verdict.out_of_scope, None),
        ("エクセルの表計算", "Excel の関数が分からない", Verdict.out_of_scope, None),
        ("コネクタの不具合", "エラーが出て動作しない", Verdict.in_scope, None),
        ("相談", "一度お電話ください", Verdict.in_scope, None),
        ("", "", Verdict.in_scope, None),
        ("(件名なし / no subject)", "-", Verdict.in_scope, None),
    ],
)
def test_verdicts(subject: str, body: str, verdict: Verdict, page: int | None) -> None:
    found = assess(subject, body, rules=RULE_SET, index=INDEX)
    assert found.verdict == verdict
    assert 50 <= found.confidence <= 97
    assert found.reasons
    if page is not None:
        assert found.places[0].page == page


def test_every_section_finds_itself_by_its_title() -> None:
    for section in SECTIONS:
        for title in section.titles.values():
            assert section.key in [place.key for place in find_places(title, INDEX)[:2]], title


def test_full_width_and_case_make_no_difference() -> None:
    assert terms("ＣＳＶ エクスポート") == terms("csv ｴｸｽﾎﾟｰﾄ")


def test_a_huge_question_is_still_answered() -> None:
    assert assess("CSV", "CSV エクスポートの方法 " * 100_000, rules=RULE_SET, index=INDEX).places
