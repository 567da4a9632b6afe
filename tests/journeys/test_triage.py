"""Triage as people use it in a real browser: typing, answering, contesting, a rule's dry run, a real manual, search."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser import browser, person, picture
from tests.journeys.test_pages import problems
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = ROOT / "var" / "screenshots"
TUESDAY = "2026-11-24T10:12:00+09:00"
REFERENCE_MANUAL = Path("/usr/share/debian-reference/debian-reference.ja.pdf")
"""Debian's package debian-reference-ja: 272 pages in Japanese with an outline of 451 entries."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("triage") / "var")
    running.start()
    running.command("clock", "set", TUESDAY)
    PICTURES.mkdir(parents=True, exist_ok=True)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as found:
        yield found


def ask(page: Page, product: Product, subject: str, body: str) -> str:
    """Send an inquiry by the form; returns its number."""
    page.goto(product.web + "/portal/tickets/new")
    page.locator("input[name=topic]").first.check()
    page.fill("#subject", subject)
    page.fill("#body", body)
    page.click(".docked .btn-primary")
    page.click(".buttons .btn-primary")
    return page.locator(".reference").inner_text()


def test_what_is_typed_is_kept_and_is_back_after_a_reload(product: Product, running: Browser) -> None:
    """Both forms that promise it; where it cannot be kept, the page says so."""
    for address, path, words in (
        ("alice@acme.example", "/portal/tickets/new", {"#subject": "下書きの件名", "#body": "下書きの本文"}),
        ("dana@desk.example", "/desk/tickets/2611-0001", {"textarea[name=body]": "返信の下書き"}),
    ):
        page = person(running, product.web, address)
        page.goto(product.web + path)
        for field, typed in words.items():
            page.locator(field).first.press_sequentially(typed, delay=5)
        *_, (field, typed) = words.items()
        with page.expect_response(lambda answer, last=typed: _kept(answer, last)):
            page.locator(field).first.blur()
        expect(page.locator(".saved:visible")).to_contain_text("に保存しました")
        page.reload()
        for field, typed in words.items():
            expect(page.locator(field).first).to_have_value(typed)
        page.route("**/drafts/**", lambda route: route.abort())
        page.locator(next(iter(words))).first.press_sequentially("続き")
        expect(page.locator(".saved:visible")).to_contain_text("通信が切れています", timeout=6000)
        page.context.close()


def _kept(answer: Response, words: str) -> bool:
    return "/drafts/" in answer.url and words in unquote_plus(answer.request.post_data or "") and answer.ok


def test_places_appear_while_typing_and_an_opened_one_is_counted(product: Product, running: Browser) -> None:
    alice = person(running, product.web, "alice@acme.example")
    alice.goto(product.web + "/portal/tickets/new")
    alice.locator("#subject").press_sequentially("許可リストに登録する手順", delay=20)
    begin = time.monotonic()
    place = alice.locator(".places-box a").first
    expect(place).to_contain_text("アプリケーションの許可リスト")
    assert time.monotonic() - begin < 3
    picture(alice, PICTURES / "typing.png")
    with alice.expect_response("**/manual-places/opening") as told, alice.expect_popup() as opened:
        place.click()
    assert told.value.status == 204
    expect(opened.value.locator("h1")).to_have_text("アプリケーションの許可リスト")
    assert not problems(alice, "typing", "light")
    erin = person(running, product.web, "erin@desk.example")
    erin.goto(product.web + "/desk/triage")
    expect(erin.locator("main")).to_contain_text("1件のお問い合わせが不要になりました")
    ask(alice, product, "端末の一覧", "端末の一覧を検索する方法を教えてください。")


