"""The last part of `make hostile`: sqlmap and wapiti, bounded in time, against a running product of their own.

Ends with 1 where one of them found something, or where a page left a trace in a log.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.http import Visitor
from tests.product import ROOT, Product

ALICE, ERIN = "alice@acme.example", "erin@desk.example"
QUERIES = {
    "/desk/search/?q=test*": ERIN,
    "/desk/queues/open?verdict=in_scope*&confidence=50*": ERIN,
    "/desk/mails?disposition=parked*&before=10*": ERIN,
    "/portal/tickets?kind=alert*&whose=all*&after=2026_1*": ALICE,
    "/portal/search/?q=test*": ALICE,
    "/sign-in?next=/*": "",
}
"""Each parameter that reaches a statement; the stars are where sqlmap puts what it tries."""
SECONDS = 120
MODULES = "xss,sql,exec,file,ssrf,redirect,crlf,permanentxss"


def main() -> None:
    tools, product = Path(sys.argv[1]), Product(ROOT / "var" / "scan", extra={"RATELIMIT_ENABLED": "0"})
    product.start()
    try:
        cookies = {who: _cookie(product, who) for who in (ALICE, ERIN)} | {"": ""}
        found = [line for path, who in QUERIES.items() for line in _sqlmap(tools, product, path, cookies[who])]
        for who, start in ((ALICE, "/portal/"), (ERIN, "/desk/")):
            found += _wapiti(tools, product, start, cookies[who])
        logs = (product.var / "log").glob("*.log")
        found += [f"{log.name} has a trace" for log in logs if "Traceback" in log.read_text(errors="replace")]
    finally:
        product.remove()
    sys.stdout.write("\n".join(found or ["nothing was found"]) + "\n")
    sys.exit(bool(found))


def _cookie(product: Product, who: str) -> str:
    jar = Visitor.signed_in(product.web, who).client.cookies
    return "; ".join(f"{name}={value}" for name, value in jar.items())


def _sqlmap(tools: Path, product: Product, path: str, cookie: str) -> list[str]:
    options = ["--batch", "--level", "2", "--risk", "2", "--retries", "0", "--threads", "4", "--flush-session"]
    options += ["--disable-coloring", "--output-dir", str(product.var / "sqlmap")]
    begin = time.monotonic()
    said = _run([str(tools / "sqlmap"), "-u", product.web + path, *options, *(["--cookie", cookie] if cookie else [])])
    tried = len(re.findall(r"testing '", said))
    sys.stdout.write(f"sqlmap {path}: {tried} techniques in {time.monotonic() - begin:.0f} s\n")
    if not tried:
        return [f"sqlmap tried nothing on {path}: {said[-300:]}"]
    return [line for line in said.splitlines() if re.search(r"\bis (?:vulnerable|'.*' injectable)", line)]


def _wapiti(tools: Path, product: Product, start: str, cookie: str) -> list[str]:
    report = product.var / "wapiti.json"
    options = ["-m", MODULES, "--max-scan-time", str(SECONDS), "--max-attack-time", "25", "-d", "4", "--no-bugreport"]
    options += ["--flush-session", "-x", f"{product.web}/sign-out", "-H", f"Cookie: {cookie}"]
    _run([str(tools / "wapiti"), "-u", product.web + start, *options, "-f", "json", "-o", str(report)], SECONDS * 3)
    told = json.loads(report.read_text())
    sys.stdout.write(f"wapiti {start}: {told['infos'].get('crawled_pages_nbr')} pages\n")
    kinds = {**told["vulnerabilities"], **told["anomalies"]}
    return [f"wapiti {kind}: {one['method']} {one['path']} {one['parameter']}" for kind in kinds for one in kinds[kind]]


def _run(command: list[str], seconds: int = SECONDS) -> str:
    """What a scanner said, also where its time was up."""
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds).stdout
    except subprocess.TimeoutExpired as over:
        return over.stdout.decode(errors="replace") if isinstance(over.stdout, bytes) else (over.stdout or "")


if __name__ == "__main__":
    main()
