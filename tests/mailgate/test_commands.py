"""`helpdesk mail ...` as a shell sees it."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import select

from helpdesk.extensions import MAIL_QUEUE, db, job_queue, redis_connection
from helpdesk.mailgate import commands
from helpdesk.mailgate.commands import mail
from helpdesk.mailgate.ledger import Disposition, IncomingMail, Source
from tests.conftest import Cast
from tests.mailgate.test_ledger import write

RAW = b"From: alice@acme.example\r\nTo: support@desk.example\r\nSubject: x\r\nMessage-ID: <p@x>\r\n\r\nbody\r\n"


@pytest.fixture
def run(app: Flask) -> CliRunner:
    return CliRunner()


def test_a_pipe_keeps_a_mail_and_has_it_filed(cast: Cast, app: Flask, run: CliRunner) -> None:
    words = ["receive", "--from", "<alice@acme.example>", "--origin", "ABC123", "support@desk.example"]
    done = run.invoke(mail, words, input=RAW)
    assert done.exit_code == 0, done.output
    row = db.session.scalars(select(IncomingMail)).one()
    assert (row.source, row.origin, row.envelope_from) == (Source.pipe, "ABC123", "alice@acme.example")
    (job,) = job_queue(app, MAIL_QUEUE).jobs
    job.perform()
    db.session.expire_all()
    assert row.disposition == Disposition.new_ticket


def test_a_pipe_without_redis_says_that_the_mail_is_kept_and_waits(
    cast: Cast, app: Flask, run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: object, **_options: object) -> None:
        raise RedisError("away")

    monkeypatch.setattr(redis_connection(app), "set", away)
    done = run.invoke(mail, ["receive", "support@desk.example"], input=RAW)
    assert done.exit_code == 0, "the MTA must not send it again"
    assert "Accepted as" in done.stdout
    assert "Redis does not answer. The mail is kept" in done.stderr
    assert db.session.scalars(select(IncomingMail)).one().disposition is None


def test_a_pipe_asks_the_mta_to_try_again_when_nothing_can_be_kept(
    cast: Cast, run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_arrivals: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(commands, "accept", full)
    done = run.invoke(mail, ["receive", "support@desk.example"], input=RAW)
    assert done.exit_code == 75
    assert "try again" in done.stderr


def test_the_ledger_as_json_adds_up(cast: Cast, run: CliRunner) -> None:
    write("alice@acme.example", "support@desk.example", "a", "b", Message_ID="<m@x>")
    write("alice@acme.example", "support@desk.example", "不在通知", "b", Auto_Submitted="auto-replied")
    found = json.loads(run.invoke(mail, ["ledger", "--json"]).output)
    assert (found["received"], found["waiting"]) == (2, 0)
    assert found["dispositions"] == {"new_ticket": 1, "parked": 1}
    first, second = found["rows"]
    known = {"id", "message_id", "sha256", "disposition", "ticket"}
    assert set(first) == known | {"received_at", "kind", "reason", "tries", "error", "verified"}
    assert (first["kind"], first["reason"], first["error"], first["verified"]) == ("person", None, None, False)
    assert (second["kind"], second["reason"]) == ("automatic_reply", "Auto-Submitted")
    assert datetime.fromisoformat(first["received_at"]).tzinfo is not None
    assert (first["message_id"], first["disposition"]) == ("<m@x>", "new_ticket")
    assert first["ticket"].count("-") == 1
    assert second["ticket"] is None


def test_an_empty_ledger_is_json_too(cast: Cast, run: CliRunner) -> None:
    found = json.loads(run.invoke(mail, ["ledger", "--json"]).output)
    assert found == {"received": 0, "waiting": 0, "dispositions": {}, "rows": []}


def test_replay_names_what_became_of_it_and_refuses_unknown_numbers(cast: Cast, run: CliRunner) -> None:
    write("alice@acme.example", "support@desk.example")
    row = db.session.scalars(select(IncomingMail)).one()
    assert run.invoke(mail, ["replay", str(row.id)]).output == f"{row.id}: new_ticket\n"
    assert "no mail 999999" in str(run.invoke(mail, ["replay", "999999"]).exception)
    assert run.invoke(mail, ["replay"]).exit_code == 2


def test_parse_prints_one_line_for_each_file_without_a_database(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(RAW)
    (tmp_path / "b.eml").write_bytes(b"\xff\xfe")
    done = CliRunner().invoke(mail, ["parse", str(tmp_path / "a.eml"), str(tmp_path / "b.eml"), "--json"])
    first, second = (json.loads(line) for line in done.output.splitlines())
    assert first["file"].endswith("a.eml")
    assert (first["subject"], first["sender"], first["recipients"]) == (
        "x",
        "alice@acme.example",
        ["support@desk.example"],
    )
    assert (first["text"].strip(), first["html"], first["attachments"]) == ("body", None, [])
    assert (first["kind"], first["charset"], first["confidence"]) == ("person", "us-ascii", 1.0)
    assert second["kind"] == "unreadable"
