"""Far ends of sockets for tests: the console simulator and the mail sink, really listening, in threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from werkzeug.serving import make_server

from helpdesk.demo.console_state import Console
from helpdesk.demo.simulator import console_app
from helpdesk.demo.sink import Sink


@contextmanager
def console(port: int, folder: Path) -> Iterator[Console]:
    state = Console(folder / "console.json")
    state.load()
    server = make_server("127.0.0.1", port, console_app(state), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def sink(port: int, folder: Path) -> Iterator[Sink]:
    kept = Sink(folder / "sink")
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield kept
    finally:
        server.stop()
