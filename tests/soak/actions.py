"""Q2 in full: 200 kills, 20 flushes, a faulty console, the clock across closing, a weekend, a holiday and an opening.

The console's own log is the judge: one effect an action, all in service hours, none without an instruction.
"""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg
from redis import Redis

from helpdesk.calendar.hours import ServiceHours
from helpdesk.local import LocalPaths
from tests.http import Visitor
from tests.journeys.test_kills import an_instructed_action, sha_of
from tests.product import Product

TOKYO = ZoneInfo("Asia/Tokyo")
FAULTS = ["429", "500", "hang", "act_then_hang", "act_then_500", "slow"]
DAYS = [
    ("2026-11-20T16:58:20+09:00", 130, "Friday, across closing"),
    ("2026-11-21T11:00:00+09:00", 25, "Saturday"),
    ("2026-11-23T11:00:00+09:00", 25, "Monday, a public holiday"),
    ("2026-11-24T08:59:40+09:00", 150, "Tuesday, across opening"),
    ("2026-11-24T16:58:40+09:00", 110, "the same day, across closing"),
    ("2026-11-25T08:59:40+09:00", 900, "Wednesday, until all is done"),
]


@dataclass
class Trouble:
    """Kills a worker again and again, empties Redis every tenth time, and orders faults."""

    product: Product
    kills_wanted: int
    kills: int = 0
    flushes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        dice = random.Random(11)
        redis = Redis.from_url(LocalPaths(self.product.var).redis_url)
        while not self.over.is_set():
            time.sleep(dice.random() * 2.4)
            with contextlib.suppress(OSError):
                kind = dice.choice(FAULTS)
                self.product.fault(kind, dice.choice([1, 1, 2]))
                self.faults[kind] += 1
            if self.kills >= self.kills_wanted:
                continue
            found = self.product.workers()
            if found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(dice.choice(found), signal.SIGKILL)
                    self.kills += 1
            if self.kills >= (self.flushes + 1) * max(1, self.kills_wanted // 20):
                redis.flushall()
                self.flushes += 1


def run(product: Product, actions: int, kills: int) -> dict[str, object]:
    """Make actions while everything breaks; returns what was seen. Raises AssertionError where a promise was broken."""
    product.command("clock", "set", DAYS[0][0])
    product.console("/_settings", {"limit": 1_000_000})
    dana = Visitor.signed_in(product.web, "dana@desk.example")
    alice = Visitor.signed_in(product.web, "alice@acme.example")
    trouble = Trouble(product, kills)
    thread = threading.Thread(target=trouble.run, daemon=True)
    thread.start()
    begin, made = time.monotonic(), 0
    for number, (moment, seconds, _words) in enumerate(DAYS):
        if number:
            product.command("clock", "set", moment)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if made < actions * (number + 1) // len(DAYS):
                made += 1
                an_instructed_action(product, dana, alice, made)
            elif number == len(DAYS) - 1 and trouble.kills >= kills and made == actions:
                trouble.over.set()
                _pass_the_pauses(product, actions)
                break
            else:
                time.sleep(0.3)
    trouble.over.set()
    thread.join()
    product.wait_for(lambda: _done(product) == actions, 300)
    check(product, actions)
    return {
        "actions": actions,
        "kills": trouble.kills,
        "flushes": trouble.flushes,
        "faults": sum(trouble.faults.values()),
        "seconds": round(time.monotonic() - begin),
    }


def _pass_the_pauses(product: Product, actions: int) -> None:
    """Trouble is over: let business time run, within hours, past the pauses that failures were given."""
    for hour in ("10", "11", "12", "13", "14", "15"):
        if _done(product) == actions:
            return
        product.command("clock", "set", f"2026-11-25T{hour}:30:00+09:00")
        time.sleep(20)


def check(product: Product, actions: int) -> None:
    """One effect an action, in hours, after its instruction, told once."""
    effects = product.effects()
    counted = Counter(row["effect"] for row in effects)
    assert counted == {f"added {sha_of(number)}": 1 for number in range(1, actions + 1)}, counted.most_common(3)
    hours = ServiceHours(TOKYO)
    instructed = _instructed(product)
    for row in effects:
        at = datetime.fromisoformat(row["at"])
        assert hours.is_open(at), row
        assert at >= instructed[row["effect"].removeprefix("added ")], row
    results = Counter(mail["message_id"] for mail in product.mails() if "ご指示の作業" in mail["subject"])
    with _database(product) as connection:
        told = connection.execute("SELECT count(*) FROM notices WHERE template = 'action_done'").fetchone()
    assert told == (actions,), told
    assert len(results) == len(set(results))


def _done(product: Product) -> int:
    with _database(product) as connection:
        row = connection.execute("SELECT count(*) FROM actions WHERE state = 'done'").fetchone()
    return int(row[0]) if row else 0


def _instructed(product: Product) -> dict[str, datetime]:
    with _database(product) as connection:
        rows = connection.execute(
            "SELECT a.sha256, i.at FROM actions a JOIN instructions i ON i.action_id = a.id AND i.choice = 'approve'"
        ).fetchall()
    return {str(sha256): at for sha256, at in rows}


def _database(product: Product) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(LocalPaths(product.var).conninfo("helpdesk"))
