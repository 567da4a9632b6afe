"""The desk by keyboard alone, in both languages: find, narrow, change many and back, put away, merge, split, next."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from helpdesk.local import LocalPaths
from tests.browser import browser, person, picture
from tests.http import Visitor
from tests.journeys.test_pages import problems, speaking
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = ROOT / "var" / "screenshots"
MANY = 40


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("hands") / "var")
    running.start()
    PICTURES.mkdir(parents=True, exist_ok=True)
    alice = Visitor.signed_in(running.web, "alice@acme.example")
    for number in range(MANY):
        asked = {
            "topic": "reading",
            "subject": f"質問 {number:02d}",
            "body": f"{number} 件目です。",
            "confirmed": "yes",
        }
        alice.post("/portal/tickets", asked | {"urgency": "normal", "once": f"hands-{number}"})
    assert count(running, "subject LIKE '質問 %'") == MANY
    yield running
    running.remove()


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as found:
        yield found


def count(product: Product, where: str) -> int:
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk")) as connection:
        row = connection.execute(f"SELECT count(*) FROM tickets WHERE {where}").fetchone()  # type: ignore[arg-type]
    return int(row[0]) if row else 0


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def press_when_loaded(page: Page, key: str) -> None:
    """What is shown before its scripts ran hears no key yet."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def through_the_palette(page: Page, words: str) -> None:
    """Open it, type, wait for what is found, and take the first."""
    press(page, "Control+k")
    # what is found for all of it, and not for its beginning
    with page.expect_response(lambda answer: parse_qs(urlsplit(answer.url).query).get("q") == [words]):
        page.keyboard.type(words)
    expect(page.locator("#palette-list [aria-selected=true]")).to_be_visible()
    page.wait_for_timeout(100)
    press(page, "Enter")


def test_enter_acts_on_what_was_typed_and_nothing_older(product: Product, running: Browser) -> None:
    page = person(running, product.web, "dana@desk.example")
    page.goto(product.web + "/desk/tickets/2611-0002")
    press(page, "Control+k")
    page.keyboard.type("close")
    expect(page.locator("#palette-list [data-press]").first).to_be_visible()
    page.locator("#palette-q").fill("2611-0001")
    with page.expect_navigation():
        press(page, "Enter")
    assert page.url.endswith("/desk/tickets/2611-0001")
    assert count(product, "reference = '2611-0002' AND state = 'closed'") == 0
    page.context.close()


def set_priority(page: Page) -> None:
    """Tick three rows and set their priority, by keys alone."""
    press(page, "j", "x", "j", "x", "j", "x", "p")
    expect(page.locator("#to-priority")).to_be_focused()
    page.keyboard.press("End")
    with page.expect_navigation():
        press(page, "Tab", "Enter")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_many_are_found_changed_and_changed_back(product: Product, running: Browser, language: str) -> None:
    page = person(running, product.web, "dana@desk.example")
    with speaking(page, product.web, language):
        page.goto(product.web + "/desk/queues/mine")
        with page.expect_navigation():
            press(page, "g", "i")
        with page.expect_navigation():
            through_the_palette(page, "acme")
        expect(page.locator(".filter.on")).to_have_count(1)
        before = count(product, "priority = 'urgent'")
        set_priority(page)
        expect(page.locator("#told")).to_be_visible()
        assert count(product, "priority = 'urgent'") == before + 3
        picture(page, PICTURES / f"desk-list-bulk-{language}.png")
        assert problems(page, "list with a result", "light") == []
        with page.expect_navigation():
            press(page, "Control+z")
        assert count(product, "priority = 'urgent'") == before
        press(page, "j", "x", "z")
        expect(page.locator("#to-snooze")).to_be_focused()
        with page.expect_navigation():
            press(page, "Enter")
        assert count(product, "snoozed_until IS NOT NULL") == 1
        with page.expect_navigation():
            press(page, "Control+z")
        assert count(product, "snoozed_until IS NOT NULL") == 0
        press(page, "?")
        expect(page.locator("#keys")).to_be_visible()
        press(page, "Escape")
        expect(page.locator("#keys")).to_be_hidden()
    page.context.close()


