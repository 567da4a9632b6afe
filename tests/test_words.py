"""One way of saying each thing: the glossary in docs/words.md, and the variants that are not to come back (D17)."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
JAPANESE = ROOT / "helpdesk" / "translations" / "ja" / "LC_MESSAGES" / "messages.po"
FORBIDDEN = {
    "監督": "運用の状況",
    "知らせのない管理画面": "通知が届いていないコンソール",
    "語または受付番号": "キーワード・受付番号",
    "確からしさ": "確信度",
    "最初のページへ": "トップページへ",
    "アカウントを閉じ": "無効にする",
    "判定の成績": "判定の実績",
    "読み戻して確認": "登録後に確認",
    "存在のみ": "ファイルの存在を確認(検出なし)",
    "ご招待": "ご利用開始のご案内",
    "転送なさらないで": "転送はお控えください",
    "お決めください": "ご判断ください",
    "アクション": "作業",
    "（": "(",
    "）": ")",
}
SPACED = re.compile(r"(?:%\(\w+\)s|\}\}|\d) (?:件|台|名|回|日|社|分|秒)")


def said() -> list[tuple[str, str]]:
    """Where each Japanese text stands that people see, and the text."""
    with JAPANESE.open("rb") as file:
        catalogue = read_po(file, locale="ja")
    words = [("messages.po", str(message.string)) for message in catalogue if message.id and message.string]
    texts = sorted((ROOT / "templates" / "notices").rglob("*.ja.txt"))
    return words + [(path.name, path.read_text()) for path in texts]


@pytest.mark.parametrize("variant", FORBIDDEN)
def test_a_variant_is_said_in_its_one_way(variant: str) -> None:
    found = [(where, text[:80]) for where, text in said() if variant in text]
    assert found == [], f"say {FORBIDDEN[variant]}"


def test_counters_stand_without_a_blank() -> None:
    assert [(where, found[0]) for where, text in said() if (found := SPACED.search(text))] == []


def test_the_glossary_names_each() -> None:
    glossary = (ROOT / "docs" / "words.md").read_text()
    assert [word for variant, word in FORBIDDEN.items() if word not in glossary and variant not in "（）"] == []
