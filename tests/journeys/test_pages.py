"""Every main page in a real browser: no script errors, no CSP reports, axe-clean in both themes, 320 px reflow."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from helpdesk.local import LocalPaths
from tests.browser import browser, person
from tests.http import Visitor
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = {
    "alice@acme.example": [
        "/portal/",
        "/portal/tickets",
        "/portal/tickets?kind=alert&whose=all",
        "/portal/tickets/new",
        "/portal/tickets/{inquiry}",
        "/portal/tickets/{alert}",
        "/portal/manual",
        "/portal/manual?q=許可リスト",
        "/portal/manual/isolation",
        "/portal/search/?q=隔離",
        "/portal/personal",
        "/announcements",
        "/announcements/1",
        "/account",
    ],
    "erin@desk.example": [
        "/desk/",
        "/desk/queues/contested",
        "/desk/queues/snoozed",
        "/desk/queues/open?kind=inquiry&sort=-customer&customer=acme",
        "/desk/tickets/{inquiry}?list=open&at=1_1",
        "/desk/news",
        "/desk/checklists",
        "/desk/open-alerts",
        "/desk/open-alerts?by=customer",
        "/desk/search/?q=隔離",
        "/desk/queues/closed",
        "/desk/tickets/{inquiry}",
        "/desk/tickets/{alert}",
        "/desk/tickets/{inquiry}/decision/manual_reference",
        "/desk/tickets/{alert}/report",
        "/desk/phone",
        "/desk/calendar",
        "/desk/teams",
        "/desk/macros",
        "/desk/macros/new",
        "/desk/rules",
        "/desk/rules/1",
        "/desk/rules/new",
        "/desk/triage",
        "/desk/answer-templates",
        "/desk/answer-templates/out_of_scope/ja",
        "/desk/manuals/",
        "/desk/manuals/1",
        "/desk/manuals/sections/1",
        "/desk/mails",
        "/desk/mails/1",
        "/desk/mails/outgoing",
        "/desk/supervision",
        "/desk/supervision?days=5&queue=inquiries",
        "/desk/supervision/wall",
        "/desk/supervision/tickets?of=unassigned",
        "/desk/reports",
        "/desk/reports?month=2026-11",
        "/desk/reports/{running}",
        "/desk/reports/{sent}",
        "/desk/reports/{running}/tickets?figure=inquiries.opened",
        "/desk/report-template",
        "/desk/grants",
        "/desk/contracts",
        "/desk/contracts/3",
        "/desk/contracts/6?damage=2026-11-01",
        "/desk/contracts/8",
        "/desk/obligations",
        "/desk/obligations?duty=leave_by-all-20261215",
        "/desk/billing",
        "/desk/terms",
        "/desk/terms/new/terms",
        "/terms",
        "/desk/personal",
        "/desk/personal/new",
        "/desk/erasings/outsiders",
        "/desk/personal/1",
        "/desk/provisions",
        "/desk/announcements",
        "/desk/announcements/new",
        "/desk/announcements/1",
        "/desk/tickets/{alert}/events",
        "/desk/tickets/{alert}/actions",
    ],
    "bob@acme.example": [
        "/portal/connection",
        "/portal/terms",
        "/portal/contract",
        "/portal/contract/notices/nonrenewal",
        "/portal/contract/notices/change",
        "/portal/contract/notices/succession",
        "/portal/people",
        "/portal/people/new",
        "/portal/people/1",
        "/portal/tickets/{alert}",
        "/portal/reports",
        "/portal/reports/2026-10",
        "/portal/reports/2026-10/tickets?figure=inquiries.opened",
    ],
    "rina@minamo.example": ["/reseller", "/reseller/customers/1", "/reseller/tickets/{inquiry}"],
    "root@desk.example": [
        "/admin/subcontractors",
        "/admin/subcontractors/1",
        "/admin/settings",
        "/admin/retention",
        "/admin/resellers",
        "/admin/resellers/1",
        "/admin/customers?open=1",
        "/admin/customers/1",
        "/admin/customers/1/contacts/1",
        "/admin/import",
        "/admin/start",
        "/admin/users",
        "/admin/users/6",
    ],
}
NUMBERS = {"inquiry": "0001", "alert": "0006"}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    running = Product(tmp_path_factory.mktemp("pages") / "var")
    running.start()
    running.send_mail("stranger@unknown.example", "support@desk.example", "自動返信: 出張中", "不在です")
    for wanted in ("2026-11", "2026-10"):
        running.command("report", "make", "Acme", wanted)
    asked = {"kind": "correction", "wanted": "部署が違います。", "password": "demo", "contact": "1"}
    Visitor.signed_in(running.web, "alice@acme.example").post("/portal/personal/requests", asked)
    erin = Visitor.signed_in(running.web, "erin@desk.example")
    erin.post("/desk/reports/approvals", {"month": "2026-10"})
    running.wait_for(lambda: "送信済" in erin.get(f"/desk/reports/{ids(running)['sent']}"), 60)
    yield running
    running.remove()


def ids(product: Product) -> dict[str, str]:
    """The numbers of Acme's reports: of the month that runs, and of the one before, which was sent."""
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk")) as connection:
        rows = connection.execute(
            "SELECT r.id FROM monthly_reports r JOIN customers c ON c.id = r.customer_id "
            "WHERE c.name LIKE 'Acme%' ORDER BY r.month DESC"
        ).fetchall()
    return {"running": str(rows[0][0]), "sent": str(rows[1][0])}


