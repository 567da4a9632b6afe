"""The whole product as a newcomer starts it, in a directory and on ports of its own, for journeys and kills."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from helpdesk.local import LocalPaths

ROOT = Path(__file__).parent.parent
BEGIN = datetime.fromisoformat("2026-11-20T10:00:00+09:00")
"""Business time when a fresh product starts and loads its demo data, whatever the day."""
MAIL_WORKER = "worker --queue mail"
AT_ONCE = {"HELPDESK_UNDO_SECONDS": "0"}
"""Replies go out with the click; what waits for a while is tried where it matters."""
PORTS = ("WEB", "SMTP", "LMTP", "CONSOLE", "SINK", "SINK_PAGE")
FRESH = ROOT / "var" / "fresh" / os.environ.get("PYTEST_XDIST_TESTRUNUID", f"alone-{os.getpid()}")
"""What a newcomer's first start makes of an empty directory: made once a run, by its first journey, and copied."""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, all held open until all are found."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports


def first_started() -> datetime:
    """Start and stop a product in an empty directory unless this run did; returns the business time it stopped at."""
    FRESH.parent.mkdir(parents=True, exist_ok=True)
    stopped = FRESH.parent / f"{FRESH.name}.stopped"
    with (FRESH.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stopped.exists():
            for earlier in FRESH.parent.glob("*/"):
                Product(earlier).remove()
                shutil.rmtree(earlier)
            made = Product(FRESH)
            made.start()
            made.stop()
            offset = float((FRESH / "clock").read_text())
            stopped.write_text(datetime.fromtimestamp(time.time() + offset, UTC).isoformat())
    return datetime.fromisoformat(stopped.read_text())


@dataclass
class Product:
    """A running `helpdesk up`."""

    var: Path
    extra: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        ports = {f"HELPDESK_{name}_PORT": str(port) for name, port in self.ports.items()}
        return {**os.environ, **ports, "HELPDESK_VAR": str(self.var), "HELPDESK_DEMO": "1", **AT_ONCE, **self.extra}

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.ports['WEB']}"

    def start(self) -> None:
        """Start it; the first time with the demo data in it, at BEGIN or, since they took a moment, just after."""
        if not self.ports:
            shutil.rmtree(self.var, ignore_errors=True)
            self.var.mkdir(parents=True)
            self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
            if self.var == FRESH:
                self.set_clock(BEGIN)
            else:
                self._copy(first_started())
        self.spawn()
        self.wait_until_ready()

    def set_clock(self, now: datetime) -> None:
        """Business time of a product that does not run yet."""
        (self.var / "clock").write_text(str((now - datetime.now(UTC)).total_seconds()))

    def _copy(self, stopped: datetime) -> None:
        for name in ("console.json", "files", "redis"):
            subprocess.run(["cp", "-a", FRESH / name, self.var], check=True)
        place = LocalPaths(self.var)
        place.settle()
        place.home.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", LocalPaths(FRESH).data, place.home], check=True)
        self.set_clock(stopped)

    def spawn(self) -> None:
        """Start the process and return at once."""
        with (self.var / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "helpdesk", "up"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: b"ready after" in (self.var / "up.log").read_bytes() and self._serves(), 90)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=40)

    def remove(self) -> None:
        """Stop, and leave nothing behind, also where PostgreSQL's data lies outside `var`."""
        self.stop()
        place = LocalPaths(self.var)
        if place.home != place.var:
            shutil.rmtree(place.home, ignore_errors=True)

    def command(self, *arguments: str, given: str = "") -> str:
        """Run `helpdesk ...` beside it; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "helpdesk", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def mails(self) -> list[dict[str, str]]:
        """What the product sent, newest first."""
        mails: list[dict[str, str]] = self._json("SINK_PAGE", "/messages.json")
        return mails

    def mail_to(self, address: str, words: str, seconds: float = 60) -> dict[str, str]:
        """Wait for a mail to this address with these words in subject or text."""

        def found() -> dict[str, str] | None:
            for mail in self.mails():
                if address in mail["to"] and words in mail["subject"] + mail["text"]:
                    return mail
            return None

        return self.wait_for(found, seconds)

    def console_log(self) -> list[dict[str, Any]]:
        log: list[dict[str, Any]] = self._json("CONSOLE", "/_log")
        return log

    def effects(self) -> list[dict[str, Any]]:
        return [row for row in self.console_log() if row["effect"]]

    def fault(self, kind: str, times: int = 1) -> None:
        self.console("/_faults", {"kind": kind, "times": times})

    def console(self, path: str, order: dict[str, Any]) -> None:
        """Order something of the console simulator."""
        url = f"http://127.0.0.1:{self.ports['CONSOLE']}{path}"
        request = urllib.request.Request(url, json.dumps(order).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=5).read()

    def send_mail(self, sender: str, to: str, subject: str, text: str, **headers: str) -> None:
        """A real SMTP client's mail into the gateway."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail["Message-ID"] = f"<{time.monotonic_ns()}@client.example>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.ports["SMTP"], timeout=20) as client:
            client.send_message(mail, sender.rpartition("<")[2].rstrip(">"), [to])

    def workers(self) -> list[int]:
        """Process ids of this product's workers and the children they forked; the mail queue's is another."""
        return sorted({*self._owned(b"helpdesk worker")} - {*self.processes(MAIL_WORKER)})

    def _owned(self, words: bytes) -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                    own = f"HELPDESK_VAR={self.var}".encode() in (entry / "environ").read_bytes()
                except OSError:
                    continue
                if own and words in line:
                    found.append(int(entry.name))
        return found

    def processes(self, command: str) -> list[int]:
        """Process ids of this product's `helpdesk <command>`."""
        return self._owned(f"helpdesk {command}".encode())

    def kill(self, command: str) -> bool:
        """kill -9, as the machine's own killer would; whether there was something to kill."""
        found = self.processes(command)
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(found)

    def kill_web(self) -> None:
        """Every web worker dies; their server, which came first, starts others."""
        for pid in sorted(self._owned(b"gunicorn"))[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_workers(self) -> None:
        for pid in self.workers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def wait_for(self, check: Callable[[], Any], seconds: float = 60) -> Any:
        """Poll until `check` gives something true."""
        deadline = time.monotonic() + seconds
        while True:
            found = check()
            if found:
                return found
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError("the product ended: " + (self.var / "up.log").read_text()[-2000:])
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing after {seconds} s; mails: {[m['subject'] for m in self._safe_mails()]}")
            time.sleep(0.2)

    def _safe_mails(self) -> list[dict[str, str]]:
        try:
            return self.mails()
        except OSError:
            return []

    def _serves(self) -> bool:
        try:
            return bool(self._json("WEB", "/healthz")["database"])
        except OSError:
            return False

    def _json(self, port: str, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[port]}{path}", timeout=10) as answer:
            return json.load(answer)
