"""P10 and P11: what a page weighs on the wire, and what the web processes hold in memory."""

import gzip
import re
import time
from pathlib import Path

import httpx2

from tests.bench.load import Target, latencies
from tests.product import Product

MINUTE = 60


def weights(base: str, cookie: str, path: str) -> tuple[int, int]:
    """Bytes on the wire of a first visit with all that a page loads, and of the page alone after it."""
    with httpx2.Client(base_url=base, headers={"Cookie": cookie, "Accept-Encoding": "gzip"}) as client:
        with client.stream("GET", path) as answer:
            page = b"".join(answer.iter_raw())
        text = gzip.decompress(page).decode() if page[:2] == b"\x1f\x8b" else page.decode()
        first = len(page)
        for url in sorted({found.split("#")[0] for found in re.findall(r'(?:src|href)="(/static/[^"]+)"', text)}):
            with client.stream("GET", url) as answer:
                first += len(b"".join(answer.iter_raw()))
    return first, len(page)


def memory(product: Product, cookie: str, path: str) -> tuple[int, int]:
    """Kilobytes (PSS) of the web processes after the queue's page for a minute, and after a second minute."""
    return _after_a_minute(product, cookie, path), _after_a_minute(product, cookie, path)


def _after_a_minute(product: Product, cookie: str, path: str) -> int:
    until = time.monotonic() + MINUTE
    while time.monotonic() < until:
        latencies(Target(product.ports["WEB"], path, cookie), 80, clients=8)
    return sum(_pss(pid) for pid in product._owned(b"helpdesk.serving"))


def _pss(pid: int) -> int:
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
