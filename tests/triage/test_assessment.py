"""The suggestion as a table: which verdict, by which rule, which page first (R05)."""

from functools import lru_cache

import pytest

from helpdesk.manuals.index import Index, Section, terms
from helpdesk.manuals.sample import sample_sections
from helpdesk.tickets.kinds import Verdict
from helpdesk.triage.assessment import Assessment, Knowledge, assess, find_places
from helpdesk.triage.defaults import default_rules
from tests.eval.measuring import taught

SECTIONS = sample_sections()
INDEX = Index(SECTIONS)
UNTAUGHT = Knowledge(default_rules(), INDEX)


@lru_cache(maxsize=1)
def known() -> Knowledge:
    return Knowledge(default_rules(), INDEX, taught())


@pytest.mark.parametrize(
    "body",
    [
        "Macにコネクタをインストールする手順を教えて",
        "macOSへのコネクタのインストール方法を教えてください",
        "Macにコネクタを入れる手順は？",
        "How do I install the connector on a Mac?",
    ],
)
def test_the_platform_that_is_named_leads_to_its_own_page(body: str) -> None:
    found = assess("", body, known())
    assert (found.verdict, found.places[0].key) == (Verdict.manual_reference, "install-mac")


@pytest.mark.parametrize(
    "body",
    [
        "フィッシングメールが届きました。開いてしまったのですが、どうすればいいですか",
        "身代金を要求する画面が出ています",
        "I clicked the link in a mail that looked like DHL's. What now?",
        "前回の回答では全く解決していません。責任者を出してください。",
        "Excelを除外に入れてください",
    ],
)
def test_whoever_may_be_attacked_or_complains_is_never_refused(body: str) -> None:
    found = assess("", body, known())
    assert found.verdict != Verdict.out_of_scope


@pytest.mark.parametrize(
    "body", ["①除外設定の方法 ②プリンターが動かない", "・除外設定の方法\n・プリンターが動かない\n・Zoomの使い方"]
)
def test_a_list_of_topics_is_several_questions(body: str) -> None:
    found = assess("", body, known())
    assert found.verdict == Verdict.in_scope
    assert {Verdict.manual_reference, Verdict.out_of_scope} == {one.verdict for one in found.questions}


def test_a_new_section_is_found_beside_what_examples_say() -> None:
    """Nothing was learned of it yet: its title alone tells."""
    new = Section(
        "giraffe", 3, {"ja": "キリンの通知", "en": "Giraffe notices"}, {"ja": "設定します。", "en": "Set it."}
    )
    more = Knowledge(default_rules(), Index([*sample_sections(), new]), known().learned)
    assert "giraffe" in [place.key for place in assess("", "キリンの通知を設定する方法", more).places[:2]]


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
    found = assess(subject, body, known())
    assert found.verdict == verdict
    vague = subject in ("相談", "", "(件名なし / no subject)")
    assert found.confidence <= 60 if vague else found.confidence >= 90
    assert found.reasons
    if page is not None:
        assert found.places[0].page == page


def test_every_section_finds_itself_by_its_title() -> None:
    for section in SECTIONS:
        for title in section.titles.values():
            assert section.key in [place.key for place in find_places(title, known())[:2]], title


def test_full_width_and_case_make_no_difference() -> None:
    assert terms("ＣＳＶ エクスポート") == terms("csv ｴｸｽﾎﾟｰﾄ")


def test_a_huge_question_is_still_answered() -> None:
    assert assess("CSV エクスポートの方法", "CSV をエクスポートしたいです。" + "あ" * 1_000_000, known()).places


def test_a_manual_without_examples_is_found_by_its_words() -> None:
    zebra = Section(
        "guide.zebra",
        3,
        {"ja": "しま模様", "en": "Zebra settings"},
        {"ja": "表示で切り替えます。", "en": "Under Display."},
    )
    found = find_places("Where are the zebra settings?", Knowledge((), Index([*SECTIONS, zebra]), known().learned))
    assert found[0].key == "guide.zebra"


@pytest.mark.parametrize("subject", ["プリンターで印刷できない", "Can you fix our VPN router?"])
def test_rules_speak_without_examples(subject: str) -> None:
    assert assess(subject, "", UNTAUGHT).verdict == Verdict.out_of_scope


def test_a_quoted_mail_says_nothing_about_the_question() -> None:
    body = "CSVの出力方法を教えてください\n> プリンターで印刷できません\n> ルーターも調子が悪いです"
    assert assess("", body, known()).verdict == Verdict.manual_reference


def test_an_alert_pasted_into_a_question_needs_a_look() -> None:
    body = "これは本当に危険ですか\nComputer: PC-014\nFile name: a.exe\nSHA-256: " + "ab" * 32
    assert assess("", body, known()).verdict == Verdict.in_scope


def test_each_of_several_questions_gets_its_line_and_one_that_needs_a_person_decides() -> None:
    body = "1. CSVエクスポートの方法を教えてください。\n2. 昨日の検知 PC-014 は本当にウイルスですか？調べてください。"
    found = assess("2点教えてください", body, known())
    first = found.questions[0]
    assert (first.verdict, first.places[0].key) == (Verdict.manual_reference, "csv-export")
    assert found.questions[1].verdict == Verdict.in_scope
    assert found.verdict == Verdict.in_scope


def test_two_questions_of_one_kind_keep_their_verdict() -> None:
    body = "1. CSVエクスポートの方法を教えてください。\n2. 監査ログはどこで見られますか？"
    found = assess("", body, known())
    assert [one.places[0].key for one in found.questions] == ["csv-export", "audit-log"]
    assert found.verdict == Verdict.manual_reference


def test_what_the_form_says_it_is_about_counts() -> None:
    words = ("定期スキャン", "定期スキャンの時刻の設定が思ったとおりになりません")
    chosen = {topic: assess(*words, known(), topic=topic) for topic in ("", "operating", "defect", "alert")}
    told = {topic: signed(found) for topic, found in chosen.items()}
    assert told["defect"] > told[""] == told["operating"]
    assert told["alert"] > told[""]


def signed(found: Assessment) -> int:
    """How sure it is that a person should look; below 0 where it is not."""
    return found.confidence if found.verdict == Verdict.in_scope else -found.confidence


@pytest.mark.parametrize(
    "body",
    [
        "いつも有り難うございます。kintoneの一覧画面の見方を教えてください。",
        "件名無しで失礼します。kintoneの一覧画面の見方を教えてください。",
        "ルーターの電源を切るとインターネットに繋がらなくなります",
        "平素より有り難うございます。複合機の設定方法を教えてください。",
        "Excel のマクロが Windows 更新後に動きません",
        "How do I share my screen in Teams without the camera?",
    ],
)
def test_everyday_words_do_not_make_another_product_ours(body: str) -> None:
    """Where a refusal is not sure enough, a person looks: no place of ours is suggested."""
    assert assess("お問い合わせ", body, known()).verdict != Verdict.manual_reference


def test_what_goes_wrong_since_ours_is_there_is_looked_at() -> None:
    assert assess("", "プリンタ出ません。アンプ切ると出ます", known()).verdict == Verdict.in_scope


def test_a_sure_refusal_stays_one_whatever_the_greeting() -> None:
    for greeting in ("いつもありがとうございます。", "いつも有り難うございます。", "件名無しで失礼します。"):
        assert assess("", f"{greeting}ルーターの電源を切るとインターネットに繋がりません", known()).verdict == (
            Verdict.out_of_scope
        )
