"""Words that tell what kind of question is asked, in Japanese and English, folded as questions are. Pure."""

import re
from collections.abc import Iterable

from helpdesk.folding import fold, says

Words = tuple[str, ...]


def folded_words(words: Iterable[str]) -> Words:
    """These words folded, the longest first."""
    return tuple(sorted({fold(word) for word in words}, key=len, reverse=True))


HOW = folded_words(
    (
        "方法 手順 やり方 仕方 しかた 教えて ご教示 ご教授 したい たいです たいの どこ "
        "見方 意味 違い 使い方 設定箇所 できますか 可能です どうすれば どうやって どのように "
        "どうしたら お教え 知りたい とは 切り替え方 取り方 作り方 変え方 探し方 調べ方 "
        "戻し方 の設定 可能でしょうか には？ には? 操作 手続き 流れ 登録先 確認する "
        "変更する"
    ).split()
)
HOW_EN = folded_words(
    [
        *(
            "how",
            "where",
            "what does",
            "what do",
            "what is",
            "what are",
            "which menu",
            "steps",
            "i'd like to",
            "i want to",
        ),
        *(
            "is there a way",
            "is it possible",
            "can i",
            "can we",
            "way to",
            "procedure",
            "instructions",
            "need to",
            "difference",
        ),
        *(
            "we want to",
            "we need to",
            "we would like",
            "i would like",
            "looking for",
            "tell me about",
            "explain",
            "what permissions",
        ),
    ]
)
DEFECT = folded_words(
    (
        "エラー 不具合 動かない 動きません 動作しない 動作しません 固まる 固まり 落ちる "
        "落ちま 失敗 表示されない 表示されません 反映されない 反映されません 反映されま "
        "届かない 届きません 届かなく 止まった 止まって 止まり 消えない 消えません おかしい "
        "重い 重く 遅い 遅く うまくいか 起動しない 起動しません 応答しない 応答がない 真っ白 "
        "フリーズ 弾かれ 進めない 進まない 終わらない 終わりません 戻ってこない 戻ってきません "
        "解除されません 解除されない 出てきません 出てこない 増えない 減らない 二重に "
        "繰り返し 勝手に 異常 障害 つながらない つながりません 変わらない 変わりません "
        "まだ検知 なぜか クラッシュ 認識されない 認識されません 開けない 開けません 開かない "
        "開きません 更新されない 更新されません 入れません 入れない できなくな 見られなく "
        "見えなく 使えなく ができません 押しても のまま データがありません 保留中 何度やっても 出ません 出ない 弾かれる 通りません"
    ).split()
)
DEFECT_EN = folded_words(
    [
        *(
            "error",
            "errors",
            "fails",
            "failed",
            "failing",
            "crash",
            "crashes",
            "crashing",
            "not working",
            "doesn't work",
        ),
        *(
            "does not work",
            "stuck",
            "blank",
            "hangs",
            "freezes",
            "broken",
            "slow",
            "never arrives",
            "not delivered",
            "stopped",
        ),
        *(
            "disappeared",
            "wrong",
            "dropped",
            "won't",
            "does not",
            "doesn't",
            "did not",
            "didn't",
            "keeps",
            "unable to",
            "faults",
        ),
        *("no longer", "still", "not showing", "not appear", "twice", "duplicate", "not updating", "bug", "strange"),
    ]
)
OWN = folded_words(
    (
        "この端末 この検知 このアラート このファイル このイベント 弊社の 当社の うちの 原因 "
        "調べてください 調べていただ 調査 ご確認いただけ 確認いただけ 確認をお願い ご確認 "
        "見ていただ 見てもらえ 見てください 本当に 誤検知かどうか 誤検知でしょうか "
        "安全でしょうか 安全ですか 合いません 合わない 検知がありました 検知されました "
        "検知されています なぜ どうして 昨日 今朝 先ほど 先週から 今日から 日前から 昨夜 "
        "至急 感染した 感染しま 大丈夫 問題ないでしょうか 影響 詳しく 表題の件 相談 お電話"
    ).split()
)
OWN_EN = folded_words(
    [
        *("this computer", "this detection", "this alert", "this file", "why was", "why did", "why is", "please check"),
        *(
            "can you check",
            "could you check",
            "could you look",
            "can you look",
            "look into",
            "investigate",
            "is it safe",
        ),
        *("false positive", "yesterday", "this morning", "last night", "since", "happened", "our server", "one of our"),
        *("what should we do", "is this", "cannot identify", "are we", "were we", "infected", "compromised"),
    ]
)
_NAMED = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])|(?<![a-z0-9])(?!sha-|utf-|tls-|iso-|windows-|cve-|http-|ip-)[a-z]{2,12}-[a-z]{0,6}\d{1,6}(?![a-z0-9.])"
    r"|\.exe\b|\.dll\b"
)
OURS = folded_words(
    [
        *"コネクタ コネクター ダッシュボード 管理画面 コンソール SecureEndpoint AMP 受信箱 トラジェクトリ 許可リスト ブロックリスト".split(),
        *("connector", "connectors", "dashboard", "console", "trajectory", "quarantined", "secure endpoint"),
        *(
            "amp for endpoints",
            "allow list",
            "block list",
            "アンプ",
            "エーエムピー",
            "セキュアエンドポイント",
            "immunet",
        ),
    ]
)
"""Words of this product only."""
PERHAPS_OURS = folded_words(
    [
        *"シスコ Cisco エージェント agent antivirus アンチウイルス セキュリティソフト ウイルス対策ソフト".split(),
        *("御社のソフト", "貴社のソフト", "御社ソフト", "your software", "your tool", "the security software"),
    ]
)
"""What customers call this product, and others too."""
SINCE_OURS = folded_words(
    [
        *"止めると 止めたら 切ると 切ったら 外すと 外したら オフにすると オフにしたら 無効にすると 入れてから 入れたら".split(),
        *"導入してから 導入後 導入前後 配布後 配布してから 新しくなってから 更新してから 更新後 隔離されてませんか".split(),
        *"隔離されていませんか 消されて 御社のログ 検知されてませんか アンインストールすると インストール後 入れていない".split(),
        *("without it", "with the agent", "with the cisco", "without the agent", "without the connector", "ever since"),
        *("after the connector", "since the connector", "since the update", "after the update", "if we stop"),
        *(
            "when we stop",
            "disabling",
            "disabled it",
            "turn it off",
            "turning it off",
            "after installing",
            "uninstalling",
        ),
    ]
)
"""What goes wrong with another product since ours is there: a defect to search for, not the other product's.

These are everyday words; they tell something only where ours is named, too."""
SHARED = folded_words(
    "隔離 検知 端末 ポリシー 除外 イベント アラート スキャン quarantine detection policy exclusion alert computers isolation endpoint".split()
)
"""Words that other products use, too."""
UNCOVERED = folded_words(
    [
        "Linux",
        "カスタム検出シグネチャ",
        "ClamAV",
        "自動アクション",
        "Orbital",
        "デバイス制御",
        "USB",
        "シングルサインオン",
        "SAML",
        "SSO",
        "syslog",
        "イベントストリーム",
        "XDR",
        "Android",
        "iOS",
        "モバイル",
        "コンテナ",
        "カーネル",
        "対応状況",
        "動作環境",
        "互換性",
        "仮想",
        "VDI",
        "併用",
        "共存",
        "docker",
        "kubernetes",
        *"ホストファイアウォール スクリプト保護 プレバレンス エクスプロイト防止 AMQP MSSP テナント ページング".split(),
        *"Webhook YubiKey 脆弱性 IOC サポート終了 サイズの上限 上限は 最大サイズ インポート 流し込".split(),
    ]
)
UNCOVERED_EN = folded_words(
    [
        "advanced custom",
        "automated action",
        "device control",
        "single sign-on",
        "event stream",
        "together with",
        "compatible",
        "compatibility",
        "container",
        "containers",
        "supported",
        "vdi",
        *("host firewall", "script protection", "prevalence", "exploit prevention", "multi-tenant", "tenant"),
        *("pagination", "rate limit", "vulnerabilities", "end of life", "maximum", "import"),
        "virtual",
    ]
)


def count(text: str, *kinds: Words) -> int:
    """How many different words of these are in a folded text, up to three; one within another counts once."""
    found: list[str] = []
    for words in kinds:
        for word in words:
            if word in text and says(text, word) and not any(word in longer for longer in found):
                found.append(word)
                if len(found) >= 3:
                    return 3
    return len(found)


def names_something(text: str) -> bool:
    """Whether a folded text names one computer, file or hash."""
    return _NAMED.search(text) is not None
