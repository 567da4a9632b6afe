"""Run by any Python alone, without packages: sends the texts of its input as mails over SMTP, prints what arrived."""

import json
import smtplib
import socket
import sys
import threading
import types
from datetime import UTC, datetime
from pathlib import Path

package = types.ModuleType("helpdesk")
package.__path__ = [str(Path(sys.argv[1]) / "helpdesk")]
sys.modules["helpdesk"] = package
from helpdesk.notices.writing import Letter, written  # noqa: E402 - the package itself would bring its libraries


def take(server: socket.socket, kept: list[str]) -> None:
    """One SMTP conversation."""
    peer, _address = server.accept()
    with peer, peer.makefile("rb") as lines:
        peer.sendall(b"220 here\r\n")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"QUIT":
                peer.sendall(b"221 bye\r\n")
                return
            if verb == b"DATA":
                peer.sendall(b"354 go on\r\n")
                kept.append(b"".join(iter(lines.readline, b".\r\n")).decode("latin-1"))
            peer.sendall(b"250 well\r\n")


wire: list[str] = []
for text in json.load(sys.stdin):
    for charset in ("utf-8", "iso-2022-jp"):
        letter = Letter(
            sender="support@desk.example",
            sender_name=text,
            to="a@x.example",
            subject=text,
            body=text,
            date=datetime(2026, 11, 24, tzinfo=UTC),
            message_id="<1@desk.example>",
            list_id="support.desk.example",
            charset=charset,
        )
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=take, args=(server, wire))
            thread.start()
            with smtplib.SMTP("127.0.0.1", server.getsockname()[1]) as client:
                client.send_message(written(letter), letter.sender, [letter.to])
            thread.join()
sys.stdout.write(json.dumps(wire))
