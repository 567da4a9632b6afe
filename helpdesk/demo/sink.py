"""The demo's mail sink: an SMTP server that keeps what the product sent, with a page and JSON of it."""

import threading
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, abort, jsonify, render_template_string
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from helpdesk.config import Config

SHOWN = 200
PAGE = """<!doctype html><html lang="ja"><meta charset="utf-8"><title>Mail sink</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5">
<style>body{font:14px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
article{border:1px solid #8888;border-radius:8px;padding:1rem;margin:1rem 0}pre{white-space:pre-wrap}</style>
<h1>送信されたメール / mail sent ({{ mails|length }})</h1>
{% for mail in mails %}<article><b>{{ mail.subject }}</b><br>to {{ mail.to }} · {{ mail.date }} ·
<a href="/messages/{{ mail.id }}.eml">.eml</a><pre>{{ mail.text }}</pre></article>{% else %}
<p>まだありません / nothing yet</p>{% endfor %}"""


class Sink:
    """aiosmtpd's handler: one numbered .eml file a mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        with self._lock:
            number = len(list(self._folder.glob("*.eml"))) + 1
            fresh = self._folder / f"{number:06d}.part"
            fresh.write_bytes(envelope.original_content or b"")
            fresh.rename(fresh.with_suffix(".eml"))
        return "250 2.0.0 Kept"

    def mails(self) -> list[dict[str, str]]:
        """The newest mails first, decoded."""
        paths = sorted(self._folder.glob("*.eml"), reverse=True)[:SHOWN]
        return [self._read(path) for path in paths]

    def raw(self, number: str) -> bytes | None:
        path = self._folder / f"{number}.eml"
        return path.read_bytes() if number.isdigit() and path.exists() else None

    def _read(self, path: Path) -> dict[str, str]:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        names = (
            "from",
            "to",
            "cc",
            "subject",
            "date",
            "message-id",
            "reply-to",
            "in-reply-to",
            "auto-submitted",
            "list-id",
        )
        headers = {name.replace("-", "_"): str(mail.get(name, "")) for name in names}
        return {"id": path.stem, "text": body.get_content() if body else "", **headers}


def run_sink(config: Config) -> None:
    """Serve until the process is told to stop."""
    sink = Sink(config.var / "sink")
    Controller(sink, hostname=config.bind, port=config.sink_port, data_size_limit=64 * 1024 * 1024).start()
    make_server(config.bind, config.sink_page_port, page_app(sink), threaded=True).serve_forever()


def page_app(sink: Sink) -> Flask:
    app = Flask("helpdesk.demo.sink", static_folder=None)

    @app.get("/")
    def page() -> ResponseReturnValue:
        return render_template_string(PAGE, mails=sink.mails())

    @app.get("/messages.json")
    def messages() -> ResponseReturnValue:
        return jsonify(sink.mails())

    @app.get("/messages/<number>.eml")
    def message(number: str) -> ResponseReturnValue:
        raw = sink.raw(number)
        if raw is None:
            abort(404)
        return raw, {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}

    return app
