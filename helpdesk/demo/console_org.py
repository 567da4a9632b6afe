"""An organisation of the console simulator: groups, policies, lists, computers and the events of one story."""

import hashlib
from typing import Any

from helpdesk import clock

EVENT_NAMES = {
    1090519054: "Threat Detected",
    553648143: "Threat Quarantined",
    2164260880: "Quarantine Failure",
    553648147: "Retrospective Detection",
    553648155: "Retrospective Quarantine",
    2164260893: "Retrospective Quarantine Attempt Failed",
    1107296272: "Executed malware",
    1107296274: "Cloud IOC",
    553648168: "Execution Blocked",
    553648202: "Endpoint Isolation Start Success",
    2164260939: "Endpoint Isolation Start Failure",
    553648204: "Endpoint Isolation Stop Success",
    2164260941: "Endpoint Isolation Stop Failure",
}
DETECTIONS, BLOCKED, ALLOWED = "simple_custom_detections", "application_blocking", "application_whitelist"
LISTS = [
    ("scd", "Quarantine list", DETECTIONS),
    ("allow", "Allow list", ALLOWED),
    ("clinic", "Clinic quarantine list", DETECTIONS),
    ("block", "Blocking list", BLOCKED),
]
GROUPS = [("Protect", ["scd", "allow"]), ("Clinic", ["clinic", "allow"]), ("Branch", ["block"])]
COMPUTERS = [
    ("PC-IJI-014", "Protect", "matsumoto@ACME"),
    ("PC-IJI-009", "Protect", "sasaki@ACME"),
    ("PC-IJI-011", "Protect", "ueda@ACME"),
    ("PC-UKE-003", "Clinic", "reception@ACME"),
    ("PC-JIM-001", "Clinic", "kato@ACME"),
    ("PC-BRN-002", "Branch", "branch@ACME"),
]


def organisation(name: str, client_id: str, api_key: str, seed: str) -> dict[str, Any]:
    """One customer's console: three groups, of which one's policy uses no detection list."""

    def guid(part: str) -> str:
        digits = hashlib.sha256(f"{seed}:{part}".encode()).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"

    lists = [{"guid": guid(key), "name": title, "kind": kind, "items": {}} for key, title, kind in LISTS]
    shown = {key: {"guid": guid(key), "name": title, "type": kind} for key, title, kind in LISTS}
    return {
        "name": name,
        "client_id": client_id,
        "api_key": api_key,
        "read_only": False,
        "lists": lists,
        "groups": [
            {"name": group, "guid": guid(f"group-{group}"), "policy": guid(f"policy-{group}")} for group, _l in GROUPS
        ],
        "policies": [
            {"name": group, "guid": guid(f"policy-{group}"), "file_lists": [shown[key] for key in keys]}
            for group, keys in GROUPS
        ],
        "computers": [
            computer(guid(host), host, guid(f"group-{group}"), guid(f"policy-{group}"), group, user, number)
            for number, (host, group, user) in enumerate(COMPUTERS, 1)
        ],
        "events": [],
    }


def computer(guid: str, host: str, group: str, policy: str, policy_name: str, user: str, number: int) -> dict[str, Any]:  # noqa: PLR0917
    """A computer as GET /v1/computers shows it, with the files that lie on it (ours alone)."""
    return {
        "connector_guid": guid,
        "hostname": host,
        "active": True,
        "connector_version": "8.4.2.30317",
        "operating_system": "Windows 11, SP 0.0",
        "os_version": "10.0.26100.4061",
        "internal_ips": [f"10.20.4.{number}", f" 10.20.14.{number}"],
        "external_ip": "203.0.113.10",
        "group_guid": group,
        "install_date": "2026-04-01T00:30:00Z",
        "network_addresses": [{"mac": f"02:00:5e:10:00:{number:02x}", "ip": f"10.20.4.{number}"}],
        "policy": {"guid": policy, "name": policy_name},
        "last_seen": clock.now().isoformat(timespec="seconds"),
        "faults": [],
        "isolation": {"available": True, "status": "not_isolated", "comment": "", "since": 0.0},
        "user": user,
        "files": [],
    }


def play_story(console: Any, org: dict[str, Any], sha256: str) -> None:
    """The demo's incident: one file on six computers, failed on the first, only seen by the branch's."""
    hosts = {computer["hostname"]: computer for computer in org["computers"]}
    for number, host in enumerate(("PC-IJI-014", "PC-IJI-009", "PC-IJI-011", "PC-UKE-003", "PC-JIM-001")):
        detect(console, org, hosts[host], sha256, fails=host == "PC-IJI-014", age=240 - 30 * number)
    hosts["PC-BRN-002"]["files"].append(sha256)
    console.save()


def detect(console: Any, org: dict[str, Any], on: dict[str, Any], sha256: str, *, fails: bool, age: int = 0) -> None:
    """A detection and what became of it: two events of one detection_id."""
    detection_id = str(7_000_000_000_000_000_000 + len(org["events"]) + 1)
    identity = {"sha256": sha256}
    file = {
        "disposition": "Malicious",
        "file_name": "invoice_2611.exe",
        "file_path": "\\\\?\\C:\\Users\\user\\Downloads\\invoice_2611.exe",
        "identity": identity,
        "parent": {
            "process_id": 4312,
            "disposition": "Clean",
            "file_name": "explorer.exe",
            "identity": {"sha256": "11" * 32},
        },
    }
    named = {"detection": "W32.9F2C4E71A0-95.SBX.TG", "detection_id": detection_id, "severity": "Medium"}
    console.add_event(org, on, 1090519054, age=age, file=file, **named)
    on["files"].append(sha256)
    outcome = {
        "detection_id": detection_id,
        "severity": "Medium",
        "file": {"disposition": "Malicious", "identity": identity},
    }
    if fails:
        failure = {"error_code": 3221225761, "description": "Cannot delete"}
        console.add_event(org, on, 2164260880, age=age - 2, error=failure, **outcome)
    else:
        console.add_event(org, on, 553648143, age=age - 2, **outcome)
