"""What the console simulator knows: its organisations, their computers, lists and events, its log and its faults."""

import json
import secrets
import threading
import time
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import request

from helpdesk import clock
from helpdesk.demo.console_org import EVENT_NAMES, organisation, play_story

DEMO_KEYS = {
    "acme": ("5f0a1c5d8e7b4a2f9c31", "3b7a9f0e-5c1d-4e8a-9b2f-6d4c8a1e7f30"),
    "globex": ("a94c0e6b7d2f4183b5e6", "9d2e6c4a-1f7b-4c3d-8e5a-0b9f7c6d2e14"),
}
DEMO_SHA = "9f2c4e71a0b83d56c1e7f4092ba86d3510fe7ac94b62d8e3571c90afd08a17b3"
LIMIT = 3000
FORMAT = 2
"""Of the kept state; another one is forgotten."""
PENDING_SECONDS = 3.0
QUARANTINED, ISOLATED, RELEASED = 553648143, 553648202, 553648204
NOT_ISOLATED, NOT_RELEASED = 2164260939, 2164260941


@dataclass
class Console:
    """The state, kept in a file so that a restart forgets nothing; its log is a file that only grows."""

    file: Path
    orgs: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    read_faults: list[str] = field(default_factory=list)
    html_404: bool = False
    """Answer everything with some proxy's page, as when the host is wrong."""
    tokens: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    used: dict[str, int] = field(default_factory=dict)

    def load(self) -> None:
        kept = json.loads(self.file.read_text()) if self.file.exists() else {}
        if kept.get("format") == FORMAT:
            self.orgs = kept["orgs"]
        else:
            self.orgs = [organisation(name, *key, seed=name) for name, key in DEMO_KEYS.items()]
            play_story(self, self.orgs[0], DEMO_SHA)
        if self._log_file.exists():
            self.log = [json.loads(line) for line in self._log_file.read_text().splitlines()]

    @property
    def _log_file(self) -> Path:
        return self.file.with_suffix(".log")

    def save(self) -> None:
        """Write the state; called by what changes it."""
        with self.lock:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.file.with_suffix(".new")
            fresh.write_text(json.dumps({"format": FORMAT, "orgs": self.orgs}))
            fresh.replace(self.file)

    def note(self, status: int, effect: str = "") -> None:
        """One line of the console's own record: business time, the call, and whether it had an effect."""
        row = {
            "at": clock.now().isoformat(),
            "method": request.method,
            "path": request.path,
            "query": request.query_string.decode(),
            "status": status,
            "effect": effect,
            "client_id": self.client_id(),
        }
        with self.lock:
            self.log.append(row)
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self._log_file.open("a") as log:
                log.write(json.dumps(row) + "\n")
            if effect:
                self.save()

    def client_id(self) -> str | None:
        given = request.headers.get("Authorization", "")
        if given.startswith("Bearer "):
            return self.tokens.get(given.removeprefix("Bearer "))
        return request.authorization.username if request.authorization else None

    def org(self) -> dict[str, Any] | None:
        """The organisation whose API key, or whose access token, signed this request."""
        given = request.headers.get("Authorization", "")
        if given.startswith("Bearer "):
            owner = self.tokens.get(given.removeprefix("Bearer "))
            access = given.startswith("Bearer access-")
            return next((org for org in self.orgs if access and org["client_id"] == owner), None)
        return self.org_of(given)

    def org_of(self, basic: str) -> dict[str, Any] | None:
        """The organisation behind an Authorization header of HTTP Basic."""
        try:
            user, _colon, key = b64decode(basic.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            return None
        for org in self.orgs:
            if secrets.compare_digest(org["api_key"].encode(), key.encode()) and org["client_id"] == user:
                return org
        return None

    def fault(self) -> str | None:
        """The next fault that was ordered for this kind of call."""
        with self.lock:
            waiting = self.read_faults if request.method == "GET" else self.faults
            return waiting.pop(0) if waiting else None

    def count(self, org: dict[str, Any]) -> int:
        """Calls left for this client in the running hour, this one taken off; below 0 where none was left."""
        hour = int(time.time()) // 3600
        with self.lock:
            key = f"{org['client_id']}:{hour}"
            self.used[key] = self.used.get(key, 0) + 1
            return int(org.get("limit", LIMIT)) - self.used[key]

    def add_event(self, org: dict[str, Any], computer: dict[str, Any], type_id: int, **facts: Any) -> dict[str, Any]:
        """A new event on a computer, newest first, shaped as the vendor's recorded ones. `age` is seconds ago."""
        at = clock.now() - timedelta(seconds=facts.pop("age", 0))
        event = {
            "id": 6_500_000_000_000_000_000 + len(org["events"]) + 1,
            "timestamp": int(at.timestamp()),
            "timestamp_nanoseconds": at.microsecond * 1000,
            "date": at.isoformat(timespec="seconds"),
            "event_type": EVENT_NAMES.get(type_id, "Threat Detected"),
            "event_type_id": type_id,
            "connector_guid": computer["connector_guid"],
            "group_guids": [computer["group_guid"]],
            "computer": {
                key: computer[key]
                for key in ("connector_guid", "hostname", "active", "network_addresses", "external_ip")
            },
            **{key: value for key, value in facts.items() if value is not None},
        }
        if computer.get("user"):
            event["computer"]["user"] = computer["user"]
        org["events"].insert(0, event)
        return event

    def computer(self, org: dict[str, Any], guid: str) -> dict[str, Any] | None:
        """A computer, its isolation brought up to this moment."""
        computer = next((computer for computer in org["computers"] if computer["connector_guid"] == guid), None)
        if computer is not None:
            self._move_isolation(org, computer)
        return computer

    def _move_isolation(self, org: dict[str, Any], computer: dict[str, Any]) -> None:
        state = computer["isolation"]
        if not state["status"].startswith("pending") or time.time() < state["since"] + PENDING_SECONDS:
            return
        started = state["status"] == "pending_start"
        if org.get("isolation_fails"):
            state["status"] = "not_isolated" if started else "isolated"
            self.add_event(org, computer, NOT_ISOLATED if started else NOT_RELEASED)
        else:
            state["status"] = "isolated" if started else "not_isolated"
            self.add_event(org, computer, ISOLATED if started else RELEASED)
        self.save()

    def apply_lists(self, org: dict[str, Any], list_guid: str, sha256: str) -> None:
        """What a detection list does on real computers: those that have the file and use the list quarantine it."""
        for computer in org["computers"]:
            uses = any(file_list["guid"] == list_guid for file_list in policy_of(org, computer)["file_lists"])
            if uses and sha256 in computer["files"]:
                file = {"disposition": "Malicious", "identity": {"sha256": sha256}}
                self.add_event(org, computer, QUARANTINED, severity="Medium", file=file)


def policy_of(org: dict[str, Any], computer: dict[str, Any]) -> dict[str, Any]:
    """The policy of a computer's group."""
    group = next(group for group in org["groups"] if group["guid"] == computer["group_guid"])
    policy: dict[str, Any] = next(policy for policy in org["policies"] if policy["guid"] == group["policy"])
    return policy
