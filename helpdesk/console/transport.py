"""How a console is called: signed, bounded in time, its errors told apart, its rate limit read from the headers.

v1 calls are signed with HTTP Basic (client id and API key), or with a v3 bearer token, which the vendor's
authentication guide gets in two steps. No v3 resource is used.
"""

import json
import time
from collections.abc import Generator, Iterator
from typing import Any

import httpx2

from helpdesk.console.values import Answer, Rate
from helpdesk.errors import VendorError

PAGE = 500
PAGES_MAX = 200
BODY_KEPT = 2000
SIZE_MAX = 64 * 1024 * 1024
_ENCODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers of a body that was decoded already."""


class BearerTokens(httpx2.Auth):
    """Two steps of the v3 guide: a token for the client's credentials, then an access token, used as Bearer.

    The second token's life is not documented: it is used until the console answers 401, then asked for once more.
    A refusal of bad credentials was observed as 400. A change is never sent a second time from here.
    """

    requires_response_body = True

    def __init__(self, token_url: str, base_url: str, client_id: str, secret: str) -> None:
        self._token_url, self._access_url = token_url, f"{base_url}/v3/access_tokens"
        self._basic = httpx2.BasicAuth(client_id, secret)
        self._token: str | None = None

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        for _try in range(2):
            if self._token is None:
                self._token = yield from self._ask()
            request.headers["Authorization"] = f"Bearer {self._token}"
            response = yield request
            if response.status_code != 401 or request.method not in ("GET", "OPTIONS"):
                return
            self._token = None

    def _ask(self) -> Generator[httpx2.Request, httpx2.Response, str]:
        form = {"grant_type": "client_credentials"}
        first = httpx2.Request("POST", self._token_url, data=form, headers={"Accept": "application/json"})
        next(self._basic.auth_flow(first))
        grant = _token_in((yield first))
        second = httpx2.Request("POST", self._access_url, data=form, headers={"Accept": "application/json"})
        second.headers["Authorization"] = f"Bearer {grant}"
        return _token_in((yield second))


class Transport:
    """One customer's console on the wire, as a context manager.

    `timeout` seconds bound a call: a quarter each to connect and to write, half for each read; an answer that goes on
    for longer than `timeout` is cut off, so that the whole takes half as much again at the most. `rate` is what the
    last answer said of the calls left.
    """

    def __init__(self, base_url: str, auth: httpx2.Auth, timeout: float) -> None:
        quarter = timeout / 4
        self.rate: Rate | None = None
        self._timeout = timeout
        self._http = httpx2.Client(
            base_url=base_url,
            auth=auth,
            timeout=httpx2.Timeout(2 * quarter, connect=quarter, write=quarter, pool=1.0),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
            follow_redirects=False,
        )

    def close(self) -> None:
        self._http.close()

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        """GET: the answer's envelope."""
        return _parsed(self.call("GET", path, params=query or None))

    def read_or_none(self, path: str) -> dict[str, Any] | None:
        """GET: the answer's envelope, or None where the API itself says 404."""
        response = self.call("GET", path, accept=(404,))
        return None if response.status_code == 404 else _parsed(response)

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All items of a paged list: `limit` and `offset`, until `links.next` is missing."""
        for page in range(PAGES_MAX):
            answer = self.read(path, **query, limit=PAGE, offset=page * PAGE)
            yield from answer["data"]
            if "next" not in answer.get("metadata", {}).get("links", {}):
                return

    def change(
        self, method: str, path: str, body: dict[str, str] | None = None, accept: tuple[int, ...] = ()
    ) -> Answer:
        """A call that changes the console; `accept` are errors that answer the question as well."""
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        headers = {"Content-Type": "application/json"} if content else {}
        response = self.call(method, path, accept=accept, content=content, headers=headers)
        sent = f"{method} {path}\n{(content or b'').decode()}"
        return Answer(response.status_code, response.text[:BODY_KEPT], sent, response.headers.get("x-request-id", ""))

    def call(self, method: str, path: str, accept: tuple[int, ...] = (), **options: Any) -> httpx2.Response:
        """One call. Raises VendorError; `sent` tells that a change may have had its effect."""
        changes = method not in ("GET", "OPTIONS")
        try:
            response = self._send(method, path, options)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise VendorError(f"The console could not be reached: {error}") from error
        except httpx2.HTTPError as error:
            message = f"No answer from the console ({type(error).__name__})"
            raise VendorError(message, sent=changes) from error
        self.rate = _rate(response) or self.rate
        if response.is_success or (response.status_code in accept and _speaks_v1(response)):
            return response
        raise _failure(response, changes)

    def _send(self, method: str, path: str, options: dict[str, Any]) -> httpx2.Response:
        """The whole answer, read until the deadline and up to a size."""
        begin, body = time.monotonic(), bytearray()
        with self._http.stream(method, path, **options) as response:
            for piece in response.iter_bytes():
                body += piece
                if time.monotonic() - begin > self._timeout or len(body) > SIZE_MAX:
                    raise httpx2.ReadTimeout("the answer took too long, or was too large", request=response.request)
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _ENCODED]
        return httpx2.Response(response.status_code, headers=headers, content=bytes(body), request=response.request)


def _token_in(response: httpx2.Response) -> str:
    if not response.is_success:
        permanent = response.status_code in (400, 401, 403)
        raise VendorError(f"The console refused a token ({response.status_code})", permanent=permanent)
    try:
        return str(response.json()["access_token"])
    except (ValueError, KeyError, TypeError) as error:
        raise VendorError("The console's token answer was not understood.") from error


def _parsed(response: httpx2.Response) -> dict[str, Any]:
    try:
        answer = json.loads(response.content, parse_constant=lambda _name: None)
    except ValueError as error:
        raise VendorError("The console's answer is not JSON.") from error
    if not isinstance(answer, dict) or "data" not in answer:
        raise VendorError("The console's answer has no data.")
    cleaned: dict[str, Any] = storable(answer)
    return cleaned


def storable(value: Any) -> Any:
    """What the console told as PostgreSQL can keep it: without NUL, half characters, or numbers beyond 64 bits."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return str(value)
    return [storable(inner) for inner in value] if isinstance(value, list) else value


