"""How the simulated console answers: envelopes, pages, errors, and the headers of its rate limit."""

import secrets
import time
from typing import Any

from flask import Response, jsonify, request

from helpdesk.demo.console_state import LIMIT, Console

VERSION = "v1.2.0"
HANG_SECONDS = 120.0
Org = dict[str, Any]


def page(console: Console, entries: list[dict[str, Any]]) -> Response:
    shown, metadata = cut(entries)
    return answer(console, shown, metadata=metadata)


def cut(entries: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One page by `limit` and `offset`, with `links.next` and `links.prev` only where there are such pages."""
    limit = max(1, min(request.args.get("limit", 500, int), 500))
    offset = max(0, request.args.get("offset", 0, int))
    shown = entries[offset : offset + limit]
    links = {"self": request.url}
    if offset:
        links["prev"] = f"{request.base_url}?limit={limit}&offset={max(0, offset - limit)}"
    if offset + limit < len(entries):
        links["next"] = f"{request.base_url}?limit={limit}&offset={offset + limit}"
    counts = {"total": len(entries), "current_item_count": len(shown), "index": offset, "items_per_page": limit}
    return shown, {"links": links, "results": counts}


def answer(
    console: Console, data: Any, *, status: int = 200, effect: str = "", metadata: dict[str, Any] | None = None
) -> Response:
    body = {"version": VERSION, "metadata": metadata or {"links": {"self": request.url}}, "data": data}
    return send(console, body, status, effect)


def error(console: Console, code: int, description: str, detail: str) -> Response:
    errors = [{"error_code": code, "description": description, "details": [detail]}]
    body = {"version": VERSION, "metadata": {"links": {"self": request.url}}, "data": {}, "errors": errors}
    return send(console, body, code)


def unauthorized() -> dict[str, Any]:
    errors = [{"error_code": 401, "description": "Unauthorized", "details": ["Unknown API key or Client ID"]}]
    return {"version": "v1.0.0", "data": {}, "errors": errors}


def faulty(console: Console, org: Org, kind: str, left: int) -> Response:
    if kind == "hang":
        console.note(0)
        time.sleep(HANG_SECONDS)
        return Response(status=504)
    if kind == "429":
        response = error(console, 429, "Too Many Requests", "Rate limit exceeded")
        limits(response, org, 0)
        if left >= 0:
            response.headers["x-ratelimit-reset"] = "2"
        return response
    return error(console, 500, "Internal Server Error", "Something went wrong")


def limits(response: Response, org: Org, left: int) -> None:
    response.headers["x-ratelimit-limit"] = str(org.get("limit", LIMIT))
    response.headers["x-ratelimit-remaining"] = str(max(0, left))
    response.headers["x-ratelimit-reset"] = str(3600 - int(time.time()) % 3600)


def send(console: Console, body: dict[str, Any] | None, status: int, effect: str = "") -> Response:
    console.note(status, effect)
    response = jsonify(body) if body is not None else Response()
    response.status_code = status
    response.headers["etag"] = f'W/"{secrets.token_hex(16)}"'
    response.headers["x-request-id"] = secrets.token_hex(16)
    response.headers["cache-control"] = "no-cache, no-store"
    return response
