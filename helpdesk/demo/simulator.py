"""A console that behaves as the vendor's public documentation and recorded answers say, over a real socket.

Status codes, envelopes, headers, paging and errors follow the v1 API documentation. Assumed, because nothing
public tells: a read-only key's answer to a write (403), a bad SHA-256 (400), 201 for an allow list. Control:

    POST /_faults   {"kind": "500" | "429" | "hang" | "slow" | "act_then_hang" | "act_then_500", "times": N,
                     "on": "read" where it hits calls that read}
    POST /_settings {"org": name, "limit": calls an hour, "read_only": true, "refuse_allow": true}
    POST /_events   {"org": name, "computer": host, "sha256": ..., "fails": true} or {..., "type": id}
    GET  /_log      its own record: every call with business time and whether it had an effect

The page at / shows lists, computers and the last calls.
"""

import time
from typing import Any

from flask import Flask, Response, jsonify, render_template_string, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from helpdesk import clock
from helpdesk.config import Config
from helpdesk.demo.console_api import add_api
from helpdesk.demo.console_org import detect
from helpdesk.demo.console_state import Console

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Console simulator</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5">
<style>body{font:14px/1.6 sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
td,th{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #8884}code{word-break:break-all}
.e{background:#2a72}section{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:1rem}</style>
<h1>Console simulator</h1>{% for org in orgs %}<h2>{{ org.name }}</h2><section>{% for list in org.lists %}
<div><h3>{{ list.name }} <small>{{ list.kind }}</small></h3><table>{% for item in list['items'].values() %}<tr>
<td><code>{{ item.sha256 }}</code><td>{{ item.description }}{% else %}<tr><td>empty{% endfor %}</table>
</div>{% endfor %}</section><h3>Computers</h3><table>
<tr><th>name<th>policy<th>isolation<th>files{% for computer in org.computers %}<tr>
<td>{{ computer.hostname }}<td>{{ computer.policy.name }}<td>{{ computer.isolation.status }}
<td>{{ computer.files|length }}{% endfor %}</table>{% endfor %}
<h2>Last calls</h2><table><tr><th>business time<th>call<th>status<th>effect{% for row in log %}
<tr {% if row.effect %}class="e"{% endif %}><td>{{ row.at }}<td><code>{{ row.method }} {{ row.path }}</code>
<td>{{ row.status }}<td>{{ row.effect }}{% endfor %}</table>"""


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
    add_api(app, console)
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
        ordered = [str(wanted["kind"])] * int(wanted.get("times", 1)) if wanted.get("kind") else []
        with console.lock:
            if wanted.get("on") == "read":
                console.read_faults = ordered
            else:
                console.faults = ordered
        return jsonify(faults=console.faults, read_faults=console.read_faults)

    @app.post("/_settings")
    def settings() -> ResponseReturnValue:
        wanted = request.get_json()
        _named(console, wanted).update({key: wanted[key] for key in SETTINGS if key in wanted})
        console.save()
        return jsonify(ok=True)

    @app.post("/_events")
    def events() -> ResponseReturnValue:
        wanted = request.get_json()
        org = _named(console, wanted)
        on = next(computer for computer in org["computers"] if computer["hostname"] == wanted["computer"])
        if "type" in wanted:
            file = {"disposition": "Malicious", "identity": {"sha256": wanted["sha256"]}}
            console.add_event(org, on, int(wanted["type"]), file=file, severity=wanted.get("severity", "High"))
        else:
            detect(console, org, on, wanted["sha256"], fails=bool(wanted.get("fails")))
        console.save()
        return jsonify(ok=True, at=time.time())


SETTINGS = ("limit", "read_only", "refuse_allow", "isolation_fails")


def _named(console: Console, wanted: dict[str, Any]) -> dict[str, Any]:
    return next(org for org in console.orgs if org["name"] == wanted.get("org", "acme"))
