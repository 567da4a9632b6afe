"""P5's floor: an aiosmtpd server in one process that keeps, parses and inserts a mail and nothing else."""

import asyncio
import email
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, insert


class Floor:
    """Raw mail to disk with fsync, `email`, two single-row INSERTs and a COMMIT with SQLAlchemy Core."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._engine = create_engine(url)
        metadata = MetaData()
        self._mails = Table("floor_mails", metadata, Column("id", Integer, primary_key=True), Column("path", Text))
        self._tickets = Table(
            "floor_tickets",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("subject", Text),
            Column("body", Text),
        )
        metadata.drop_all(self._engine)
        metadata.create_all(self._engine)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        raw = envelope.original_content
        path = self._folder / uuid.uuid4().hex
        with path.open("wb") as out:
            out.write(raw)
            out.flush()
            os.fsync(out.fileno())
        message = email.message_from_bytes(raw)
        with self._engine.begin() as connection:
            connection.execute(insert(self._mails).values(path=str(path)))
            body = message.get_payload(decode=True)
            words = body.decode() if isinstance(body, bytes) else ""
            connection.execute(insert(self._tickets).values(subject=message["Subject"], body=words))
        return "250 OK"


def main() -> None:
    port, folder, url = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    Controller(Floor(folder, url), hostname="127.0.0.1", port=port).start()
    asyncio.new_event_loop().run_forever()


if __name__ == "__main__":
    main()
