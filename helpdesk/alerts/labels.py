"""What labels, links and shapes in an alert mail stand for: one line at a time. Pure (R10).

Labels are known by their words in English and Japanese, hashes by family, whatever stands around the word. Links count
only to hosts of the console: anybody can write the rest.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

SHA256 = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
LINE_MAX = 1_000
_ALONE = r"(?:(?<![^\s|：、。])|(?<![^\s|：、。][<(\"'「『（])(?<=[<(\"'「『（]))"
_LINK = re.compile(_ALONE + r"https?://[^\s<>\"'「」『』（）]{1,2000}", re.IGNORECASE)
"""A link that stands by itself: not the tail of another one, nor behind another scheme."""
_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CONNECTOR = re.compile(rf"(?:/v1)?/computers/({_GUID})(?:/[a-z0-9]{{1,40}})?/?", re.IGNORECASE)
_FILE = re.compile(r"/file/trajectory/([0-9a-f]{64})/?", re.IGNORECASE)

LABELS = {
    "computer": "computer|computer name|hostname|host name|host|device|device name|endpoint|machine|workstation|"
    "コンピューター|コンピュータ|コンピューター名|コンピュータ名|ホスト名|ホスト|端末|端末名|デバイス|デバイス名|対象端末",
    "user": "user|user name|username|logged in user|current user|account|"
    "現在のユーザー|現在のユーザ|現在の利用者|ユーザー|ユーザ|ユーザー名|ユーザ名|利用者|ログインユーザー|アカウント",
    "file_name": "file name|filename|file|detected file|ファイル名|ファイル|検出ファイル|検知ファイル|対象ファイル",
    "file_path": "file path|filepath|path|full path|ファイルパス|パス|ファイルの場所|フルパス",
    "event_type": "event type|event|type|event name|"
    "イベントタイプ|イベント種別|イベントの種類|イベント|イベント名|種別",
    "detection": "detection|detection name|threat|threat name|malware|malware name|signature|incident|incident title|"
    "検出名|検知名|脅威名|脅威|検出|検知|マルウェア名",
    "severity": "severity|重大度|深刻度|重要度",
    "at": "date|time|timestamp|date/time|detected at|event time|event date|detection time|"
    "日時|検出日時|検知日時|発生日時|検出時刻|イベント日時|時刻",
    "disposition": "disposition|file disposition|性質|ファイルの性質|判定|ファイルの判定|ディスポジション",
    "parent": "parent|parent file|parent file name|parent process|parent process name|launched by|created by|"
    "親|親ファイル|親ファイル名|親プロセス|親プロセス名|起動元|作成元",
    "detection_id": "detection id|検出 id|検知 id",
    "event_id": "event id|イベント id",
}
_FIELD = {label.replace(" ", ""): field for field, labels in LABELS.items() for label in labels.split("|")}
_HASH = ("sha256", "fingerprint", "フィンガープリント", "hash", "ハッシュ", "checksum", "チェックサム", "指紋")
_OTHER_HASH = ("md5", "sha1", "ssdeep", "imphash")
_PARENTS = ("parent", "親")
_NOT_THE_FILES = (
    *(
        *_PARENTS,
        "archive",
        "container",
        "process",
        "dropper",
        "launcher",
        "loader",
        "zip",
        "created by",
        "launched by",
    ),
    *("アーカイブ", "書庫", "圧縮", "プロセス", "作成元", "起動元", "呼び出し元", "呼出元", "実行元", "ドロッパー"),
)
"""A hash beside such a word is not the file's own."""
_LINE = re.compile(r"(?P<label>[^:：=|\s][^:：=|\t]{0,59})(?:[:：=|]|\t+[:：]?)(?P<value>.*)")
_NOTHING = frozenset(["n/a", "na", "none", "unknown", "not available", "-", "--", "不明", "なし", "該当なし", "―"])


def told(line: str) -> tuple[str, str] | None:
    """(field, value) of a labelled line; None where its label is not known or its value says nothing."""
    field, value = labelled(line)
    return (field, value) if field and value and says_something(field, value) else None


def says_something(field: str, value: str) -> bool:
    """Whether a value tells anything: a disposition may be unknown and that is told."""
    word = value.lower()
    return word not in _NOTHING or (field == "disposition" and word in ("unknown", "不明"))


def labelled(line: str) -> tuple[str | None, str]:
    """(field, value) of a line; no field where its label is not known, no value where the label stands alone."""
    text = line.strip(" \u3000>*-・•■◆●")
    match = _LINE.match(text)
    if match is None or match["value"].startswith("//"):
        return (field_of(text), "") if text and len(text) <= ALONE_MAX and match is None else (None, "")
    return field_of(match["label"]), match["value"].strip(" \t\u3000*")


ALONE_MAX = 40
"""Characters of a label on a line of its own, whose value stands on the next."""


