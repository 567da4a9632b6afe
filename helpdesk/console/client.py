"""A small client of the vendor's API, v1 with basic auth.

Facts follow the vendor's public API documentation (api-docs.amp.cisco.com, v1) and its response-action guide;
what is undocumented there is marked. Ids are kept as Python integers, which are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from helpdesk.errors import VendorError

PAGE = 500
PAGES_MAX = 200


@dataclass(frozen=True)
class FileList:
    """A list of hashes on the console. `kind` is the vendor's type string."""

    guid: str
    name: str
    kind: str


@dataclass(frozen=True)
class ListItem:
    """One SHA-256 on a list."""

    sha256: str
    description: str
    source: str


@dataclass(frozen=True)
class Answer:
    """What the console said to a call that changes it: for the record of attempts."""

    status: int
    body: str


class ConsoleClient:
    """One customer's console, as a context manager.

    `timeout` seconds bound a whole call: a quarter each to connect and to write, half to read.
    """

    def __init__(self, base_url: str, client_id: str, api_key: str, timeout: float) -> None:
        quarter = timeout / 4
        self._http = httpx.Client(
            base_url=base_url,
            auth=(client_id, api_key),
            timeout=httpx.Timeout(2 * quarter, connect=quarter, write=quarter, pool=1.0),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
            follow_redirects=False,
        )

    def __enter__(self) -> "ConsoleClient":
        return self

    def __exit__(self, *_args: object) -> None:
        self._http.close()

    def check(self) -> None:
        """GET /v1/version: used by every client as a test of the credentials."""
        self._call("GET", "/v1/version")

    def file_lists(self) -> list[FileList]:
        """GET /v1/file_lists/simple_custom_detections, and the allow lists that groups' policies use.

        The API lists no allow lists of their own; they are seen in GET /v1/groups/{guid} under
        `policies[].file_lists[]` with type `application_whitelist`.
        """
        found = {
            item["guid"]: FileList(item["guid"], item["name"], "simple_custom_detections")
            for item in self._pages("/v1/file_lists/simple_custom_detections")
        }
        for group in self._pages("/v1/groups"):
            whole = self._json("GET", f"/v1/groups/{group['guid']}")["data"]
            for policy in whole.get("policies") or []:
                for item in policy.get("file_lists") or []:
                    if item.get("type") == "application_whitelist":
                        found[item["guid"]] = FileList(item["guid"], item["name"], "application_whitelist")
        return list(found.values())

    def find_item(self, list_guid: str, sha256: str) -> ListItem | None:
        """GET /v1/file_lists/{guid}/files/{sha256}: the entry, or None on 404."""
        response = self._call("GET", f"/v1/file_lists/{list_guid}/files/{sha256}", accept=(404,))
        if response.status_code == 404:
            return None
        item = _parsed(response)["data"]
        return ListItem(item["sha256"], item.get("description") or "", item.get("source") or "")

    def add_item(self, list_guid: str, sha256: str, description: str) -> Answer:
        """POST /v1/file_lists/{guid}/files/{sha256}: 201, or 409 where it is on the list already."""
        path = f"/v1/file_lists/{list_guid}/files/{sha256}"
        response = self._call("POST", path, json={"description": description}, accept=(409,))
        return Answer(response.status_code, response.text[:2000])

    def remove_item(self, list_guid: str, sha256: str) -> Answer:
        """DELETE /v1/file_lists/{guid}/files/{sha256}: 200, or 404 where it is gone already."""
        response = self._call("DELETE", f"/v1/file_lists/{list_guid}/files/{sha256}", accept=(404,))
        return Answer(response.status_code, response.text[:2000])

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        """All items of a paged list: `limit` and `offset`, until `links.next` is missing."""
        for page in range(PAGES_MAX):
            answer = self._json("GET", path, params={"limit": PAGE, "offset": page * PAGE})
            yield from answer["data"]
            if "next" not in answer.get("metadata", {}).get("links", {}):
                return

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return _parsed(self._call(method, path, **options))

    def _call(self, method: str, path: str, accept: tuple[int, ...] = (), **options: Any) -> httpx.Response:
        changes = method != "GET"
        try:
            response = self._http.request(method, path, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise VendorError(f"The console could not be reached: {error}") from error
        except httpx.HTTPError as error:
            words = f"No answer from the console ({type(error).__name__})"
            raise VendorError(words, sent=changes) from error
        if response.is_success or (response.status_code in accept and _speaks_v1(response)):
            return response
        raise _failure(response, changes)


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
