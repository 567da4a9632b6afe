"""Workers killed, Redis flushed, the console timing out after it acted: one effect each, in hours (Q2, first form)."""

import random
import re
import time
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from redis import Redis

from helpdesk.local import LocalPaths
from tests.http import Visitor
from tests.product import Product

pytestmark = pytest.mark.slow
FAULTS = ["act_then_hang", "500", "hang", "act_then_500", "429"]
TUESDAY = "2026-11-24T13:00:00+09:00"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    running = Product(tmp_path_factory.mktemp("kills") / "var", extra={"HELPDESK_CONSOLE_TIMEOUT": "4"})
    running.start()
    yield running
    running.remove()


def sha_of(number: int) -> str:
    return f"{number:04x}" * 16


def an_instructed_action(product: Product, dana: Visitor, alice: Visitor, number: int) -> str:
    """From a real alert mail to Alice's approval; returns the alert's reference."""
    text = f"Computer: PC-{number}\nFile name: f{number}.exe\nSHA-256: {sha_of(number)}\nSeverity: High\n"
    product.send_mail("no-reply@amp.cisco.com", "alerts+acme@desk.example", f"alert {number}", text)
    row = rf'/desk/tickets/(\d{{4}}-\d+)[?"].{{0,500}}?f{number}\.exe'
    page = product.wait_for(lambda: re.search(row, dana.get("/desk/queues/alerts"), re.S))
    reference = page[1]
    form = dana.get(f"/desk/tickets/{reference}/report")
    contact = re.search(r'<option (?:selected )?value="(\d+)">小林', form)
    action = re.search(r'value="(quarantine[^"]*)"', form)
    assert contact and action, form
    words = {"contact": contact[1], "way": "mail", "words": "ご報告", "action": action[1]}
    dana.post(f"/desk/tickets/{reference}/report", words)
    card = re.search(r'name="shown" value="([^"]+)"', alice.get(f"/portal/tickets/{reference}"))
    assert card is not None
    decision = {"choice": "approve", "shown": card[1]}
    alice.post(f"/portal/tickets/{reference}/actions/{reference}-A1/instruction", decision)
    return reference


def test_each_effect_happens_once_and_in_hours(product: Product) -> None:
    dice = random.Random(7)
    product.command("clock", "set", TUESDAY)
    dana = Visitor.signed_in(product.web, "dana@desk.example")
    alice = Visitor.signed_in(product.web, "alice@acme.example")
    redis = Redis.from_url(LocalPaths(product.var).redis_url)
    references = []
    for number, fault in enumerate(FAULTS, 1):
        product.fault(fault)
        references.append(an_instructed_action(product, dana, alice, number))
        time.sleep(dice.random() * 1.5)
        product.kill_workers()
        if number % 2:
            redis.flushall()

    def all_done() -> bool:
        page = "".join(alice.get(f"/portal/tickets/{reference}") for reference in references)
        return page.count("載ったことを確認") == len(FAULTS)

    product.wait_for(all_done, 150)
    effects = Counter(row["effect"] for row in product.effects())
    assert effects == {f"added {sha_of(number)}": 1 for number in range(1, len(FAULTS) + 1)}
    for row in product.effects():
        local = datetime.fromisoformat(row["at"]).astimezone(ZoneInfo("Asia/Tokyo"))
        assert 9 <= local.hour < 17
    product.wait_for(lambda: len(told(product)) == len(FAULTS), 60)


def told(product: Product) -> set[str]:
    """Message-IDs of the results that were mailed; the same one twice would be one mail."""
    return {mail["message_id"] for mail in product.mails() if "ご指示の作業" in mail["subject"]}
