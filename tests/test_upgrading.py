"""The schema of a database of its own: as the models say, changed by one at a time, mended where it was cut off."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text

from helpdesk import create_app
from helpdesk.config import Config
from helpdesk.extensions import Model, db
from helpdesk.local import LocalPaths
from helpdesk.ops import upgrading
from helpdesk.ops.upgrading import UPGRADING, settings, upgrade
from tests.conftest import VAR

NAME = "upgrading"
INDEX = "ix_messages_terms"


@pytest.fixture
def fresh(config: Config) -> Iterator[Flask]:
    """An app on an empty database."""
    with closing(psycopg.connect(LocalPaths(VAR).conninfo("postgres"), autocommit=True)) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
        app = create_app(replace(config, database_url=LocalPaths(VAR).database_url.replace("/helpdesk?", f"/{NAME}?")))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def test_migrations_lead_to_what_the_models_say(fresh: Flask) -> None:
    upgrade(fresh)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_an_index_that_was_cut_off_is_built_again_and_a_good_one_stays(fresh: Flask) -> None:
    upgrade(fresh)
    with fresh.app_context():
        command.downgrade(settings(), "0008")
    broken, good = built(INDEX), built("ix_decisions_at")
    with db.engine.begin() as connection:
        connection.execute(text(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{INDEX}'::regclass"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
    upgrade(fresh)
    again, valid = built(INDEX)
    assert valid
    assert again != broken[0]
    assert built("ix_decisions_at") == good


def test_a_second_upgrade_waits_for_the_first(fresh: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "RECHECK_SECONDS", 0.05)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as first:
        first.execute(text(f"SELECT pg_advisory_lock({UPGRADING})"))
        second = threading.Thread(target=upgrade, args=(fresh,))
        second.start()
        second.join(1.0)
        assert second.is_alive()
        assert first.scalar(text("SELECT to_regclass('tickets')")) is None, "nothing was changed meanwhile"
        first.execute(text(f"SELECT pg_advisory_unlock({UPGRADING})"))
        second.join(60)
        assert not second.is_alive()
        assert first.scalar(text("SELECT to_regclass('tickets')")) is not None


def built(index: str) -> tuple[int, bool]:
    """An index's file, which changes when it is built anew, and whether it is valid."""
    found = "SELECT relfilenode, indisvalid FROM pg_class JOIN pg_index ON indexrelid = oid WHERE relname = :name"
    with db.engine.connect() as connection:
        row = connection.execute(text(found), {"name": index}).one()
    return row.relfilenode, row.indisvalid
