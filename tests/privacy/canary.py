"""A person whose traces are looked for everywhere: in every table, every file, and in Redis."""

import zlib
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, current_app
from pypdf import PdfReader
from sqlalchemy import text

from helpdesk.customers.models import Contact
from helpdesk.extensions import Model, db, redis_connection
from helpdesk.notices import jobs as notice_jobs
from helpdesk.notices.models import Notice
from helpdesk.tickets.answering import reply
from helpdesk.tickets.messages import Upload, note
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_ledger import newest, write
from tests.making import an_inquiry

NAME, KANA, PHONE = "金糸雀 花子", "カナリア ハナコ", "03-9876-5432"
WORDS = "KANARIENVOGEL"
"""Stands in everything they write and bring."""
ADDRESS = "hanako.canary@acme.example"
WANTED = (NAME, "金糸雀", "花子", KANA, "9876-5432", ADDRESS, WORDS)


def lives(cast: Cast, canary: Contact) -> list[Ticket]:
    """What somebody leaves behind in some weeks: by portal and mail, in others' words, in files, drafts and views."""
    dana, alice = cast.user("dana"), cast.signed_in(cast.user("alice"))
    files = [Upload("金糸雀.txt", f"{WORDS} attached".encode(), "text/plain")]
    first = an_inquiry(canary, f"{WORDS} の件", f"{NAME} です。{WORDS}", files=files)
    reply(first, dana, f"{NAME} 様\n\n> {WORDS}\n\nご案内します。")
    note(first, dana, f"{WORDS} と言っていた")
    write(ADDRESS, "support@desk.example", f"{WORDS} mail", f"{WORDS}\n{NAME}\n{PHONE}")
    second = newest()
    alice.post("/drafts/new", {"body": WORDS})
    bobs = an_inquiry(cast.contact("bob"), "別の件", f"金糸雀さんの代わりに聞きます。担当は{NAME}({ADDRESS})。")
    reply(bobs, dana, "金糸雀 様にもお伝えください。")
    redis_connection(cast.app).set(f"LIMITS/sign-in/{ADDRESS}", 1)
    for ticket in (first, second):
        ticket.close(dana.actor(), f"{NAME} 様に電話した")
    db.session.commit()
    return [first, second, bobs]


def deliver_all() -> None:
    for notice_id, turn in Notice.queue_due():
        notice_jobs.deliver(notice_id, turn)


def traces(app: Flask, *wanted: str) -> list[str]:
    """Where one of these texts still stands: table and id, file, or key of Redis."""
    return [*_tables(wanted), *_files(wanted), *_redis(app, wanted)]


def _tables(wanted: tuple[str, ...]) -> Iterator[str]:
    for table in Model.metadata.sorted_tables:
        for one in wanted:
            rows = db.session.execute(
                text(f"SELECT left(t::text, 300) FROM {table.name} t WHERE strpos(lower(t::text), lower(:one)) > 0"),
                {"one": one},
            )
            yield from (f"{table.name}: {one}: {row[0]}" for row in rows)


def _files(wanted: tuple[str, ...]) -> Iterator[str]:
    for path in Path(current_app.config["FILES"]).rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        words = content.decode("utf-8", "replace")
        if content.startswith(b"%PDF"):
            words += "".join(page.extract_text() for page in PdfReader(path).pages)
        yield from (f"{path.name}: {one}" for one in wanted if one.lower() in words.lower())


def _redis(app: Flask, wanted: tuple[str, ...]) -> Iterator[str]:
    connection = redis_connection(app)
    for key in connection.scan_iter():
        kept = connection.dump(key) or b""
        fields = connection.hgetall(key) if connection.type(key) == b"hash" else {}
        content = [key, kept, *fields.keys(), *fields.values()]
        for value in fields.values():
            try:
                content.append(zlib.decompress(value))
            except zlib.error:
                continue
        told = b" ".join(content).decode("utf-8", "replace").lower()
        yield from (f"redis {key!r}: {one}" for one in wanted if one.lower() in told)
