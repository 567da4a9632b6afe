"""P9: empty errands a second through one default RQ worker, beside RQ's own no-op jobs through the same worker."""

import os
import subprocess
import sys

from helpdesk.errands import Errand, one_step
from helpdesk.extensions import Model
from tests.product import ROOT, Product

COUNT = int(os.environ.get("BENCH_ERRANDS", "300"))
QUEUE = "bench"


class EmptyErrand(Errand, Model):
    """An errand that has nothing to do."""

    __tablename__ = "bench_errands"
    LABEL = "EmptyErrand"
    JOB = "tests.bench.errands.work"


def work(errand_id: int, turn: int) -> None:
    """What every errand's job does, with nothing in between: claim, and close."""
    row = EmptyErrand.begin(errand_id, turn)
    if row is not None:
        with one_step():
            row.done()


def nothing() -> None:
    """RQ's own: a job that does nothing."""


def rates(product: Product) -> tuple[float, float]:
    """(errands, no-op jobs) a second, the median pair of three rounds taken in turn."""
    found = []
    for _round in range(3):
        ours, theirs = (_measured(product, kind) for kind in ("errands", "jobs"))
        found.append((ours, theirs))
    return sorted(found, key=lambda pair: pair[0] / pair[1])[1]


def _measured(product: Product, kind: str) -> float:
    command = [sys.executable, "-m", "tests.bench.one_worker", kind]
    done = subprocess.run(command, cwd=ROOT, env=product.environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
