"""What follows an answer: thanks contest nothing, everything else has a person look (R03, V10)."""

import pytest

from helpdesk.triage.thanks import says_thanks


@pytest.mark.parametrize(
    "words",
    [
        "ありがとうございます。",
        "ありがとうございました。解決しました。",
        "お世話になっております。Acme の小林です。\n承知いたしました。ありがとうございます。",
        "了解です",
        "助かりました！",
        "手順どおりにできました。",
        "Thank you, it works now.",
        "Understood, thanks",
    ],
)
def test_thanks(words: str) -> None:
    assert says_thanks(words)


@pytest.mark.parametrize(
    "words",
    [
        "ありがとうございます。ただ、この手順ではできませんでした。",
        "ありがとうございます。もう一点、CSVの出力方法も教えてください。",
        "対象外とのことですが、納得できません。",
        "承知しました。では誰に聞けばよいでしょうか",
        "書かれているとおりにしましたがエラーになります",
        "了解しましたが、これはサービス対象だと思います？",
        "Thanks, but this does not help.",
        "That is wrong.",
        "",
        "---",
        "ありがとうございます。" + "画面の説明が続きます。" * 40,
    ],
)
def test_more_than_thanks(words: str) -> None:
    assert not says_thanks(words)
