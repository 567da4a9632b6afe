"""`make bench`: P1 to P6 and P8 to P14 beside their floors; prints one table and writes it as JSON.

P7 is asserted in `make test`. BENCH_TICKETS sets the number of tickets (1,000,000, filled in minutes); P3 compares with
10,000, and `make test` compares what statements read at smaller sizes (tests/test_growth.py).
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import httpx2
import psycopg

from helpdesk.local import LocalPaths
from tests.bench import errands, words
from tests.bench.absolute import memory, weights
from tests.bench.load import Target, median_time, paired
from tests.bench.loading import fill
from tests.bench.mails import rates
from tests.bench.reports import TICKETS, report_seconds
from tests.bench.storm import GOAL, MAILS, storm
from tests.http import Visitor
from tests.product import ROOT, Product, free_ports

TOTAL = int(os.environ.get("BENCH_TICKETS", "1000000"))
SMALL = 10_000
ONLY = os.environ.get("BENCH_ONLY", "")
VAR = ROOT / "var" / "bench"
AGENT = "dana@desk.example"


@dataclass
class Row:
    """One measured promise; times in milliseconds."""

    name: str
    work: str
    ours: float
    floor: float | None
    ratio: float | None
    goal: str
    met: bool


def main() -> None:
    shutil.rmtree(VAR, ignore_errors=True)
    product = Product(VAR)
    product.start()
    try:
        rows = measure(product)
    finally:
        product.stop()
    if not ONLY:
        rows.append(start_up(product))
    product.remove()
    show(rows)
    write_page(rows)
    where = ROOT / "docs" / "benchmarks.json"
    measured = {row.name for row in rows}
    kept = [old for old in json.loads(where.read_text()) if old["name"] not in measured]
    where.write_text(json.dumps(kept + [asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n")
    print(f"written to {where.relative_to(ROOT)} at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")


def measure(product: Product) -> list[Row]:
    """All rows but start-up; BENCH_ONLY=alerts measures P8 and P9 alone, on the demo's data, BENCH_ONLY=search P6,
    BENCH_ONLY=reports P13, BENCH_ONLY=doors P5 and P14, BENCH_ONLY=pages P1, P2 and P4.
    """
    if ONLY == "alerts":
        return [handed_over(product), stormed(product)]
    conninfo = LocalPaths(VAR).conninfo("helpdesk")
    if ONLY == "reports":
        return [operations_report(product, conninfo)]
    with floor_server(product) as floor_port:
        if ONLY in ("search", "doors", "pages"):
            fill(conninfo, TOTAL)
            if ONLY == "search":
                return found_words(product, conninfo, floor_port)
            if ONLY == "pages":
                return [page_row(*page) for page in pages(product, conninfo, floor_port) if page[0][:2] in GOALS]
            return [creation(product, floor_port), *intake(product)]
        fill(conninfo, SMALL)
        small = {name: ours for name, ours, _floor in pages(product, conninfo, floor_port)}
        fill(conninfo, TOTAL)
        rows = []
        for name, ours, floor in pages(product, conninfo, floor_port):
            if name[:2] in GOALS:
                rows.append(page_row(name, ours, floor))
            if name.endswith("@1"):
                work = f"{TOTAL:,} against {SMALL:,}"
                rows.append(row(f"P3 {name.removesuffix(' @1')}", work, ours, small[name], 1.2, "itself"))
        rows += absolutes(product)
        rows.append(creation(product, floor_port))
        rows += found_words(product, conninfo, floor_port)
    rows += intake(product)
    return [*rows, stormed(product), handed_over(product), operations_report(product, conninfo)]


def operations_report(product: Product, conninfo: str) -> Row:
    """P13: in seconds, an absolute promise."""
    seconds = report_seconds(product, conninfo, VAR)
    work = f"{TICKETS:,} tickets in the month: counted, PDF and xlsx"
    return Row("P13 operations report", work, seconds * 1000, None, None, "<= 3 s", seconds <= 3)


GOALS = {"P1": 2.0, "P2": 2.5, "P4": 1.5}


def absolutes(product: Product) -> list[Row]:
    """P10 and P11 on the queue's page."""
    cookie, path = cookies(Visitor.signed_in(product.web, AGENT).client), "/desk/queues/open"
    first, page = weights(product.web, cookie, path)
    after, later = memory(product, cookie, path)
    weight = f"{first / 1000:.0f} KB first, {page / 1000:.0f} KB after"
    held = f"{after / 1000:.0f} MB after a minute of P1, {later / 1000:.0f} MB after two"
    return [
        Row(
            "P10 page weight (KB)",
            weight,
            first / 1000,
            None,
            None,
            "<= 150, <= 30 KB",
            first <= 150_000 and page <= 30_000,
        ),
        Row("P11 web processes, PSS (MB)", held, after / 1000, None, None, "<= 200 MB", max(after, later) <= 200_000),
    ]


