"""The scope rules a fresh installation starts with. A supervisor changes them as data."""

from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.tickets.kinds import Verdict
from helpdesk.triage.models import ScopeRule
from helpdesk.triage.rules import Rule

OUT, IN = Verdict.out_of_scope, Verdict.in_scope
RULES: list[tuple[str, Verdict, str, str, str, str]] = [
    (
        "printer-network",
        OUT,
        "プリンタ|プリンター|印刷|複合機|スキャナー|ルーター|ルータ|VPN|Wi-Fi|無線LAN|社内LAN|LANケーブル|ネットワークドライブ|共有フォルダ|NAS|"
        "スイッチングハブ|回線|FAX|電話機|プロジェクター|防犯カメラ|監視カメラ|ドライブレコーダー|ヘッドセット|Webカメラ|リモートデスクトップ|ビジネスホン|"
        "バッファロー|ヤマハのルーター|QNAP|Synology|TP-Link|squid|DNSの設定|SPF|DKIM|DMARC|printer|router|wifi|wi-fi|vpn|shared folder|file server|"
        "network drive|internet line|projector|webcam|headset|remote desktop|photocopier|switch port",
        "社内のネットワークや周辺機器は、お客様の環境に属します",
        "The network and devices on the premises belong to the customer's own environment",
        "サービスメニュー 1-(1) 注記",
    ),
    (
        "office-software",
        OUT,
        "エクセル|Excel|ワードの|Microsoft Word|パワーポイント|PowerPoint|Outlook|アウトルック|Teams|Zoom|Slack|Gmail|Microsoft 365|Microsoft365|"
        "Office 365|OneDrive|SharePoint|Google Workspace|Adobe|Acrobat|Photoshop|kintone|Salesforce|SAP|freee|弥生|勘定奉行|基幹システム|会計ソフト|給与ソフト|"
        "販売管理|勤怠|年賀状|ホームページ|Webサイト|表計算|メーラー|サイボウズ|Garoon|ガルーン|LINE WORKS|Chatwork|チャットワーク|Dropbox|Notion|Power BI|Thunderbird|"
        "WordPress|Shopify|QuickBooks|マネーフォワード|ジョブカン|KING OF TIME|SmartHR|Sansan|AutoCAD|Jw_cad|SolidWorks|Illustrator|Canva|ChatGPT|Copilot|"
        "電子カルテ|レセコン|POSレジ|クラウドサイン|DocuSign|Tableau|Dynamics 365|Trello|Jira|Backlog|じゃらん|Chromebook|spreadsheet|accounting software|"
        "our website|web site|erp|payroll|crm|point of sale",
        "他社製品の使い方や不具合は、本サービスの対象ではありません",
        "How other products work, or fail, is not part of the service",
        "サービスメニュー 1-(1)",
    ),
    (
        "other-security",
        OUT,
        "Umbrella|Meraki|Duo|Webex|AnyConnect|FortiGate|Fortinet|Palo Alto|SonicWall|ファイアウォール|ファイヤーウォール|firewall|UTM|Defender|"
        "ウイルスバスター|トレンドマイクロ|ESET|Norton|ノートン|McAfee|マカフィー|Symantec|Kaspersky|カスペルスキー|CrowdStrike|SentinelOne|Sophos|SKYSEA|LanScope|"
        "Catalyst|Secure Email|Secure Firewall|ThousandEyes|ESA|WSA|ISE|トレンド マイクロ|Apex One|trend micro|bitdefender|Qualys|Nessus|Tenable|Acronis|"
        "Malwarebytes|Avast|AVG|Avira|F-Secure|WithSecure|Webroot|Cybereason|サイバーリーズン|Cylance|Trellix|FireEye|Carbon Black|Zscaler|Netskope|"
        "Proofpoint|Mimecast|Barracuda|WatchGuard|Check Point|Juniper|i-FILTER|InterSafe|Darktrace|1Password|LastPass|BitLocker|Veeam|Firepower|ASA5506|"
        "ISM CloudOne|AssetView|HENNGE|Cloudflare|password manager",
        "Secure Endpoint 以外のセキュリティ製品は、本サービスの対象ではありません",
        "Security products other than Secure Endpoint are not part of the service",
        "規約 3-3",
    ),
    (
        "pc-itself",
        OUT,
        "買い替え|買い換え|電源が入ら|電源が入り|電源がつ|Windows Update|WindowsUpdate|ブルースクリーン|メモリ増設|メモリを増|ハードディスク|SSD|モニター|モニタ|ディスプレイ|マウス|"
        "キーボード|バッテリー|充電|修理|故障|初期化したい|おすすめのパソコン|おすすめはあり|機種を選|iPhone|iPad|BIOS|ライセンス認証|blue screen|"
        "タスクバー|壁紙|ファンがうるさ|異音|液晶|スピーカー|イヤホン|Bluetooth|ブルートゥース|日本語入力|IME|フォント|スタートメニューが|ファイル履歴|ドライブの空き|"
        "won't boot|won't turn on|monitor|my mouse|keyboard|battery|hard disk|hard drive|recommend a laptop|new laptop|toner|taskbar|wallpaper|speakers|"
        "charger|touchpad|docking station",
        "パソコン本体や OS の不具合は、お客様の環境に属します",
        "The computer itself and its operating system belong to the customer's own environment",
        "サービスメニュー 1-(1) 注記",
    ),
    (
        "beyond-service",
        OUT,
        "規程|ひな形|雛形|テンプレートをください|研修|セミナー|社員教育|標的型メール訓練|Pマーク|プライバシーマーク|ISMS|ISO27001|コンサル|見積|お見積り|費用はいくら|"
        "いくらです|料金|値段|価格|ドメイン|SSL証明書|サーバー構築|構成図|機器選定|値引き|アップグレードしたい|OSのアップグレード|リプレースの提案|フォレンジック|現地|訪問|駆け付け|駆除作業|出張作業|法律|賠償|求人|採用|スマートフォンの機種|"
        "training|seminar|policy template|consulting|on site|on-site|onsite|forensic|forensics|legal advice|quote|how much|price|pricing|ssl certificate|"
        "キッティング|外注|勉強会|講師|サイバー保険|補助金|就業規則|チェックシートに記入|アンケート|パンフレット|導入事例|翻訳して|英訳|忘れ物|駐車場|名刺|"
        "domain name|discount|upgrade to windows|network diagram|penetration test|phishing exercise|insurance|questionnaire|"
        "brochure|vacancy|outsource|job opening|translate",
        "画面の見方と操作方法のお問い合わせの範囲を超えるご依頼です",
        "The request goes beyond questions on reading the screens and operating them",
        "サービスメニュー 1-(1)",
    ),
    (
        "defect",
        IN,
        "不具合|エラー|動かない|動作しない|表示されない|反映されない|失敗します|重くなる|遅くなる|おかしい|error|"
        "fails|not working|slow|crash",
        "Secure Endpoint の不具合の調査は、本サービスの対象です",
        "Finding the cause of a defect in Secure Endpoint is part of the service",
        "サービスメニュー 1-(1)",
    ),
    (
        "own-console",
        IN,
        "この端末|この検知|台数が合わない|合いません|検知されました|検知がありました|our console|this computer|this detection",
        "お客様の管理画面を確認する必要があります",
        "It needs a look at this customer's console",
        "サービスメニュー 1-(1)",
    ),
]


def default_rules() -> list[Rule]:
    """The rules of a fresh installation as values."""
    return [
        Rule(key, verdict, tuple(words.split("|")), {"ja": reason_ja, "en": reason_en}, clause)
        for key, verdict, words, reason_ja, reason_en, clause in RULES
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
