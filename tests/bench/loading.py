"""A database full of tickets, written in bulk: most closed long ago, a fixed number open."""

import psycopg

from helpdesk.tickets.terms import search_vector

OPEN = 5_000
WORDS = "お世話になっております。" + "本文です。" * 20


def fill(conninfo: str, total: int) -> None:
    """`total` tickets of which 5,000 are open, five messages each, 1,000 customers, 50 agents."""
    _empty(conninfo)
    with psycopg.connect(conninfo) as connection:
        connection.execute(
            "WITH made AS (INSERT INTO customers (name, language, mail_charset, second_eyes, isolation, links_need_sign_in, "
            "created_at) SELECT 'お客様 ' || n, 'ja', 'utf-8', false, false, false, now() "
            "FROM generate_series(1, 1000) n ON CONFLICT DO NOTHING RETURNING id), "
            "people AS (INSERT INTO contacts (customer_id, name, kana, department, email, phone, told_of_alerts, may_instruct, way, language) "
            "SELECT id, '担当 ' || id, '', '', 'c' || id || '@bench.example', '', true, true, 'mail', 'ja' FROM made) "
            "INSERT INTO contracts (customer_id, plan, in_force_from, created_at) "
            "SELECT id, 'プラン 100', '2020-01-01', now() FROM made"
        )
        connection.execute(
            "INSERT INTO users (email, name, role, language, active, demo, may_reveal, created_at) SELECT "
            "'a' || n || '@bench.example', '担当者 ' || n, 'agent', 'ja', true, true, false, now() FROM generate_series(1, 50) n ON CONFLICT DO NOTHING"
        )
        connection.execute(TICKETS, {"total": total, "open": OPEN})
        terms = {"words": WORDS, "terms": search_vector(WORDS)}
        connection.execute(MESSAGES, terms)
        connection.execute("INSERT INTO messages " + MORE, terms)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


TICKETS = """
WITH people AS (SELECT array_agg(id ORDER BY id) AS agents FROM users WHERE email LIKE 'a%%@bench.example'),
     known AS (SELECT min(customer_id) AS first_customer, min(id) AS first_contact FROM contacts
               WHERE email LIKE 'c%%@bench.example')
INSERT INTO tickets (reference, reply_token, kind, state, queue, customer_id, requester_id, subject, topic, concerns,
    priority, channel, verified, covered, assignee_id, opened_at, updated_at, due_at, due_since, first_due_at,
    calendar_version, closed_at, verdict, verdict_confidence, verdict_decided, preview, version, failed_check)
SELECT '20' || (n / 9999) %% 100 || '-' || n, md5(n::text), CASE WHEN n %% 4 = 0 THEN 'alert' ELSE 'inquiry' END,
    CASE WHEN n > %(total)s - %(open)s THEN (ARRAY['new', 'open', 'open', 'waiting'])[1 + n %% 4] ELSE 'closed' END,
    (ARRAY['alerts', 'inquiries', 'inquiries', 'contracts', 'contested'])[1 + n %% 5],
    first_customer + n %% 1000, first_contact + n %% 1000, '半年使っていない端末の探し方と削除について ' || n, 'operating', '',
    'normal', 'portal', true, true, CASE WHEN n %% 3 = 0 THEN NULL ELSE agents[1 + n %% 50] END,
    now() - interval '1 second' * (%(total)s - n), now() - interval '1 second' * (%(total)s - n),
    CASE WHEN n > %(total)s - %(open)s AND n %% 4 <> 3 THEN now() + interval '1 minute' * (n %% 5000 - 500) END,
    now() - interval '1 second' * (%(total)s - n), now() + interval '1 day', (SELECT max(id) FROM calendar_versions),
    CASE WHEN n <= %(total)s - %(open)s THEN now() - interval '1 second' * (%(total)s - n) END,
    'in_scope', 88, false, 'お世話になっております。2点教えてください。しばらく電源を入れていない端末が何台かあるはずなのですが', 1,
    false
FROM generate_series(1, %(total)s) n, people, known
"""
COLUMNS = "(ticket_id, kind, author_name, author_kind, channel, at, body, terms, folds, has_html, marks)"
BODY = "%(words)s::text || t.id, %(terms)s::tsvector, '[]', false, '[]'"
MESSAGES = f"""
INSERT INTO messages {COLUMNS}
SELECT t.id, (ARRAY['customer', 'agent', 'note'])[1 + n %% 3], '担当 ' || n, 'user', 'portal', t.opened_at, {BODY}
FROM tickets t, generate_series(1, 5) n ORDER BY t.id, n
"""
MORE = f"""{COLUMNS}
SELECT t.id, (ARRAY['customer', 'agent', 'note'])[1 + n %% 3], '担当 ' || n, 'user', 'portal', t.opened_at, {BODY}
FROM (SELECT * FROM tickets WHERE kind = 'inquiry' AND state <> 'closed' ORDER BY id DESC LIMIT 1) t,
     generate_series(1, 15) n
"""


def _empty(conninfo: str) -> None:
    """The running product's periodic jobs look at the same tables in another order: it is tried again."""
    for tries_left in range(9, -1, -1):
        try:
            with psycopg.connect(conninfo) as connection:
                connection.execute("TRUNCATE tickets CASCADE")
        except psycopg.errors.DeadlockDetected:
            if not tries_left:
                raise
        else:
            return
