"""What a customer asks in their own words: quotations and signatures left out, several questions told apart. Pure."""

import re

QUESTIONS_MAX = 8
_QUOTED = re.compile(r"^\s*[>＞|｜]")
_FORWARDED = re.compile(
    r"^\s*(-{2,}\s*(original message|元のメッセージ|転送メッセージ|forwarded message).*|on .{6,120} wrote:\s*|"
    r"\d{4}年\d{1,2}月\d{1,2}日.{0,80}[:：]\s*|(from|差出人)\s*[:：].*)$",
    re.IGNORECASE,
)
_RULER = re.compile(r"^\s*([-=_*~＝─━―‐ー+#◇◆☆★■□・･.:]\s*){8,}$|^-- ?$")
_CLOSING = re.compile(
    r"^\s*(?:(?:best|kind|warm)?\s*regards|sincerely|yours (?:truly|faithfully)|cheers|many thanks),?\s*$",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"tel|fax|e-?mail|〒|株式会社|有限会社|@|https?://|\bco\.,? ?ltd|\binc\b", re.IGNORECASE)
_SIGNATURE_MAX = 600
_POINTING_MAX = 100
_POINTS = re.compile(
    r"下記|以下|下の|標記|転送|別紙|先方から|問い合わせがあり|質問がき|質問が来|参考まで|"
    r"\b(?:below|forward(?:ed|ing)?|fwd?|fyi|see (?:the )?(?:mail|message))\b",
    re.IGNORECASE,
)
"""What points to a text that is passed on."""
_ASKS_ITSELF = re.compile(
    r"[?？]|教えて|ご教示|でしょうか|ますか|ですか|たいです|ません|できな|ない[。、\s]|エラー|\bnot\b|n't\b|error",
    re.IGNORECASE,
)
_PASSED_HEADER = re.compile(
    r"^[\s>＞|｜]*(-{2,}.*|on .{6,120} wrote:|\d{4}年\d{1,2}月\d{1,2}日.{0,80}[:：]|"
    r"(from|to|cc|sent|date|subject|差出人|宛先|送信者|送信日時|日時|件名)\s*[:：].*)\s*$",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^\s*(?:[(（\[【]?(?:\d{1,2}|[０-９]{1,2}|[a-cア-ウ一二三四五])[)）\]】.．、:：]|[①-⑳⑴-⒇Ⅰ-Ⅹ][.．、]?|#\d{1,2}\b|"
    r"[(（\[【]?(?:Q|質問|問)\s?(?:[\d０-９]{0,2}|[①-⑳])[)）\]】]?(?:[.．:：、]|\s(?=\S))|[\d０-９一二三]{1,2}(?:点目|つ目)(?:は)?[:：、\s]?|"
    r"[・●○■□◆◇*\-•]\s?)\s*(?=\S)",
    re.IGNORECASE,
)
_BULLETS = "・●○■□◆◇*-•"
_ASKS = re.compile(
    r"[?？]|(か|かね|ますか|でしょうか|ください|下さい|いただけますか|お願いします|お願いいたします|知りたいです|たいです|教えて)[。.!！\s]*$|"
    r"^[ \t]*(how|where|what|which|why|can|could|is|are|do|does|please|when)\b",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES = re.compile(
    r"(方法|手順|やり方|使い方|出し方|見方|仕方|設定|件|違い|可否|について|したい|ない|ません|なくなった|できず|エラー|不具合|遅い|重い)[。.!！\s]*$"
)
"""How an item of a list ends that asks without a question's words."""
_CIRCLED = re.compile(r"(?<!^)(?=[①-⑳])")
_INLINE = re.compile(r"(?<=[\s。．.:：、？?])(?=[(（\[]?(?:Q?[1-9１-９])[)）\].．:：](?![0-9０-９]))")
"""Before a number that stands within a line."""
_ANOTHER = re.compile(
    r"^\s*(また、|もう[一1１]つ|もう[一1１]点|それと|それから|あと、|あわせて|併せて|加えて|ついでに|別件|[二2２]つ目|[二2２]点目|次に、|"
    r"also,? |another (question|thing)|secondly|second,|in addition|by the way|one more)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[。？！?!])\s*|(?<=[.])\s+|\n+")
_SHORTEST = 6


def own_words(text: str) -> str:
    """A text without what it quotes and without the signature; as it is, where nothing else would be left.

    Where the writer's own words only point to what they pass on, that is what is asked.
    """
    lines = text.splitlines()
    kept: list[str] = []
    quoted: list[str] = []
    for number, line in enumerate(lines):
        if kept and _FORWARDED.match(line):
            quoted += lines[number:]
            break
        rest = lines[number + 1 :]
        if kept and _CLOSING.match(line) and sum(map(len, rest)) <= _SIGNATURE_MAX:
            break
        if kept and _RULER.match(line) and _is_signature("\n".join(rest)):
            break
        (quoted if _QUOTED.match(line) else kept).append(line)
    own = "\n".join(kept).strip()
    if quoted and len(own) <= _POINTING_MAX and _POINTS.search(own) and not _ASKS_ITSELF.search(own):
        passed_on = (_QUOTED.sub("", line).strip() for line in quoted if not _PASSED_HEADER.match(line))
        return f"{own}\n" + "\n".join(line for line in passed_on if line)
    return own or text.strip()


def _is_signature(rest: str) -> bool:
    return len(rest) <= _SIGNATURE_MAX and _SIGNED.search(rest) is not None


def split_questions(body: str) -> list[str]:
    """The questions of one text, each with the words that lead to it; a single one (or none) gives an empty list.

    Told apart where they are numbered or listed, or where a sentence that asks begins with a word such as `また` or
    `also`. In doubt it is one question.
    """
    lines = _CIRCLED.sub("\n", body)
    listed = _listed(_INLINE.sub("\n", lines) if len(_INLINE.findall(f" {lines}")) > 1 else lines)
    questions = listed if len(listed) > 1 else _joined_by_words(body)
    return questions[:QUESTIONS_MAX] if len(questions) > 1 else []


def _listed(body: str) -> list[str]:
    """What follows the last item after a blank line is no part of it: a closing, a signature.

    Of numbered items half must ask, since the others may tell something; of others all.
    """
    items: list[list[str]] = []
    ended, numbered = False, True
    for line in body.splitlines():
        if marker := _ITEM.match(line):
            items.append([line[marker.end() :]])
            ended, numbered = False, numbered and marker[0].strip()[:1] not in _BULLETS
        elif not line.strip():
            ended = bool(items)
        elif items and not ended:
            items[-1].append(line)
    texts = [" ".join(" ".join(lines).split()) for lines in items]
    asking = sum(_ASKS.search(text) is not None or _NAMES.search(text) is not None for text in texts)
    asked = all(len(text) >= _SHORTEST for text in texts) and asking * (2 if numbered else 1) >= len(texts)
    return texts if asked else []


def _joined_by_words(body: str) -> list[str]:
    parts: list[str] = []
    current = ""
    for sentence in (piece.strip() for piece in _SENTENCE.split(body)):
        if not sentence:
            continue
        if _ANOTHER.match(sentence) and current:
            parts.append(current)
            current = ""
        current = f"{current} {sentence}".strip()
    parts.append(current)
    return parts if all(len(part) >= _SHORTEST and _ASKS.search(part) for part in parts) else []
