"""A small client of the vendor's API, v1, one method a call. The vendor's documentation is named above each.

Facts follow the public v1 reference (api-docs.amp.cisco.com), the vendor's response-action and query guides
(amp-00-integration-workflows) and recorded answers; what none of them tells is marked so. Ids stay exact.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

import httpx2

from helpdesk.console.transport import Transport
from helpdesk.console.values import (
    ALLOWED,
    DETECTIONS,
    Answer,
    Computer,
    ConsoleEvent,
    FileList,
    Isolation,
    ListItem,
    Policy,
    Rate,
)
from helpdesk.errors import VendorError
from helpdesk.folding import folded_name

COMMENT_MAX = 200


class ConsoleClient:
    """One customer's console, as a context manager. Every method raises VendorError where the console fails."""

    def __init__(self, base_url: str, auth: httpx2.Auth, timeout: float) -> None:
        self._wire = Transport(base_url, auth, timeout)

    def __enter__(self) -> "ConsoleClient":
        return self

    def __exit__(self, *_args: object) -> None:
        self._wire.close()

    @property
    def rate(self) -> Rate | None:
        """The calls left in this hour, as the last answer's headers said."""
        return self._wire.rate

    def check(self) -> None:
        """GET /v1/version: used by every client as a test of the credentials."""
        self._wire.call("GET", "/v1/version")

    def file_lists(self) -> list[FileList]:
        """GET /v1/file_lists/simple_custom_detections, and the allow lists that groups' policies use.

        The API lists no allow lists of their own; they are seen in GET /v1/groups/{guid} under
        `policies[].file_lists[]` with type `application_whitelist`.
        """
        lists = {
            item["guid"]: FileList(item["guid"], item["name"], DETECTIONS)
            for item in self._wire.pages("/v1/file_lists/simple_custom_detections")
        }
        for group in self._wire.pages("/v1/groups"):
            for policy in self.policies_of(group["guid"]):
                lists |= {file_list.guid: file_list for file_list in policy.lists if file_list.kind == ALLOWED}
        return list(lists.values())

    def file_list(self, guid: str) -> FileList | None:
        """GET /v1/file_lists/{guid}: one list, or None; whether it shows allow lists is not proven."""
        answer = self._wire.read_or_none(f"/v1/file_lists/{guid}")
        file_list = answer["data"] if answer else {}
        return FileList(guid, str(file_list.get("name") or guid), str(file_list.get("type") or "")) if answer else None

    def policies_of(self, group: str) -> list[Policy]:
        """GET /v1/groups/{guid}: the group's policies with their lists."""
        whole = self._wire.read(f"/v1/groups/{group}")["data"]
        return [
            Policy(
                policy["guid"],
                policy.get("name") or "",
                tuple(
                    FileList(file_list["guid"], file_list.get("name") or "", file_list.get("type") or "")
                    for file_list in policy.get("file_lists") or []
                ),
            )
            for policy in whole.get("policies") or []
        ]

    def computer(self, guid: str) -> Computer | None:
        """GET /v1/computers/{connector_guid}: None where the console knows no such computer."""
        answer = self._wire.read_or_none(f"/v1/computers/{guid}")
        return Computer.read(answer["data"]) if answer else None

    def computers(self, limit: int = 500_000) -> list[Computer]:
        """GET /v1/computers: every computer of the console (at most `limit`), 500 a page."""
        return [Computer.read(item) for item in islice(self._wire.pages("/v1/computers"), limit)]

    def computers_named(self, name: str) -> list[Computer]:
        """GET /v1/computers?hostname[]=: the computers of this name, case aside (an exact match is made here)."""
        computers = map(Computer.read, islice(self._wire.pages("/v1/computers", **{"hostname[]": name}), 500))
        return [computer for computer in computers if folded_name(computer.name) == folded_name(name)]

    def seen_on(self, sha256: str, limit: int = 1000) -> list[Computer]:
        """GET /v1/computers/activity?q=: every computer that saw this file, with or without an event."""
        return [Computer.read(item) for item in islice(self._wire.pages("/v1/computers/activity", q=sha256), limit)]

    def events(
        self,
        *,
        sha256: str | None = None,
        guid: str | None = None,
        since: datetime | None = None,
        types: Iterable[int] = (),
        limit: int = 1000,
    ) -> list[ConsoleEvent]:
        """GET /v1/events: newest first; criteria are joined by AND, values of one by OR. `since` is inclusive."""
        query: dict[str, object] = {"detection_sha256": sha256, "connector_guid[]": guid, "event_type[]": list(types)}
        query["start_date"] = since.isoformat(timespec="seconds") if since else None
        asked = {name: value for name, value in query.items() if value}
        return [ConsoleEvent.read(item) for item in islice(self._wire.pages("/v1/events", **asked), limit)]

    def trajectory(self, guid: str, sha256: str) -> list[ConsoleEvent]:
        """GET /v1/computers/{guid}/trajectory?q=: at most the last 500 events about this file, newest first."""
        answer = self._wire.read(f"/v1/computers/{guid}/trajectory", q=sha256)
        return [ConsoleEvent.read(item) for item in (answer["data"].get("events") or [])]

    def find_item(self, list_guid: str, sha256: str) -> ListItem | None:
        """GET /v1/file_lists/{guid}/files/{sha256}: the entry, or None on 404."""
        answer = self._wire.read_or_none(f"/v1/file_lists/{list_guid}/files/{sha256}")
        if answer is None:
            return None
        item = answer["data"]
        return ListItem(item["sha256"], item.get("description") or "", item.get("source") or "")

    def add_item(self, list_guid: str, sha256: str, description: str) -> Answer:
        """POST /v1/file_lists/{guid}/files/{sha256}: 201, or 409 where it is on the list already.

        Whether an allow list answers 201 is not proven by any recording: the caller reads it back.
        """
        path = f"/v1/file_lists/{list_guid}/files/{sha256}"
        return self._wire.change("POST", path, {"description": description}, accept=(409,))

    def remove_item(self, list_guid: str, sha256: str) -> Answer:
        """DELETE /v1/file_lists/{guid}/files/{sha256}: 200, or 404 where it is gone already."""
        return self._wire.change("DELETE", f"/v1/file_lists/{list_guid}/files/{sha256}", accept=(404,))

    def isolation(self, guid: str) -> Isolation:
        """GET /v1/computers/{guid}/isolation: whether it can be isolated, and its status."""
        answer = self._wire.read_or_none(f"/v1/computers/{guid}/isolation")
        if answer is None:
            raise VendorError("The console knows no such computer.", permanent=True)
        isolation = answer["data"]
        return Isolation(
            bool(isolation.get("available")), str(isolation.get("status") or ""), str(isolation.get("comment") or "")
        )

    def start_isolation(self, guid: str, comment: str) -> Answer:
        """PUT /v1/computers/{guid}/isolation: 200 with `pending_start`; 409 where it is isolated or changing."""
        path = f"/v1/computers/{guid}/isolation"
        return self._wire.change("PUT", path, {"comment": comment[:COMMENT_MAX]}, accept=(409,))

    def stop_isolation(self, guid: str, comment: str) -> Answer:
        """DELETE /v1/computers/{guid}/isolation: 200 with `pending_stop`; 409 is assumed where it is not isolated."""
        path = f"/v1/computers/{guid}/isolation"
        return self._wire.change("DELETE", path, {"comment": comment[:COMMENT_MAX]}, accept=(409,))
