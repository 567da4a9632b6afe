"""The running door: real MTAs, kills while mails come in, and mails that try to exhaust it (Q1, Q5)."""

import json
import random
import smtplib
import socket
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from helpdesk.local import LocalPaths
from helpdesk.supervising import port_answers
from tests.mailgate.peers import lacking, pipe_lacking, postfix
from tests.product import MAIL_WORKER, ROOT, Product

pytestmark = pytest.mark.slow
SUPPORT = "support@desk.example"
LACKING = lacking("postfix")
PEAK_KB = 300 * 1024


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    extra = {"HELPDESK_RECEIPTS_PER_HOUR": "100000", "HELPDESK_WEB_WORKERS": "1"}
    running = Product(ROOT / "var" / "mail-door", extra=extra)
    running.start()
    yield running
    running.remove()


def ledger(product: Product) -> dict[str, object]:
    """What `helpdesk mail ledger --json` prints, without starting a Python for it."""
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk"), row_factory=dict_row) as connection:
        rows = connection.execute(
            "SELECT m.id, m.message_id, m.raw_sha256 AS sha256, m.disposition, t.reference AS ticket "
            "FROM incoming_mails m LEFT JOIN tickets t ON t.id = m.ticket_id ORDER BY m.id"
        ).fetchall()
    sums = Counter(row["disposition"] for row in rows if row["disposition"])
    waiting = sum(row["disposition"] is None for row in rows)
    return {"received": len(rows), "waiting": waiting, "dispositions": dict(sums), "rows": rows}


def settled(product: Product, received: int, seconds: float = 60) -> dict[str, object]:
    """Wait until so many mails came in and none waits."""

    def look() -> dict[str, object] | None:
        found = ledger(product)
        return found if found["received"] == received and not found["waiting"] else None

    done: dict[str, object] = product.wait_for(look, seconds)
    return done


def raw(number: int, body: str = "本文です。") -> bytes:
    head = f"From: Alice <alice@acme.example>\r\nTo: {SUPPORT}\r\nSubject: mail {number}\r\n"
    head += f"Message-ID: <{number}@kills.example>\r\n"
    return (head + f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body} {number}\r\n").encode()


def send_until_taken(product: Product, content: bytes, sender: str = "alice@acme.example") -> None:
    """A client that tries again until it hears 250, as every MTA does."""
    deadline = time.monotonic() + 300
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", product.ports["SMTP"], timeout=10) as client:
                client.sendmail(sender, [SUPPORT], content)
            return
        except (OSError, smtplib.SMTPException):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def killing(product: Product, mails: int, kills: int, pause: float = 0.0) -> tuple[dict[str, object], int]:
    """So many mails from four clients while gateway or mail worker are killed at random moments."""
    before = int(str(ledger(product)["received"]))
    shares = [range(start, mails, 4) for start in range(4)]
    clients = [threading.Thread(target=_send_all, args=(product, share, pause)) for share in shares]
    for client in clients:
        client.start()
    chosen, killed = random.Random(7), 0
    while killed < kills and any(client.is_alive() for client in clients):
        product.wait_for(lambda: port_answers("127.0.0.1", product.ports["SMTP"]), 60)
        time.sleep(chosen.uniform(0.05, 0.5))
        killed += product.kill(chosen.choice(["gateway", MAIL_WORKER]))
    for client in clients:
        client.join()
    found = product.wait_for(lambda: _quiet(product, before), 120)
    return dict(found), killed


def _send_all(product: Product, numbers: range, pause: float) -> None:
    for number in numbers:
        send_until_taken(product, raw(number))
        time.sleep(pause)


def _quiet(product: Product, before: int) -> dict[str, object] | None:
    found = ledger(product)
    return found if int(str(found["received"])) > before and not found["waiting"] else None


