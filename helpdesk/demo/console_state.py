"""What the console simulator knows: its organisations, their lists, its own log and the faults it is told to have."""

import hashlib
import json
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import request

from helpdesk import clock


def organisation(name: str, client_id: str, api_key: str, seed: str) -> dict[str, Any]:
    """One customer's console with a detection list, an allow list and a group whose policy uses both."""

    def guid(part: str) -> str:
        digits = hashlib.sha256(f"{seed}:{part}".encode()).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"

    return {
        "name": name,
        "client_id": client_id,
        "api_key": api_key,
        "group": guid("group"),
        "policy": guid("policy"),
        "lists": [
            {"guid": guid("scd"), "name": "Quarantine list", "kind": "simple_custom_detections", "items": {}},
            {"guid": guid("allow"), "name": "Allow list", "kind": "application_whitelist", "items": {}},
        ],
    }


DEMO_KEYS = {
    "acme": ("5f0a1c5d8e7b4a2f9c31", "3b7a9f0e-5c1d-4e8a-9b2f-6d4c8a1e7f30"),
    "globex": ("a94c0e6b7d2f4183b5e6", "9d2e6c4a-1f7b-4c3d-8e5a-0b9f7c6d2e14"),
}


@dataclass
class Console:
    """The state, kept in a file so that a restart forgets nothing."""

    file: Path
    orgs: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    html_404: bool = False
    """Answer everything with some proxy's page, as when the host is wrong."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def load(self) -> None:
        if self.file.exists():
            kept = json.loads(self.file.read_text())
            self.orgs, self.log = kept["orgs"], kept["log"]
        else:
            self.orgs = [organisation(name, *key, seed=name) for name, key in DEMO_KEYS.items()]

    def save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps({"orgs": self.orgs, "log": self.log}))
        fresh.replace(self.file)

    def note(self, status: int, effect: str = "") -> None:
        with self.lock:
            self.log.append(
                {
                    "at": clock.now().isoformat(),
                    "method": request.method,
                    "path": request.path,
                    "status": status,
                    "effect": effect,
                    "client_id": request.authorization.username if request.authorization else None,
                }
            )
            self.save()

    def org(self) -> dict[str, Any] | None:
        """The organisation whose API key signed this request."""
        given = request.authorization
        if given is None or given.type != "basic":
            return None
        for org in self.orgs:
            right = secrets.compare_digest(org["api_key"], given.password or "")
            if right and org["client_id"] == given.username:
                return org
        return None

    def fault(self) -> str | None:
        with self.lock:
            return self.faults.pop(0) if self.faults and request.method != "GET" else None