@pytest.fixture(scope="module")
def month(product: Product) -> str:
    with browser() as running:
        page = person(running, product.web, "dana@desk.example")
        return page.locator("td.c-ref").first.inner_text().split("-")[0]


def problems(page: Page, url: str, theme: str) -> list[str]:
    found = [f"{url} {error}" for error in page.evaluate("window.__errors ?? []")]
    for violation in Axe().run(page, options=RULES).response["violations"]:
        nodes = [node["html"][:120] for node in violation["nodes"][:3]]
        found.append(f"{url} {theme} {violation['id']}: {nodes}")
    return found


LOOKS = [
    pytest.param("light", "ja", id="light"),
    pytest.param("dark", "ja", id="dark", marks=pytest.mark.matrix),
    pytest.param("light", "en", id="light-en", marks=pytest.mark.matrix),
    pytest.param("dark", "en", id="dark-en", marks=pytest.mark.matrix),
]


@contextmanager
def speaking(page: Page, base: str, language: str) -> Iterator[None]:
    """The person's own language while their pages are looked at."""
    choose(page, base, language)
    yield
    choose(page, base, "ja")


def choose(page: Page, base: str, language: str) -> None:
    page.goto(base + "/account")
    if page.locator("html").get_attribute("lang") != language:
        page.select_option("select[name=language]", language)
        page.click("form[action$='/account/language'] button")
        page.wait_for_selector(f"html[lang={language}]")


@pytest.mark.parametrize(("theme", "language"), LOOKS)
@pytest.mark.parametrize("who", PAGES)
def test_pages_are_accessible(product: Product, month: str, who: str, theme: str, language: str) -> None:
    with browser() as running:
        page = person(running, product.web, who, color_scheme=theme)
        reports: list[str] = []
        page.on("console", lambda m: reports.append(m.text) if m.type in ("error", "warning") else None)
        found = []
        with speaking(page, product.web, language):
            for url in PAGES[who]:
                numbers = ids(product) | {name: f"{month}-{number}" for name, number in NUMBERS.items()}
                page.goto(product.web + url.format(**numbers))
                found += problems(page, url, theme)
        assert not found
        assert not reports


WIDTHS = [320, *(pytest.param(width, marks=pytest.mark.matrix) for width in (390, 768, 1100))]


@pytest.mark.parametrize("room", WIDTHS)
@pytest.mark.parametrize("who", PAGES)
def test_nothing_scrolls_sideways(product: Product, month: str, who: str, room: int) -> None:
    with browser() as running:
        page = person(running, product.web, who, viewport={"width": room, "height": 640})
        wide = []
        for url in PAGES[who]:
            numbers = ids(product) | {name: f"{month}-{number}" for name, number in NUMBERS.items()}
            page.goto(product.web + url.format(**numbers))
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > room:
                wide.append((url, width))
        assert not wide


def signed_in_without_scripts(running: Browser, base: str, who: str) -> Page:
    return person(running, base, who, java_script_enabled=False)


def test_the_form_works_without_scripts(product: Product) -> None:
    with browser() as running:
        page = signed_in_without_scripts(running, product.web, "alice@acme.example")
        page.goto(product.web + "/portal/tickets/new")
        page.check("#topic-1")
        page.fill("#subject", "スクリプトなし")
        page.fill("#body", "本文")
        page.click(".docked .btn-primary")
        page.click(".buttons .btn-primary")
        assert page.locator(".reference").inner_text()


def test_the_desk_is_driven_by_keys(product: Product) -> None:
    with browser() as running:
        page = person(running, product.web, "dana@desk.example")
        page.goto(product.web + "/desk/queues/inquiries")
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url("**/desk/tickets/*")
        page.keyboard.press("n")
        page.keyboard.type("キーで書いたメモ")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(".m-note:has-text('キーで書いたメモ')")
        assert page.locator(".m-note").last.inner_text().endswith("キーで書いたメモ")
        page.keyboard.press("u")
        page.wait_for_url("**/desk/queues/inquiries")
        assert page.locator("td.c-ref").count() > 0
