"""A contract from its application to its end and again, in a real browser, by moving the demo's clock (R50 to R56)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from helpdesk.demo.console_state import DEMO_KEYS
from helpdesk.demo.data import ALERT_SUBJECT, ALERT_TEXT
from tests.browser import browser, person, picture
from tests.http import Visitor
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCREENS = ROOT / "var" / "screenshots"
ADDRESS, ADMIN = "alerts+hinata@desk.example", "kanri@hinata.example"
NAME, PASSWORD = "ひなた会計 株式会社", "correct horse battery"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    running = Product(ROOT / "var" / "a-contract")
    running.start()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def running(product: Product) -> Iterator[Browser]:
    with browser() as one:
        yield one


def prepared(product: Product) -> str:
    """The customer's people, alert address and key, as an administrator sets them; the path of its contract."""
    root = Visitor.signed_in(product.web, "root@desk.example")
    found = re.search(r'href="/admin/customers/(\d+)"[^>]*>\s*' + NAME, root.get("/admin/customers"))
    assert found is not None
    page = f"/admin/customers/{found[1]}"
    rights = {"told": "y", "instructs": "y", "contract": "y", "way": "mail", "role": "customer_admin", "language": "ja"}
    root.post(f"{page}/contacts", {"name": "日向 葵", "email": ADMIN, **rights})
    root.post(f"{page}/alert-addresses", {"address": ADDRESS})
    key = {"region": "na", "signing": "basic", "client_id": DEMO_KEYS["acme"][0], "api_key": DEMO_KEYS["acme"][1]}
    root.post(f"{page}/credential", {**key, "shared": "y"})
    product.command("user", "password", ADMIN, given=f"{PASSWORD}\n")
    return f"/desk/contracts/{found[1]}"


def customer(running: Browser, product: Product) -> Page:
    page = running.new_context(locale="ja-JP").new_page()
    page.goto(product.web + "/sign-in")
    page.fill("#email", ADMIN)
    page.fill("#password", PASSWORD)
    page.click("form .btn-primary")
    return page


def started(erin: Page, product: Product, path: str) -> None:
    product.command("clock", "set", "2026-11-24T10:00:00+09:00")
    erin.goto(product.web + path)
    erin.get_by_text("開始のお知らせを送り、契約を成立させる").click()
    erin.locator("[id^=start-start_on]").fill("2026-11-24")
    erin.get_by_role("button", name="お知らせを送る").click()
    expect(erin.locator("h1")).to_contain_text("有効")
    erin.get_by_text("最低利用期間の満了").click()
    expect(erin.locator(".contract-dates")).to_contain_text("2027年11月30日(火)までが最低利用期間です")
    mail = product.mail_to("contract@hinata.example", "サービス開始のお知らせ")
    assert "2026年11月30日(月)まで無償" in mail["text"]


def instructed(product: Product, her: Page) -> None:
    """An alert is reported, an action approved on the portal and done on the console."""
    dana = Visitor.signed_in(product.web, "dana@desk.example")
    product.send_mail("no-reply@amp.cisco.com", ADDRESS, ALERT_SUBJECT, ALERT_TEXT)
    found = product.wait_for(lambda: re.search(rf"({NAME}).*?", dana.get("/desk/queues/alerts?customer=ひなた")))
    assert found
    listed = dana.get("/desk/queues/alerts?customer=ひなた")
    reference = re.search(r"/desk/tickets/(\d{4}-\d{4})", listed)
    assert reference is not None
    page = f"/desk/tickets/{reference[1]}"
    offered = product.wait_for(
        lambda: re.search(r'name="action"[^>]*value="(quarantine[^"]*)"', dana.get(f"{page}/report"))
    )
    contact = re.search(r'<option (?:selected )?value="(\d+)"', dana.get(f"{page}/report"))
    assert contact is not None
    words = {
        "contact": contact[1],
        "way": "mail",
        "words": "調査の結果をお知らせします。",
        "reason": "実行前に止めるため",
    }
    dana.post(f"{page}/report", words | {"action": offered[1]})
    her.goto(product.web + f"/portal/tickets/{reference[1]}")
    her.get_by_role("button", name="承認する").click()
    product.wait_for(product.effects)


