"""How a console is called: signed, bounded in time, its errors told apart, its rate limit read from the headers.

v1 calls are signed with HTTP Basic (client id and API key), or with a v3 bearer token, which the vendor's
authentication guide gets in two steps. No v3 resource is used.
"""

import json
from collections.abc import Generator, Iterator
from typing import Any

import httpx

from helpdesk.console.values import Answer, Rate
from helpdesk.errors import VendorError

PAGE = 500
PAGES_MAX = 200
BODY_KEPT = 2000


class BearerTokens(httpx.Auth):
    """Two steps of the v3 guide: a token for the client's credentials, then an access token, used as Bearer.

    The second token's life is not documented: it is used until the console answers 401, then asked for once more.
    A refusal of bad credentials was observed as 400.
    """

    requires_response_body = True

    def __init__(self, token_url: str, base_url: str, client_id: str, secret: str) -> None:
        self._token_url, self._access_url = token_url, f"{base_url}/v3/access_tokens"
        self._basic = httpx.BasicAuth(client_id, secret)
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for _try in range(2):
            if self._token is None:
                self._token = yield from self._ask()
            request.headers["Authorization"] = f"Bearer {self._token}"
            response = yield request
            if response.status_code != 401:
                return
            self._token = None

    def _ask(self) -> Generator[httpx.Request, httpx.Response, str]:
        form = {"grant_type": "client_credentials"}
        first = httpx.Request("POST", self._token_url, data=form, headers={"Accept": "application/json"})
        next(self._basic.auth_flow(first))
        grant = _token_in((yield first))
        second = httpx.Request("POST", self._access_url, data=form, headers={"Accept": "application/json"})
        second.headers["Authorization"] = f"Bearer {grant}"
        return _token_in((yield second))


class Transport:
    """One customer's console on the wire, as a context manager.

    `timeout` seconds bound a whole call: a quarter each to connect and to write, half to read. `rate` is what the
    last answer said of the calls left.
    """

    def __init__(self, base_url: str, auth: httpx.Auth, timeout: float) -> None:
        quarter = timeout / 4
        self.rate: Rate | None = None
        self._http = httpx.Client(
            base_url=base_url,
            auth=auth,
            timeout=httpx.Timeout(2 * quarter, connect=quarter, write=quarter, pool=1.0),
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

    def call(self, method: str, path: str, accept: tuple[int, ...] = (), **options: Any) -> httpx.Response:
        """One call. Raises VendorError; `sent` tells that a change may have had its effect."""
        changes = method not in ("GET", "OPTIONS")
        try:
            response = self._http.request(method, path, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise VendorError(f"The console could not be reached: {error}") from error
        except httpx.HTTPError as error:
            words = f"No answer from the console ({type(error).__name__})"
            raise VendorError(words, sent=changes) from error
        self.rate = _rate(response) or self.rate
        if response.is_success or (response.status_code in accept and _speaks_v1(response)):
            return response
        raise _failure(response, changes)


def _token_in(response: httpx.Response) -> str:
    if not response.is_success:
        permanent = response.status_code in (400, 401, 403)
        raise VendorError(f"The console refused a token ({response.status_code})", permanent=permanent)
    try:
        return str(response.json()["access_token"])
    except (ValueError, KeyError, TypeError) as error:
        raise VendorError("The console's token answer was not understood.") from error


def _parsed(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError as error:
        raise VendorError("The console's answer is not JSON.") from error
    if not isinstance(answer, dict) or "data" not in answer:
        raise VendorError("The console's answer has no data.")
    return answer


def _speaks_v1(response: httpx.Response) -> bool:
    """Whether an error is the API's own: a 404 of some proxy in between proves nothing about a list."""
    try:
        answer = response.json()
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("errors"), list)


def _failure(response: httpx.Response, changes: bool) -> VendorError:
    status = response.status_code
    words = f"The console answered {status}: {_details(response)}"
    if status == 429:
        return VendorError(words, retry_after=_pause(response))
    if status >= 500:
        return VendorError(words, sent=changes)
    return VendorError(words, permanent=True)


def _details(response: httpx.Response) -> str:
    """`errors[0].details[0]`, which is what the vendor's own clients show."""
    try:
        errors = response.json().get("errors") or [{}]
        found = errors[0].get("details") or [errors[0].get("description", "")]
        return str(found[0])[:300]
    except (ValueError, AttributeError, IndexError, TypeError):
        return response.reason_phrase


def _pause(response: httpx.Response) -> int:
    """Seconds to wait after a 429: Retry-After (undocumented here), else x-ratelimit-reset, which is seconds left."""
    for name in ("retry-after", "x-ratelimit-reset"):
        value = response.headers.get(name, "")
        if value.isdigit():
            return min(int(value), 3600)
    return 60


def _rate(response: httpx.Response) -> Rate | None:
    """`x-ratelimit-remaining` and `-reset` as they are really sent; the prose writes x-rate-limit-."""
    for prefix in ("x-ratelimit-", "x-rate-limit-"):
        left, reset = (response.headers.get(prefix + name, "") for name in ("remaining", "reset"))
        if left.isdigit() and reset.isdigit():
            return Rate(int(left), min(int(reset), 3600))
    return None