def test_forty_tickets_are_worked_through(product: Product, running: Browser) -> None:
    """Half of them in either language: open the first, then take, complete, on to the next, without list or mouse."""
    page = person(running, product.web, "sato@desk.example")
    for language in ("ja", "en"):
        with speaking(page, product.web, language):
            work_through(page, product, MANY // 2)
    page.context.close()


def work_through(page: Page, product: Product, many: int) -> None:
    page.goto(product.web + "/desk/queues/open?sort=number&kind=inquiry")
    with page.expect_navigation():
        press(page, "j", "Enter")
    expect(page.locator(".neighbours .meta")).to_have_text(re.compile(r"^1 / "))
    done = count(product, "state = 'closed'")
    for number in range(many):
        expect(page.locator("button.take")).to_be_visible()
        press_when_loaded(page, "i")
        expect(page.locator("button.take")).to_have_count(0)
        press_when_loaded(page, "e")
        expect(page.locator(".facts .s-closed")).to_be_visible()
        if number + 1 < many:
            press_when_loaded(page, "J")
            expect(page.locator(".facts .s-closed")).to_have_count(0)
    assert count(product, "state = 'closed'") == done + many
    with page.expect_navigation():
        press(page, "u")
    expect(page.locator("h1 .count")).to_be_visible()
    assert "sort=number" in page.url and "kind=inquiry" in page.url


@pytest.mark.parametrize(("language", "merge", "split"), [("ja", "とうごう", "ぶんかつ"), ("en", "merge", "split")])
def test_merged_split_and_undone(product: Product, running: Browser, language: str, merge: str, split: str) -> None:
    page = person(running, product.web, "dana@desk.example")
    with speaking(page, product.web, language):
        merge_and_split(page, product, (f"{merge}元", f"{merge}先"), merge, split)
    page.context.close()


def merge_and_split(page: Page, product: Product, subjects: tuple[str, str], merge: str, split: str) -> None:
    for words in subjects:
        product.send_mail("alice@acme.example", "support@desk.example", words, f"{words}の質問です。")
    product.wait_for(lambda: count(product, f"subject IN {subjects}") == 2, 30)
    page.goto(product.web + "/desk/")
    with page.expect_navigation():
        through_the_palette(page, f"{subjects[0]}の質問")
    target = page.url
    through_the_palette(page, f">{merge}")
    expect(page.locator("#merge-number")).to_be_visible()
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk")) as connection:
        row = connection.execute("SELECT reference FROM tickets WHERE subject = %s", subjects[1:]).fetchone()
    assert row is not None
    press(page, "Tab")
    expect(page.locator("#merge-number")).to_be_focused()
    page.keyboard.type(row[0])
    with page.expect_navigation():
        press(page, "Enter")
    assert row[0] in page.url
    assert page.locator(".message").count() == 2
    through_the_palette(page, f">{split}")
    boxes = page.locator(".split-line input")
    expect(boxes).to_have_count(2)
    boxes.nth(1).focus()
    picture(page, PICTURES / "desk-merge.png")
    assert problems(page, "merged", "light") == []
    with page.expect_navigation():
        press(page, "Space", "Tab", "Tab", "Enter")
    assert page.locator(".message").count() == 1
    assert page.url != target


def test_who_is_signed_out_sees_it_at_once_and_signs_in_beside(product: Product, running: Browser) -> None:
    page = person(running, product.web, "dana@desk.example")
    page.goto(product.web + "/desk/")
    expect(page.locator("#signed-out")).to_be_hidden()
    page.context.clear_cookies()
    expect(page.locator("#signed-out")).to_be_visible(timeout=20000)
    assert page.locator("#signed-out a").get_attribute("href").startswith("/sign-in?next=")  # type: ignore[union-attr]
    page.context.close()


def test_keys_are_silent_while_somebody_types_or_switched_them_off(product: Product, running: Browser) -> None:
    page = person(running, product.web, "dana@desk.example")
    page.goto(product.web + "/desk/")
    press(page, "/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jjxe?")
    expect(page.locator("#q")).to_have_value("jjxe?")
    expect(page.locator("tr.cursor")).to_have_count(0)
    page.goto(product.web + "/desk/news")
    page.locator("input[name=keys]").uncheck()
    with page.expect_navigation():
        page.locator("form.card .btn-primary").click()
    page.goto(product.web + "/desk/")
    press(page, "j", "x")
    expect(page.locator("tbody input:checked")).to_have_count(0)
    press(page, "Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.context.close()
