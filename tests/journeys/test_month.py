"""A month from its first alert to the report in the customer's mailbox, in a real browser and by real mail (R30)."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from tests.browser import browser, person, picture
from tests.http import Visitor
from tests.making import TEXT
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCREENS = ROOT / "var" / "screenshots"
DAYS = [
    ("2026-11-04", "Low", "PC-UKE-003", "setup_free.exe"),
    ("2026-11-06", "Medium", "PC-IJI-011", "updater.dll"),
    ("2026-11-10", "High", "PC-UKE-003", "見積_改訂.exe"),
    ("2026-11-11", "Medium", "PC-JIM-001", "帳票ツール.exe"),
    ("2026-11-13", "Critical", "PC-IJI-011", "invoice_2610.exe"),
    ("2026-11-17", "Medium", "PC-UKE-003", "viewer.exe"),
    ("2026-11-18", "Low", "PC-JIM-001", "toolbar.exe"),
]


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    running = Product(ROOT / "var" / "a-month")
    running.start()
    yield running
    running.remove()


def alerts_of_a_month(product: Product) -> None:
    """Mails of Acme's console on several days, reported to the customer the same day."""
    dana = Visitor.signed_in(product.web, "dana@desk.example")
    for number, (day, severity, computer, file) in enumerate(DAYS):
        product.command("clock", "set", f"{day}T10:{10 + number}:00+09:00")
        text = TEXT.replace("PC-1", computer).replace("bad.exe", file).replace("High", severity)
        text = text.replace("ab" * 32, f"{number + 1:064d}")
        product.send_mail("no-reply@amp.cisco.com", "alerts+acme@desk.example", f"alert {number}", text)
        product.wait_for(lambda named=file: named in dana.get("/desk/queues/alerts"), 30)


def a_report_under_review(product: Product) -> None:
    """Alice is named for reports, the month ends, and its reports are made."""
    alerts_of_a_month(product)
    root = Visitor.signed_in(product.web, "root@desk.example")
    page = root.get("/admin/customers/1")
    contact = re.search(r"/admin/customers/1/contacts/(\d+)", page)
    assert contact is not None
    found = re.search(r'name="shown"[^>]*value="([^"]*)"', root.get(contact[0]))
    assert found is not None
    name, kana, department, email, phone, *_rest = found[1].split("|")
    words = {"name": name, "kana": kana, "department": department, "email": email, "phone": phone, "language": "ja"}
    rights = {"told": "y", "instructs": "y", "reports": "y", "way": "mail", "role": "customer_user"}
    root.post(contact[0], {**words, **rights, "shown": found[1]})
    product.command("clock", "set", "2026-12-01T09:30:00+09:00")
    erin = Visitor.signed_in(product.web, "erin@desk.example")
    erin.post("/desk/reports/requests", {})
    product.wait_for(lambda: "確認待ち" in erin.get("/desk/reports?month=2026-11"), 60)


def test_the_report_of_a_month_reaches_who_was_named(product: Product) -> None:
    a_report_under_review(product)
    with browser() as running:
        desk = person(running, product.web, "erin@desk.example")
        desk.goto(product.web + "/desk/reports?month=2026-11")
        desk.click("td a:has-text('Acme')")
        desk.fill("#comment", "11月は緊急の検出が1件ありました。隔離は自動で完了しています。")
        desk.fill("#advice", "PC-BRN-002 が監査モードのままです。保護モードへの変更をご検討ください。")
        desk.click("text=ことばを保存")
        desk.click("text=承認して送信")
        desk.wait_for_selector("text=レポートを承認しました")
        product.wait_for(lambda: any("運用レポート" in mail["subject"] for mail in product.mails()), 60)
        desk.goto(product.web + "/desk/supervision?days=20")
        assert desk.locator(".figure-tile").count() == 6
        picture(desk, SCREENS / "figures.png")
        bob = person(running, product.web, "bob@acme.example")
        bob.goto(product.web + "/portal/")
        assert "運用レポートが届いています" in bob.inner_text("main")
        bob.click(".pending.calm .btn")
        assert "11月は緊急の検出が1件ありました。" in bob.inner_text("main")
        picture(bob, SCREENS / "portal-report.png")
        with bob.expect_download() as downloading:
            bob.click(".report-head >> text=PDF")
        paper = Path(downloading.value.path()).read_bytes()
        with bob.expect_download() as downloading:
            bob.click(".report-head >> text=Excel")
        book = openpyxl.load_workbook(io.BytesIO(Path(downloading.value.path()).read_bytes()))
    (SCREENS / "report.pdf").write_bytes(paper)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)
    assert "運用レポート" in text and "保護モードへの変更" in text
    figures = {row[3].value: row[1].value for row in book["数値"].iter_rows(min_row=2)}
    assert figures["alerts.tickets"] == len(DAYS) + 1
    assert figures["alerts.by_severity.critical"] == 1
