"""Content: what strangers, customers and agents write runs nowhere. In a real browser, on every page that shows it,
with a trap for dialogs, for requests that leave, and for what the policy of a page reports.

One vector of each family and some of a published collection in `make test`, all of them in `make hostile`.
"""

import os
import re
import smtplib
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page

from helpdesk.addresses import is_address
from helpdesk.mailgate.html_words import text_of_html
from helpdesk.mailgate.rich import safe_html
from helpdesk.markup import parsed
from helpdesk.notices.writing import html_of
from tests.browser import browser, person
from tests.http import Visitor
from tests.product import Product
from tests.security.vectors import ALL, FAMILIES, FEW, PUBLISHED

TRIED = ALL if os.environ.get("HELPDESK_HOSTILE") else FEW
ALICE, DANA, ROOT = "alice@acme.example", "dana@desk.example", "root@desk.example"
ACTING = {"script", "iframe", "object", "embed", "form", "svg", "math", "style", "link", "template", "input", "button"}


def test_there_are_as_many_vectors_as_promised() -> None:
    assert sum(len(vectors) for vectors in FAMILIES.values()) >= 150
    assert len(PUBLISHED) >= 300
    assert len(FEW) >= len(FAMILIES) + len(PUBLISHED) // 20


@pytest.mark.parametrize("vector", ALL)
def test_html_of_a_mail_is_safe_to_show_and_to_read(vector: str) -> None:
    """The cleaner leaves no element that acts and no address of a scheme that runs."""
    shown = safe_html(f"<p>a</p>{vector}<p>b</p>")
    page = parsed(shown)
    assert page is not None
    for node in page.css("*"):
        assert node.tag not in {
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "svg",
            "math",
            "style",
            "link",
            "template",
        }
        for name, value in node.attributes.items():
            assert not name.startswith("on"), shown
            assert "javascript:" not in (value or "").replace("\t", "").lower() or name in ("title", "alt"), shown
    assert isinstance(text_of_html(vector), str)


@pytest.mark.parametrize("vector", ALL)
def test_our_own_mails_show_it_as_text(vector: str) -> None:
    page = parsed(html_of(vector))
    assert page is not None
    assert {node.tag for node in page.css("body *")} <= {"a", "br"}
    assert all(str(link.attributes["href"]).startswith("http") for link in page.css("a"))


@pytest.mark.parametrize("vector", ALL)
def test_it_is_no_mail_address(vector: str) -> None:
    assert not is_address(f"{vector}@x.example") or not set('<>"() ;:,') & set(vector)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    extra = {"HELPDESK_MAIL_BRAKE": "100000", "HELPDESK_UPLOADS_PER_DAY": "100000", "RATELIMIT_ENABLED": "0"}
    running = Product(tmp_path_factory.mktemp("content") / "var", extra=extra)
    running.start()
    yield running
    running.remove()


def a_mail(vector: str, number: int) -> bytes:
    line = " ".join("".join(c for c in vector if c.isprintable()).split())
    mail = EmailMessage(policy=policy.SMTP.clone(refold_source="none"))
    mail["From"] = f'"{line[:60].replace(chr(92), "").replace(chr(34), "")}" <s{number}@x{number}.example>'
    mail["To"], mail["Subject"] = "support@desk.example", line[:200] or "x"
    mail["Message-ID"] = f"<{number}@content.example>"
    mail.set_content(f"{line}\nText {number}")
    mail.add_alternative(f"<p>{line}</p>", subtype="html")
    mail.add_attachment(line.encode(), maintype="text", subtype="html", filename=f"{line[:60]}.html")
    return mail.as_bytes()


def _leaves(url: str) -> bool:
    return urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1"


