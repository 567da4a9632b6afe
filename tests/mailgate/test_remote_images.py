"""Pictures on the web: fetched by this server alone, never from inside, and nothing of the reader goes out."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.mailgate import remote_images as door
from helpdesk.mailgate.jobs import file_waiting
from helpdesk.mailgate.ledger import Arrival, accept
from helpdesk.mailgate.remote_images import fetch_images, is_public, remote_images
from helpdesk.tickets.messages import Message
from tests.conftest import Cast

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


class Far(BaseHTTPRequestHandler):
    """Somebody's web server, which keeps what it was asked with."""

    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        port = self.server.server_address[1]
        if self.path.startswith("/to/"):
            leads = {"inside": "http://[::ffff:10.0.0.1]/", "file": "file:///etc/passwd", "round": "/to/round"}
            self.send_response(302)
            self.send_header("Location", leads.get(self.path[4:], f"http://127.0.0.1:{port}/a.png"))
            self.end_headers()
            return
        body = {"/a.png": PNG, "/page": b"<html>", "/big": PNG + b"\0" * door.SIZE_MAX}.get(self.path, b"")
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def far() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Far)
    Far.asked.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address, _port: int) -> bool:
    return str(address) == "127.0.0.1"


def test_what_comes_and_what_does_not(far: str) -> None:
    names = ["a.png", "page", "big", "none", "to/a", "to/inside", "to/file", "to/round"]
    found = fetch_images([f"{far}/{name}" for name in names], loopback)
    assert found == {f"{far}/a.png": ("image/png", PNG), f"{far}/to/a": ("image/png", PNG)}
    headers = {name.lower() for _path, asked in Far.asked for name in asked}
    assert headers == {"host", "accept", "accept-encoding"}, "nothing of the reader goes out"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "localhost",
            "10.1.2.3",
            "192.168.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "100.64.0.1",
            "0.0.0.0",
        ),
        *("[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "[fc00::1]", "[2002:7f00:1::]", "2130706433", "0177.0.0.1"),
        *("0x7f.1", "127.1", "224.0.0.1", "[ff02::1]", "255.255.255.255", "a..b", "x" * 300),
    ],
)
def test_nothing_inside_is_asked(far: str, host: str) -> None:
    port = far.rpartition(":")[2]
    assert fetch_images([f"http://{host}/a.png", f"http://{host}:{port}/a.png"]) == {}
    assert Far.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_asked(far: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads outside at the first look and inside at the second (rebinding) is looked at once."""
    port = int(far.rpartition(":")[2])
    looks = iter(["127.0.0.1", "10.0.0.1"])

    def resolved(host: str, *_arguments: object, **_options: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(looks) if host == "far.example" else host, port))]

    monkeypatch.setattr(door.socket, "getaddrinfo", resolved)
    url = f"http://far.example:{port}/a.png"
    assert fetch_images([url], loopback) == {url: ("image/png", PNG)}
    assert fetch_images([url], loopback) == {}


def test_a_slow_one_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert fetch_images([f"http://127.0.0.1:{silent.getsockname()[1]}/x"], loopback) == {}


@pytest.mark.parametrize(("address", "public"), [("8.8.8.8", True), ("2606:4700::1", True), ("192.0.2.1", False)])
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address), 443) == public
    assert not is_public(ipaddress.ip_address(address), 8080)


HTML = '<p>こんにちは</p><img src="{far}/a.png"><img src="{far}/none"><img src="http://10.0.0.1/x.png">'


def test_on_asking_in_the_frame_and_on_the_record(
    cast: Cast, far: str, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    monkeypatch.setattr(door.fetch_images, "__defaults__", (loopback,))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alice@acme.example", "support@desk.example", "写真"
    mail.set_content("こんにちは")
    mail.add_alternative(HTML.format(far=far), subtype="html")
    accept([Arrival(mail.as_bytes(), "alice@acme.example", ["support@desk.example"])])
    file_waiting()
    message = db.session.scalars(select(Message).where(Message.has_html)).one()
    page = f"/desk/tickets/{message.ticket.reference}"
    frame = f"{page}/mails/{message.id}/html"
    assert f'action="{frame}"' in cast.dana.get(page).text
    assert "data:image/png" not in cast.dana.get(frame).text
    assert Far.asked == []
    answer = cast.dana.post(frame)
    assert answer.text.count("data:image/png;base64,") == 1 and far not in answer.text
    assert "3枚中 1枚" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "127.0.0.1、10.0.0.1" in cast.dana.get(page).text
    assert cast.alice.post(frame).status_code == 403


def test_which_are_on_the_web() -> None:
    html = "".join(
        f'<img src="{url}">' for url in ("https://a.example/1", "cid:x", "data:,x", "//b.example/2", "ftp://c")
    )
    html += '<img src="https://a.example/1"><img src="https://me@d.example/3"><img src=" http://[bad/4 "><img>'
    assert remote_images(html) == ["https://a.example/1"]
    assert len(remote_images("".join(f"<img src=https://a.example/{n}>" for n in range(50)))) == door.COUNT_MAX