def test_one_click_answers_and_the_customer_contests_into_a_queue_of_its_own(
    product: Product, running: Browser
) -> None:
    alice = person(running, product.web, "alice@acme.example")
    number = ask(alice, product, "CSV出力", "イベントをCSVで書き出す手順を教えてください。")
    dana = person(running, product.web, "dana@desk.example")
    dana.goto(f"{product.web}/desk/tickets/{number}")
    expect(dana.locator(".triage")).to_contain_text("マニュアル")
    expect(dana.locator("#leaves")).to_contain_text("78ページ「CSV エクスポート」")
    picture(dana, PICTURES / "suggested.png")
    dana.click(".triage form .btn-primary")
    expect(dana.locator(".flashes")).to_contain_text("へメールで送りました")
    mail = product.mail_to("alice@acme.example", "78ページ「CSV エクスポート」")
    assert number in mail["subject"]
    alice.goto(f"{product.web}/portal/tickets/{number}")
    expect(alice.locator(".decision")).to_contain_text("解決した")
    alice.click("text=担当者に見てほしい")
    dana.goto(product.web + "/desk/queues/contested")
    expect(dana.locator("table.rows")).to_contain_text(number)
    erin = person(running, product.web, "erin@desk.example")
    erin.goto(product.web + "/desk/triage")
    expect(erin.locator("main")).to_contain_text("異議 1件 (100%)")
    picture(erin, PICTURES / "triage.png", full_page=True)


def test_a_rule_is_tried_on_the_last_90_days_before_it_is_saved(product: Product, running: Browser) -> None:
    alice = person(running, product.web, "alice@acme.example")
    number = ask(alice, product, "観覧車", "観覧車の画面の見方を教えてください。")
    erin = person(running, product.web, "erin@desk.example")
    erin.goto(product.web + "/desk/rules")
    erin.click("text=規則を追加")
    erin.fill("#words", "観覧車")
    erin.fill("#reason_ja", "遊園地の設備は対象外です")
    erin.fill("#reason_en", "Fairground rides are not part of the service")
    erin.fill("#clause", "規約 2")
    erin.click("button[name=try]")
    expect(erin.locator("#tried")).to_contain_text(number)
    expect(erin.locator("#tried")).to_contain_text("まだ保存していません")
    picture(erin, PICTURES / "dry-run.png", full_page=True)
    assert not problems(erin, "dry run", "light")
    assert not problems(erin, "dry run", "dark")
    expect(erin.locator("#words")).to_have_value("観覧車")
    erin.click("text=規則を保存")
    expect(erin.locator("table")).to_contain_text("遊園地の設備は対象外です")
    second = ask(alice, product, "観覧車", "観覧車の画面の見方を教えてください。")
    erin.goto(f"{product.web}/desk/tickets/{second}")
    expect(erin.locator(".triage")).to_contain_text("対象外")


def test_a_real_manual_of_272_pages_is_imported_published_and_searched(product: Product, running: Browser) -> None:
    if not REFERENCE_MANUAL.exists():
        reason = "Debian's package debian-reference-ja is not installed; it is the manual of this test"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    erin = person(running, product.web, "erin@desk.example")
    erin.goto(product.web + "/desk/manuals/")
    erin.set_input_files("#file", REFERENCE_MANUAL)
    erin.fill("#title", "Debian リファレンス")
    erin.fill("#series", "reference")
    erin.fill("#edition", "2.100")
    erin.fill("#valid_from", "2026-11-01")
    erin.click("form .btn-primary")
    expect(erin.locator("#progress .notice")).to_contain_text("272ページを読み込みました", timeout=30000)
    expect(erin.locator(".troubles")).to_contain_text("1ページ")
    picture(erin, PICTURES / "import.png")
    erin.click("#progress .btn-primary")
    expect(erin.locator("main")).to_contain_text("451 項目")
    erin.click("text=公開する")
    picture(erin, PICTURES / "manual.png")
    alice = person(running, product.web, "alice@acme.example")
    alice.goto(product.web + "/portal/search/?q=シェルプロンプト")
    alice.locator("a:has-text('シェルプロンプト')").first.click()
    expect(alice.locator("article")).to_contain_text("シェル")
    link = alice.locator("a:has-text('PDF')").get_attribute("href")
    assert link is not None and "#page=" in link
    answer = alice.request.get(product.web + link.split("#")[0])
    assert answer.headers["content-type"] == "application/pdf"
    picture(alice, PICTURES / "section.png")
    alice.goto(product.web + "/portal/manual")
    expect(alice.locator("details")).to_have_count(2)
    assert not problems(alice, "manuals", "light")