def changed(erin: Page, her: Page, product: Product, path: str) -> None:
    her.goto(product.web + "/portal/contract")
    her.get_by_role("link", name="プランの変更").click()
    expect(her.locator("main")).to_contain_text("2027年1月1日(金) から反映します")
    her.fill("#plan", "プラン 80")
    her.fill("#clients", "80")
    her.get_by_role("button", name="変更を申し込む").click()
    erin.goto(product.web + path)
    erin.get_by_role("button", name="お知らせを送って変更を成立させる").click()
    assert "プラン 80" in product.mail_to(ADMIN, "ご契約の変更について")["text"]


def left(erin: Page, her: Page, product: Product, path: str) -> None:
    """Notice after the minimum term; the end, what stays, and what was lent."""
    product.command("clock", "set", "2027-12-06T13:42:00+09:00")
    her.goto(product.web + "/portal/contract/notices/nonrenewal")
    expect(her.locator("h2").nth(1)).to_have_text("2027年12月31日(金) で契約を終了してよろしいですか")
    her.get_by_role("button", name="申し入れる").click()
    expect(her.locator(".field-error")).to_have_count(2)
    her.locator("#sure_end").check()
    her.locator("#sure_work").check()
    picture(her, SCREENS / "contract-notice.png", full_page=True)
    her.get_by_role("button", name="申し入れる").click()
    product.wait_for(lambda: any("契約の終了日: 2027年12月31日(金)" in mail["text"] for mail in product.mails()))
    product.command("clock", "set", "2027-12-20T09:05:00+09:00")
    assert "A1" in product.mail_to(ADMIN, "管理画面に残る設定")["text"]
    product.command("clock", "set", "2028-01-01T00:05:00+09:00")
    assert "2027年12月31日(金)" in product.mail_to(ADMIN, "契約終了のお知らせ")["text"]
    her.goto(product.web + "/portal/")
    expect(her.locator("main")).to_contain_text("2027年12月31日(金) に終了しました")
    product.command("clock", "set", "2028-01-05T09:05:00+09:00")
    assert "API キー" in product.mail_to(ADMIN, "破棄の記録")["text"]
    erin.goto(product.web + path)
    expect(erin.locator("h1")).to_contain_text("終了")


def again(erin: Page, product: Product, path: str) -> None:
    """A new contract goes back over the gap (11-4)."""
    product.command("clock", "set", "2028-01-20T10:00:00+09:00")
    erin.goto(product.web + path)
    erin.get_by_text("利用申込を記録する").click()
    erin.fill("#apply-plan", "プラン 60")
    erin.fill("#apply-clients", "60")
    erin.fill("#apply-address", ADMIN)
    erin.get_by_role("button", name="申込を記録").click()
    erin.get_by_text("開始のお知らせを送り、契約を成立させる").click()
    erin.locator("[id^=start-start_on]").fill("2028-01-24")
    erin.get_by_role("button", name="お知らせを送る").click()
    assert "2028年1月1日(土)" in product.mail_to(ADMIN, "サービス開始のお知らせ(C-2028-001)")["text"]
    expect(erin.locator(".contract-facts").first).to_contain_text("2028年1月1日(土) – 自動更新")
    picture(erin, SCREENS / "contract.png", full_page=True)


def test_from_the_application_to_the_end_and_again(product: Product, running: Browser) -> None:
    path, erin = prepared(product), person(running, product.web, "erin@desk.example")
    started(erin, product, path)
    her = customer(running, product)
    instructed(product, her)
    changed(erin, her, product, path)
    left(erin, her, product, path)
    again(erin, product, path)