def page_row(name: str, ours: float, floor: float) -> Row:
    return row(name, f"{TOTAL:,} tickets, concurrency {name.split('@')[1]}", ours, floor, GOALS[name[:2]], "floor")


def found_words(product: Product, conninfo: str, floor_port: int) -> list[Row]:
    """P6: the desk's search page at the 95th percentile, for each word."""
    words.fill_words(conninfo)
    cookie = cookies(Visitor.signed_in(product.web, AGENT).client)
    work = f"{words.MESSAGES:,} messages, 95th percentile against the floor's median"
    found = words.searches(product.ports["WEB"], cookie, floor_port)
    return [row(f"P6 search {word}", work, ours, floor, words.GOAL, "floor") for word, ours, floor in found]


def stormed(product: Product) -> Row:
    """P8: one ticket a file, every computer in its spread, every mail counted, at P5's rate."""
    ours, floor, seen = storm(product)
    tickets, computers, mails = seen
    work = f"{MAILS:,} mails: {tickets} tickets, {computers} computers, {mails:,} counted; {ours:.0f} against {floor:.0f}/s"
    share, right = ours / floor, seen == (3, 500, MAILS)
    goal = "3, 500, >= 0.4 of P5's floor"
    return Row(
        "P8 alert storm",
        work,
        round(1000 / ours, 2),
        round(1000 / floor, 2),
        round(share, 2),
        goal,
        right and share >= GOAL,
    )


def handed_over(product: Product) -> Row:
    """P9: empty errands against RQ's own empty jobs, through one default worker."""
    ours, floor = errands.rates(product)
    share, work = ours / floor, f"{ours:.0f} errands against {floor:.0f} jobs/s"
    name = "P9 errands through one RQ worker"
    return Row(
        name, work, round(1000 / ours, 2), round(1000 / floor, 2), round(share, 2), ">= 0.5 of RQ's", share >= 0.5
    )


def row(name: str, work: str, ours: float, floor: float, goal: float, against: str) -> Row:
    ratio = ours / floor
    return Row(
        name,
        work,
        round(ours * 1000, 2),
        round(floor * 1000, 2),
        round(ratio, 2),
        f"<= {goal} x {against}",
        ratio <= goal,
    )


