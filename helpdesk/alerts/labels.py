"""What labels, links and shapes in an alert mail stand for: one line at a time. Pure (R10).

Labels are known by their words in English and Japanese, hashes by family, whatever stands around the word. Links count
only to hosts of the console: anybody can write the rest.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

SHA256 = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
LINE_MAX = 1_000
_LINK = re.compile(r"https?://[^\s<>\"'「」『』（）]{1,2000}", re.IGNORECASE)
_EVENT_ID = re.compile(r"/trajectory2\?(?:[^\s#]{0,200}&)?id=(\d{5,20})(?!\d)", re.IGNORECASE)
"""The event a link to a computer's trajectory opens at."""
_CONNECTOR = re.compile(r"/computers/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f-])", re.IGNORECASE)
_FILE = re.compile(r"/file/trajectory/([0-9a-f]{64})(?![0-9a-f])", re.IGNORECASE)

LABELS = {
    "computer": "computer|computer name|hostname|host name|host|device|device name|endpoint|machine|workstation|"
    "コンピューター|コンピュータ|コンピューター名|コンピュータ名|ホスト名|ホスト|端末|端末名|デバイス|デバイス名|対象端末",
    "user": "user|user name|username|logged in user|current user|account|"
    "ユーザー|ユーザ|ユーザー名|ユーザ名|利用者|ログインユーザー|アカウント",
    "file_name": "file name|filename|file|detected file|ファイル名|ファイル|検出ファイル|検知ファイル|対象ファイル",
    "file_path": "file path|filepath|path|full path|ファイルパス|パス|ファイルの場所|フルパス",
    "event_type": "event type|event|type|event name|"
    "イベントタイプ|イベント種別|イベントの種類|イベント|イベント名|種別",
    "detection": "detection|detection name|threat|threat name|malware|malware name|signature|"
    "検出名|検知名|脅威名|脅威|検出|検知|マルウェア名",
    "severity": "severity|重大度|深刻度|重要度",
    "at": "date|time|timestamp|date/time|detected at|event time|event date|detection time|"
    "日時|検出日時|検知日時|発生日時|検出時刻|イベント日時|時刻",
    "disposition": "disposition|file disposition|性質|ファイルの性質|ディスポジション",
    "detection_id": "detection id|検出 id|検知 id",
    "event_id": "event id|イベント id",
}
_FIELD = {label: field for field, labels in LABELS.items() for label in labels.split("|")}
_HASH = ("sha256", "fingerprint", "フィンガープリント", "hash", "ハッシュ", "checksum", "チェックサム", "指紋")
_OTHER_HASH = ("md5", "sha1", "ssdeep", "imphash")
_NOT_THE_FILES = ("parent", "親", "archive", "アーカイブ", "書庫", "圧縮", "container", "process", "プロセス")
"""A hash beside such a word is not the file's own."""
_LINE = re.compile(r"(?P<label>[^:：=|\s][^:：=|\t]{0,59})(?:[:：=|]|\t+[:：]?)(?P<value>.*)")
_NOTHING = frozenset(["n/a", "na", "none", "unknown", "not available", "-", "--", "不明", "なし", "該当なし", "―"])


def told(line: str) -> tuple[str, str] | None:
    """(field, value) of a labelled line; None where its label is not known or its value says nothing."""
    match = _LINE.match(line.strip(" \u3000>*-・•■◆●"))
    if match is None:
        return None
    field, value = field_of(match["label"]), match["value"].strip(" \t\u3000*")
    return (field, value) if field and value and value.lower() not in _NOTHING else None


def field_of(label: str) -> str | None:
    """The field that a label names: by its words, a hash's by what it contains."""
    words = unicodedata.normalize("NFKC", label).strip(" *_").lower()
    if (known := _FIELD.get(words)) is not None:
        return known
    bare = re.sub(r"[\W_の]+", "", words)
    if not any(word in bare for word in _HASH) or any(word in bare for word in _OTHER_HASH):
        return None
    return "parent_sha256" if _names_another(words) else "sha256"


def _names_another(words: str) -> bool:
    return any(word in words for word in _NOT_THE_FILES)


@dataclass(frozen=True)
class Linked:
    """What the console's links on a line point at."""

    connector_guid: str | None = None
    event_id: str | None = None
    sha256: str | None = None


def linked(line: str, hosts: Collection[str]) -> Linked:
    """What links to the console's own hosts say; anything that only looks like one says nothing."""
    guid = event_id = sha256 = None
    for link in _links(line):
        if not is_ours(link, hosts):
            continue
        path = link.partition("://")[2]
        guid = found[1].lower() if (found := _CONNECTOR.search(path)) else guid
        event_id = found[1] if (found := _EVENT_ID.search(path)) else event_id
        sha256 = found[1].lower() if (found := _FILE.search(path)) else sha256
    return Linked(guid, event_id, sha256)


def is_ours(link: str, hosts: Collection[str]) -> bool:
    """Whether a link leads to one of these hosts, on its usual port, whichever reader takes it apart."""
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return False
    plain = "\\" not in link and "@" not in parts.netloc and link.isascii()
    return plain and (parts.hostname or "") in hosts and port in (None, 443) and parts.scheme == "https"


def _links(line: str) -> Iterator[str]:
    return (found[0] for found in _LINK.finditer(line))


def hashes_by_shape(text: str) -> list[str]:
    """64 hexadecimal digits that no label gives to a parent or an archive, each once, links aside."""
    found: dict[str, None] = {}
    another = False
    for line in (whole[:LINE_MAX] for whole in text.splitlines()):
        words = _LINK.sub(" ", line)
        before = SHA256.split(words, 1)[0]
        lower = unicodedata.normalize("NFKC", before).lower()
        hashes = SHA256.findall(words)
        if not hashes:
            another = _names_another(lower) if lower.strip() else another
            continue
        if not (_names_another(lower) or (another and not any(c.isalnum() for c in lower))):
            found.update(dict.fromkeys(one.lower() for one in hashes))
        another = False
    return list(found)
