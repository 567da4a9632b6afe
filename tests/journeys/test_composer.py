"""Writing to a customer in a real browser, in both languages: asked, undone, later, read by a second person."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser, person, picture
from tests.http import Visitor
from tests.journeys.test_pages import problems, speaking
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = ROOT / "var" / "screenshots"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("composer") / "var", extra={"HELPDESK_UNDO_SECONDS": "6"})
    running.start()
    PICTURES.mkdir(parents=True, exist_ok=True)
    root = Visitor.signed_in(running.web, "root@desk.example")
    globex = re.search(r"/admin/customers/(\d+)\"[^>]*>\s*Globex", root.get("/admin/customers"))
    assert globex is not None
    root.post(f"/admin/customers/{globex[1]}/handling", {"mail_second_eyes": "1", "polling": "1"})
    yield running
    running.remove()


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as found:
        yield found


def send(page: Page) -> None:
    page.locator("#body").focus()
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")


@pytest.mark.parametrize(
    ("language", "search", "number"), [("ja", "/追加の情報", "2611-0001"), ("en", "/more info", "2611-0002")]
)
def test_a_prepared_reply_is_filled_in_asked_undone_and_sent(
    product: Product, running: Browser, language: str, search: str, number: str
) -> None:
    page = person(running, product.web, "dana@desk.example")
    with speaking(page, product.web, language):
        page.goto(f"{product.web}/desk/tickets/{number}")
        page.locator("#body").focus()
        page.keyboard.type(search)
        expect(page.locator("#macros [role=option]")).to_have_count(1)
        expect(page.locator(".macro-words .left-open")).to_have_count(1)
        assert problems(page, "prepared replies", "light") == []
        picture(page, PICTURES / f"composer-macro-{language}.png")
        page.keyboard.press("Enter")
        expect(page.locator("#macros-used input")).to_be_checked()
        send(page)
        expect(page.locator("#composer .field-error")).to_be_visible()
        page.locator("#body").fill("手順書を添付いたします。")
        page.locator("#cc").fill("partner@other.example")
        send(page)
        expect(page.locator("#asked li")).to_have_count(2)
        assert problems(page, "asked before sending", "light") == []
        picture(page, PICTURES / f"composer-asked-{language}.png")
        send(page)
        expect(page.locator(".message.waiting .left")).to_be_visible()
        picture(page, PICTURES / f"composer-undo-{language}.png")
        with page.expect_navigation():
            page.locator("h1").click()
            page.keyboard.press("Control+z")
        expect(page.locator("#body")).to_have_value("手順書を添付いたします。")
        expect(page.locator("#cc")).to_have_value("partner@other.example")
        page.locator("#cc").fill("")
        page.locator("#body").fill(f"**手順**は{number}のとおりです。\n\n1. 開く\n2. 押す")
        send(page)
        expect(page.locator(".message.waiting")).to_be_visible()
        mail = product.mail_to("acme.example", f"**手順**は{number}のとおりです", 30)
        assert "partner" not in mail["to"] + mail["cc"]
        expect(page.locator(".message.waiting")).to_have_count(0, timeout=15000)
        expect(page.locator(".message.m-agent")).to_have_count(1)
    page.context.close()


@pytest.mark.parametrize(("language", "number"), [("ja", "2611-0004"), ("en", "2611-0005")])
def test_a_second_person_reads_it_and_later_is_later(
    product: Product, running: Browser, language: str, number: str
) -> None:
    dana, sato = (person(running, product.web, f"{name}@desk.example") for name in ("dana", "sato"))
    url = f"{product.web}/desk/tickets/{number}"
    with speaking(dana, product.web, language), speaking(sato, product.web, language):
        dana.goto(url)
        dana.locator("#body").fill(f"確認をお願いします。{number}")
        send(dana)
        expect(dana.locator(".message.waiting .ti, .message.waiting svg").first).to_be_visible()
        sato.goto(url)
        assert problems(sato, "second person", "light") == []
        with sato.expect_navigation():
            sato.locator(".message.waiting .btn").nth(1).click()
        dana.goto(url)
        expect(dana.locator("#body")).to_have_value(f"確認をお願いします。{number}")
        send(dana)
        sato.goto(url)
        with sato.expect_navigation():
            sato.locator(".message.waiting .btn-primary").click()
        product.mail_to("globex.example", f"確認をお願いします。{number}")
        dana.goto(url)
        dana.locator("#body").fill("明朝の連絡です。")
        dana.locator("#reply-form .menu.up summary").first.click()
        with dana.expect_navigation():
            dana.locator("button[name=opening]").click()
        expect(dana.locator(".message.waiting")).to_be_visible()
    for page in (dana, sato):
        page.context.close()


def test_two_tabs_write_one_reply(product: Product, running: Browser) -> None:
    """Nothing that either tab kept is covered by the other, and nothing is there twice."""
    first = person(running, product.web, "dana@desk.example")
    second = first.context.new_page()
    for page in (first, second):
        page.goto(product.web + "/desk/tickets/2611-0003")
    for page, words in ((first, "一つ目"), (second, "二つ目"), (first, "三つ目")):
        box = page.locator("#body")
        box.press_sequentially(words)
        box.blur()
        expect(page.locator("#saved-reply")).to_contain_text("に保存しました", timeout=9000)
    expect(first.locator("#body")).to_have_value("一つ目\n\n二つ目\n\n三つ目")
    first.reload()
    expect(first.locator("#body")).to_have_value("一つ目\n\n二つ目\n\n三つ目")
