"""The columns of a table of customers and people: what each may be called, and what may stand in it."""

import enum

from helpdesk.accounts.roles import Role
from helpdesk.customers.models import Language, Way
from helpdesk.folding import fold


class Head(enum.StrEnum):
    """The columns. Only the customer's name is needed in every row."""

    customer = "customer"
    customer_kana = "customer_kana"
    alert_addresses = "alert_addresses"
    name = "name"
    kana = "kana"
    department = "department"
    email = "email"
    phone = "phone"
    language = "language"
    told = "told"
    instructs = "instructs"
    way = "way"
    reports = "reports"
    contract = "contract"
    sign_in = "sign_in"


HEADS: dict[Head, tuple[str, ...]] = {
    Head.customer: ("会社名", "お客様名", "お客様", "customer", "company"),
    Head.customer_kana: ("会社名フリガナ", "お客様名フリガナ", "customer reading", "company kana"),
    Head.alert_addresses: ("アラートの宛先", "アラート宛先", "alert addresses", "alert address"),
    Head.name: ("氏名", "担当者名", "担当者", "name", "contact"),
    Head.kana: ("フリガナ", "氏名フリガナ", "reading", "kana"),
    Head.department: ("部署", "部署名", "department"),
    Head.email: ("メールアドレス", "メール", "email", "mail address", "e-mail"),
    Head.phone: ("電話", "電話番号", "phone", "telephone"),
    Head.language: ("言語", "language"),
    Head.told: ("アラートの通知", "アラート通知", "told of alerts", "told"),
    Head.instructs: ("指示", "指示できる", "may instruct", "instructs"),
    Head.way: ("通知の方法", "方法", "way"),
    Head.reports: ("レポート", "月次レポート", "reports"),
    Head.contract: ("契約の窓口", "契約", "contract"),
    Head.sign_in: ("サインイン", "sign-in", "sign in", "role"),
}
"""What a column may be called; the first is what the empty table has, whatever the width of its letters."""
YES = {fold(word) for word in ("1", "○", "◯", "〇", "はい", "有", "あり", "yes", "y", "true", "x", "✓", "✔", "●")}
NO = {"", *(fold(word) for word in ("0", "-", "×", "いいえ", "無", "なし", "no", "n", "false", "ー", "―"))}
LANGUAGES = {"": Language.ja, "ja": Language.ja, fold("日本語"): Language.ja, "en": Language.en, "english": Language.en}
WAYS = {
    **dict.fromkeys(("", fold("メール"), "mail", "email"), Way.mail),
    **dict.fromkeys((fold("電話"), "phone"), Way.phone),
}
ROLES: dict[str, Role | None] = {
    **dict.fromkeys(NO, None),
    **dict.fromkeys((*YES, fold("利用者"), "user"), Role.customer_user),
    **dict.fromkeys((fold("管理者"), "administrator", "admin"), Role.customer_admin),
}
