"""How likely a refusal must be before it is suggested: a wrong one hurts most. Pure (R03, R05)."""

import math

from helpdesk.triage import cues
from helpdesk.triage.cues import count, folded_words

REFUSE_FROM = 0.7
REFUSE_OURS_FROM = 0.85
"""Where our product is named."""
REFUSE_LISTS_FROM = 0.95
"""Where something is asked for that is done in our console, for whatever software."""

OUR_LISTS = folded_words(
    [
        *[
            "除外に",
            "除外設定",
            "除外リスト",
            "除外を",
            "除外した",
            "除外する",
            "許可リスト",
            "ブロックリスト",
            "隔離された",
            "隔離を",
        ],
        *["exclusion", "exclusions", "allowlist", "quarantined"],
        *("allow list", "block list"),
    ]
)
FOR_A_PERSON = folded_words(
    [
        *[
            "開いてしまった",
            "開いてしまい",
            "クリックしてしまった",
            "クリックしてしまい",
            "押してしまった",
            "押してしまい",
        ],
        *[
            "実行してしまった",
            "実行してしまい",
            "感染してい",
            "感染しま",
            "感染した",
            "身代金",
            "暗号化されて",
            "暗号化された",
        ],
        *[
            "ランサムウェアに",
            "乗っ取られ",
            "責任者を",
            "責任者と",
            "解決していません",
            "解決していない",
            "納得できません",
        ],
        *["お電話ください", "お電話いただ", "折り返し"],
        *("clicked on it", "clicked the link", "opened the attachment", "opened it", "ransom note", "ransomware hit"),
        *("got infected", "is infected", "are infected", "been encrypted", "were encrypted", "been hacked"),
        *("speak to a manager", "speak to your manager", "formal complaint", "call me back", "please call"),
    ]
)
"""Somebody may just have been attacked, complains, or asks for a person: one looks, whatever product is named."""


def refuse_from(text: str) -> float:
    """The least chance, from 0 to 1, that a folded text's refusal is suggested with; infinite where never."""
    if count(text, FOR_A_PERSON):
        return math.inf
    if count(text, OUR_LISTS):
        return REFUSE_LISTS_FROM
    return REFUSE_OURS_FROM if count(text, cues.OURS) else REFUSE_FROM