class Trap:
    """What a page must never do while it is looked at."""

    def __init__(self, page: Page) -> None:
        self.caught: list[str] = []
        page.on("dialog", lambda dialog: (self.caught.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda one: self.caught.append(one.text) if "Policy" in one.text else None)
        page.on(
            "request", lambda one: self.caught.append(one.url) if urlsplit(one.url).hostname != "127.0.0.1" else None
        )
        self.page = page

    def look(self, url: str) -> str:
        """Open a page, let what would run run, and return its HTML."""
        self.page.goto(url)
        self.page.wait_for_timeout(60)
        assert not self.caught, (url, self.caught)
        return self.page.content()


def test_no_page_runs_what_mails_bring(product: Product) -> None:
    with smtplib.SMTP("127.0.0.1", product.ports["SMTP"], timeout=30) as client:
        for number, vector in enumerate(TRIED):
            client.sendmail(f"s{number}@x{number}.example", ["support@desk.example"], a_mail(vector, number))
    erin = Visitor.signed_in(product.web, "erin@desk.example")
    wanted = f"Text {len(TRIED) - 1}"
    product.wait_for(lambda: wanted in erin.get(f"/desk/search/?q={wanted.replace(' ', '+')}"), 60)
    with browser() as running:
        trap = Trap(person(running, product.web, "erin@desk.example"))
        for address in ("/desk/queues/unmatched", "/desk/mails", "/desk/search/?q=alert"):
            trap.look(product.web + address)
        tickets = {
            link
            for row in range(len(TRIED))
            for link in re.findall(r"/desk/tickets/\d+-\d+", erin.get(f"/desk/search/?q=%22Text+{row}%22"))
        }
        assert len(tickets) >= len(TRIED)
        for ticket in sorted(tickets):
            html = trap.look(product.web + ticket)
            for frame in re.findall(r'src="(/desk/tickets/[^"]+/html)"', html):
                trap.look(product.web + frame)
            for mail in re.findall(r'href="(/desk/mails/\d+)"', html):
                trap.look(product.web + mail)


def test_no_page_runs_what_people_write(product: Product) -> None:
    alice, dana, root = (Visitor.signed_in(product.web, who) for who in (ALICE, DANA, ROOT))
    made = []
    for number, vector in enumerate(one.replace("\x00", "") for one in TRIED):  # a form with NUL is refused
        form = {"topic": "operating", "subject": vector[:100], "body": vector, "concerns": vector[:200]}
        answer = alice.post("/portal/tickets", {**form, "urgency": "normal", "once": f"v{number}", "confirmed": "yes"})
        found = re.search(r"/portal/tickets/(\d+-\d+)", str(answer.url))
        assert found is not None, (vector, answer.status_code)
        made.append(found[1])
        seen = re.search(r'name="seen" value="(\d+)"', dana.get(f"/desk/tickets/{found[1]}"))
        data = {"body": f"{vector} ", "then": "stay", "seen": seen[1] if seen else "0"}
        assert dana.post(f"/desk/tickets/{found[1]}/notes", data).status_code == 200
        assert dana.post(f"/desk/tickets/{found[1]}/replies", data).status_code == 200
        dana.post(f"/drafts/reply:{found[1]}", {"body": vector})
        root.post("/admin/customers", {"name": f"{number} {vector}"[:200], "language": "ja"})
    with browser() as running:
        for who, pages in (
            (
                ALICE,
                ["/portal/", "/portal/tickets", "/portal/tickets/new", *(f"/portal/tickets/{one}" for one in made)],
            ),
            (DANA, ["/desk/", "/desk/mails/outgoing", *(f"/desk/tickets/{one}" for one in made)]),
            (ROOT, ["/admin/customers"]),
        ):
            trap = Trap(person(running, product.web, who))
            for address in pages:
                trap.look(product.web + address)
            for vector in TRIED if who == ALICE else ():
                trap.look(f"{product.web}/portal/search/?q={quote(vector)}")


def test_no_page_runs_what_alerts_bring(product: Product) -> None:
    erin = Visitor.signed_in(product.web, "erin@desk.example")
    for number, vector in enumerate(TRIED):
        line = " ".join("".join(c for c in vector if c.isprintable()).split())[:120]
        fields = {"Computer": line, "User": line, "File Name": line, "Detection": f"{line} {number}"}
        words = "\n".join(f"{name}: {value}" for name, value in {"Event Type": "Threat Detected", **fields}.items())
        product.send_mail("no-reply@amp.cisco.com", "alerts+acme@desk.example", f"alert {number} {line}", words)
    product.wait_for(lambda: "脅威を検出" in erin.get("/desk/queues/alerts"), 60)
    with browser() as running:
        trap = Trap(person(running, product.web, "erin@desk.example"))
        tickets: set[str] = set()
        page: str | None = "/desk/queues/alerts"
        while page:
            listed = trap.look(product.web + page)
            tickets |= set(re.findall(r"/desk/tickets/\d+-\d+", listed))
            more = re.search(r'href="(/desk/queues/alerts\?[^"]*after=[^"]+)"', listed)
            page = more[1].replace("&amp;", "&") if more else None
        assert len(tickets) >= len(TRIED) // 2
        for ticket in sorted(tickets):
            trap.look(product.web + ticket)
            trap.look(f"{product.web}{ticket}/events")
            trap.look(f"{product.web}{ticket}/report")


def test_no_page_runs_what_supervisors_bring(product: Product) -> None:
    """Rules, and manuals whose author was hostile: their titles, sections and names."""
    erin = Visitor.signed_in(product.web, "erin@desk.example")
    for number, vector in enumerate(one.replace("\x00", "") for one in TRIED):
        line = " ".join(vector.split())[:200]
        rule = {
            "verdict": "out_of_scope",
            "words": f"印刷機 {number} {line}",
            "reason_ja": f"{line} 理由",
            "reason_en": f"{number} reason {line}",
            "active": "y",
        }
        assert erin.post("/desk/rules/new", {**rule, "clause": f"{line[:80]} 条"}).status_code == 200
    sections = "".join(f"<h2>{vector}</h2><p>{vector} 操作 {n}</p>" for n, vector in enumerate(TRIED))
    page = f"<!doctype html><html><head><title>x</title></head><body><h1>手引き</h1>{sections}</body></html>".encode()
    edition = {
        "title": TRIED[0],
        "series": "hostile",
        "edition": TRIED[1][:100],
        "language": "ja",
        "valid_from": "2026-01-01",
    }
    answer = erin.post("/desk/manuals/", edition, {"file": ("<img src=x onerror=alert(1)>.html", page, "text/html")})
    started = re.search(r"/desk/manuals/imports/\d+", str(answer.url))
    assert started is not None, answer.status_code
    product.wait_for(lambda: "/publication" in erin.get(started[0]) or "/desk/manuals/2" in erin.get(started[0]), 60)
    manuals = sorted(set(re.findall(r"/desk/manuals/\d+", erin.get("/desk/manuals/") + erin.get(started[0]))))
    with browser() as running:
        trap = Trap(person(running, product.web, "erin@desk.example"))
        listed = trap.look(product.web + "/desk/rules")
        rules = sorted(set(re.findall(r"/desk/rules/\d+", listed)))
        assert len(rules) >= len(TRIED)
        for address in (started[0], "/desk/manuals/", "/desk/triage", *manuals, *rules):
            html = trap.look(product.web + address)
            for section in sorted(set(re.findall(r"/desk/manuals/sections/\d+", html)))[-40:]:
                trap.look(product.web + section)
