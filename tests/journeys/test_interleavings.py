"""Two people write on one ticket in real browsers while lines are cut, sessions end and web workers die (Q4).

Every word and file is a token of its own. However the steps fall, each token ends up in exactly one place: in one
message, or in its writer's own draft of its own tab. 10 interleavings each run; HELPDESK_INTERLEAVINGS=200 for all.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from helpdesk.local import LocalPaths
from tests.browser import browser
from tests.http import Visitor
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COUNT = int(os.environ.get("HELPDESK_INTERLEAVINGS", "10"))
AT_ONCE, STEPS, UNDO = 10, 6, 2
"""Tickets a round, steps a person and ticket, and seconds in which a reply is taken back."""
SOON = 400
"""Milliseconds that somebody waits for a page before they go on."""
PEOPLE = ("dana@desk.example", "sato@desk.example")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("woven") / "var", extra={"HELPDESK_UNDO_SECONDS": str(UNDO)})
    running.start()
    yield running
    running.remove()


@dataclass
class Writer:
    """One person on one ticket, and the tokens that they typed and chose by tab."""

    page: Page
    url: str
    name: str
    typed: dict[str, list[str]] = field(default_factory=lambda: {"reply": [], "note": []})
    chosen: dict[str, list[str]] = field(default_factory=lambda: {"reply": [], "note": []})


def rows(product: Product, statement: str, *values: object) -> list[tuple[str, ...]]:
    with psycopg.connect(LocalPaths(product.var).conninfo("helpdesk")) as connection:
        return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]


def sign_in(context: BrowserContext, product: Product, address: str) -> None:
    page = context.new_page()
    page.goto(product.web + "/sign-in")
    page.fill("#email", address)
    page.fill("#password", "demo")
    page.click("form .btn-primary")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.close()


def box(writer: Writer, tab: str) -> str:
    """The field of a tab, brought to the front; "" where this page has none (an error page, a conflict)."""
    label, place = f"label[for=tab-{tab}]", {"reply": "#body", "note": "#note-body"}[tab]
    if not writer.page.locator(label).is_visible():
        return ""
    writer.page.click(label, timeout=SOON)
    return place


def type_words(writer: Writer, tab: str, token: str) -> None:
    if place := box(writer, tab):
        field = writer.page.locator(place)
        field.focus(timeout=SOON)
        writer.page.keyboard.press("Control+End")
        writer.page.keyboard.insert_text(f" {token} ")
        writer.typed[tab].append(token)


def choose_file(writer: Writer, tab: str, token: str) -> None:
    if box(writer, tab):
        file = {"name": f"{token}.txt", "mimeType": "text/plain", "buffer": token.encode()}
        with writer.page.expect_response(lambda answer: answer.url.endswith("/files"), timeout=SOON) as answered:
            writer.page.set_input_files(f"#{tab}-form input[type=file]", [file], timeout=SOON)
        if answered.value.ok:
            writer.chosen[tab].append(token)


def send(writer: Writer, tab: str) -> None:
    button = {"reply": "#reply-form .send .btn-primary", "note": ".note-button"}[tab]
    if writer.page.locator(".message.mine .btn-primary").is_visible():
        button = ".message.mine .btn-primary"
    elif not box(writer, tab):
        return
    writer.page.click(button, timeout=SOON, no_wait_after=True)
    writer.page.wait_for_timeout(250)


def take_back(writer: Writer) -> None:
    undo = writer.page.locator("[data-undo]")
    if undo.count() and undo.first.is_visible():
        undo.first.click(timeout=SOON, no_wait_after=True)
        writer.page.wait_for_timeout(150)


def step(product: Product, writer: Writer, context: BrowserContext, chance: random.Random, token: str) -> None:
    tab = chance.choice(("reply", "reply", "note"))
    act = chance.choices(
        ("type", "file", "send", "undo", "cut", "line", "out", "reload", "kill"), (9, 2, 6, 2, 1, 2, 0.5, 2, 0.4)
    )[0]
    if act == "type":
        type_words(writer, tab, token)
    elif act == "file":
        choose_file(writer, tab, token)
    elif act == "send":
        send(writer, tab)
    elif act == "undo":
        take_back(writer)
    elif act in ("cut", "line"):
        context.set_offline(act == "cut")
    elif act == "out":
        context.set_offline(False)
        context.clear_cookies()
        if chance.random() < 0.7:
            sign_in(context, product, writer.name)
    elif act == "kill":
        product.kill_web()
    else:
        writer.page.goto(writer.url, timeout=SOON)


def go_to(writer: Writer) -> None:
    """Their ticket, also where a step's own navigation was still under way."""
    for again in (True, True, False):
        try:
            writer.page.goto(writer.url, wait_until="domcontentloaded")
            return
        except Error as error:
            if not again or "interrupted" not in error.message:
                raise
            writer.page.wait_for_timeout(300)


