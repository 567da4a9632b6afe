"""P6: search among 5,000,000 messages of many words, for words in 1 % and in 0.01 % of them, Japanese and English."""

import os
import random
from collections.abc import Iterator
from urllib.parse import quote

import psycopg

from helpdesk.tickets.terms import search_vector
from tests.bench.load import Target, late_and_floor

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "5000000"))
DIFFERENT = 500_000
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
    for number in range(min(MESSAGES, DIFFERENT)):
        lines = [f"{chance.choice(_NOUNS)}の{chance.choice(_NOUNS)}{chance.choice(_VERBS)}。" for _line in range(7)]
        lines.append(" ".join(chance.choices(_ENGLISH, k=6)) + f" PC-{chance.randrange(5000):04d}.")
        if number % 100 == 7:
            lines.insert(3, f"{COMMON[0]}の{COMMON[1]}と {COMMON[2]} です。")
        if number % 10_000 == 11:
            lines.insert(5, f"{RARE[0]}の{RARE[1]}と {RARE[2]} です。")
        yield "".join(lines)


def fill_words(conninfo: str) -> None:
    """Replace all messages by others of varied words, spread evenly over the tickets, newest last.

    What is beyond 500,000 repeats them in the same order, so that each word has its share everywhere.
    """
    with psycopg.connect(conninfo) as connection:
        connection.execute("TRUNCATE messages CASCADE")
        connection.execute("CREATE TEMP TABLE said (number int, body text, terms tsvector)")
        with connection.cursor().copy("COPY said FROM STDIN") as copy:
            for number, body in enumerate(bodies()):
                copy.write_row((number, body, search_vector(body)))
        connection.execute(
            "CREATE TEMP TABLE numbered AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM tickets"
        )
        connection.execute("CREATE INDEX ON numbered (n)")
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'messages' AND indexdef LIKE '%USING gin%'"
        ).fetchall()
        for name, _definition in indexes:
            connection.execute(f"DROP INDEX {name}")
        total = connection.execute("SELECT count(*) FROM tickets").fetchone()[0]
        for again in range(-(-MESSAGES // DIFFERENT)):
            connection.execute(_SAID, {"first": again * DIFFERENT, "total": total, "messages": MESSAGES})
        connection.execute("SET maintenance_work_mem = '512MB'")
        for _name, definition in indexes:
            connection.execute(definition)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE messages")


_SAID = """
INSERT INTO messages (ticket_id, kind, author_name, author_kind, channel, at, body, terms, folds, has_html, marks)
SELECT numbered.id, 'customer', '担当', 'contact', 'portal', '2026-11-01 09:00+09', body, terms, '[]', false, '[]'
FROM said JOIN numbered ON numbered.n = (number + %(first)s)::bigint * %(total)s / %(messages)s
ORDER BY number
"""


def searches(port: int, cookie: str, floor_port: int) -> Iterator[tuple[str, float, float]]:
    """(words, our 95th percentile, the floor's median) in seconds, one client, the two in turns."""
    for share, words in (("1 %", COMMON), ("0.01 %", RARE)):
        for word in words:
            ours = Target(port, f"/desk/search/?q={quote(word)}", cookie)
            mine, theirs = late_and_floor(ours, Target(floor_port, "/f3"))
            yield f"{word} ({share})", mine, theirs
