"""P13: a customer's operations report of a month with 10,000 tickets, counted, set as PDF and written as a workbook."""

import re
from pathlib import Path
from statistics import median

import psycopg

from tests.product import Product

TICKETS = 10_000
CUSTOMER = "月に一万件のお客様"
MONTH = "2026-10"


def report_seconds(product: Product, conninfo: str, folder: Path) -> float:
    """The median of three runs, as the command tells it: counted anew, set and written. Its own start is no part."""
    fill_month(conninfo)
    found = []
    for number in range(3):
        files = ["--pdf", str(folder / f"{number}.pdf"), "--xlsx", str(folder / f"{number}.xlsx")]
        told = product.command("report", "make", CUSTOMER, MONTH, *files)
        found.append(float(re.search(r"written in ([\d.]+) s", told)[1]))  # type: ignore[index]
    return median(found)


def fill_month(conninfo: str) -> None:
    """7,000 alerts with three computers each, and 3,000 inquiries, answered and completed, over October 2026."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(
            "WITH made AS (INSERT INTO customers (name, language, mail_charset, second_eyes, isolation, links_need_sign_in, "
            "created_at, found_by) VALUES (%s, 'ja', 'utf-8', false, false, false, '2026-01-01', '') RETURNING id) "
            "INSERT INTO contracts (customer_id, plan, in_force_from, created_at) "
            "SELECT id, 'プラン 100', '2026-04-01', now() FROM made",
            (CUSTOMER,),
        )
        for statement in (_TICKETS, _ALERTS, _EVENTS, _COMPUTERS, _ARRIVALS, _CLOSURES):
            connection.execute(statement, {"customer": CUSTOMER, "tickets": TICKETS})
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


_MINE = "(SELECT id FROM customers WHERE name = %(customer)s)"
_TICKETS = f"""
INSERT INTO tickets (reference, reply_token, kind, state, queue, customer_id, subject, title, topic, concerns, priority,
    channel, verified, covered, opened_at, updated_at, due_since, first_due_at, first_responded_at, calendar_version,
    closed_at, verdict, verdict_confidence, verdict_decided, severity, preview, version, failed_check)
SELECT '2610-9' || lpad(n::text, 5, '0'), md5('p13' || n), CASE WHEN n %% 10 < 7 THEN 'alert' ELSE 'inquiry' END,
    'closed', CASE WHEN n %% 10 < 7 THEN 'alerts' ELSE 'inquiries' END, {_MINE}, '一覧の見方を教えてください ' || n, '',
    '', '', 'normal', 'mail', true, true, at, at + interval '5 hours', at, at + interval '2 days',
    at + interval '3 hours', (SELECT max(id) FROM calendar_versions), at + interval '5 hours',
    (ARRAY['in_scope', 'out_of_scope', 'manual_reference'])[1 + n %% 3], 90, true,
    CASE WHEN n %% 10 < 7 THEN (ARRAY['Low', 'Medium', 'High', 'Critical'])[1 + n %% 4] END, '', 1, false
FROM (SELECT n, timestamptz '2026-10-01 00:00+09' + interval '267 seconds' * n AS at
      FROM generate_series(1, %(tickets)s) n) AS each
"""
_ALERTS = f"""
INSERT INTO alerts (ticket_id, customer_id, key, sha256, recognised, mails, on_lists, reported_at, reported_by,
    reported_to, report_channel)
SELECT id, customer_id, 'k' || id, md5(reference) || md5(reference), true, 1, '[]', first_responded_at, '担当', 'ご担当',
    'mail'
FROM tickets WHERE customer_id = {_MINE} AND kind = 'alert'
"""
_EVENTS = f"""
INSERT INTO alert_events (alert_id, customer_id, told_at, source, computer, user_name, file_name, file_path, sha256,
    event_type, detection, severity, trust, filled)
SELECT a.id, a.customer_id, a.reported_at, 'mail', 'PC-' || n, 'user' || n, '請求書' || a.id || '.exe',
    'C:\\Users\\user\\Downloads\\a.exe', a.sha256, 'Threat Detected', 'W32.Demo', 'High', 'verified', '[]'
FROM alerts a, generate_series(1, 3) n WHERE a.customer_id = {_MINE}
"""
_COMPUTERS = f"""
INSERT INTO affected_computers (alert_id, name, user_name, outcome, items, events)
SELECT a.id, 'PC-' || (a.id + n) %% 500, 'user' || n, (ARRAY['quarantined', 'detected', 'failed'])[n], '{{}}', 1
FROM alerts a, generate_series(1, 3) n WHERE a.customer_id = {_MINE}
"""
_ARRIVALS = f"""
INSERT INTO alert_arrivals (alert_id, customer_id, at, source, events)
SELECT a.id, a.customer_id, t.opened_at, 'mail', 1 FROM alerts a JOIN tickets t ON t.id = a.ticket_id
WHERE a.customer_id = {_MINE}
"""
_CLOSURES = f"""
INSERT INTO closures (ticket_id, at, "by", reason)
SELECT id, closed_at, '担当', '' FROM tickets WHERE customer_id = {_MINE}
"""
