"""A bounded HTTP load from one process: so many requests, one after the other or in eight threads."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A page to ask for. `expect` is the status that counts as an answer."""

    port: int
    path: str
    cookie: str = ""
    expect: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def latencies(target: Target, count: int, clients: int = 1) -> list[float]:
    """Seconds of each of `count` requests over kept-alive connections."""
    found: list[float] = []
    lock = threading.Lock()

    def run(share: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
        own = []
        for _request in range(share):
            begin = time.perf_counter()
            connection.request("GET", target.path, headers={"Cookie": target.cookie, **dict(target.headers)})
            answer = connection.getresponse()
            answer.read()
            own.append(time.perf_counter() - begin)
            if answer.status != target.expect:
                raise AssertionError(f"{target.path} answered {answer.status}, not {target.expect}")
        with lock:
            found.extend(own)

    threads = [threading.Thread(target=run, args=(count // clients,)) for _client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(found) < count // clients * clients:
        raise AssertionError(f"some requests to {target.path} failed")
    return found


def paired(ours: Target, floor: Target, *, clients: int, rounds: int = 7, count: int = 80) -> tuple[float, float]:
    """Median latency of ours and of the floor, taken in turn so that a drifting machine hits both."""
    mine, theirs = [], []
    latencies(ours, count, clients)
    latencies(floor, count, clients)
    for _round in range(rounds):
        mine.append(statistics.median(latencies(ours, count, clients)))
        theirs.append(statistics.median(latencies(floor, count, clients)))
    return statistics.median(mine), statistics.median(theirs)


def late_and_floor(ours: Target, floor: Target, *, rounds: int = 5, count: int = 60) -> tuple[float, float]:
    """Ours at the 95th percentile, and the floor's median, taken in turn by one client."""
    mine, theirs = [], []
    latencies(ours, 5)
    for _round in range(rounds):
        mine += latencies(ours, count)
        theirs += latencies(floor, count)
    return statistics.quantiles(mine, n=20)[-1], statistics.median(theirs)


def median_time(act: Callable[[], object], count: int) -> float:
    """Median seconds of `act`, after one warm-up."""
    act()
    found = []
    for _run in range(count):
        begin = time.perf_counter()
        act()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)
