"""The simulator's API: the vendor's v1 calls that a client needs, and the two token calls of v3."""

import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Flask, Response, request

from helpdesk.demo.console_answers import answer, cut, error, faulty, limits, page, send, unauthorized
from helpdesk.demo.console_org import DETECTIONS, EVENT_NAMES
from helpdesk.demo.console_state import Console

SLOW_SECONDS = 3.0
SHA256 = re.compile(r"^[0-9a-fA-F]{64}$")
Org = dict[str, Any]
View = Callable[..., Response]


def add_api(app: Flask, console: Console) -> None:
    """Every call of the API, on this console."""
    for rule, view, methods in (
        ("/v1/version", version, ["GET"]),
        ("/v1/file_lists/simple_custom_detections", detections, ["GET"]),
        ("/v1/file_lists/<guid>", one_list, ["GET"]),
        ("/v1/file_lists/<guid>/files", items, ["GET"]),
        ("/v1/file_lists/<guid>/files/<sha256>", item, ["GET", "POST", "DELETE"]),
        ("/v1/groups", groups, ["GET"]),
        ("/v1/groups/<guid>", one_group, ["GET"]),
        ("/v1/policies", policies, ["GET"]),
        ("/v1/policies/<guid>", one_policy, ["GET"]),
        ("/v1/computers", computers, ["GET"]),
        ("/v1/computers/activity", activity, ["GET"]),
        ("/v1/computers/<guid>", one_computer, ["GET"]),
        ("/v1/computers/<guid>/trajectory", trajectory, ["GET"]),
        ("/v1/computers/<guid>/isolation", isolation, ["GET", "PUT", "DELETE", "OPTIONS"]),
        ("/v1/events", events, ["GET"]),
        ("/v1/event_types", event_types, ["GET"]),
    ):
        app.add_url_rule(
            rule, f"v1_{view.__name__}", _signed(console, view), methods=methods, provide_automatic_options=False
        )
    app.add_url_rule("/iroh/oauth2/token", "token", lambda: token(console, "grant-"), methods=["POST"])
    app.add_url_rule("/v3/access_tokens", "access", lambda: token(console, "access-"), methods=["POST"])


def _signed(console: Console, view: View) -> View:
    """What every call has: a right key, calls left in the hour, and the faults that were ordered."""

    @wraps(view)
    def signed(**given: str) -> Response:
        org = console.org()
        if org is None:
            return send(console, unauthorized(), 401)
        left = console.count(org)
        fault = console.fault() if left >= 0 else "429"
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        if fault in ("500", "429", "hang"):
            return faulty(console, org, fault, left)
        if org["read_only"] and request.method not in ("GET", "OPTIONS"):
            return error(console, 403, "Forbidden", "API key is read only")
        with console.lock:
            response = view(console, org, **given)
            limits(response, org, left)
        if fault in ("act_then_hang", "act_then_500"):
            return faulty(console, org, "hang" if fault == "act_then_hang" else "500", left)
        return response

    return signed


def version(console: Console, _org: Org) -> Response:
    return answer(console, {})


def detections(console: Console, org: Org) -> Response:
    return page(console, [_list_entry(file_list) for file_list in org["lists"] if file_list["kind"] == DETECTIONS])


def one_list(console: Console, org: Org, guid: str) -> Response:
    file_list = _list(org, guid)
    return (
        answer(console, _list_entry(file_list))
        if file_list
        else error(console, 404, "Not Found", "File List not found")
    )


def items(console: Console, org: Org, guid: str) -> Response:
    file_list = _list(org, guid)
    if file_list is None:
        return error(console, 404, "Not Found", "File List not found")
    shown, metadata = cut(list(file_list["items"].values()))
    return answer(console, {**_list_entry(file_list), "policies": [], "items": shown}, metadata=metadata)


