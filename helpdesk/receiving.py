"""A request's body, taken in before the app sees it, by so many threads at a time: who stalls holds up nobody (S9)."""

import time
from collections.abc import Iterable
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import IO, TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IN_MEMORY = 1024 * 1024
CHUNK = 64 * 1024
GRACE_SECONDS, BYTES_A_SECOND = 20, 50_000
"""A body may take so long, and longer by its size; one that comes slower is given up."""
LATER = {"Retry-After": "5"}


class Receiver:
    """WSGI middleware. At most `slots` bodies are taken in at once; who comes then is asked to come again."""

    def __init__(self, app: "WSGIApplication", slots: int, size_max: int) -> None:
        self._app = app
        self._slots = BoundedSemaphore(slots)
        self._size_max = size_max

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        if (not chunked and length in ("", "0")) or (length.isdigit() and int(length) > self._size_max):
            return self._app(environ, start)  # nothing to read, or refused unread
        if not self._slots.acquire(blocking=False):
            return _refused(
                start, HTTPStatus.SERVICE_UNAVAILABLE, "Many requests are coming in. Please try again.", LATER
            )
        try:
            body = self._taken(environ["wsgi.input"], int(length) if length.isdigit() else None)
        except (OSError, TimeoutError):
            return _refused(start, HTTPStatus.REQUEST_TIMEOUT, "The request came too slowly. Nothing was changed.", {})
        finally:
            self._slots.release()
        environ["wsgi.input"], environ["wsgi.input_terminated"] = body, True
        return ClosingIterator(self._app(environ, start), body.close)

    def _taken(self, stream: IO[bytes], length: int | None) -> "SpooledTemporaryFile[bytes]":
        body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
        wanted = self._size_max + 1 if length is None else length
        deadline = time.monotonic() + GRACE_SECONDS + wanted / BYTES_A_SECOND
        while wanted > 0 and (chunk := stream.read(min(CHUNK, wanted))):
            body.write(chunk)
            wanted -= len(chunk)
            if time.monotonic() > deadline:
                raise TimeoutError
        if length is not None and wanted:
            raise TimeoutError
        body.seek(0)
        return body


def _refused(start: "StartResponse", status: HTTPStatus, words: str, more: dict[str, str]) -> list[bytes]:
    body = f"{words}\n".encode()
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
    } | more
    start(f"{status.value} {status.phrase}", list((headers | {"Connection": "close"} | more).items()))
    return [body]
