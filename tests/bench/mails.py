"""P5: mails per second through the gateway, from the first connect until the last ticket is committed."""

import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from email import policy
from email.message import EmailMessage

import psycopg

from helpdesk.local import Place
from tests.product import ROOT, Product, free_ports

COUNT = 300


def raw_mail(number: int, sender: str) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, "support@desk.example", f"許可リストの登録手順 {number}"
    mail["Message-ID"] = f"<{time.time_ns()}.{number}@bench.example>"
    mail.set_content(f"隔離されたファイルを許可リストに登録する手順を教えてください。番号は {number} です。\n" * 8)
    return mail.as_bytes()


def push(port: int, count: int, connections: int, first: int) -> None:
    """Send `count` mails over so many connections at once."""

    def run(share: range) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
            for number in share:
                client.sendmail(f"c{number}@bench-mail.example", ["support@desk.example"], mails[number])

    mails = {n: raw_mail(n, f"c{n}@bench-mail.example") for n in range(first, first + count)}
    shares = [range(first + i, first + count, connections) for i in range(connections)]
    threads = [threading.Thread(target=run, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def rate(port: int, done: Callable[[], int], connections: int, first: int) -> float:
    """Mails per second."""
    before = done()
    begin = time.perf_counter()
    push(port, COUNT, connections, first)
    while done() < before + COUNT:
        if time.perf_counter() - begin > 300:
            raise AssertionError(f"only {done() - before} of {COUNT} mails were filed")
        time.sleep(0.01)
    return COUNT / (time.perf_counter() - begin)


def rates(product: Product) -> dict[int, tuple[float, float]]:
    """(ours, the floor's) by number of connections, in turn."""
    place = Place(product.var)
    (port,) = free_ports(1)
    program = [
        sys.executable,
        "-m",
        "tests.bench.mail_floor",
        str(port),
        str(product.var / "floor"),
        place.database_url,
    ]
    floor = subprocess.Popen(program, cwd=ROOT)
    try:
        product.wait_for(lambda: _answers(port), 20)
        with psycopg.connect(place.conninfo("helpdesk"), autocommit=True) as connection:

            def count(table: str) -> int:
                found = connection.execute(f"SELECT count(*) FROM {table} WHERE id > %s", (newest[table],)).fetchone()
                return int(found[0]) if found else 0

            newest = {}
            for table in ("tickets", "floor_tickets"):
                row = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
                newest[table] = row[0] if row else 0

            found: dict[int, list[tuple[float, float]]] = {1: [], 8: []}
            first = 0
            for _round in range(3):
                for connections, measured in found.items():
                    ours = rate(product.ports["SMTP"], lambda: count("tickets"), connections, first)
                    theirs = rate(port, lambda: count("floor_tickets"), connections, first)
                    measured.append((ours, theirs))
                    first += COUNT
    finally:
        floor.terminate()
        floor.wait(timeout=20)
    return {n: sorted(pairs, key=lambda pair: pair[0] / pair[1])[1] for n, pairs in found.items()}


def _answers(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
    except OSError:
        return False
    return True
