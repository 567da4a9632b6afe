"""Demo terms and menu, short and of our own, and an announcement: what anybody reads without signing in."""

from datetime import date, datetime, time, timedelta

from helpdesk.announcements.models import AnnouncementKind
from helpdesk.announcements.publishing import AnnouncementWords, publish, write
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.life import today
from helpdesk.terms.models import TermsKind
from helpdesk.terms.publishing import TermsWords, save_draft
from helpdesk.terms.publishing import publish as post_version

TERMS = """## 第1条 この規約について

1. この規約は、みなと監視サービス(以下「当社」)が提供するコンソール運用代行の条件を定めます。
2. サービスの範囲と時間は、サービスメニューに定めます。

## 第2条 お問い合わせ

1. お問い合わせは、ポータル・メール・電話で受け付けます。
2. 受け付ける内容は、ダッシュボードの見方と操作方法です。そのほかの内容は、対象外としてご案内します。

## 第3条 隔離と許可

1. ファイルの隔離と許可リストへの登録は、お客様のご指示を受けてから、サービス提供時間内に行います。
2. 行った内容は、証明とともにご報告します。

## 第4条 契約の期間

1. 契約は月単位で自動更新します。
2. 最低利用期間は、開始した月を含めて13か月です。

## 第5条 規約の変更

変更するときは、効力が生じる日の30日前までに、内容と日付をこのページでお知らせします。
"""
SUPPLEMENT = "この規約は、2026年4月1日から実施します。"
MENU = """## サービスの内容

| 項目 | 内容 |
|---|---|
| 受付 | ダッシュボードの見方・操作方法のお問い合わせ |
| アラートの確認 | 受信後2営業日以内に、感染者・感染ファイル・感染経路・拡散状況をご報告 |
| 隔離・許可 | ご指示を受けて実施 |
| 運用レポート | 翌月にご提供 |

## 時間

月曜日から金曜日の営業日、9:00から17:00まで。
"""


def seed_papers() -> None:
    """A version of each that holds, and a maintenance in a week, shown on the portal and mailed to nobody."""
    held = date(2026, 4, 1)
    for kind, title, body in ((TermsKind.terms, "利用規約", TERMS), (TermsKind.menu, "サービスメニュー", MENU)):
        supplement = SUPPLEMENT if kind == TermsKind.terms else ""
        post_version(SYSTEM, save_draft(SYSTEM, kind, TermsWords(title, body, supplement, "", held)), history=True)
    zone = current_calendar().hours.zone
    begins = datetime.combine(today() + timedelta(days=8), time(21), zone)
    words = AnnouncementWords(
        kind=AnnouncementKind.maintenance,
        title_ja="ポータルの定期メンテナンス",
        body_ja="次の時間、ポータルをご利用いただけません。メールの受付とアラートの受信は続けます。",
        title_en="Maintenance of the portal",
        body_en="The portal is not available at this time. Mails and alerts are taken in as usual.",
        mailed=False,
        begins_at=begins,
        ends_at=begins + timedelta(hours=2),
        shown_until=begins + timedelta(hours=2),
    )
    one = write(SYSTEM, words)
    publish(one)
    one.state, one.finished_at = one.state.done, one.published_at
