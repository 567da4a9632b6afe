"""Each right of a person about their data, and a change of the terms over thirty days, in a real browser (16, 17)."""

import json
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from helpdesk.local import LocalPaths
from tests.browser import browser, person, picture
from tests.http import Visitor
from tests.product import ROOT, Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCREENS = ROOT / "var" / "screenshots"
ALICE, BOB, CAROL, CHARLIE, ERIN = (
    *("alice@acme.example", "bob@acme.example", "carol@acme.example"),
    *("charlie@globex.example", "erin@desk.example"),
)


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    running = Product(ROOT / "var" / "the-rights")
    running.start()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def running(product: Product) -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def erin(running: Browser, product: Product) -> Page:
    return person(running, product.web, ERIN)


def asks(page: Page, product: Product, kind: str, wanted: str = "") -> None:
    page.goto(product.web + "/portal/personal")
    page.select_option("#kind", kind)
    page.fill("#wanted", wanted)
    page.fill("#password", "demo")
    page.get_by_role("button", name="申し出る").click()
    expect(page.locator("main")).to_contain_text("お申し出を受け付けました")


def decided(erin: Page, product: Product, name: str, words: str = "", refused: str = "") -> None:
    """Erin finds the request among those that are open, and grants it; `refused` is what keeps her from it."""
    erin.goto(product.web + "/desk/personal")
    erin.locator("tr", has_text=name).get_by_role("link").first.click()
    erin.get_by_label("ご本人へのひとこと").fill(words)
    erin.get_by_role("button", name="応じる").click()
    expect(erin.locator("main")).to_contain_text(refused or "決定しました")


def test_disclosure(running: Browser, product: Product, erin: Page) -> None:
    alice = person(running, product.web, ALICE)
    asks(alice, product, "disclosure")
    product.mail_to(ALICE, "個人情報に関するお申し出を受け付けました")
    decided(erin, product, "小林 由佳", "ご確認ください。")
    product.mail_to(ALICE, "お申し出へのご回答")
    alice.reload()
    with alice.expect_download() as coming:
        alice.get_by_role("link", name="JSON").click()
    held = json.loads(coming.value.path().read_text())["held"]
    assert held["contacts"][0]["email"] == ALICE
    assert any("半年使っていない端末" in one["subject"] for one in held["tickets"])
    with alice.expect_download() as coming:
        alice.get_by_role("link", name="PDF").click()
    assert coming.value.path().read_bytes().startswith(b"%PDF")
    picture(alice, SCREENS / "portal-personal.png", full_page=True)


def test_correction(running: Browser, product: Product, erin: Page) -> None:
    bob = person(running, product.web, BOB)
    asks(bob, product, "correction", "部署は管理部ではなく総務部です。")
    decided(erin, product, "高橋 直人")
    words = erin.locator("#amendments")
    erin.get_by_label("誤った語").fill("半年使っていない")
    erin.get_by_label("正しい語").fill("六か月使っていない")
    erin.get_by_role("button", name="どこにあるか数える").click()
    # the page shows by itself what was found, and what was replaced
    expect(words).to_contain_text("か所にありました", timeout=60_000)
    picture(erin, SCREENS / "wrong-words.png", full_page=True)
    words.get_by_role("button", name="置き換える").click()
    expect(words).to_contain_text("に置き換えました", timeout=60_000)
    erin.get_by_label("対応した内容").fill("部署を総務部に改めました。")
    erin.get_by_role("button", name="対応を完了する").click()
    assert "部署を総務部に改めました。" in product.mail_to(BOB, "お申し出へのご回答")["text"]
    bob.goto(product.web + "/portal/personal")
    expect(bob.locator("main")).to_contain_text("対応完了")
    assert left(product, "半年使っていない") == []


STOPPED = {"stop_use": "ご案内やお知らせを停止しています", "stop_provision": "社外へ提供していません"}


@pytest.mark.parametrize("kind", STOPPED)
def test_stopping(running: Browser, product: Product, erin: Page, kind: str) -> None:
    charlie = person(running, product.web, CHARLIE)
    asks(charlie, product, kind)
    decided(erin, product, "Globex")
    charlie.goto(product.web + "/portal/personal")
    expect(charlie.locator("main")).to_contain_text(STOPPED[kind])


