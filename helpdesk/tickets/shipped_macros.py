"""The twelve prepared replies that ship: business Japanese with opening and closing lines, and their English."""

from helpdesk.extensions import db
from helpdesk.tickets.kinds import Then
from helpdesk.tickets.macros import Macro, MacroWords

_OPENS = "{name}\n\nお世話になっております。{provider}の{agent}です。\n"
_CLOSES = "\n\nご不明な点は、このメールへのご返信でお知らせください。\n何卒よろしくお願いいたします。"
_OPENS_EN = "{name}\n\nThank you for contacting {provider}. My name is {agent}.\n"
_CLOSES_EN = "\n\nPlease reply to this mail if anything is unclear.\n\nKind regards,\n{agent}\n{provider}"


def _both(ja: str, en: str) -> tuple[str, str]:
    return _OPENS + ja + _CLOSES, _OPENS_EN + en + _CLOSES_EN


def _macro(folder: str, name: str, name_en: str, words: tuple[str, str], then: Then = Then.stay) -> MacroWords:
    return MacroWords(name, words[0], name_en, words[1], folder, then=then)


INQUIRY, ALERT, COURTESY = "お問い合わせ", "アラート", "ご連絡"
SHIPPED: dict[str, MacroWords] = {
    "receipt": _macro(
        INQUIRY,
        "受付のご連絡",
        "Receipt",
        _both(
            "お問い合わせを受付番号 {reference} で承りました。\n内容を確認し、{due} までにご回答いたします。",
            "We have received your inquiry under the number {reference}.\nYou will hear from us by {due}.",
        ),
    ),
    "more": _macro(
        INQUIRY,
        "確認のお願い(追加の情報)",
        "More information, please",
        _both(
            "受付番号 {reference} の件で、次の点をお知らせください。\n\n・{?確認したい点}\n\n"
            "本日のサービス提供時間を過ぎたご返信は、{opening} から確認いたします。",
            "To go on with {reference} we need to know the following:\n\n- {?what we need to know}\n\n"
            "Replies after today's service hours are read from {opening}.",
        ),
        Then.wait,
    ),
    "out_of_scope": _macro(
        INQUIRY,
        "対象外のご案内",
        "Out of scope",
        _both(
            "お問い合わせの {?対象外の内容} は、本サービス(管理画面の見方と操作のご案内)の対象外となります。\n"
            "恐れ入りますが、{?ご相談先} へご相談ください。",
            "{?what was asked} lies outside this service, which covers reading and operating the dashboard.\n"
            "Please turn to {?whom to ask}.",
        ),
        Then.close,
    ),
    "manual": _macro(
        INQUIRY,
        "マニュアルのご案内",
        "Where the manual says it",
        _both(
            "手順は操作マニュアルの次の箇所にございます。\n\n{?マニュアルの箇所}",
            "The manual describes it here:\n\n{?place in the manual}",
        ),
        Then.close,
    ),
    "approval": _macro(
        ALERT,
        "ご承認のお願い",
        "Please decide",
        _both(
            "受付番号 {reference} の {?ファイル名} について、{?操作} のご承認をお願いいたします。\n"
            "ご判断は、別途お送りするリンクまたはポータルの画面でお願いいたします。ご承認をいただくまで、設定は変更しません。",
            "Please decide on {?what is to be done} for {?file} ({reference}).\n"
            "Decide by the link that we send you or on the portal. Nothing is changed before you approve.",
        ),
        Then.wait,
    ),
    "done": _macro(
        ALERT,
        "作業完了のご報告",
        "Action done",
        _both(
            "ご指示いただいた {?作業} が完了しました。\n"
            "結果は登録後に確認済みです。詳細はポータルの記録をご覧ください。",
            "{?what was done} is done, as you instructed.\n"
            "It was read back after the change; the portal has the record.",
        ),
    ),
    "holiday": _macro(
        COURTESY,
        "休業日のご案内",
        "Closing days",
        _both(
            "{?期間} は休業とさせていただきます。\n期間中のお問い合わせは、{opening} から順に確認いたします。",
            "We are closed {?period}.\nWhat arrives in that time is read from {opening}.",
        ),
    ),
    "apology": _macro(
        COURTESY,
        "お詫び",
        "Apology",
        _both(
            "このたびは {?事象} により、ご迷惑をおかけし申し訳ございません。\n"
            "原因は {?原因} で、{?対応} いたしました。",
            "We apologise for {?what happened}.\nIt was caused by {?cause}; we have {?what was done}.",
        ),
    ),
    "reminder": _macro(
        INQUIRY,
        "ご返信のお願い(1回目)",
        "First reminder",
        _both(
            "受付番号 {reference} の件で、ご返信をお待ちしております。\nお手すきの際に、ご状況をお知らせください。",
            "We are waiting for your reply to {reference}.\nPlease let us know how things stand.",
        ),
        Then.wait,
    ),
    "last_reminder": _macro(
        INQUIRY,
        "ご返信のお願い(2回目)",
        "Last reminder",
        _both(
            "受付番号 {reference} の件で、あらためてご連絡いたします。\n"
            "{?期日} までにご返信がない場合は、いったん完了とさせていただきます。完了後もご返信で再開できます。",
            "This is our second message on {reference}.\nWithout a reply by {?date} we complete the ticket; "
            "a reply opens it again.",
        ),
        Then.wait,
    ),
    "closing": _macro(
        INQUIRY,
        "完了のご連絡",
        "Closing",
        _both(
            "受付番号 {reference} の件は、これにて完了とさせていただきます。\n"
            "追加のご質問は、ご返信いただければ再開いたします。",
            "We complete {reference} with this.\nIf anything is left, a reply opens it again.",
        ),
        Then.close,
    ),
    "person": _macro(
        COURTESY,
        "担当変更のご連絡",
        "Change of person",
        _both(
            "受付番号 {reference} の担当が {?前の担当者} から {agent} に替わりました。\n"
            "これまでの経緯は引き継いでおります。",
            "From now on I look after {reference} instead of {?who did before}.\nI know what was said so far.",
        ),
    ),
}


def load_shipped() -> None:
    """Add those that are not there; one that a supervisor changed or removed stays as it is."""
    there = set(db.session.scalars(db.select(Macro.key).where(Macro.key.is_not(None))))
    for key, words in SHIPPED.items():
        if key not in there:
            row = Macro(key=key, name=words.name, name_en=words.name_en, folder=words.folder, body=words.body)
            row.body_en, row.then = words.body_en, words.then
            db.session.add(row)
    db.session.flush()
