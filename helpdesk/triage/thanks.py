"""Whether words that follow an answer only say thanks: then they contest nothing. Pure (R03)."""

import re

THANKS_MAX = 200
"""Characters: who writes more says more than thanks."""
_THANKS = re.compile(
    r"ありがと|有難う|有り難う|助かりました|解決し(?:まし|た)|承知(?:しま|いた|致)|了解(?:しま|いた|です)|理解(?:しま|でき)|"
    r"わかりました|分かりました|できました|確認(?:しました|いたしました|できました)|"
    r"\bthank|\bsolved\b|\bresolved\b|\bit works\b|\bgot it\b|\bunderstood\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"[?？]|ですか|ますか|でしょうか|ませんか|ください|下さい|ほしい|欲しい|お願い|いただけ|頂け|"
    r"しかし|ですが|のですが|ただ[、,し]|ところが|一方|まだ|それでも|納得|違い|異な|対象外|"
    r"できません|できない|できず|なりません|ならない|しません|ません|いかず|うまく|エラー|困って|なぜ|どう|"
    r"\bbut\b|\bhowever\b|\bstill\b|\bnot\b|n't\b|\bwhy\b|\bhow\b|\bplease\b|\bcould you\b|\bdisagree\b",
    re.IGNORECASE,
)


def says_thanks(words: str) -> bool:
    """Short words that thank or say it is solved, and neither ask nor object. In doubt no: then a person looks."""
    own = " ".join(words.split())
    return len(own) <= THANKS_MAX and _THANKS.search(own) is not None and _MORE.search(own) is None