def test_search_finds_two_characters_with_one_key(product: Product, running: Browser) -> None:
    dana = person(running, product.web, "dana@desk.example")
    dana.goto(product.web + "/desk/")
    dana.keyboard.press("/")
    dana.keyboard.type("端末")
    dana.keyboard.press("Enter")
    expect(dana.locator("mark").first).to_have_text("端末")
    picture(dana, PICTURES / "search.png")
    dana.fill("#q", "status:closed 端末 before:昨日")
    dana.keyboard.press("Enter")
    expect(dana.locator(".notice")).to_contain_text("before:昨日")


def test_a_manual_from_the_command_line_is_read_by_a_worker_and_found(product: Product, tmp_path: Path) -> None:
    (tmp_path / "zebra.html").write_text("<h1>Zebra stripes</h1><p>Switch them on.</p><h1>Ants</h1><p>Leave them.</p>")
    words = ("--series", "zebra", "--edition", "1", "--language", "en", "--publish")
    assert "2 sections" in product.command("manual", "import", str(tmp_path / "zebra.html"), *words)
    listed = [json.loads(line) for line in product.command("manual", "list", "--json").splitlines()]
    assert [line["in_force"] for line in listed if line["series"] == "zebra"] == [True]
    product.command("manual", "withdraw", "zebra")


def test_two_questions_are_answered_from_a_manual_that_is_the_only_one(product: Product, running: Browser) -> None:
    """Another author's manual, which no example knows: both places are ticked, seen in the mail, and sent."""
    words = ("--series", "guidebook", "--edition", "2026", "--title", "運用ガイドブック", "--publish")
    assert "sections" in product.command("manual", "import", str(ROOT / "tests" / "eval" / "second.html"), *words)
    listed = [json.loads(line) for line in product.command("manual", "list", "--json").splitlines()]
    for series in {line["series"] for line in listed if line["in_force"]} - {"guidebook"}:
        product.command("manual", "withdraw", series)
    alice = person(running, product.web, "alice@acme.example")
    body = "1. パスワードを忘れてしまったときの手順を教えてください。\n2. 設定を変えた記録はどこで見られますか。"
    number = ask(alice, product, "2点の質問", body)
    dana = person(running, product.web, "dana@desk.example")
    dana.goto(f"{product.web}/desk/tickets/{number}")
    questions = dana.locator(".questions li")
    expect(questions).to_have_count(2)
    expect(dana.locator(".questions input:checked")).to_have_count(2)
    for place in ("パスワードを忘れた・ロックされたときは", "監査ログ"):
        expect(dana.locator("#leaves")).to_contain_text(place)
    assert problems(dana, dana.url, "light") == []
    picture(dana, PICTURES / "questions.png")
    questions.nth(1).locator("input:checked").uncheck()
    expect(dana.locator("#leaves")).not_to_contain_text("監査ログ")
    questions.nth(1).locator("input").first.check()
    expect(dana.locator("#leaves")).to_contain_text("監査ログ")
    dana.click(".triage form .btn-primary")
    expect(dana.locator(".flashes")).to_contain_text("へメールで送りました")
    mail = product.mail_to("alice@acme.example", "パスワードを忘れた・ロックされたときは")
    assert number in mail["subject"]
    alice.goto(f"{product.web}/portal/tickets/{number}")
    expect(alice.locator("main")).to_contain_text("監査ログ")
    shown = json.loads(product.command("triage", "assess", given=json.dumps({"subject": "", "body": body}) + "\n"))
    assert shown["kind"] == "inquiry"
    assert all(question["places"][0]["anchor"].startswith("kb-") for question in shown["questions"])