def test_news_that_stopped_are_not_mailed(product: Product, erin: Page) -> None:
    """Charlie stopped them above; the others get them, and everybody sees them on the portal."""
    erin.goto(product.web + "/desk/announcements/new")
    erin.select_option("#kind", "news")
    told = {
        "title_ja": "セミナーのご案内",
        "body_ja": "**入門編**です。",
        "title_en": "A seminar",
        "body_en": "For all.",
    }
    for name, words in told.items():
        erin.fill(f"#{name}", words)
    erin.get_by_role("button", name="保存して確認する").click()
    expect(erin.locator("article strong").first).to_have_text("入門編")
    erin.get_by_role("button", name="公開する", exact=True).click()
    assert "16条6項" in product.mail_to(BOB, "セミナーのご案内")["text"]
    product.wait_for(lambda: "送信待ち0件" in ((erin.reload() and erin.locator("dl").first.inner_text()) or ""), 60)
    assert not [mail for mail in product.mails() if "セミナー" in mail["subject"] and CHARLIE in mail["to"]]
    picture(erin, SCREENS / "announcement.png", full_page=True)


def test_deletion(running: Browser, product: Product, erin: Page) -> None:
    carol = person(running, product.web, CAROL)
    name = carol.locator(".me span").last.inner_text().removesuffix("様").strip()
    asks(carol, product, "deletion", "退職しました。")
    decided(erin, product, name, "承知しました。", refused="2611-0003が未完了です")
    dana = Visitor.signed_in(product.web, "dana@desk.example")
    dana.post("/desk/tickets/2611-0003/closure", {"reason": "退職のため"})
    decided(erin, product, name, "承知しました。")
    product.mail_to(CAROL, "お申し出へのご回答")

    def gone() -> bool:
        erin.reload()
        return "消去しました" in erin.locator("main").inner_text()

    product.wait_for(gone, 90)
    carol.goto(product.web + "/portal/")
    carol.wait_for_url("**/sign-in**")
    assert left(product, name, CAROL) == []
    assert "as it was recorded" in product.command("record", "verify")


def left(product: Product, *wanted: str) -> list[str]:
    """Tables of the product's own database that still hold one of these."""
    found = []
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk")) as connection:
        tables = connection.execute("SELECT relname FROM pg_stat_user_tables").fetchall()
        for (table,) in tables:
            for one in wanted:
                query = f"SELECT count(*) FROM {table} t WHERE strpos(t::text, %s) > 0"
                (count,) = connection.execute(query, (one,)).fetchone() or (0,)
                found += [f"{table}: {one}"] if count else []
    return found


def accept_all(page: Page) -> None:
    """The version in force, and the one that comes."""
    waiting = page.get_by_role("button", name="この版に同意する")
    for _version in range(waiting.count()):
        waiting.first.click()
        expect(page.locator("main")).to_contain_text("高橋 直人")
    expect(waiting).to_have_count(0)


def test_the_terms_change_in_thirty_days(running: Browser, product: Product, erin: Page) -> None:
    """Published, told by mail and above the portal, accepted before it holds, in force from its day on."""
    product.command("clock", "set", "2026-11-24T10:00:00+09:00")
    erin.goto(product.web + "/desk/terms/new/terms")
    erin.fill("#effective_on", "2026-12-23")
    erin.fill("#changed", "第4条に、月末の取り扱いを加えました。")
    more = "13か月です。\n3. 月末が休業日のときも、月末に終了します。"
    erin.fill("#body", erin.input_value("#body").replace("13か月です。", more))
    erin.get_by_role("button", name="下書きを保存").click()
    erin.get_by_role("button", name="公開する").click()
    expect(erin.locator(".field-error")).to_contain_text("2026年12月24日")
    erin.fill("#effective_on", "2026-12-24")
    erin.get_by_role("button", name="公開する").click()
    expect(erin.locator("main")).to_contain_text("どなたでも閲覧できます")
    assert "月末の取り扱い" in product.mail_to(BOB, "利用規約の変更のお知らせ")["text"]
    bob = person(running, product.web, BOB)

    def told() -> bool:
        bob.goto(product.web + "/portal/")
        return "利用規約の変更 (2026年12月24日" in bob.locator("main").inner_text()

    product.wait_for(told, 60)
    bob.goto(product.web + "/terms")
    expect(bob.locator("main")).to_contain_text("第1版")
    bob.goto(product.web + "/terms/2")
    expect(bob.locator("main")).to_contain_text("まだ有効ではありません")
    bob.get_by_text("行ごとの違い").click()
    expect(bob.locator("ins").first).to_contain_text("月末が休業日")
    picture(bob, SCREENS / "terms.png", full_page=True)
    bob.goto(product.web + "/portal/contract")
    accept_all(bob)
    product.command("clock", "set", "2026-12-24T09:00:00+09:00")
    bob.goto(product.web + "/terms")
    expect(bob.locator("main")).to_contain_text("第2版")
    expect(bob.locator("main")).to_contain_text("月末が休業日")
    product.command("clock", "set", "2026-12-25T09:00:00+09:00")
    bob.goto(product.web + "/portal/")
    expect(bob.locator("main")).not_to_contain_text("利用規約の変更 (")
