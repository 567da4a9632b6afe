"""A console that behaves as the vendor's public documentation and recorded answers say, over a real socket.

Status codes, envelopes, headers, paging and errors follow the v1 API documentation. Assumed, because nothing
public tells: a read-only key's answer to a write (403) and a bad SHA-256 (400). Faults are set by POST /_faults:
`{"kind": "500" | "429" | "hang" | "act_then_hang" | "act_then_500", "times": N}`; they hit calls that change the
console. GET /_log is its own record: every call with business time and whether it had an effect.
"""

import re
import secrets
import time
from typing import Any

from flask import Flask, Response, jsonify, render_template_string, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from helpdesk import clock
from helpdesk.config import Config
from helpdesk.demo.console_state import Console

VERSION = "v1.2.0"
LIMIT = 3000
HANG_SECONDS = 120.0
SHA256 = re.compile(r"^[0-9a-fA-F]{64}$")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Console simulator</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5">
<style>body{font:14px/1.6 sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
td,th{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #8884}code{word-break:break-all}</style>
<h1>Console simulator</h1>{% for org in orgs %}<h2>{{ org.name }}</h2>{% for list in org.lists %}
<h3>{{ list.name }} ({{ list.kind }})</h3><table>{% for item in list['items'].values() %}<tr><td><code>{{ item.sha256 }}
</code><td>{{ item.description }}{% else %}<tr><td>empty{% endfor %}</table>{% endfor %}{% endfor %}
<h2>Last calls</h2><table><tr><th>business time<th>call<th>status<th>effect{% for row in log %}
<tr><td>{{ row.at }}<td><code>{{ row.method }} {{ row.path }}</code><td>{{ row.status }}<td>{{ row.effect }}
{% endfor %}</table>"""


def run_simulator(config: Config) -> None:
    """Serve until the process is told to stop."""
    clock.use_offset_file(config.clock_file)
    console = Console(config.var / "console.json")
    console.load()
    make_server(config.bind, config.console_port, console_app(console), threaded=True).serve_forever()


def console_app(console: Console) -> Flask:
    """The API, its control and its page as a WSGI app."""
    app = Flask("helpdesk.demo.simulator", static_folder=None)
    app.before_request(lambda: Response("<h1>Not Found</h1>", 404) if console.html_404 else None)
    _add_control(app, console)
    _add_reading(app, console)
    _add_items(app, console)
    return app


def _add_control(app: Flask, console: Console) -> None:
    @app.get("/")
    def page() -> ResponseReturnValue:
        return render_template_string(PAGE, orgs=console.orgs, log=console.log[:-200:-1])

    @app.get("/_log")
    def log() -> ResponseReturnValue:
        return jsonify(console.log)

    @app.post("/_faults")
    def faults() -> ResponseReturnValue:
        wanted = request.get_json()
        with console.lock:
            console.faults = [str(wanted["kind"])] * int(wanted.get("times", 1)) if wanted.get("kind") else []
        return jsonify(faults=console.faults)


def _add_reading(app: Flask, console: Console) -> None:
    @app.get("/v1/version")
    def version() -> ResponseReturnValue:
        return _answer(console, {}) if console.org() else _unauthorized(console)

    @app.get("/v1/file_lists/simple_custom_detections")
    def detections() -> ResponseReturnValue:
        org = console.org()
        if org is None:
            return _unauthorized(console)
        found = [_list_entry(one) for one in org["lists"] if one["kind"] == "simple_custom_detections"]
        return _page(console, found)

    @app.get("/v1/groups")
    def groups() -> ResponseReturnValue:
        org = console.org()
        if org is None:
            return _unauthorized(console)
        return _page(console, [{"name": "Protect", "description": "", "guid": org["group"], "source": None}])

    @app.get("/v1/groups/<guid>")
    def group(guid: str) -> ResponseReturnValue:
        org = console.org()
        if org is None:
            return _unauthorized(console)
        if guid != org["group"]:
            return _error(console, 404, "Not Found", "Group not found")
        lists = [{"guid": one["guid"], "name": one["name"], "type": one["kind"]} for one in org["lists"]]
        policy = {
            "name": "Protect",
            "guid": org["policy"],
            "product": "windows",
            "default": True,
            "file_lists": lists,
        }
        return _answer(console, {"name": "Protect", "description": "", "guid": guid, "policies": [policy]})


def _add_items(app: Flask, console: Console) -> None:
    @app.route("/v1/file_lists/<guid>/files/<sha256>", methods=["GET", "POST", "DELETE"])
    def item(guid: str, sha256: str) -> ResponseReturnValue:
        org = console.org()
        if org is None:
            return _unauthorized(console)
        fault = console.fault()
        if fault in ("500", "429", "hang"):
            return _faulty(console, fault)
        with console.lock:
            answer = _item(console, org, guid, sha256)
        if fault in ("act_then_hang", "act_then_500"):
            return _faulty(console, "hang" if fault == "act_then_hang" else "500")
        return answer


def _item(console: Console, org: dict[str, Any], guid: str, sha256: str) -> ResponseReturnValue:
    target = next((one for one in org["lists"] if one["guid"] == guid), None)
    if target is None:
        return _error(console, 404, "Not Found", "File List not found")
    if not SHA256.match(sha256):
        return _error(console, 400, "Bad Request", "SHA256 is invalid")
    items: dict[str, Any] = target["items"]
    sha256 = sha256.lower()
    if request.method == "GET":
        return _answer(console, items[sha256]) if sha256 in items else _missing(console)
    if request.method == "DELETE":
        if sha256 not in items:
            return _missing(console)
        del items[sha256]
        return _answer(console, {}, effect=f"removed {sha256}")
    if sha256 in items:
        return _error(console, 409, "Conflict", "File List Item already exists")
    sent = request.get_json(silent=True) or {}
    entry = {"sha256": sha256, "source": "Created by entering SHA-256 via Public api."}
    if sent.get("description"):
        entry["description"] = sent["description"]
    items[sha256] = entry
    return _answer(console, entry, status=201, effect=f"added {sha256}")


def _missing(console: Console) -> ResponseReturnValue:
    return _error(console, 404, "Not Found", "File List Item not found")


def _list_entry(one: dict[str, Any]) -> dict[str, Any]:
    return {"name": one["name"], "guid": one["guid"], "type": one["kind"], "links": {}}


def _page(console: Console, found: list[dict[str, Any]]) -> ResponseReturnValue:
    """One page by `limit` and `offset`, with `links.next` only where there is a next page."""
    limit = min(request.args.get("limit", 500, int), 500)
    offset = request.args.get("offset", 0, int)
    shown = found[offset : offset + limit]
    links = {"self": request.url}
    if offset + limit < len(found):
        links["next"] = f"{request.base_url}?limit={limit}&offset={offset + limit}"
    results = {
        "total": len(found),
        "current_item_count": len(shown),
        "index": offset,
        "items_per_page": limit,
    }
    return _answer(console, shown, metadata={"links": links, "results": results})


def _answer(
    console: Console,
    data: Any,
    *,
    status: int = 200,
    effect: str = "",
    metadata: dict[str, Any] | None = None,
) -> ResponseReturnValue:
    body = {"version": VERSION, "metadata": metadata or {"links": {"self": request.url}}, "data": data}
    return _send(console, body, status, effect)


def _error(console: Console, code: int, description: str, detail: str) -> ResponseReturnValue:
    errors = [{"error_code": code, "description": description, "details": [detail]}]
    body = {"version": VERSION, "metadata": {"links": {"self": request.url}}, "data": {}, "errors": errors}
    return _send(console, body, code)


def _unauthorized(console: Console) -> ResponseReturnValue:
    errors = [{"error_code": 401, "description": "Unauthorized", "details": ["Unknown API key or Client ID"]}]
    return _send(console, {"version": "v1.0.0", "data": {}, "errors": errors}, 401)


def _faulty(console: Console, kind: str) -> ResponseReturnValue:
    if kind == "429":
        response = _error(console, 429, "Too Many Requests", "Rate limit exceeded")
        assert isinstance(response, Response)  # noqa: S101 - narrows the type
        response.headers["x-ratelimit-remaining"], response.headers["x-ratelimit-reset"] = "0", "2"
        return response
    if kind == "hang":
        console.note(0)
        time.sleep(HANG_SECONDS)
        return Response(status=504)
    return _error(console, 500, "Internal Server Error", "Something went wrong")


def _send(console: Console, body: dict[str, Any], status: int, effect: str = "") -> Response:
    console.note(status, effect)
    response = jsonify(body)
    response.status_code = status
    used = sum(row["at"][:13] == clock.now().isoformat()[:13] for row in console.log[-LIMIT:])
    left = 3600 - int(clock.now().timestamp()) % 3600
    response.headers["x-ratelimit-limit"] = str(LIMIT)
    response.headers["x-ratelimit-remaining"] = str(max(0, LIMIT - used))
    response.headers["x-ratelimit-reset"] = str(left)
    response.headers["x-request-id"] = secrets.token_hex(16)
    response.headers["cache-control"] = "no-cache, no-store"
    return response