def field_of(label: str) -> str | None:
    """The field that a label names: by its words, a hash's by what it contains; in two languages where they agree."""
    words = unicodedata.normalize("NFKC", label).strip(" *_").lower()
    if (known := _FIELD.get(words.replace(" ", ""))) is not None:
        return known
    bare = re.sub(r"[\W_の]+", "", words)
    if any(word in bare for word in _HASH) and not any(word in bare for word in _OTHER_HASH):
        if any(word in words for word in _PARENTS):
            return "parent_sha256"
        return "other_sha256" if names_another(words) else "sha256"
    parts = [part.replace(" ", "") for part in re.split(r"[/()|]", words) if part.strip()]
    fields = {_FIELD.get(part) for part in parts}
    return fields.pop() if len(parts) == 2 and len(fields) == 1 else None


def names_another(text: str) -> bool:
    return any(word in text for word in _NOT_THE_FILES)


@dataclass(frozen=True)
class Linked:
    """What the console's links point at, in their order."""

    connector_guids: tuple[str, ...] = ()
    event_ids: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


def linked(lines: Iterable[str], hosts: Collection[str]) -> Linked:
    """What links to the console's own hosts say; anything that only looks like one says nothing."""
    guids, event_ids, hashes = [], [], []
    for link in (match[0].rstrip(_PUNCTUATION) for line in lines for match in _LINK.finditer(line[:LINE_MAX])):
        if not is_ours(link, hosts):
            continue
        parts = urlsplit(link)
        if computer := _CONNECTOR.fullmatch(parts.path):
            guids.append(computer[1].lower())
            event_ids += [
                event_id for event_id in parse_qs(parts.query).get("id", []) if re.fullmatch(r"\d{5,20}", event_id)
            ][:1]
        elif file := _FILE.fullmatch(parts.path):
            hashes.append(file[1].lower())
    return Linked(tuple(guids), tuple(event_ids), tuple(hashes))


_PUNCTUATION = ").,;:!]}、。）"


def is_ours(link: str, hosts: Collection[str]) -> bool:
    """Whether a link leads to one of these hosts, on its usual port, whichever reader takes it apart."""
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return False
    plain = "\\" not in link and "@" not in parts.netloc and link.isascii()
    return plain and (parts.hostname or "") in hosts and port in (None, 443) and parts.scheme == "https"


def sha256_in(value: str) -> str | None:
    """The first 64 hexadecimal digits, of any width, in lower case."""
    match = SHA256.search(unicodedata.normalize("NFKC", value))
    return match[0].lower() if match else None


def hashes_by_shape(lines: Iterable[str]) -> list[str]:
    """64 hexadecimal digits that no label gives to a parent or an archive, each once, links aside."""
    own_hashes: dict[str, None] = {}
    another = False
    for line in lines:
        text = unicodedata.normalize("NFKC", _ANY_LINK.sub(" ", line[:LINE_MAX])).lower()
        before, hashes = SHA256.split(text, maxsplit=1)[0], SHA256.findall(text)
        if not hashes:
            another = names_another(before) if before.strip() else False
            continue
        if not (names_another(before) or (another and not any(c.isalnum() for c in before))):
            own_hashes.update(dict.fromkeys(hashes))
        another = False
    return list(own_hashes)


_ANY_LINK = re.compile(r"https?://\S{1,2000}", re.IGNORECASE)


def unfolded(text: str) -> str:
    """A value that was folded over several indented lines below its label, on one line again."""
    out: list[str] = []
    value = False
    for line in text.splitlines():
        indented = line[:2] in ("  ", "\t", " \t") or line[:1] in ("\t", "\u3000")
        alone = bool(out) and labelled(out[-1][:LINE_MAX]) == (field_of(out[-1].strip(" :：")), "")
        if indented and line.strip() and value and labelled(line[:LINE_MAX])[0] is None:
            out[-1] = f"{out[-1]} {line.strip()}"
            continue
        value = indented and bool(line.strip()) and alone and field_of(out[-1].strip(" :：")) is not None
        out.append(line)
    return "\n".join(out)


def table_as_lines(text: str) -> str:
    """Tables with a row of headings, as labelled lines a row with an empty line between; other lines as they are."""
    out: list[str] = []
    fields: list[str] = []
    for line in text.splitlines():
        cells = _cells(line, len(fields))
        if len(cells) > 1 and all(field_of(cell) for cell in cells):
            fields = cells
        elif fields and len(cells) >= len(fields):
            told_by = zip(fields, cells, strict=False)
            out += ["", *(f"{label}: {cell}" for label, cell in told_by if cell), *cells[len(fields) :], ""]
        elif fields and set(line.strip()) <= set("|-+:= \t"):
            continue
        else:
            fields = []
            out.append(line)
    return "\n".join(out)


def _cells(line: str, wanted: int) -> list[str]:
    """The cells of a row: an empty one counts, unless tabs only align the columns."""
    text = line[:LINE_MAX].strip(" \r").strip("|")
    apart = [cell.strip() for cell in re.split(r"\t|\|", text)]
    return apart if wanted and len(apart) >= wanted else [cell.strip() for cell in re.split(r"\t+|\|", text.strip())]