def settle(product: Product, writers: list[Writer], contexts: dict[str, BrowserContext]) -> None:
    """Everybody is back: lines, sessions, pages; what was kept in browsers is on the server, what waits is out."""
    for name, context in contexts.items():
        context.set_offline(False)
        context.clear_cookies()
        product.wait_for(product._serves, 20)
        sign_in(context, product, name)
    for writer in writers:
        go_to(writer)
    time.sleep(2)
    waiting = "SELECT count(*) FROM sendings WHERE message_id IS NULL AND withdrawn_at IS NULL AND state <> 'failed'"
    product.wait_for(lambda: rows(product, waiting) == [(0,)], 40)
    for writer in writers:
        go_to(writer)
        writer.page.wait_for_timeout(50)


def check(product: Product, writer: Writer, seed: object) -> None:
    """Each token is in one message, or in the writer's own tab, and nowhere else."""
    reference = writer.url.rpartition("/")[2]
    said = rows(
        product,
        "SELECT m.kind, m.body, u.email FROM messages m JOIN tickets t ON t.id = m.ticket_id "
        "JOIN users u ON u.id = m.author_id AND m.author_kind = 'user' WHERE t.reference = %s",
        reference,
    )
    files = rows(
        product,
        "SELECT m.kind, a.name FROM attachments a JOIN messages m ON m.id = a.message_id "
        "JOIN tickets t ON t.id = m.ticket_id WHERE t.reference = %s",
        reference,
    )
    held = "SELECT s.body FROM sendings s JOIN tickets t ON t.id = s.ticket_id WHERE t.reference = %s"
    stopped = rows(product, f"{held} AND s.state = 'failed' AND s.withdrawn_at IS NULL", reference)
    for tab, place, kind in (("reply", "#body", "agent"), ("note", "#note-body", "note")):
        draft = writer.page.locator(place).input_value() if writer.page.locator(place).count() else ""
        kept = [one.split()[0] for one in writer.page.locator(f"#{tab}-form .chosen li").all_inner_texts()]
        for token in writer.typed[tab]:
            places = Counter(body.split().count(token) for of, body, _who in said if of == kind and token in body)
            sent = sum(times * count for times, count in places.items())
            sent += sum(body.split().count(token) for (body,) in stopped)
            unsent = draft.split().count(token)
            assert sent + unsent == 1, f"seed {seed}: {token} sent {sent}, draft {unsent}; {draft!r}; {said}"
            strangers = [body for of, body, who in said if token in body and (of != kind or who != writer.name)]
            assert strangers == [], f"seed {seed}: {token} in another's words"
        for token in writer.chosen[tab]:
            count = sum(name == f"{token}.txt" for of, name in files if of == kind) + kept.count(f"{token}.txt")
            assert count == 1, f"seed {seed}: file {token} {count} times; {files}; {kept!r}"


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.mark.parametrize("turn", range(max(1, COUNT // AT_ONCE)))
def test_nothing_typed_is_lost_or_doubled(product: Product, running: Browser, turn: int) -> None:
    seed = f"{os.environ.get('HELPDESK_SEED', '1')}-{turn}"
    chance = random.Random(seed)
    alice = Visitor.signed_in(product.web, "alice@acme.example")
    for number in range(AT_ONCE):
        asked = {"topic": "reading", "subject": f"質問 {seed} {number}", "body": "見方を教えてください。"}
        alice.post("/portal/tickets", asked | {"confirmed": "yes", "urgency": "normal", "once": f"{seed}-{number}"})
    made = rows(product, "SELECT reference FROM tickets WHERE subject LIKE %s ORDER BY id", f"質問 {seed} %")
    contexts = {name: running.new_context(locale="ja-JP") for name in PEOPLE}
    for name, context in contexts.items():
        sign_in(context, product, name)
    writers = []
    for (reference,) in made:
        for name in PEOPLE:
            page = contexts[name].new_page()
            page.set_default_timeout(6000)
            writers.append(Writer(page, f"{product.web}/desk/tickets/{reference}", name))
            page.goto(writers[-1].url)
    for number in range(STEPS * len(writers)):
        writer = chance.choice(writers)
        try:
            step(product, writer, contexts[writer.name], chance, f"t{turn}x{number:04d}")
        except Error as error:
            # a cut line, a page on its way or a dead worker: whatever came of it is what is checked
            assert "Timeout" in error.message or "net::" in error.message or "interrupted" in error.message, (
                error.message
            )
    settle(product, writers, contexts)
    for writer in writers:
        check(product, writer, seed)
    for context in contexts.values():
        context.close()