def check(product: Product, found: dict[str, object], mails: int) -> None:
    """Each mail is one ticket, with one receipt, however often it came."""
    rows = [row for row in found["rows"] if "@kills.example" in (row["message_id"] or "")]  # type: ignore[attr-defined]
    tickets = {}
    for row in rows:
        if row["disposition"] == "new_ticket":
            assert row["message_id"] not in tickets, "a mail became two tickets"
            tickets[row["message_id"]] = row["ticket"]
        else:
            assert row["disposition"] == "duplicate"
    assert len(tickets) == mails
    assert len(set(tickets.values())) == mails
    sums: dict[str, int] = found["dispositions"]  # type: ignore[assignment]
    assert found["received"] == sum(sums.values())


def test_killed_at_any_moment_nothing_is_lost_or_doubled(product: Product) -> None:
    """The short form of Q1; `make soak` has the long one."""
    product.wait_for(lambda: product.mails() and not json.loads(product.command("status"))["errands"])
    before = _receipts(product)
    found, kills = killing(product, mails=60, kills=5, pause=0.2)
    assert kills >= 3
    check(product, found, 60)
    receipts = product.wait_for(lambda: len(_receipts(product) - before) >= 60 and _receipts(product) - before, 60)
    assert len(receipts) == 60, "a second copy of a receipt has the same Message-ID"


def _receipts(product: Product) -> set[str]:
    """The Message-IDs of the receipts to Alice that went out."""
    mails = (mail for mail in product.mails() if "受付" in mail["subject"] and "alice@acme.example" in mail["to"])
    return {mail["message_id"] for mail in mails}


HEAD = b"From: stranger@x.example\r\nTo: support@desk.example\r\nSubject: bomb\r\n"
BOMBS = {
    "nested": HEAD
    + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(1000))
    + b"Content-Type: text/plain\r\n\r\nend\r\n",
    "header lines": HEAD + b"".join(b"X-%d: v\r\n" % n for n in range(100_000)) + b"\r\nbody\r\n",
    "quotes": HEAD + b"\r\n" + b">" * 1_000_000 + b"\r\n",
    "quote lines": HEAD + b"\r\n" + b">\r\n" * 1_000_000,
    "open elements": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000 + b"\r\n",
    "subject": HEAD.replace(b"bomb", b"[" * 60_000) + b"\r\nx\r\n",
    "ids": HEAD + b"In-Reply-To: " + b"<" * 200_000 + b"\r\n\r\nx\r\n",
    "recipients": HEAD + b"Cc: " + b"a@b.example," * 50_000 + b"\r\n\r\nx\r\n",
    "parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000 + b"--b--\r\n",
    "large": HEAD + b"Content-Type: application/pdf\r\n\r\n" + b"x" * 70 * 100_000 + b"\r\n",
    "largest": HEAD + b"\r\n" + (b"y" * 76 + b"\r\n") * 300_000,
    "blank lines": HEAD + b"\r\n" + b"\r\n" * 5_000_000,
    "one line": HEAD + b"Content-Type: application/pdf\r\n\r\n" + b"\xe3\x81\x82" * 8_000_000 + b"\r\n",
    "attachment": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/zip\r\n"
    + b"Content-Transfer-Encoding: base64\r\n\r\n"
    + (b"QUJD" * 19 + b"\r\n") * 300_000
    + b"--b--\r\n",
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bad_mail_never_blocks_the_next(product: Product, name: str) -> None:
    """Each under 10 s and 300 MB, the original kept, the next mail unaffected."""
    before = int(str(ledger(product)["received"]))
    begin = time.monotonic()
    send_until_taken(product, BOMBS[name], "stranger@x.example")
    send_until_taken(product, raw(before, f"after {name}"), "next@x.example")
    found = settled(product, before + 2)
    assert time.monotonic() - begin < 10
    rows = found["rows"][-2:]  # type: ignore[index]
    assert [row["disposition"] for row in rows] == ["new_ticket", "new_ticket"]
    for command in ("gateway", MAIL_WORKER):
        for pid in product.processes(command):
            assert peak_kb(pid) < PEAK_KB, command


