"""What `helpdesk up` runs: one process of each kind, watched, restarted, and stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import click

from helpdesk.config import Config
from helpdesk.local import LocalError, Say

RESTART_PAUSE = 2.0
READY_SECONDS = 60.0


def check_ports(ports: dict[str, int], host: str) -> None:
    """Raises LocalError naming the variable of a port that is taken, or given twice."""
    given: dict[int, str] = {}
    for name, port in ports.items():
        if port in given:
            raise LocalError(f"{name} and {given[port]} are both {port}. Give one of them another port.")
        given[port] = name
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise LocalError(
                    f"Port {port} on {host} cannot be used ({error.strerror}). Stop what uses it, "
                    f"or set {name} to another port."
                ) from error


@dataclass
class Process:
    """One child of the supervisor, restarted when it ends by itself."""

    name: str
    arguments: list[str]
    running: subprocess.Popen[bytes] | None = None
    restart_at: float = 0.0


@dataclass
class Supervisor:
    """Runs the product's processes until told to stop; their output goes to var/log/<name>.log."""

    config: Config
    say: Say
    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    stopping: bool = False

    def run(self, first: Callable[[], None], ready: Callable[[], None]) -> None:
        """Start the first, then the others, and keep all running until SIGINT or SIGTERM.

        The first is the web server: it has the machine to itself until `first` returns, so that the first page
        comes soon; `ready` is called once all were started.
        """
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)
        try:
            self._start(self.processes[0])
            first()
            for process in self.processes[1:]:
                self._start(process)
            ready()
            while not self.stopping:
                for process in self.processes:
                    self._watch(process)
                time.sleep(0.2)
        finally:
            self._end_all()

    def _stop(self, _signal: int, _frame: object) -> None:
        self.stopping = True

    def _start(self, process: Process) -> None:
        with (self.config.var / "log" / f"{process.name}.log").open("ab") as log:
            process.running = subprocess.Popen(
                process.arguments,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    def _watch(self, process: Process) -> None:
        if process.running is None:
            if time.monotonic() >= process.restart_at:
                self._start(process)
            return
        code = process.running.poll()
        if code is not None:
            self.say(f"{process.name} ended with {code} and is started again; see var/log/{process.name}.log")
            process.running, process.restart_at = None, time.monotonic() + RESTART_PAUSE

    def _end_all(self) -> None:
        alive = [p.running for p in self.processes if p.running is not None and p.running.poll() is None]
        for child in alive:
            child.terminate()
        deadline = time.monotonic() + 12
        for child in alive:
            try:
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)


def this_program(*arguments: str) -> list[str]:
    """The command line that runs `helpdesk` with the same interpreter."""
    return [sys.executable, "-m", "helpdesk", *arguments]


def port_answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def ports_of(config: Config) -> dict[str, int]:
    ports = {
        "HELPDESK_WEB_PORT": config.web_port,
        "HELPDESK_SMTP_PORT": config.smtp_port,
        "HELPDESK_LMTP_PORT": config.lmtp_port,
    }
    if config.demo:
        ports |= {
            "HELPDESK_CONSOLE_PORT": config.console_port,
            "HELPDESK_SINK_PORT": config.sink_port,
            "HELPDESK_SINK_PAGE_PORT": config.sink_page_port,
        }
    return ports


def child_environment(config: Config) -> dict[str, str]:
    environment = {name: str(port) for name, port in ports_of(config).items()} | frugal()
    return environment | {"HELPDESK_VAR": str(config.var), "HELPDESK_DEMO": "1" if config.demo else "0"}


def processes_of(config: Config) -> list[Process]:
    names = {
        "web": [sys.executable, "-m", "gunicorn", *gunicorn_arguments(config)],
        "worker-1": this_program("worker"),
        "worker-2": this_program("worker"),
        "worker-mail": this_program("worker", "--queue", "mail"),
        "cron": this_program("cron"),
        "gateway": this_program("gateway"),
    }
    if config.demo:
        names |= {"simulator": this_program("simulator"), "sink": this_program("sink")}
    return [Process(name, arguments) for name, arguments in names.items()]


def frugal() -> dict[str, str]:
    """glibc gives each thread a heap of its own, which it seldom gives back: two serve a web process as well."""
    return {"MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2")}


def gunicorn_arguments(config: Config) -> list[str]:
    return [
        *("--bind", f"{config.bind}:{config.web_port}", "--workers", str(config.web_workers)),
        *("--worker-class", "gthread", "--keep-alive", "5", "--timeout", "60"),
        *("--config", "python:helpdesk.gunicorn_settings"),
        *("--preload", "--log-level", "warning", "--no-control-socket", "helpdesk.serving:app"),
    ]


def announce(config: Config, started: float, say: Say) -> None:
    """Wait until every door answers, then print the addresses and, in demo mode, who can sign in."""
    _wait_for(config, *ports_of(config).values())
    base = f"http://{config.bind}"
    say(f"ready after {time.monotonic() - started:.1f} s")
    lines = [
        ("portal and desk", config.base_url),
        ("mail in", f"SMTP {config.bind}:{config.smtp_port}, LMTP {config.bind}:{config.lmtp_port}"),
    ]
    if config.demo:
        lines += [
            ("mail sent", f"{base}:{config.sink_page_port}"),
            ("console simulator", f"{base}:{config.console_port}"),
        ]
    for name, where in lines:
        click.echo(f"  {name:18} {where}")
    if config.demo:
        click.echo("  sign in with the password 'demo' as:")
        for who, address in DEMO_PEOPLE:
            click.echo(f"    {address:22} {who}")
        click.echo("  inquiries by mail: support@desk.example; Acme's alerts: alerts+acme@desk.example")
    click.echo("  logs are under " + str(config.var / "log") + "; Ctrl-C stops everything")


DEMO_PEOPLE = [
    ("customer and alert contact", "alice@acme.example"),
    ("her administrator", "bob@acme.example"),
    ("her colleague", "carol@acme.example"),
    ("another company", "charlie@globex.example"),
    ("reseller of Acme, reads", "rina@minamo.example"),
    ("agent", "dana@desk.example"),
    ("supervisor", "erin@desk.example"),
    ("administrator", "root@desk.example"),
]


def first_page(config: Config, started: float, say: Say) -> None:
    """Wait until the web server answers."""
    _wait_for(config, config.web_port)
    say(f"the first page is served after {time.monotonic() - started:.1f} s")


def _wait_for(config: Config, *ports: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not all(port_answers(config.bind, port) for port in ports):
        if time.monotonic() > deadline:
            raise LocalError(f"Not everything started; see {config.var / 'log'}.")
        time.sleep(0.05)