def item(console: Console, org: Org, guid: str, sha256: str) -> Response:
    target = _list(org, guid)
    if target is None:
        return error(console, 404, "Not Found", "File List not found")
    if not SHA256.match(sha256):
        return error(console, 400, "Bad Request", "SHA256 is invalid")
    kept: dict[str, Any] = target["items"]
    sha256 = sha256.lower()
    if request.method == "POST":
        return _add(console, org, target, sha256)
    if sha256 not in kept:
        return error(console, 404, "Not Found", "File List Item not found")
    if request.method == "GET":
        return answer(console, kept[sha256])
    del kept[sha256]
    return answer(console, {}, effect=f"removed {sha256}")


def _add(console: Console, org: Org, target: dict[str, Any], sha256: str) -> Response:
    if org.get("refuse_allow") and target["kind"] != DETECTIONS:
        return error(console, 400, "Bad Request", "File List type is not supported")
    if sha256 in target["items"]:
        return error(console, 409, "Conflict", "File List Item already exists")
    sent = request.get_json(silent=True) or {}
    entry = {"sha256": sha256, "source": "Created by entering SHA-256 via Public api."}
    if sent.get("description"):
        entry["description"] = sent["description"]
    target["items"][sha256] = entry
    if target["kind"] == DETECTIONS:
        console.apply_lists(org, target["guid"], sha256)
    return answer(console, entry, status=201, effect=f"added {sha256}")


def groups(console: Console, org: Org) -> Response:
    return page(console, [_group_entry(group) for group in org["groups"]])


def one_group(console: Console, org: Org, guid: str) -> Response:
    group = next((group for group in org["groups"] if group["guid"] == guid), None)
    if group is None:
        return error(console, 404, "Not Found", "Group not found")
    policy = next(policy for policy in org["policies"] if policy["guid"] == group["policy"])
    return answer(console, {**_group_entry(group), "policies": [_policy_entry(policy)]})


def policies(console: Console, org: Org) -> Response:
    return page(console, [_policy_entry(policy, whole=False) for policy in org["policies"]])


def one_policy(console: Console, org: Org, guid: str) -> Response:
    policy = next((policy for policy in org["policies"] if policy["guid"] == guid), None)
    return answer(console, _policy_entry(policy)) if policy else error(console, 404, "Not Found", "Policy not found")


def computers(console: Console, org: Org) -> Response:
    names = {name.lower() for name in request.args.getlist("hostname[]")}
    wanted = [
        computer
        for computer in org["computers"]
        if not names or any(name in computer["hostname"].lower() for name in names)
    ]
    return page(console, [_computer_entry(computer) for computer in wanted])


def one_computer(console: Console, org: Org, guid: str) -> Response:
    computer = console.computer(org, guid)
    if computer is None:
        return error(console, 404, "Not Found", "Computer not found")
    return answer(console, _computer_entry(computer))


def activity(console: Console, org: Org) -> Response:
    wanted = request.args.get("q", "").lower()
    if not wanted:
        return error(console, 400, "Bad Request", "q is required")
    keys = ("connector_guid", "hostname", "active")
    return page(
        console, [{key: computer[key] for key in keys} for computer in org["computers"] if wanted in computer["files"]]
    )


def trajectory(console: Console, org: Org, guid: str) -> Response:
    computer = console.computer(org, guid)
    if computer is None:
        return error(console, 404, "Not Found", "Computer not found")
    wanted = request.args.get("q", "").lower()
    matches = [event for event in org["events"] if event["connector_guid"] == guid and wanted in str(event.get("file"))]
    return answer(console, {"computer": _computer_entry(computer), "events": matches[:500]})


