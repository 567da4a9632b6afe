"""The service as its people meet it in a real browser: a report by phone, one that comes back, an action that fails, a
contest by mail (R03, R13, R23)."""

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser, person, picture
from tests.journeys.test_pages import problems
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = ROOT / "var" / "screenshots"
TUESDAY = "2026-11-24T10:12:00+09:00"
ALICE = "alice@acme.example"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("service") / "var")
    running.start()
    running.command("clock", "set", TUESDAY)
    PICTURES.mkdir(parents=True, exist_ok=True)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as found:
        yield found


def an_alert(product: Product, running: Browser, number: int) -> Page:
    """The agent's page of a new alert that a mail told of."""
    sha256 = f"{number:02x}" * 32
    text = f"Event Type: Threat Detected\nComputer: PC-{number}\nFile name: file{number}.exe\nSHA-256: {sha256}\n"
    product.send_mail("no-reply@amp.cisco.com", "alerts+acme@desk.example", f"alert {number}", text)
    dana = person(running, product.web, "dana@desk.example", viewport={"width": 1280, "height": 1000})
    dana.goto(product.web + "/desk/queues/alerts")
    row = f"tr:has-text('file{number}.exe') a"
    product.wait_for(lambda: dana.reload() and dana.locator(row).count())
    dana.locator(row).first.click()
    return dana


def test_a_report_by_phone(product: Product, running: Browser) -> None:
    dana = an_alert(product, running, 0xB1)
    dana.click(".findings .btn-primary")
    dana.locator("input[name=way][value=phone]").check()
    expect(dana.locator("#number")).to_have_value("03-5550-0101")
    dana.fill("#answered", "内容を確認し、折り返し連絡するとのこと")
    dana.locator("input[name=action]").first.check()
    picture(dana, PICTURES / "report-by-phone.png")
    assert not problems(dana, "report", "light")
    dana.click(".page .btn-primary")
    reports = dana.locator(".reports")
    expect(reports).to_contain_text("03-5550-0101")
    expect(reports).to_contain_text("折り返し連絡するとのこと")
    expect(dana.locator(".chain li").first).to_have_class("done")


def test_a_report_that_comes_back(product: Product, running: Browser) -> None:
    dana = an_alert(product, running, 0xB2)
    dana.click(".findings .btn-primary")
    dana.locator("input[name=action]").first.check()
    dana.click(".page .btn-primary")
    reference = dana.locator(".bar .ref").inner_text()
    sent = product.mail_to(ALICE, f"{reference}] ")
    with smtplib.SMTP("127.0.0.1", product.ports["SMTP"], timeout=30) as client:
        client.sendmail("", [sent["reply_to"]], a_bounce(sent["message_id"]))
    product.wait_for(lambda: dana.reload() and "報告として扱いません" in dana.locator(".findings").inner_text())
    expect(dana.locator(".chain li").first).not_to_have_class("done")
    expect(dana.locator(".findings .btn-primary")).to_contain_text("お客様へ報告")
    picture(dana, PICTURES / "report-came-back.png")
    assert not problems(dana, "alert", "light")


def a_bounce(message_id: str) -> bytes:
    """What a mail server says of an address that it does not know (RFC 3464)."""
    status = "Reporting-MTA: dns; mx.acme.example\r\n\r\n"
    status += f"Final-Recipient: rfc822; {ALICE}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    parts = [("text/plain", "The address is unknown.\r\n"), ("message/delivery-status", status)]
    parts.append(("text/rfc822-headers", f"Message-ID: {message_id}\r\n"))
    body = "".join(f"--B\r\nContent-Type: {kind}\r\n\r\n{words}\r\n" for kind, words in parts)
    head = "From: MAILER-DAEMON@mx.acme.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
    head += 'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
    return f"{head}{body}--B--\r\n".encode()


def test_an_action_that_fails_is_told(product: Product, running: Browser) -> None:
    dana = an_alert(product, running, 0xB3)
    dana.click(".findings .btn-primary")
    product.wait_for(lambda: dana.reload() and dana.locator("input[name=action]").count() > 1)
    dana.locator("input[name=action][value^=quarantine]").first.check()
    dana.click(".page .btn-primary")
    reference = dana.locator(".bar .ref").inner_text()
    product.command("credential", "set", "Acme", "--region", "na", "--client-id", "withdrawn", given="withdrawn\n")
    alice = person(running, product.web, ALICE, viewport={"width": 1200, "height": 900})
    alice.goto(f"{product.web}/portal/tickets/{reference}")
    alice.locator(".decision button[value=approve]").click()
    mail = product.mail_to(ALICE, "作業を完了できませんでした", 60)
    assert "管理画面の応答 401" in mail["text"]
    assert "までにご連絡いたします" in mail["text"]
    dana.goto(f"{product.web}/desk/tickets/{reference}")
    expect(dana.locator(".action").first).to_contain_text("管理画面の応答 401")
    assert "answered 401" not in dana.locator("main").inner_text()


def test_a_contest_by_mail(product: Product, running: Browser, tmp_path: Path) -> None:
    product.send_mail(ALICE, "support@desk.example", "社内プリンターの紙詰まり", "プリンターで印刷できません。")
    dana = person(running, product.web, "dana@desk.example")
    dana.goto(product.web + "/desk/queues/inquiries")
    row = "tr:has-text('社内プリンターの紙詰まり') a"
    product.wait_for(lambda: dana.reload() and dana.locator(row).count())
    dana.locator(row).first.click()
    dana.locator(".triage a[href*='/decision/out_of_scope']").first.click()
    dana.fill("#why", "周辺機器")
    dana.click(".page .btn-primary")
    reference = dana.locator(".bar .ref").inner_text()
    answer = product.mail_to(ALICE, "サービスメニュー 1-(1)")
    link = next(word for word in answer["text"].split() if "/answers/" in word)
    alice = person(running, product.web, ALICE)
    alice.context.clear_cookies()
    alice.goto(link)
    expect(alice.locator("main")).to_contain_text("サービスメニュー 1-(1)")
    assert not problems(alice, "answer", "light")
    picture(alice, PICTURES / "answer.png")
    headers = {"In_Reply_To": answer["message_id"], "References": answer["message_id"]}
    words = "対象外とのことですが、納得できません。担当の方にご確認いただきたいです。"
    product.send_mail(ALICE, answer["reply_to"], f"Re: {answer['subject']}", words, **headers)
    mail = product.mail_to(ALICE, "先にお送りした回答を")
    assert "までにお送りします" in mail["text"]
    dana.goto(product.web + "/desk/queues/contested")
    product.wait_for(lambda: dana.reload() and reference in dana.locator("main").inner_text())
    alice.reload()
    expect(alice.locator("main")).to_contain_text("担当者が確認しています")
