"""Pictures that an HTML mail leaves on somebody's server, fetched on asking so that only this server is seen there.

Neither the reader's address nor a cookie, referrer or language goes out, and nothing is asked of addresses that are not
public (SSRF): every name is resolved here, and the connection goes to the very address that was checked, after each
redirect anew.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore2

from helpdesk.mailgate.html_words import HTML_MAX
from helpdesk.markup import parsed

COUNT_MAX = 20
SIZE_MAX = 2 * 1024 * 1024
SECONDS = 6.0
"""For all of them together."""
REDIRECTS_MAX = 3
PORTS = (80, 443)
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")
Permitted = Callable[[ipaddress.IPv4Address | ipaddress.IPv6Address, int], bool]
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
_HEADERS = [(b"Accept", b"image/png, image/jpeg, image/gif, image/webp"), (b"Accept-Encoding", b"identity")]


def remote_images(html: str) -> list[str]:
    """The addresses of pictures on the web that an HTML mail shows, each once, the first twenty."""
    page = parsed(html[:HTML_MAX])
    images = page.css("img[src]") if page is not None else []
    urls = (str(one.attributes.get("src") or "").strip() for one in images)
    return list(dict.fromkeys(url for url in urls if _on_the_web(url)))[:COUNT_MAX]


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> bool:
    """Whether it may be asked: a public address, on the web's usual ports."""
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    inside = inner.is_multicast or inner.is_reserved or getattr(inner, "is_site_local", False) or inner in _PROTOCOLS
    return inner.is_global and not inside and port in PORTS


def fetch_images(urls: Sequence[str], permitted: Permitted = is_public) -> dict[str, tuple[str, bytes]]:
    """Those that came, by address as (type, bytes): PNG, JPEG, GIF or WebP by their first bytes, 2 MB each at most.

    What fails, is refused or takes too long is left out. Blocks for at most six seconds and a little.
    """
    deadline, checked = time.monotonic() + SECONDS, _Checked(permitted)
    # a server that drips a byte now and then would hold each read within its own time
    end = threading.Timer(SECONDS, checked.cut)
    end.daemon = True
    end.start()
    with (
        httpcore2.ConnectionPool(
            network_backend=checked, ssl_context=ssl.create_default_context(), max_connections=COUNT_MAX, retries=0
        ) as pool,
        ThreadPoolExecutor(COUNT_MAX, "image") as threads,
    ):
        found = threads.map(lambda url: _fetch(pool, url, deadline), urls)
        images = {url: image for url, image in zip(urls, found, strict=True) if image is not None}
    end.cancel()
    return images


class _Checked(httpcore2.SyncBackend):
    """Connects to public addresses alone, and to the one that was checked: no name is resolved twice."""

    def __init__(self, permitted: Permitted) -> None:
        super().__init__()
        self._permitted = permitted
        self._open: list[socket.socket] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error
        addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
        # a name that also leads inside is meant to mislead
        if not addresses or not all(self._permitted(address, port) for address in addresses):
            raise httpcore2.ConnectError("not a public address")
        stream = super().connect_tcp(str(addresses[0]), port, timeout, local_address, socket_options)
        self._open.append(stream.get_extra_info("socket"))
        return stream

    def cut(self) -> None:
        """The time is over: whatever is still being read ends."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def connect_unix_socket(self, *_arguments: Any, **_options: Any) -> httpcore2.NetworkStream:
        raise httpcore2.ConnectError("no such way")


def _fetch(pool: httpcore2.ConnectionPool, url: str, deadline: float) -> tuple[str, bytes] | None:
    try:
        for _redirect in range(REDIRECTS_MAX + 1):
            content, onward = _ask(pool, url, deadline)
            if onward is None:
                kind = _kind_of(content)
                return (kind, content) if kind else None
            url = urljoin(url, onward)
            if not _on_the_web(url):
                return None
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, ValueError, OSError):
        return None
    return None


def _ask(pool: httpcore2.ConnectionPool, url: str, deadline: float) -> tuple[bytes, str | None]:
    """The answer's bytes, or where it leads on to. Nothing of an answer that is none, or too large."""
    left = max(deadline - time.monotonic(), 0.01)
    waits = {"timeout": {"connect": left / 2, "read": left, "write": left, "pool": left}}
    body = bytearray()
    with pool.stream("GET", url.encode("ascii"), headers=_HEADERS, extensions=waits) as answer:
        if answer.status in (301, 302, 303, 307, 308):
            onward = next((value for name, value in answer.headers if name.lower() == b"location"), b"")
            return b"", onward.decode("latin-1")
        if answer.status != 200:
            return b"", None
        for piece in answer.iter_stream():
            body += piece
            if len(body) > SIZE_MAX or time.monotonic() > deadline:
                return b"", None
    return bytes(body), None


def _kind_of(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for sign, kind in _KINDS if content.startswith(sign)), "")


def _on_the_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
