"""A thousand customers' monthly reports while workers are killed: each made once, sent once, to one mailbox once."""

import contextlib
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

import psycopg

from helpdesk.local import LocalPaths
from tests.http import Visitor
from tests.product import Product

MONTH = "2026-11"
FIRST_BUSINESS_DAY = "2026-12-01T09:05:00+09:00"


@dataclass
class Killer:
    """Kills a worker every few seconds, so that its successor comes to do something."""

    product: Product
    kills: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        dice = random.Random(13)
        while not self.over.is_set():
            self.over.wait(3 + dice.random() * 5)
            found = self.product.workers()
            if found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(dice.choice(found), signal.SIGKILL)
                    self.kills += 1


def run(product: Product, customers: int) -> dict[str, object]:
    """Ask for a month's reports, approve them all, and see each arrive. Raises AssertionError where one did not."""
    made = _customers(product, customers)
    product.command("clock", "set", FIRST_BUSINESS_DAY)
    erin = Visitor.signed_in(product.web, "erin@desk.example")
    killer = Killer(product)
    thread = threading.Thread(target=killer.run, daemon=True)
    begin = time.monotonic()
    erin.post("/desk/reports/requests", {})
    thread.start()
    try:
        product.wait_for(lambda: _count(product, "contents IS NOT NULL") == made, 600)
        counted = time.monotonic() - begin
        erin.post("/desk/reports/approvals", {"month": MONTH})
        product.wait_for(lambda: _count(product, "sent_at IS NOT NULL") == made, 900)
    finally:
        killer.over.set()
        thread.join()
    sent = time.monotonic() - begin
    product.wait_for(lambda: _one(product, "SELECT count(*) FROM notices WHERE state <> 'done'") == 0, 600)
    check(product, customers)
    return {"reports": made, "kills": killer.kills, "counted in s": round(counted), "sent in s": round(sent)}


def check(product: Product, customers: int) -> None:
    """One edition a customer, one mail a person, and one of each in the mailboxes."""
    twice = "SELECT 1 FROM monthly_reports GROUP BY customer_id, month HAVING count(*) > 1"
    assert _one(product, f"SELECT count(*) FROM ({twice}) AS each") == 0
    assert _one(product, "SELECT count(*) FROM notices WHERE template = 'monthly_report'") == customers
    # the sink's page shows the newest few, its folder has all
    arrived = [message_from_bytes(path.read_bytes(), policy=default) for path in (product.var / "sink").glob("*.eml")]
    reports = [mail["Message-ID"] for mail in arrived if "運用レポート" in mail["Subject"]]
    assert len(set(reports)) == customers, (len(reports), len(arrived))


def _customers(product: Product, customers: int) -> int:
    """Customers under contract with a person for reports and a ticket in the month; returns how many are due."""
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk")) as connection:
        connection.execute(_MADE, {"customers": customers})
        due = connection.execute("SELECT count(DISTINCT customer_id) FROM contracts").fetchone()
    return int(due[0]) if due else 0


_MADE = """
WITH made AS (
    INSERT INTO customers (name, language, mail_charset, second_eyes, isolation, links_need_sign_in, created_at,
        found_by)
    SELECT 'お客様 ' || n, 'ja', 'utf-8', false, false, false, '2026-01-01', ''
    FROM generate_series(1, %(customers)s) n RETURNING id),
contract AS (
    INSERT INTO contracts (customer_id, plan, in_force_from, created_at)
    SELECT id, 'プラン 100', '2026-04-01', now() FROM made),
people AS (
    INSERT INTO contacts (customer_id, name, kana, department, email, phone, told_of_alerts, may_instruct, way,
        language, gets_reports)
    SELECT id, '担当 ' || id, '', '', 'c' || id || '@soak.example', '', true, true, 'mail', 'ja', true FROM made)
INSERT INTO tickets (reference, reply_token, kind, state, queue, customer_id, subject, title, topic, concerns, priority,
    channel, verified, covered, opened_at, updated_at, due_since, first_due_at, calendar_version, verdict_decided,
    preview, version, failed_check)
SELECT '2611-7' || id, md5('soak' || id), 'inquiry', 'open', 'inquiries', id, '一覧の見方', '', '', '', 'normal',
    'portal', true, true, at, at, at, at + interval '2 days', (SELECT max(id) FROM calendar_versions), false, '', 1,
    false
FROM made, (SELECT timestamptz '2026-11-10 10:00+09' AS at) moment
"""


def _count(product: Product, condition: str) -> int:
    return _one(product, f"SELECT count(*) FROM monthly_reports WHERE month = '2026-11-01' AND {condition}")


def _one(product: Product, statement: str) -> int:
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk")) as connection:
        row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0