def isolation(console: Console, org: Org, guid: str) -> Response:
    computer = console.computer(org, guid)
    if computer is None:
        return error(console, 404, "Not Found", "Computer not found")
    state = computer["isolation"]
    if request.method == "OPTIONS":
        response = send(console, None, 204)
        response.headers["allow"] = "OPTIONS, GET, " + ("PUT" if state["status"] == "not_isolated" else "DELETE")
        return response
    if request.method == "GET":
        return answer(console, _isolation_entry(state))
    wanted, pending = ("not_isolated", "pending_start") if request.method == "PUT" else ("isolated", "pending_stop")
    if state["status"] != wanted or not state["available"]:
        return error(console, 409, "Conflict", f"Endpoint isolation is {state['status']}")
    sent = request.get_json(silent=True) or {}
    state.update(status=pending, comment=str(sent.get("comment") or ""), since=time.time())
    effect = f"{'isolating' if pending == 'pending_start' else 'releasing'} {computer['hostname']}"
    return answer(console, _isolation_entry(state), effect=effect)


def events(console: Console, org: Org) -> Response:
    sha256, since = request.args.get("detection_sha256", "").lower(), request.args.get("start_date", "")
    guids, types = request.args.getlist("connector_guid[]"), request.args.getlist("event_type[]")
    try:
        start = datetime.fromisoformat(since.replace(" ", "+")).timestamp() if since else 0.0
    except ValueError:
        return error(console, 400, "Bad Request", "start_date is invalid")
    matches = [
        event
        for event in org["events"]
        if (not sha256 or event.get("file", {}).get("identity", {}).get("sha256") == sha256)
        and (not guids or event["connector_guid"] in guids)
        and (not types or str(event["event_type_id"]) in types)
        and event["timestamp"] >= int(start)
    ]
    return page(console, matches)


def event_types(console: Console, _org: Org) -> Response:
    return page(console, [{"id": number, "name": name, "description": ""} for number, name in EVENT_NAMES.items()])


def token(console: Console, prefix: str) -> Response:
    """Bad credentials were observed as 400; 600 seconds are documented for the first token."""
    given = request.headers.get("Authorization", "")
    owner = console.tokens.get(given.removeprefix("Bearer ")) if prefix == "access-" else None
    org = console.org_of(given) if prefix == "grant-" else None
    known = owner or (org["client_id"] if org else None)
    if known is None or request.form.get("grant_type") != "client_credentials":
        return send(console, {"error": "invalid_client"}, 400)
    made = prefix + urlsafe_b64encode(secrets.token_bytes(24)).decode()
    console.tokens[made] = known
    return send(console, {"access_token": made, "token_type": "bearer", "expires_in": 600, "scope": ""}, 200)


def _list(org: Org, guid: str) -> dict[str, Any] | None:
    return next((file_list for file_list in org["lists"] if file_list["guid"] == guid), None)


def _list_entry(file_list: dict[str, Any]) -> dict[str, Any]:
    link = f"{request.host_url}v1/file_lists/{file_list['guid']}"
    return {
        "name": file_list["name"],
        "guid": file_list["guid"],
        "type": file_list["kind"],
        "links": {"file_list": link},
    }


def _group_entry(group: dict[str, Any]) -> dict[str, Any]:
    return {"name": group["name"], "description": "", "guid": group["guid"], "source": None}


def _policy_entry(policy: dict[str, Any], *, whole: bool = True) -> dict[str, Any]:
    shown = {
        "name": policy["name"],
        "guid": policy["guid"],
        "product": "windows",
        "default": False,
        "serial_number": 12,
    }
    return shown | ({"file_lists": policy["file_lists"], "inherited": False} if whole else {})


def _computer_entry(computer: dict[str, Any]) -> dict[str, Any]:
    hidden = ("user", "files", "isolation")
    shown = {key: value for key, value in computer.items() if key not in hidden}
    return shown | {"isolation": {key: computer["isolation"][key] for key in ("available", "status")}}


def _isolation_entry(state: dict[str, Any]) -> dict[str, Any]:
    code = "a1b2c3" if state["status"] != "not_isolated" else ""
    by = "API" if code else ""
    shown = {key: state[key] for key in ("available", "status", "comment")}
    return {**shown, "unlock_code": code, "isolated_by": by}
