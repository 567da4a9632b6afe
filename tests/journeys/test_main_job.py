"""The main job in one go, as people do it: form, mail, verdict, alert, instruction, the hash on the list."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import browser as browsing
from tests.browser import browser, person
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = ROOT / "var" / "screenshots"
SHA256 = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"
ALERT = f"""Hello,

Event Type: Threat Detected
Computer: PC-KEIRI-03
User: y.sato@ACME
Detection: W32.Example.SBX.TG
File name: seikyu_2611.exe
File path: C:\\Users\\sato\\Downloads\\seikyu_2611.exe
SHA-256: {SHA256}
Severity: High
"""
MONDAY_NIGHT = "2026-11-24T20:00:00+09:00"
NEXT_MORNING = "2026-11-25T09:00:30+09:00"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    running = Product(tmp_path_factory.mktemp("journey") / "var")
    running.start()
    PICTURES.mkdir(parents=True, exist_ok=True)
    yield running
    running.remove()


def picture(page: Page, name: str) -> None:
    browsing.picture(page, PICTURES / f"{name}.png")


def choose(page: Page, select: str, words: str) -> None:
    """Choose the option that contains these words."""
    value = page.locator(f"{select} option", has_text=words).first.get_attribute("value")
    page.select_option(select, value)


def test_the_main_job(product: Product, tmp_path: Path) -> None:
    product.command("clock", "set", MONDAY_NIGHT)
    with browser() as running:
        alice = person(running, product.web, "alice@acme.example", viewport={"width": 1200, "height": 900})
        dana = person(running, product.web, "dana@desk.example")
        reference = ask_by_form(product, alice, tmp_path)
        take_note_and_reply(product, dana, reference)
        answer_by_mail(product, dana, reference)
        close_and_reopen(dana, reference)
        manual_reference_and_contest(product, alice, dana)
        mail_of_a_stranger(product, dana)
        phone_call(product, dana)
        alert = alert_mail(product, dana)
        report_with_a_proposal(product, dana, alert)
        instruct_out_of_hours(product, alice, alert)
        carried_out_in_hours(product, alice, dana, alert)


def ask_by_form(product: Product, alice: Page, tmp_path: Path) -> str:
    evidence = tmp_path / "画面.txt"
    evidence.write_text("hello")
    picture(alice, "portal-home")
    alice.goto(product.web + "/portal/tickets/new")
    alice.click("label.choice >> nth=1")
    alice.locator("#subject").press_sequentially("許可リストに自社ツールを登録したい")
    expect(alice.locator("#places a").first).to_contain_text("アプリケーションの許可リスト")
    alice.fill("#body", "手順を教えてください。受注ツールが止められます。")
    picture(alice, "portal-form")
    alice.set_input_files("#files", evidence)
    alice.click(".docked .btn-primary")
    expect(alice.locator(".facts-list")).to_contain_text("画面.txt")
    alice.click(".buttons .btn-primary")
    reference = alice.locator(".reference").inner_text()
    assert re.fullmatch(r"2611-\d{4}", reference)
    receipt = product.mail_to("alice@acme.example", reference)
    assert "2026年11月25日(水) 9:00" in receipt["text"], "the receipt names when work begins"
    assert receipt["auto_submitted"] == "auto-replied"
    return reference


def take_note_and_reply(product: Product, dana: Page, reference: str) -> None:
    dana.goto(product.web + "/desk/queues/inquiries")
    picture(dana, "desk-list")
    dana.click(f"tr:has-text('{reference}') a")
    dana.click("button.take")
    expect(dana.locator("#assignee option[selected]")).to_have_text("田中 健一")
    expect(dana.locator(".files").first).to_contain_text("画面.txt")
    dana.click("label[for=tab-note]")
    dana.fill("#note-body", "社内だけの話: 版を確認する")
    dana.click(".note-button")
    expect(dana.locator(".thread")).to_contain_text("社内だけの話")
    dana.click("label[for=tab-reply]")
    dana.fill("#body", "ご利用の版をお知らせください。")
    dana.click("button[value=stay]")
    mail = product.mail_to("alice@acme.example", "ご利用の版")
    assert "社内だけの話" not in mail["text"]
    picture(dana, "desk-inquiry")


def answer_by_mail(product: Product, dana: Page, reference: str) -> None:
    asked = product.mail_to("alice@acme.example", "ご利用の版")
    product.send_mail(
        "小林 由佳 <alice@acme.example>",
        asked["reply_to"],
        "Re: " + asked["subject"],
        "第2版です。よろしくお願いします。",
        In_Reply_To=asked["message_id"],
    )
    dana.goto(f"{product.web}/desk/tickets/{reference}")
    product.wait_for(lambda: dana.reload() and "第2版です" in dana.locator(".thread").inner_text())
    expect(dana.locator(".thread")).to_contain_text("差出人は未確認")


def close_and_reopen(dana: Page, reference: str) -> None:
    dana.click(".bar form button")
    expect(dana.locator(".facts .state-word")).to_have_text("完了")
    dana.click(".bar form button")
    expect(dana.locator(".facts .state-word")).to_have_text("対応中")


def manual_reference_and_contest(product: Product, alice: Page, dana: Page) -> None:
    product.send_mail(
        "alice@acme.example", "support@desk.example", "CSV エクスポートの方法", "イベント一覧を CSV で出力したいです。"
    )
    receipt = product.mail_to("alice@acme.example", "お問い合わせを受け付けました")
    dana.goto(product.web + "/desk/queues/inquiries")
    product.wait_for(lambda: dana.reload() and dana.locator("tr:has-text('CSV エクスポート')").count())
    row = dana.locator("tr:has-text('CSV エクスポート')")
    expect(row.locator(".chip")).to_contain_text("マニュアル")
    row.locator("a").click()
    dana.click(".triage a:has-text('マニュアルを案内')")
    expect(dana.locator("#answer")).to_have_value(re.compile("78ページ"))
    dana.fill("#why", "手順がそのまま載っている")
    dana.click(".page .btn-primary")
    expect(dana.locator(".triage")).to_contain_text("手順がそのまま載っている")
    reference = dana.locator(".bar .ref").inner_text()
    product.mail_to("alice@acme.example", "78ページ")
    alice.goto(f"{product.web}/portal/tickets/{reference}")
    alice.fill("#contest-words", "一覧の全件を出したいのです。")
    alice.click("text=担当者に見てほしい")
    product.mail_to("alice@acme.example", "担当者が改めて確認いたします")
    dana.goto(product.web + "/desk/queues/contested")
    expect(dana.locator(".rows")).to_contain_text(reference)
    assert receipt["subject"].startswith("[受付番号:")


def mail_of_a_stranger(product: Product, dana: Page) -> None:
    before = len(product.mails())
    product.send_mail("stranger@unknown.example", "support@desk.example", "はじめまして", "見積もりをください。")
    dana.goto(product.web + "/desk/queues/unmatched")
    product.wait_for(lambda: dana.reload() and dana.locator("tr:has-text('はじめまして')").count())
    assert len(product.mails()) == before, "an unregistered address is never acknowledged"


def phone_call(product: Product, dana: Page) -> None:
    dana.goto(product.web + "/desk/phone")
    dana.locator("#q").press_sequentially("まつもと")
    dana.locator("#callers label:has-text('松本 直樹')").click()
    dana.fill("#subject", "電話: ログインできない")
    dana.fill("#body", "ダッシュボードにログインできないとのこと。")
    dana.click(".page .btn-primary")
    expect(dana.locator(".flash")).to_contain_text("2611-")
    product.mail_to("carol@acme.example", "受け付けました")


def alert_mail(product: Product, dana: Page) -> str:
    product.send_mail(
        "Cisco <no-reply@amp.cisco.com>",
        "alerts+acme@desk.example",
        "[Cisco Secure Endpoint Subscription] [High] Matching Events Found On PC-KEIRI-03",
        ALERT,
    )
    dana.goto(product.web + "/desk/queues/alerts")
    product.wait_for(lambda: dana.reload() and dana.locator("tr:has-text('seikyu_2611.exe')").count())
    row = dana.locator("tr:has-text('seikyu_2611.exe')")
    expect(row).to_contain_text("Acme")
    expect(row.locator(".due small")).to_have_text("11/26(木) 17:00")
    row.locator("a").click()
    expect(dana.locator(".findings")).to_contain_text(SHA256)
    expect(dana.locator(".findings")).to_contain_text("PC-KEIRI-03")
    return dana.locator(".bar .ref").inner_text()


def report_with_a_proposal(product: Product, dana: Page, alert: str) -> None:
    dana.click(".findings .btn-primary")
    expect(dana.locator("#words")).to_have_value(re.compile(SHA256))
    dana.locator(".check:has-text('隔離') input[name=action]").first.check()
    dana.click(".page .btn-primary")
    expect(dana.locator(".chain li").first).to_have_class("done")
    picture(dana, "desk-alert")
    product.mail_to("alice@acme.example", "アラートについてご報告")


def instruct_out_of_hours(product: Product, alice: Page, alert: str) -> None:
    alice.goto(product.web + "/portal/")
    alice.click(".pending .btn")
    card = alice.locator(".decision")
    expect(card).to_contain_text("このファイルを隔離してよろしいですか")
    expect(card).to_contain_text(SHA256)
    expect(card).to_contain_text("2026年11月25日(水) 9:00")
    picture(alice, "portal-decision")
    card.locator("button[value=approve]").click()
    expect(alice.locator(".waits")).to_contain_text("2026年11月25日(水) 9:00")
    assert SHA256 not in str(product.effects()), "nothing runs out of hours"


def carried_out_in_hours(product: Product, alice: Page, dana: Page, alert: str) -> None:
    product.command("clock", "set", NEXT_MORNING)
    product.wait_for(product.effects)
    product.mail_to("alice@acme.example", "ご指示の作業が完了")
    effects = product.effects()
    assert len(effects) == 1
    assert effects[0]["effect"] == f"added {SHA256}"
    assert effects[0]["at"] >= "2026-11-25T00:00:00", "only once service hours had opened"
    alice.reload()
    expect(alice.locator(".result")).to_contain_text("載ったことを確認")
    dana.goto(f"{product.web}/desk/tickets/{alert}")
    expect(dana.locator(".chain li.done")).to_have_count(5)
    picture(dana, "desk-alert-done")