def _speaks_v1(response: httpx2.Response) -> bool:
    """Whether an error is the API's own: a 404 of some proxy in between proves nothing about a list."""
    try:
        answer = response.json()
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("errors"), list)


def _failure(response: httpx2.Response, changes: bool) -> VendorError:
    status = response.status_code
    message = f"The console answered {status}: {_details(response)}"
    if status == 429:
        return VendorError(message, retry_after=_pause(response), status=status)
    if status >= 500:
        return VendorError(message, sent=changes, status=status)
    return VendorError(message, permanent=True, refused=status in (401, 403), status=status)


def _details(response: httpx2.Response) -> str:
    """`errors[0].details[0]`, which is what the vendor's own clients show."""
    try:
        errors = response.json().get("errors") or [{}]
        details = errors[0].get("details") or [errors[0].get("description", "")]
        return str(details[0])[:300]
    except (ValueError, AttributeError, IndexError, TypeError):
        return response.reason_phrase


def _pause(response: httpx2.Response) -> int:
    """Seconds to wait after a 429: Retry-After (undocumented here), else x-ratelimit-reset, which is seconds left."""
    for name in ("retry-after", "x-ratelimit-reset"):
        value = response.headers.get(name, "")
        if value.isdigit():
            return min(int(value), 3600)
    return 60


def _rate(response: httpx2.Response) -> Rate | None:
    """`x-ratelimit-remaining` and `-reset` as they are really sent; the prose writes x-rate-limit-."""
    for prefix in ("x-ratelimit-", "x-rate-limit-"):
        left, reset = (response.headers.get(prefix + name, "") for name in ("remaining", "reset"))
        if left.isdigit() and reset.isdigit():
            return Rate(int(left), min(int(reset), 3600))
    return None
