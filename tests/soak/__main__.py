"""`make soak`: Q1 and Q2 in full, loops, a thousand reports; figures go into docs/benchmarks.md."""

import os
import re
import time

from tests.journeys.test_mail_door import check, killing
from tests.product import ROOT, Product
from tests.soak import actions, loops, reports

MAILS = int(os.environ.get("SOAK_MAILS", "2000"))
KILLS = int(os.environ.get("SOAK_KILLS", "200"))
REPORTS = int(os.environ.get("SOAK_REPORTS", "1000"))
ACTIONS = int(os.environ.get("SOAK_ACTIONS", "120"))
ONLY = os.environ.get("SOAK_ONLY", "q1 q2 loops reports").split()


def main() -> None:
    page = ROOT / "docs" / "benchmarks.md"
    before, old, after = re.split(r"(?s)(<!-- soak -->.*<!-- end soak -->)", page.read_text())
    measured = {"q1": q1, "q2": q2, "loops": looped, "reports": reported}
    figures = {name: "| " + " | ".join(measured[name]()) + " |" for name in measured if name in ONLY}
    kept = {"q1": "| Q1", "q2": "| Q2", "loops": "| Loops", "reports": "| Reports"}
    for name, start in kept.items():
        figures.setdefault(name, next((line for line in old.splitlines() if line.startswith(start)), ""))
    table = ["| promise | work | seen | goal | met |", "|---|---|---|---|---|"]
    table += [figures[name] for name in kept if figures[name]]
    words = "\n".join(table)
    page.write_text(f"{before}<!-- soak -->\n{words}\n<!-- end soak -->{after}")
    print(words)


def q1() -> tuple[str, ...]:
    """2,000 mails from clients that try again, 200 kills of gateway and mail worker."""
    product = Product(ROOT / "var" / "soak", extra={"HELPDESK_RECEIPTS_PER_HOUR": "100000"})
    product.start()
    begin = time.monotonic()
    try:
        found, kills = killing(product, mails=MAILS, kills=KILLS, pause=0.14)
        check(product, found, MAILS)
    finally:
        product.remove()
    sums = ", ".join(f"{name} {count}" for name, count in found["dispositions"].items())
    seen = f"{found['received']} received = {sums}; {kills} kills in {time.monotonic() - begin:.0f} s"
    work = f"{MAILS:,} mails, {KILLS} kills -9"
    return "Q1 nothing lost or doubled", work, seen, "one ticket each", "yes" if kills >= KILLS else "**fewer kills**"


def q2() -> tuple[str, ...]:
    """Actions through kills, flushes and faults, over closing, weekend, holiday and opening."""
    product = Product(ROOT / "var" / "soak", extra={"HELPDESK_CONSOLE_TIMEOUT": "4"})
    product.start()
    try:
        seen = actions.run(product, ACTIONS, KILLS)
    finally:
        product.remove()
    words = (
        ", ".join(f"{name} {count}" for name, count in seen.items()) + "; one effect each, all in hours and told once"
    )
    met = seen["kills"] >= KILLS and seen["flushes"] >= 20  # type: ignore[operator]
    work = f"{ACTIONS} actions, {KILLS} kills, 20 flushes, faults"
    return "Q2 exactly once, in hours, instructed", work, words, "one effect each", "yes" if met else "**fewer kills**"


def looped() -> tuple[str, ...]:
    seen = loops.run(60)
    words = ", ".join(f"{name} {count}" for name, count in seen.items())
    met = seen["most messages in a thread"] < 5 and seen["mails in the last 10 s"] == 0
    met = met and seen["most new tickets of one robot"] < 20
    work = "2 helpdesks, 3 autoresponders, 2 robots that open new tickets"
    return "Loops", work, words, "below 5 a thread, far below 20 new tickets, an hour", "yes" if met else "**missed**"


def reported() -> tuple[str, ...]:
    """A thousand customers' reports with workers killed in the middle."""
    product = Product(ROOT / "var" / "soak")
    product.start()
    try:
        seen = reports.run(product, REPORTS)
    finally:
        product.remove()
    words = ", ".join(f"{name} {count}" for name, count in seen.items()) + "; each made and mailed once"
    met = "yes" if int(str(seen["kills"])) >= 20 else "**fewer kills**"
    return "Reports each once", f"{REPORTS:,} customers, workers killed", words, "one report, one mail each", met


if __name__ == "__main__":
    main()