def pages(product: Product, conninfo: str, floor_port: int) -> Iterator[tuple[str, float, float]]:
    """(name, our median, the floor's median) of queue page, ticket page and poll at 1 and 8 clients."""
    port = product.ports["WEB"]
    dana = Visitor.signed_in(product.web, AGENT)
    cookie = cookies(dana.client)
    entered = httpx2.Client(base_url=f"http://127.0.0.1:{floor_port}")
    entered.get(f"/enter/{agent_id(conninfo)}")
    with psycopg.connect(conninfo) as connection:
        newest = connection.execute(
            "SELECT reference FROM tickets WHERE kind = 'inquiry' AND state <> 'closed' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert newest is not None
    live = f"/desk/live/open?loaded={(int(time.time()) + 86400) * 1000}"
    mark = dana.client.get(live).headers["ETag"]
    f3 = Target(floor_port, "/f3")
    f4 = Target(floor_port, "/f4", cookies(entered), 304)
    targets = [
        ("P1 queue page, 50 rows, all counts", Target(port, "/desk/queues/open", cookie), f3),
        ("P2 ticket page, 20 messages", Target(port, f"/desk/tickets/{newest[0]}", cookie), f3),
        ("P4 live poll, 304", Target(port, live, cookie, 304, (("If-None-Match", mark),)), f4),
    ]
    alice = cookies(requester(product).client)
    listed = {
        "desk closed": Target(port, "/desk/queues/closed", cookie),
        "desk by change": Target(port, "/desk/queues/open?sort=updated", cookie),
        "desk search": Target(port, "/desk/search/?q=" + quote("世話"), cookie),
        "portal home": Target(port, "/portal/", alice),
        "portal list": Target(port, "/portal/tickets", alice),
    }
    for name, ours in listed.items():
        mine, theirs = paired(ours, f3, clients=1, rounds=3)
        yield f"{name} @1", mine, theirs
    for name, ours, floor in targets:
        for clients in (1, 8):
            mine, theirs = paired(ours, floor, clients=clients)
            yield f"{name} @{clients}", mine, theirs


def creation(product: Product, floor_port: int) -> Row:
    """P14: the confirmed form until its redirect arrives; the page it leads to is not counted."""
    alice = requester(product)
    token = {"X-CSRFToken": csrf_of(alice)}
    data = {"topic": "operating", "subject": "許可リスト", "body": "本文", "urgency": "normal", "confirmed": "yes"}

    def create() -> None:
        answer = alice.client.post("/portal/tickets", data=data, headers=token, follow_redirects=False)
        if answer.status_code != 302:
            raise AssertionError(f"creating a ticket answered {answer.status_code}")

    ours = median_time(create, 60)
    floor = statistics.median(
        [paired(Target(floor_port, "/f3"), Target(floor_port, "/f3"), clients=1, rounds=1)[0] for _round in range(3)]
    )
    return row("P14 ticket created by form", f"{TOTAL:,} tickets", ours, floor, 5.0, "floor")


def intake(product: Product) -> list[Row]:
    """P5: mails per second, as milliseconds a mail so that the table has one unit."""
    found = []
    for connections, (ours, floor) in rates(product).items():
        name, work = f"P5 mail intake, {connections} connection(s)", f"{ours:.0f} against {floor:.0f} mails/s"
        share = ours / floor
        found.append(
            Row(
                name,
                work,
                round(1000 / ours, 2),
                round(1000 / floor, 2),
                round(share, 2),
                ">= 0.4 of floor's rate",
                share >= 0.4,
            )
        )
    return found


def requester(product: Product) -> Visitor:
    """A customer's user of the filled database, with a password."""
    with psycopg.connect(LocalPaths(VAR).conninfo("helpdesk")) as connection:
        connection.execute(
            "INSERT INTO users (email, name, role, language, active, demo, may_reveal, created_at, contact_id, password_hash) "
            "SELECT 'c@bench.example', '担当', 'customer_user', 'ja', true, true, false, now(), (SELECT min(id) FROM contacts WHERE email LIKE 'c%%@bench.example'), "
            "password_hash FROM users WHERE email = %s ON CONFLICT DO NOTHING",
            (AGENT,),
        )
    return Visitor.signed_in(product.web, "c@bench.example")


def start_up(product: Product) -> Row:
    """P12: `helpdesk up` on a prepared machine until the first page is served."""
    found = []
    for _start in range(3):
        begin = time.perf_counter()
        (product.var / "up.log").unlink(missing_ok=True)
        product.spawn()
        product.wait_for(lambda: serves(product.web), 60)
        found.append(time.perf_counter() - begin)
        product.wait_until_ready()
        product.stop()
    seconds = statistics.median(found)
    return Row(
        "P12 helpdesk up until the first page",
        "prepared machine",
        round(seconds * 1000),
        None,
        None,
        "<= 5 s",
        seconds <= 5,
    )


@contextmanager
def floor_server(product: Product) -> Iterator[int]:
    """The floors behind the same server, workers and threads as ours."""
    (port,) = free_ports(1)
    arguments = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--worker-class", "gthread", "--threads", "4"]
    arguments += ["--keep-alive", "5", "--preload", "--log-level", "warning", "--no-control-socket"]
    environment = {**product.environment, "DATABASE_URL": LocalPaths(VAR).database_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *arguments, "tests.bench.floors:app"], cwd=ROOT, env=environment
    )
    try:
        product.wait_for(lambda: answers(port), 20)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def serves(base: str) -> bool:
    try:
        return httpx2.get(base + "/sign-in").status_code == 200
    except httpx2.HTTPError:
        return False


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/f1").text == "hello"
    except httpx2.HTTPError:
        return False


def agent_id(conninfo: str) -> int:
    with psycopg.connect(conninfo) as connection:
        found = connection.execute("SELECT id FROM users WHERE email = %s", (AGENT,)).fetchone()
    assert found is not None
    return int(found[0])


def cookies(client: httpx2.Client) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def csrf_of(visitor: Visitor) -> str:
    return visitor.get("/account").split('name="csrf" content="')[1].split('"')[0]


def write_page(rows: list[Row]) -> None:
    """Put the figures between the marks of docs/benchmarks.md; the others, and what is written around them, stay."""
    page = ROOT / "docs" / "benchmarks.md"
    lines = ["| promise | work | ours | floor | ratio | goal | met |", "|---|---|---|---|---|---|---|"]
    for r in rows:
        floor, ratio = (f"{r.floor:.2f} ms" if r.floor else "-"), (f"{r.ratio:.2f}" if r.ratio else "-")
        met = "yes" if r.met else "**missed**"
        lines.append(f"| {r.name} | {r.work} | {r.ours:.2f} ms | {floor} | {ratio} | {r.goal} | {met} |")
    before, old, after = re.split(r"(?s)(<!-- figures -->.*<!-- end -->)", page.read_text())
    measured = tuple(f"| {r.name} |" for r in rows)
    kept = [line for line in old.splitlines() if line.startswith("| P") and not line.startswith(measured)]
    table = "\n".join([*lines[:2], *kept, *lines[2:]])
    page.write_text(f"{before}<!-- figures -->\n{table}\n<!-- end -->{after}")


def show(rows: list[Row]) -> None:
    print(f"{'promise':44} {'work':38} {'ours ms':>9} {'floor ms':>9} {'ratio':>6}  {'goal':16} met")
    for r in rows:
        floor, ratio = (f"{r.floor:.2f}" if r.floor else "-"), (f"{r.ratio:.2f}" if r.ratio else "-")
        print(f"{r.name:44} {r.work:38} {r.ours:9.2f} {floor:>9} {ratio:>6}  {r.goal:16} {'yes' if r.met else 'NO'}")


if __name__ == "__main__":
    main()
