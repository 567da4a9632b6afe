"""Where a mail quotes what was written before: spans to fold, never to delete. Pure, one pass over the lines."""

import re
import unicodedata

LINES_MAX = 20_000
LINE_MAX = 500

_QUOTED = re.compile(r"\s{0,3}[>＞|｜]")
_TABLE = re.compile(r"\s{0,3}[|｜].*[|｜]")
_DIVIDER = re.compile(
    r"\s{0,10}[-_=－―─━＿\s]{2,60}\s?(?:Original Message|Original Appointment|Forwarded message|"
    r"元のメッセージ|元のメール|転送されたメッセージ|転送メッセージ|Forwarded by|Reply Message)\s?[-_=－―─━＿\s]{0,60}",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\s{0,3}\**(From|Sent|To|Cc|Date|Subject|Reply-To|Importance|差出人|送信者|送信日時|日付|日時|送信日|宛先|件名|CC|Ｃｃ|返信先)"
    r"\s{0,3}\**\s{0,3}[:：]"
)
_FROM = re.compile(r"\s{0,3}\**(From|差出人|送信者)\s{0,3}\**\s{0,3}[:：]")
_WROTE = re.compile(
    r"\s{0,3}(On .{5,300}\bwrote\s?[:：]"
    r"|.{0,200}<[^<>\s]{3,200}>\s?(?:wrote|さんは書きました|さんが書きました|のメール|のメッセージ)?\s?[:：]"
    r"|.{0,200}(?:さんは書きました|さんが書きました|は書きました|wrote|のメール)\s?[:：]?"
    r"|\d{4}[年/.-]\d{1,2}[月/.-]\d{1,2}.{0,200}[:：])\s*"
)


def folds(text: str, subject: str | None) -> list[tuple[int, int]]:
    """(start, end) character offsets of what is quoted, in order; empty where nothing of the writer's own is left.

    `subject` is that of the mail where it answers something, and None where it does not: then nothing is a quotation,
    whatever it looks like.
    """
    if subject is None:
        return []
    lines = text.split("\n")[:LINES_MAX]
    runs = _merged(_quoted_lines(lines, _topic(subject)), lines)
    starts = _offsets(lines)
    spans = [(starts[first], min(starts[last + 1], len(text))) for first, last in runs]
    own = text
    for start, end in reversed(spans):
        own = own[:start] + own[end:]
    return spans if own.strip() else []


def without_quotes(text: str, subject: str | None) -> str:
    """The writer's own words: the text less what folds() finds."""
    own = text
    for start, end in reversed(folds(text, subject)):
        own = own[:start] + own[end:]
    return own.strip()


def _topic(subject: str) -> str:
    """What a subject is about: without the signs of answers and numbers, in one width and case."""
    plain = unicodedata.normalize("NFKC", subject)
    return "".join(_ANSWERS.sub("", _NUMBERS.sub("", plain)).split()).lower()


_ANSWERS = re.compile(r"(?i)^(?:\s*(?:re|aw|sv|fwd?|返信|転送)\s?(?:\[\d{1,3}\])?\s?:)+")
_NUMBERS = re.compile(r"[\[【][^\[\]【】]{0,40}\d{4}-\d{4,12}[\]】]")


def _quoted_lines(lines: list[str], topic: str) -> list[int]:
    """Numbers of the lines that belong to a quotation."""
    quoted: list[int] = []
    for number, line in enumerate(lines):
        short = line[:LINE_MAX]
        if _DIVIDER.fullmatch(short) or _starts_header_block(lines, number, topic):
            first = number - 1 if number and _is_rule(lines[number - 1]) else number
            return [*(n for n in quoted if n < first), *range(first, len(lines))]
        if _QUOTED.match(short) and not _TABLE.match(short):
            quoted += [n for n in _attribution(lines, number) if n not in quoted[-3:]]
            quoted.append(number)
    return quoted


def _attribution(lines: list[str], number: int) -> list[int]:
    """The lines just above a quotation that say who wrote it, wrapped over up to two lines."""
    above = number - 1
    while above >= 0 and number - above <= 2 and not lines[above].strip():
        above -= 1
    if above < 0 or _QUOTED.match(lines[above][:LINE_MAX]):
        return []
    line = lines[above][:LINE_MAX]
    if _WROTE.fullmatch(line) and (not line.strip().startswith(("<", "wrote")) or above == 0):
        return list(range(above, number))
    if above > 0 and _WROTE.fullmatch(f"{lines[above - 1][:LINE_MAX]} {line}".strip()):
        return list(range(above - 1, number))
    return []


def _starts_header_block(lines: list[str], number: int, topic: str) -> bool:
    """Outlook's quotation: a From line and at least two more headers right below it, below a rule or of this topic.

    The header of another mail that somebody pastes to show it has another subject."""
    if not _FROM.match(lines[number][:LINE_MAX]):
        return False
    block = [line[:LINE_MAX] for line in lines[number + 1 : number + 8] if _LABEL.match(line[:LINE_MAX])]
    subject = next((match[1] for line in block if (match := _SUBJECT.match(line))), None)
    same = subject is not None and _topic(subject) == topic
    return len(block) >= 2 and (same or (number > 0 and _is_rule(lines[number - 1])))


_SUBJECT = re.compile(r"\s{0,3}\**(?:Subject|件名)\s{0,3}\**\s{0,3}[:：]\**\s{0,3}(.*)")


def _is_rule(line: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= 5 and not stripped.strip("_-－―─━＿")


def _merged(numbers: list[int], lines: list[str]) -> list[tuple[int, int]]:
    """Runs of quoted lines; blank lines between two runs belong to them."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and all(not lines[n].strip() for n in range(runs[-1][1] + 1, number)):
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _offsets(lines: list[str]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    return starts
