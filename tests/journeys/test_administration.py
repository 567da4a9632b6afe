"""A second customer from a table to its first alert, and its administrator who replaces an alert contact (D10)."""

import io
import re
from collections.abc import Iterator

import pytest
import xlsxwriter
from playwright.sync_api import Browser, Page, expect

from helpdesk.demo.console_state import DEMO_KEYS
from helpdesk.demo.data import ALERT_SUBJECT, ALERT_TEXT
from tests.browser import browser, person, picture
from tests.journeys.test_pages import problems
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = ROOT / "var" / "screenshots"
ADDRESS = "alerts+hokkai@desk.example"
ROWS = [
    ["会社名", "フリガナ", "アラートの宛先", "氏名", "メールアドレス", "電話", "アラートの通知", "指示", "サインイン"],
    ["北海物産", "", ADDRESS, "佐々木 舞", "mai@hokkai.example", "011-000-0001", "", "", "管理者"],
    ["北海物産", "", "", "三上 健", "ken@hokkai.example", "011-000-0002", "○", "○", ""],
]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("administration") / "var")
    running.start()
    PICTURES.mkdir(parents=True, exist_ok=True)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as found:
        yield found


def a_book() -> dict[str, object]:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "お客様.xlsx", "mimeType": kind, "buffer": out.getvalue()}


def bring_in(root: Page, product: Product) -> None:
    """The file is looked at, then brought in; the customer's page says what is still open."""
    root.goto(product.web + "/admin/customers")
    root.get_by_role("link", name="お客様の取り込み").click()
    root.set_input_files("#file", files=[a_book()])  # type: ignore[list-item]
    root.click(".btn-primary")
    expect(root.locator("tbody tr")).to_have_count(2)
    assert not problems(root, "import", "light")
    picture(root, PICTURES / "import.png")
    root.click(".btn-primary")
    root.get_by_role("link", name="北海物産").click()
    expect(root.locator(".points .done")).to_have_count(3)


def complete(root: Page) -> None:
    """Contract and key; the key is that of another customer's console, which is asked about."""
    page = root.url
    root.get_by_role("link", name="契約・期限・届出").click()
    root.get_by_text("ほかの方法で成立した契約を登録する").click()
    root.fill("#entry-plan", "プラン 50")
    root.fill("#entry-start", "2026-11-01")
    root.get_by_role("button", name="契約を追加").click()
    expect(root.locator("h1")).to_contain_text("有効")
    root.goto(page)
    for again in (False, True):
        root.locator("#credential select[name=region]").select_option("na")
        root.fill("#credential input[name=client_id]", DEMO_KEYS["acme"][0])
        root.fill("#credential input[name=api_key]", DEMO_KEYS["acme"][1])
        if again:
            root.get_by_label("両方のお客様がこのコンソールを共用している").check()
        root.get_by_role("button", name="API キーを保存").click()
    expect(root.locator(".points .open")).to_have_count(1)


def test_from_a_table_to_the_first_alert(product: Product, running: Browser) -> None:
    root = person(running, product.web, "root@desk.example")
    bring_in(root, product)
    complete(root)
    page = root.url
    product.wait_for(lambda: root.goto(page) and root.locator(".points .done").count() == 6, 40)
    assert not problems(root, "customer", "light")
    product.send_mail("no-reply@amp.cisco.com", ADDRESS, ALERT_SUBJECT, ALERT_TEXT)
    product.wait_for(lambda: root.goto(page) and root.locator(".points .done").count() == 7, 40)
    expect(root.locator("#addresses")).to_contain_text("動作を確認済")
    picture(root, PICTURES / "customer.png", full_page=True)
    dana = person(running, product.web, "dana@desk.example")
    dana.goto(product.web + "/desk/queues/alerts")
    dana.get_by_role("row").filter(has_text="北海物産").locator("a").first.click()
    expect(dana.locator(".findings")).to_be_visible()


def test_the_customer_replaces_who_is_told(product: Product, running: Browser) -> None:
    """By the mailed invitation, on a phone."""
    mail = product.mail_to("mai@hokkai.example", "ご利用開始のご案内")
    link = re.search(r"http\S+/password/\S+", mail["text"])
    assert link is not None
    context = running.new_context(locale="ja-JP", viewport={"width": 390, "height": 844})
    mai = context.new_page()
    mai.goto(link[0])
    for field in mai.locator("input[type=password]").all():
        field.fill("correct horse battery")
    mai.click("form .btn-primary")
    mai.goto(product.web + "/sign-in")
    mai.fill("#email", "mai@hokkai.example")
    mai.fill("#password", "correct horse battery")
    mai.click("form .btn-primary")
    mai.goto(product.web + "/portal/people")
    assert not problems(mai, "people", "light")
    mai.get_by_role("link", name="担当者を追加").click()
    mai.fill("#name", "後任 花子")
    mai.fill("#email", "ken@hokkai.example")
    mai.check("#told")
    mai.check("#instructs")
    mai.click("form .btn-primary")
    expect(mai.locator(".field-error")).to_contain_text("登録できません")
    expect(mai.locator("#name")).to_have_value("後任 花子")
    mai.fill("#email", "hanako@hokkai.example")
    mai.click("form .btn-primary")
    expect(mai.locator(".flashes")).to_contain_text("追加しました")
    mai.get_by_role("link", name="三上 健").click()
    mai.get_by_text("この方の利用を終了する").click()
    mai.get_by_role("button", name="三上 健 の利用を終了").click()
    expect(mai.locator(".people-list")).not_to_contain_text("三上 健")
    picture(mai, PICTURES / "people-390.png", full_page=True)
    assert "後任 花子" in product.mail_to("hanako@hokkai.example", "連絡先が変更されました")["text"]
    root = person(running, product.web, "root@desk.example")
    root.goto(product.web + "/admin/customers?q=北海")
    root.get_by_role("link", name="北海物産").click()
    expect(root.locator("#people")).to_contain_text("未確認")
    context.close()
