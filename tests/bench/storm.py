"""P8: 10,000 alert mails of 3 files on 500 computers, beside P5's floor in the same run."""

import os
import time

import psycopg

from helpdesk.local import LocalPaths
from tests.bench.mails import Floor, push
from tests.product import Product

MAILS = int(os.environ.get("BENCH_STORM", "10000"))
FILES, COMPUTERS, CONNECTIONS = 3, 500, 8
GOAL = 0.4


def alert_mail(number: int) -> bytes:
    """One detection: the file and the computer go round, so that every pair comes again and again."""
    computer, file = number % COMPUTERS, (number // COMPUTERS) % FILES
    return (
        "From: Cisco <no-reply@amp.cisco.com>\r\nTo: alerts+acme@desk.example\r\n"
        f"Subject: [Cisco Secure Endpoint Subscription] [All] Matching Events Found On PC-{computer:04d}\r\n"
        f"Message-ID: <storm.{number}.{time.time_ns()}@bench.example>\r\n\r\n"
        f"Event Type: Threat Detected\r\nComputer: PC-{computer:04d}\r\nUser: u{computer}\r\n"
        f"File name: storm{file}.exe\r\nSHA-256: {file:02x}{'5' * 62}\r\nSeverity: Medium\r\n"
        f"Date: 2026-11-24T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z\r\n"
    ).encode()


def storm(product: Product) -> tuple[float, float, tuple[int, int, int]]:
    """(our mails per second, the floor's, (tickets, computers in the spread, mails counted on tickets))."""
    mails = [("no-reply@amp.cisco.com", "alerts+acme@desk.example", alert_mail(n)) for n in range(MAILS)]
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk"), autocommit=True) as connection:

        def waiting() -> int:
            return _one(connection, "SELECT count(*) FROM incoming_mails WHERE disposition IS NULL")

        begin = time.perf_counter()
        push(product.ports["SMTP"], mails, CONNECTIONS)
        while waiting():
            time.sleep(0.05)
        ours = MAILS / (time.perf_counter() - begin)
        with Floor(product) as floor:
            theirs = floor.rate(CONNECTIONS, 0)
        mine = "alert_id IN (SELECT id FROM alerts WHERE sha256 LIKE '%%5555555555')"
        seen = (
            _one(connection, "SELECT count(*) FROM alerts WHERE sha256 LIKE '%%5555555555'"),
            _one(connection, f"SELECT count(DISTINCT lower(name)) FROM affected_computers WHERE {mine}"),
            _one(connection, f"SELECT count(DISTINCT mail) FROM alert_arrivals WHERE {mine}"),
        )
    return ours, theirs, seen


def _one(connection: "psycopg.Connection[tuple[object, ...]]", statement: str) -> int:
    row = connection.execute(statement.replace("%%", "%")).fetchone()  # type: ignore[arg-type]
    return int(str(row[0])) if row else 0
