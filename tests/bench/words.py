"""P6: search among 500,000 messages of many words, for words in 1 % and in 0.01 % of them, Japanese and English."""

import random
from collections.abc import Iterator
from urllib.parse import quote

import psycopg

from helpdesk.tickets.terms import search_vector
from tests.bench.load import Target, late_and_floor

MESSAGES = 500_000
COMMON = ("夕張", "複合機", "Catalina")
RARE = ("稚内", "函館山", "Zanzibar")
GOAL = 10.0
_SEED = 20261123
_NOUNS = [
    "端末",
    "検知",
    "隔離",
    "ポリシー",
    "除外",
    "受信箱",
    "イベント",
    "コネクタ",
    "許可リスト",
    "更新",
    "画面",
    "利用者",
    "管理者",
    "権限",
    "レポート",
    "設定",
    "台数",
    "一覧",
    "支店",
    "本社",
    "経理部",
    "総務部",
    "製造課",
    "サーバー",
    "ノートパソコン",
    "ファイル",
    "フォルダ",
    "通知",
    "メール",
    "アラート",
    "再起動",
    "インストール",
    "手順",
    "ライセンス",
    "スキャン",
    "履歴",
    "ハッシュ値",
    "デバイス",
    "グループ",
    "接続",
    "日時",
    "状態",
    "結果",
    "原因",
    "影響",
    "対応",
    "担当者",
    "電話",
    "資料",
    "写真",
    "表示",
]
_VERBS = [
    "を確認しました",
    "を変更したいです",
    "が表示されません",
    "について教えてください",
    "が増えています",
    "を削除しました",
    "が止まっています",
    "を共有します",
    "をお願いいたします",
    "が完了しました",
    "が分かりません",
    "を見てください",
    "は問題ありません",
    "を調べています",
    "が届きました",
]
_ENGLISH = [
    "the",
    "connector",
    "console",
    "policy",
    "shows",
    "update",
    "after",
    "reboot",
    "please",
    "check",
    "report",
    "user",
    "group",
    "file",
    "quarantine",
]


def bodies() -> Iterator[str]:
    """Some 150 characters each of varied words; every hundredth has the common, every ten-thousandth the rare words."""
    chance = random.Random(_SEED)
    for number in range(MESSAGES):
        lines = [f"{chance.choice(_NOUNS)}の{chance.choice(_NOUNS)}{chance.choice(_VERBS)}。" for _line in range(7)]
        lines.append(" ".join(chance.choices(_ENGLISH, k=6)) + f" PC-{chance.randrange(5000):04d}.")
        if number % 100 == 7:
            lines.insert(3, f"{COMMON[0]}の{COMMON[1]}と {COMMON[2]} です。")
        if number % 10_000 == 11:
            lines.insert(5, f"{RARE[0]}の{RARE[1]}と {RARE[2]} です。")
        yield "".join(lines)


def fill_words(conninfo: str) -> None:
    """Replace all messages by 500,000 of varied words, spread evenly over the tickets, newest last."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("TRUNCATE messages CASCADE")
        tickets = [row[0] for row in connection.execute("SELECT id FROM tickets ORDER BY id").fetchall()]
        columns = "(ticket_id, kind, author_name, author_kind, channel, at, body, terms, folds, has_html, marks)"
        with connection.cursor().copy(f"COPY messages {columns} FROM STDIN") as copy:
            for number, body in enumerate(bodies()):
                ticket = tickets[number * len(tickets) // MESSAGES]
                row = (ticket, "customer", "担当", "contact", "portal", "2026-11-01 09:00+09", body)
                copy.write_row((*row, search_vector(body), "[]", False, "[]"))
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE messages")


def searches(port: int, cookie: str, floor_port: int) -> Iterator[tuple[str, float, float]]:
    """(words, our 95th percentile, the floor's median) in seconds, one client, the two in turns."""
    for share, words in (("1 %", COMMON), ("0.01 %", RARE)):
        for word in words:
            ours = Target(port, f"/desk/search/?q={quote(word)}", cookie)
            mine, theirs = late_and_floor(ours, Target(floor_port, "/f3"))
            yield f"{word} ({share})", mine, theirs
