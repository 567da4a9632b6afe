"""gunicorn's settings that no option holds (`--config python:helpdesk.gunicorn_settings`).

A client that stalls holds a thread: so there are more threads than bodies that may come in at once (receiving.py), and
no read of a socket takes longer than some seconds. Which process takes a connection is chance: on a busy machine one of
them takes nearly all, so the threads of one alone suffice for forty that stall and those who have something to say.
"""

import socket
import struct
from typing import Any

threads = 64
BODIES = 24
READ_SECONDS = 10


def when_ready(server: Any) -> None:
    """Sockets that are accepted inherit it from the one that listens."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", READ_SECONDS, 0))
