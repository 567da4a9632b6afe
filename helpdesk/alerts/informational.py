"""Events of a console that report no threat: they leave a trace and ask for no report. Pure (R12).

Names are the vendor's, of its own list of event types. Japanese names are not documented: they are known by their
words, and any word of a failure or a threat speaks against them.
"""

import re
import unicodedata

from helpdesk.console.values import ConsoleEvent, Severity

_NAMES = frozenset(
    {
        *("email confirmation", "report created", "initial agent registration", "computer metadata changed"),
        *("policy update", "definition update begun", "definition update success"),
        *("product update available", "product update started", "product update completed"),
        *("update: reboot required", "update: reboot advised", "reboot pending", "reboot completed"),
        *("install started", "orbital install success", "orbital update success", "file fetch completed"),
        *("upload started", "upload success", "scan schedule loading", "scan schedule saved", "fault cleared"),
        *("scan started", "scan completed, no detections"),
        *("endpoint ioc scan started", "endpoint ioc scan completed, no detections"),
        *("endpoint ioc configuration update success", "endpoint ioc definition update success"),
        *("endpoint isolation start success", "endpoint isolation stop success", "endpoint isolation update success"),
    }
)
_JAPANESE = re.compile(
    r"(?:ポリシー|定義(?:ファイル)?|製品|コネクタ)(?:が|の|を)?(?:更新|アップデート)(?:の?(?:開始|完了|成功)|を開始|が完了|に成功|され|しま|$)"
    r"|スキャン(?:の|を|が)?開始|スキャン(?:の|が)?完了\s*[(]?検出なし|検出なし"
    r"|(?:端末|エンドポイント|ネットワーク)?(?:の)?隔離(?:の|を|が)?(?:開始|解除|停止|終了)(?:が|に|し)?(?:成功|完了|まし|され|$)"
    r"|障害(?:が|の)?(?:解消|復旧)|再起動(?:が|の)?(?:必要|完了|保留)"
)
_AGAINST = re.compile(
    r"失敗|エラー|できません|できなかった|脅威|マルウェア|検出あり|検出しました|検知|感染|fail|threat|malware"
)


def is_informational(event: ConsoleEvent) -> bool:
    """Whether an event reports nothing to act on, by its type's name; whatever names a threat does."""
    if event.detection or event.sha256 or event.severity in (Severity.high, Severity.critical):
        return False
    return says_informational(event.event_type or "")


def says_informational(name: str) -> bool:
    words = " ".join(unicodedata.normalize("NFKC", name).lower().replace("_", " ").split())
    if words in _NAMES:
        return True
    return len(words) < 60 and _JAPANESE.search(words) is not None and _AGAINST.search(words) is None


def informational_in(line: str) -> str | None:
    """The vendor's informational name that a line has within it, if any, and no word of a threat."""
    words = " ".join(line.lower().replace("_", " ").split())
    if _AGAINST.search(words):
        return None
    return max(
        (name for name in _NAMES if re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", words)), key=len, default=None
    )