def test_a_mail_over_the_limit_is_refused_without_being_kept(product: Product) -> None:
    before = int(str(ledger(product)["received"]))
    with smtplib.SMTP("127.0.0.1", product.ports["SMTP"], timeout=60) as client:
        assert client.docmd("MAIL FROM:<big@x.example>", "SIZE=200000000")[0] == 552 or client.ehlo()[0] == 250
    with smtplib.SMTP("127.0.0.1", product.ports["SMTP"], timeout=120) as client:
        client.helo()
        client.mail("big@x.example")
        client.rcpt(SUPPORT)
        assert client.docmd("DATA")[0] == 354
        for _part in range(200):
            client.send(b"z" * 999_998 + b"\r\n")
        client.send(b".\r\n")
        assert client.getreply()[0] == 552
        assert client.noop()[0] == 250, "the connection goes on"
    found = product.wait_for(lambda: _refused(product, before), 20)
    assert found["dispositions"]["refused"] >= 1
    assert max(peak_kb(pid) for pid in product.processes("gateway")) < PEAK_KB


def _refused(product: Product, before: int) -> dict[str, object] | None:
    found = ledger(product)
    sums: dict[str, int] = found["dispositions"]  # type: ignore[assignment]
    return found if sums.get("refused") and int(str(found["received"])) > before else None


def peak_kb(pid: int) -> int:
    """The most memory a process ever had, in KB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


@pytest.mark.skipif(bool(LACKING), reason=LACKING)
@pytest.mark.parametrize("way", ["lmtp", "pipe"])
def test_postfix_hands_over(product: Product, tmp_path: Path, way: str) -> None:
    if way == "pipe" and (reason := pipe_lacking(product)):
        pytest.skip(reason)
    before = int(str(ledger(product)["received"]))
    content = raw(before, f"by {way}").replace(SUPPORT.encode(), f"{way}@desk.example".encode())
    with postfix(tmp_path, product) as port, smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail("alice@acme.example", [f"{way}@desk.example"], content)
        try:
            found = settled(product, before + 1, 30)
        except AssertionError:
            pytest.fail((tmp_path / "log").read_text()[-3000:])
    assert found["rows"][-1]["disposition"] == "new_ticket"  # type: ignore[index]
    assert "new_ticket" in product.command("mail", "ledger")


def test_a_mail_that_was_filed_can_be_run_again(product: Product) -> None:
    before = int(str(ledger(product)["received"]))
    send_until_taken(product, raw(before + 900_000))
    row = settled(product, before + 1)["rows"][-1]  # type: ignore[index]
    assert product.command("mail", "replay", str(row["id"])) == f"{row['id']}: new_ticket\n"
    after = json.loads(product.command("mail", "ledger", "--json"))
    wanted = {"id", "message_id", "sha256", "disposition", "ticket"}
    after["rows"] = [{key: told[key] for key in told if key in wanted} for told in after["rows"]]
    assert after == ledger(product)
    assert after["rows"][-1] == row  # type: ignore[index]
    assert after["received"] == before + 1


def test_forty_stalled_posts_leave_others_answering(product: Product) -> None:
    """A client that begins a request and falls silent takes no thread that others need (S9); here of one process."""
    head = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    stalled = [socket.create_connection(("127.0.0.1", product.ports["WEB"]), timeout=5) for _number in range(40)]
    try:
        for number, client in enumerate(stalled):
            client.sendall(head + b"Content-Length: 20000\r\n\r\n" + b"email=" if number % 2 else head[:40])
        for _time in range(10):
            for path in ("/healthz", "/sign-in"):
                begin = time.monotonic()
                assert urllib.request.urlopen(product.web + path, timeout=10).status == 200
                assert time.monotonic() - begin < 2, path
    finally:
        for client in stalled:
            client.close()
