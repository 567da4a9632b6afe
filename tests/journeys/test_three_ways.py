"""One alert through each way of instructing to its verified proof: portal, a link in a mail, the phone (R10-R24)."""

import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser, person, picture
from tests.journeys.test_pages import problems
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = ROOT / "var" / "screenshots"
TUESDAY = "2026-11-24T10:12:00+09:00"
EVENTS = [("PC-IJI-014", True), ("PC-UKE-003", False)]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    running = Product(tmp_path_factory.mktemp("ways") / "var")
    running.start()
    running.command("clock", "set", TUESDAY)
    PICTURES.mkdir(parents=True, exist_ok=True)
    yield running
    running.remove()


def sha_of(number: int) -> str:
    return f"{number:02x}" * 32


def detect(product: Product, sha256: str) -> None:
    """The same file is detected on two computers of the customer's console."""
    for computer, fails in EVENTS:
        product.console("/_events", {"computer": computer, "sha256": sha256, "fails": fails})


def open_by_hash(product: Product, dana: Page, sha256: str) -> None:
    """Find the alert's ticket by its file, as an agent would."""
    hit = "main a[href*='/desk/tickets/']"
    product.wait_for(lambda: dana.goto(f"{product.web}/desk/search/?q={sha256}") and dana.locator(hit).count(), 60)
    dana.locator(hit).first.click()


def reported(product: Product, running: Browser, number: int) -> tuple[Page, str]:
    """From a detection on the console and its mail to the report with a request; the agent's page and the number."""
    sha256 = sha_of(number)
    detect(product, sha256)
    text = f"Event Type: Quarantine Failure\nComputer: PC-IJI-014\nSHA-256: {sha256}\nSeverity: High\n"
    product.send_mail("no-reply@amp.cisco.com", "alerts+acme@desk.example", f"alert {number}", text)
    dana = person(running, product.web, "dana@desk.example")
    open_by_hash(product, dana, sha256)
    product.wait_for(lambda: dana.reload() and "PC-UKE-003" in dana.locator(".findings").inner_text())
    expect(dana.locator(".tiles .failed")).to_contain_text("PC-IJI-014")
    dana.click(".findings .btn-primary")
    choice = dana.locator(".check:has(input[name=action][value=quarantine])")
    expect(choice).to_contain_text("Clinic quarantine list、Quarantine list")
    choice.locator("input").check()
    dana.fill("#reason", "隔離に失敗した端末があるため")
    dana.click(".page .btn-primary")
    expect(dana.locator(".a-asked")).to_contain_text("小林 由佳 様に確認中")
    return dana, dana.locator(".bar .ref").inner_text()


def proven(product: Product, dana: Page, reference: str, number: int, tmp_path: Path) -> None:
    """Carried out, read back, told, and the proof checked by the command line."""
    sha256 = sha_of(number)
    mail = product.mail_to("alice@acme.example", f"{reference}] ご指示の作業が完了")
    assert sha256 in mail["text"]
    effects = [row["effect"] for row in product.effects() if sha256 in row["effect"]]
    assert effects == [f"added {sha256}"] * 2, "one effect on each of the two lists"
    dana.goto(f"{product.web}/desk/tickets/{reference}")
    expect(dana.locator(".chain li.done")).to_have_count(5)
    dana.click(".action a:has-text('証跡')")
    expect(dana.locator(".verdict")).to_contain_text("リストに載っています")
    assert not problems(dana, "proof", "light")
    for ending in ("json", "pdf"):
        answer = dana.request.get(f"{product.web}/proofs/{reference}/{reference}-A1.{ending}")
        file = tmp_path / f"proof.{ending}"
        file.write_bytes(answer.body())
        assert "holds" in product.command("proof", "verify", str(file))


def test_by_the_card_on_the_portal(product: Product, tmp_path: Path) -> None:
    with browser() as running:
        dana, reference = reported(product, running, 0xA1)
        alice = person(running, product.web, "alice@acme.example", viewport={"width": 1200, "height": 900})
        alice.goto(f"{product.web}/portal/tickets/{reference}")
        card = alice.locator(".decision")
        expect(card).to_contain_text("隔離に失敗した端末があるため")
        picture(alice, PICTURES / "portal-decision.png")
        card.locator("button[value=approve]").click()
        proven(product, dana, reference, 0xA1, tmp_path)
        alice.goto(f"{product.web}/portal/tickets/{reference}")
        alice.click(".result a:has-text('証跡')")
        expect(alice.locator("main")).to_contain_text("ポータル")


def test_by_the_link_in_the_mail_without_a_sign_in(product: Product, tmp_path: Path) -> None:
    with browser() as running:
        dana, reference = reported(product, running, 0xA2)
        mail = product.mail_to("alice@acme.example", f"{reference}] ご判断のお願い")
        found = re.search(r"http\S+/decisions/\S+", mail["text"])
        assert found is not None
        urllib.request.urlopen(found[0], timeout=10).read()
        assert not [row for row in product.effects() if sha_of(0xA2) in row["effect"]], "opening it decides nothing"
        somebody = running.new_context(locale="ja-JP", viewport={"width": 390, "height": 844}).new_page()
        somebody.goto(found[0])
        expect(somebody.locator("label[for=me]")).to_contain_text("小林 由佳")
        picture(somebody, PICTURES / "decision-link-390.png")
        assert not problems(somebody, "link", "light")
        wide = somebody.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, "nothing to scroll sideways on a phone"
        somebody.check("#me")
        somebody.click("button[value=approve]")
        expect(somebody.locator("h1")).to_contain_text("記録しました")
        somebody.goto(found[0])
        expect(somebody.locator("main")).to_contain_text("すでにご判断をいただいています")
        proven(product, dana, reference, 0xA2, tmp_path)


def test_on_the_phone_with_a_read_back(product: Product, tmp_path: Path) -> None:
    with browser() as running:
        dana, reference = reported(product, running, 0xA3)
        dana.goto(f"{product.web}/desk/tickets/{reference}/actions")
        dana.click(".call summary")
        expect(dana.locator(".read-out")).to_contain_text(sha_of(0xA3))
        dana.fill(".call input[name=number]", "03-0000-0142")
        picture(dana, PICTURES / "desk-phone-instruction.png")
        assert not problems(dana, "actions", "light")
        dana.click(".call button[value=approve]")
        expect(dana.locator(".read-out")).to_be_visible()  # nothing is sent before the read-back is ticked
        dana.check(".call input[name=read_back]")
        dana.click(".call button[value=approve]")
        expect(dana.locator(".action")).to_contain_text("電話 (田中 健一)")
        proven(product, dana, reference, 0xA3, tmp_path)
        expect(dana.locator("main")).to_contain_text("03-0000-0142")


def test_the_console_s_own_events_say_who_quarantined_it(product: Product) -> None:
    """After the last action the console is read again, and the proof names the computers that quarantined the file."""
    with browser() as running:
        dana = person(running, product.web, "dana@desk.example")
        open_by_hash(product, dana, sha_of(0xA1))
        product.wait_for(lambda: dana.reload() and "隔離済み" in dana.locator(".tiles").inner_text(), 60)
        dana.click(".action a:has-text('証跡')")
        product.wait_for(lambda: dana.reload() and "PC-UKE-003 で隔離" in dana.locator("main").inner_text(), 60)
        picture(dana, PICTURES / "proof.png")
        dana.go_back()
        picture(dana, PICTURES / "desk-alert.png")
