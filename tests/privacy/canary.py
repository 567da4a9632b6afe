"""A person whose traces are looked for everywhere: in every table, every file, and in Redis."""

import zlib
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, current_app
from pypdf import PdfReader
from sqlalchemy import text

from helpdesk.extensions import Model, db, redis_connection

NAME, KANA, PHONE = "金糸雀 花子", "カナリア ハナコ", "03-9876-5432"
WORDS = "KANARIENVOGEL"
"""Stands in everything they write and bring."""


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
