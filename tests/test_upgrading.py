"""The schema of a database of its own: as the models say, changed by one at a time."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text

from helpdesk import create_app
from helpdesk.config import Config
from helpdesk.extensions import Model, db
from helpdesk.local import LocalPaths
from helpdesk.ops import upgrading
from helpdesk.ops.upgrading import UPGRADING, OtherSchema, upgrade
from tests.conftest import VAR

NAME = "upgrading"


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
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Model.metadata) == []


@pytest.mark.parametrize(
    ("revision", "told"),
    [("0011", r"older than release 0\.2\.0.*pg_dump.*Nothing was changed"), ("9999", "9999 of a later release")],
)
def test_a_database_of_another_time_is_left_as_it_is(fresh: Flask, revision: str, told: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
    with pytest.raises(OtherSchema, match=told):
        upgrade(fresh)
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('tickets')")) is None


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
