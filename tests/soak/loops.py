"""Two helpdesks, three autoresponders with changing addresses and two robots that open new tickets, over real SMTP."""

import itertools
import json
import smtplib
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import psycopg
from aiosmtpd.controller import Controller

from helpdesk.local import LocalPaths
from tests.http import Visitor
from tests.product import ROOT, Product, free_ports

DOMAINS = ("one.example", "two.example")
REGISTERED = ["alice@acme.example", "carol@acme.example", "charlie@globex.example"]
FRESH = {"bob@acme.example": False, "orders@robots.example": True}
"""Robots that answer every mail by a new one without threading headers; whether their address changes."""


class Exchange:
    """The world's mail: hands each mail to the helpdesk or robot it is addressed to; robots answer everything."""

    def __init__(self) -> None:
        self.helpdesks: dict[str, int] = {}
        self.passed = 0
        self._numbers = itertools.count()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        raw = envelope.original_content
        for recipient in envelope.rcpt_tos:
            threading.Thread(target=self.hand_over, args=(raw, envelope.mail_from or "", recipient)).start()
        return "250 OK"

    def hand_over(self, raw: bytes, sender: str, recipient: str) -> None:
        self.passed += 1
        domain = recipient.rpartition("@")[2]
        if domain not in DOMAINS:
            self._answer(raw, recipient)
            return
        while domain not in self.helpdesks:
            time.sleep(0.1)
        with smtplib.SMTP("127.0.0.1", self.helpdesks[domain], timeout=30) as client:
            client.sendmail(sender, [recipient], raw)

    def _answer(self, raw: bytes, robot: str) -> None:
        """An autoresponder that heeds no header: now under its own address, now under a fresh one."""
        mail = message_from_bytes(raw, policy=policy.default)
        number = next(self._numbers)
        if robot in FRESH or robot.endswith("@robots.example"):
            self._write_anew(robot, number)
            return
        answer = EmailMessage(policy=policy.SMTP)
        sender = robot if number % 2 else f"robot{number}@changing.example"
        answer["From"], answer["To"] = sender, str(mail["Reply-To"] or mail["From"])
        answer["Subject"] = f"Re: {mail['Subject']}" if number % 3 else f"Thank you {number}"
        answer["Message-ID"] = f"<{number}.{time.time_ns()}@robot.example>"
        if number % 3:
            answer["In-Reply-To"] = str(mail["Message-ID"])
        answer.set_content(f"Thank you for your mail number {number}.")
        self.hand_over(answer.as_bytes(), sender, parseaddr(answer["To"])[1])

    def _write_anew(self, robot: str, number: int) -> None:
        """A mail that answers without saying so: new subject, new words, no reference."""
        sender = f"order{number}@robots.example" if FRESH.get(robot, True) else robot
        for domain in DOMAINS:
            words = "".join(chr(0x3042 + (number * 7 + n) % 80) for n in range(8))
            mail = EmailMessage(policy=policy.SMTP)
            mail["From"], mail["To"], mail["Subject"] = sender, f"support@{domain}", words
            mail["Message-ID"] = f"<{number}.{time.time_ns()}@robots.example>"
            mail.set_content(f"{words}を受け付けました。")
            self.hand_over(mail.as_bytes(), sender, f"support@{domain}")


def run(seconds: float) -> dict[str, int]:
    """Wire them, start the conversation, and count messages after a while."""
    exchange = Exchange()
    (port,) = free_ports(1)
    server = Controller(exchange, hostname="127.0.0.1", port=port)
    server.start()
    desks = {name: Product(ROOT / "var" / f"loop-{name}", extra=_settings(name, port)) for name in ("one", "two")}
    try:
        for name, desk in desks.items():
            desk.start()
            exchange.helpdesks[f"{name}.example"] = desk.ports["SMTP"]
        for name, other in (("one", "two"), ("two", "one")):
            _register(desks[name], f"support@{other}.example")
            _register(desks[name], "orders@robots.example")
        _kick_off(exchange)
        time.sleep(seconds)
        worst = max(_worst_thread(desk) for desk in desks.values())
        fresh = max(_most_tickets(desk) for desk in desks.values())
        before = exchange.passed
        time.sleep(10)
        return {
            "mails passed": exchange.passed,
            "mails in the last 10 s": exchange.passed - before,
            "most messages in a thread": worst,
            "most new tickets of one robot": fresh,
            "parked": sum(_parked(desk) for desk in desks.values()),
        }
    finally:
        server.stop()
        for desk in desks.values():
            desk.remove()


def _settings(name: str, port: int) -> dict[str, str]:
    return {"HELPDESK_SUPPORT_ADDRESS": f"support@{name}.example", "HELPDESK_MAIL_PORT": str(port)}


def _register(desk: Product, address: str) -> None:
    """Make the other helpdesk a contact, which gets receipts."""
    root = Visitor.signed_in(desk.web, "root@desk.example")
    person = {"name": "他社窓口", "email": address, "language": "ja", "role": ""}
    assert root.post("/admin/customers/1/contacts", person).status_code == 200


def _kick_off(exchange: Exchange) -> None:
    for number, sender in enumerate([*REGISTERED, *FRESH, "support@one.example", "support@two.example"]):
        for desk in ("one", "two"):
            if sender.endswith(f"@{desk}.example"):
                continue
            mail = EmailMessage(policy=policy.SMTP)
            mail["From"], mail["To"], mail["Subject"] = sender, f"support@{desk}.example", f"begin {number}"
            mail.set_content("begin")
            exchange.hand_over(mail.as_bytes(), sender, f"support@{desk}.example")


def _worst_thread(desk: Product) -> int:
    with psycopg.connect(LocalPaths(desk.var).conninfo("helpdesk")) as connection:
        found = connection.execute(
            "SELECT count(*) FROM messages WHERE channel = 'mail' GROUP BY ticket_id ORDER BY 1 DESC LIMIT 1"
        ).fetchone()
    return int(found[0]) if found else 0


def _most_tickets(desk: Product) -> int:
    """Of a robot that opens new tickets, by its address or, where that changes, by its domain."""
    robots = "CASE WHEN sender_domain = 'robots.example' THEN sender_domain ELSE sender END"
    with psycopg.connect(LocalPaths(desk.var).conninfo("helpdesk")) as connection:
        found = connection.execute(
            f"SELECT count(*) FROM incoming_mails WHERE disposition = 'new_ticket' GROUP BY {robots} ORDER BY 1 DESC"
        ).fetchone()
    return int(found[0]) if found else 0


def _parked(desk: Product) -> int:
    sums: dict[str, int] = json.loads(desk.command("mail", "ledger", "--json"))["dispositions"]
    return sums.get("parked", 0)
