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

from helpdesk.local import LocalPaths
from tests.product import ROOT, Product, free_ports

COUNT = 300


def raw_mail(number: int, sender: str) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, "support@desk.example", f"許可リストの登録手順 {number}"
    mail["Message-ID"] = f"<{time.time_ns()}.{number}@bench.example>"
    mail.set_content(f"隔離されたファイルを許可リストに登録する手順を教えてください。番号は {number} です。\n" * 8)
    return mail.as_bytes()


Sent = tuple[str, str, bytes]
"""(from, to, the whole mail)"""


def mails_for_the_desk(count: int, first: int) -> list[Sent]:
    """Of strangers, each of a domain of its own: many from one domain within minutes would be braked."""
    senders = ((n, f"someone@c{n}.bench-mail.example") for n in range(first, first + count))
    return [(sender, "support@desk.example", raw_mail(n, sender)) for n, sender in senders]


def push(port: int, mails: list[Sent], connections: int) -> None:
    """Send mails over so many connections at once."""

    def run(share: list[Sent]) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
            for sender, to, raw in share:
                client.sendmail(sender, [to], raw)

    threads = [threading.Thread(target=run, args=(mails[i::connections],)) for i in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def rate(port: int, done: Callable[[], int], connections: int, first: int) -> float:
    """Mails per second."""
    before, mails = done(), mails_for_the_desk(COUNT, first)
    begin = time.perf_counter()
    push(port, mails, connections)
    while done() < before + COUNT:
        if time.perf_counter() - begin > 300:
            raise AssertionError(f"only {done() - before} of {COUNT} mails were filed")
        time.sleep(0.01)
    return COUNT / (time.perf_counter() - begin)


class Floor:
    """P5's floor: an aiosmtpd server in one process that writes, parses, inserts and commits (mail_floor.py)."""

    def __init__(self, product: Product) -> None:
        self._product, (self._port,) = product, free_ports(1)

    def __enter__(self) -> "Floor":
        place = LocalPaths(self._product.var)
        arguments = [str(self._port), str(self._product.var / "floor"), place.database_url]
        self._process = subprocess.Popen([sys.executable, "-m", "tests.bench.mail_floor", *arguments], cwd=ROOT)
        self._product.wait_for(lambda: _answers(self._port), 20)
        self._connection = psycopg.connect(place.conninfo("helpdesk"), autocommit=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait(timeout=20)

    def rate(self, connections: int, first: int) -> float:
        return rate(self._port, counting(self._connection, "floor_tickets"), connections, first)


def counting(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Callable[[], int]:
    """A cheap count of the rows that come from now on."""
    newest = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()  # type: ignore[arg-type]

    def count() -> int:
        statement = f"SELECT count(*) FROM {table} WHERE id > %s"
        found = connection.execute(statement, newest).fetchone()  # type: ignore[arg-type]
        return int(str(found[0])) if found else 0

    return count


def rates(product: Product) -> dict[int, tuple[float, float]]:
    """(ours, the floor's) by number of connections, in turn; the median pair of three rounds."""
    found: dict[int, list[tuple[float, float]]] = {1: [], 8: []}
    conninfo = LocalPaths(product.var).conninfo("helpdesk")
    with Floor(product) as floor, psycopg.connect(conninfo, autocommit=True) as connection:
        first = 0
        for _round in range(3):
            for connections, measured in found.items():
                ours = rate(product.ports["SMTP"], counting(connection, "tickets"), connections, first)
                measured.append((ours, floor.rate(connections, first)))
                first += COUNT
    return {n: sorted(pairs, key=lambda pair: pair[0] / pair[1])[1] for n, pairs in found.items()}


def _answers(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
    except OSError:
        return False
    return True
