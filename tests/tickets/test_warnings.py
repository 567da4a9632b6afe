"""What is asked before a reply leaves, and what is not: a question too many is soon clicked away."""

import pytest

from helpdesk.tickets.warnings import core_of, open_places, warnings_of

OTHERS = {core_of(name): name for name in ("東雲印刷 株式会社", "Globex Inc.", "ABC商事(株)", "株式会社 K")}


def asked(body: str, *, files: int = 0, outside: tuple[str, ...] = ()) -> list[str]:
    return [one.key for one in warnings_of(body, files=files, outside=outside, others=OTHERS)]


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ("手順書を添付いたします。", ["file"]),
        ("See the attached file.", ["file"]),
        ("画面のスクリーンショットを添付してください。", []),
        ("ログを添付いただけますか。", []),
        ("添付は不要です。", []),
        ("東雲印刷様の件と同じです。", ["name:東雲印刷 株式会社"]),
        ("ＧＬＯＢＥＸと同じ設定です。", ["name:Globex Inc."]),
        ("K さんへ", []),
        ("株式会社アクメ 御中\n情報システム室 小林 由佳 様\n\nお世話になっております。", ["honorific"]),
        ("株式会社アクメ 御中 小林様\n", ["honorific"]),
        ("株式会社アクメ\n情報システム室 小林 由佳 様\n", []),
        ("株式会社アクメ 御中\n\nお世話になっております。お客様の端末について", []),
        ("株式会社アクメ 御中\n皆様\n", []),
        ("お世話になっております。", []),
    ],
)
def test_slips(body: str, keys: list[str]) -> None:
    assert asked(body) == keys


def test_a_file_answers_the_question() -> None:
    assert asked("手順書を添付いたします。", files=1) == []


def test_each_address_outside_is_asked_for_itself() -> None:
    assert asked("はい", outside=("a@x.example", "b@y.example")) == ["outside:a@x.example", "outside:b@y.example"]


def test_what_a_template_left_open() -> None:
    assert open_places("⟦ 確認したい点 ⟧ と ⟦期限⟧ と ⟦期限⟧") == ["確認したい点", "期限"]
    assert open_places("{{x}} ⟦⟧ ⟦\n⟧ [x]") == []
