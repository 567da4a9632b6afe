"""The scope rules a fresh installation starts with. A supervisor changes them as data."""

from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.tickets.models import Verdict
from helpdesk.triage.models import ScopeRule

OUT, IN = Verdict.out_of_scope, Verdict.in_scope
RULES: list[tuple[str, Verdict, str, str, str, str]] = [
    (
        "printer-network",
        OUT,
        "プリンタ|印刷|ルーター|VPN|Wi-Fi|無線LAN|社内LAN|ネットワークドライブ|共有フォルダ|printer|router|wifi",
        "社内のネットワークや周辺機器は、お客様の環境に属します",
        "The network and devices on the premises belong to the customer's own environment",
        "サービスメニュー 2-1",
    ),
    (
        "office-software",
        OUT,
        "エクセル|Excel|PowerPoint|Outlook|Teams|Zoom|基幹システム|会計ソフト|表計算|spreadsheet|accounting software",
        "他社製品の使い方や不具合は、本サービスの対象ではありません",
        "How other products work, or fail, is not part of the service",
        "サービスメニュー 2-1",
    ),
    (
        "other-security",
        OUT,
        "Umbrella|Meraki|ファイアウォール|firewall|Defender|ウイルスバスター|ESET|Norton|McAfee|Symantec",
        "Secure Endpoint 以外のセキュリティ製品は、本サービスの対象ではありません",
        "Security products other than Secure Endpoint are not part of the service",
        "規約 3-3",
    ),
    (
        "pc-itself",
        OUT,
        "買い替え|電源が入らない|Windows Update|ブルースクリーン|blue screen|メモリ増設|ハードディスク|won't boot",
        "パソコン本体や OS の不具合は、お客様の環境に属します",
        "The computer itself and its operating system belong to the customer's own environment",
        "サービスメニュー 2-1",
    ),
    (
        "defect",
        IN,
        "不具合|エラー|動かない|動作しない|表示されない|反映されない|失敗します|重くなる|遅くなる|おかしい|error|"
        "fails|not working|slow|crash",
        "Secure Endpoint の不具合の調査は、本サービスの対象です",
        "Finding the cause of a defect in Secure Endpoint is part of the service",
        "サービスメニュー 1-1",
    ),
    (
        "own-console",
        IN,
        "この端末|弊社の|当社の|台数が合わない|合いません|検知されました|our console|this computer",
        "お客様の管理画面を確認する必要があります",
        "It needs a look at this customer's console",
        "サービスメニュー 1-1",
    ),
]


def load_rules() -> int:
    """Add the rules to an installation that has none; returns how many."""
    if db.session.scalar(select(ScopeRule.id).limit(1)) is not None:
        return 0
    for key, verdict, words, reason_ja, reason_en, clause in RULES:
        db.session.add(
            ScopeRule(
                key=key,
                verdict=verdict,
                words=words.split("|"),
                reason_ja=reason_ja,
                reason_en=reason_en,
                clause=clause,
            )
        )
    return len(RULES)
