"""The schema brought up to date: by one at a time, however many start it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, select

from helpdesk.extensions import db
from helpdesk.ops.defaults import load_defaults
from helpdesk.resources import resource

log = logging.getLogger(__name__)


BEFORE_THE_FIRST = frozenset(f"{number:04d}" for number in range(1, 12))
"""Revisions that databases have which were made before 0.2.0."""


class OtherSchema(RuntimeError):
    """The database is not this release's to upgrade; the text says what to do. Nothing was changed."""


UPGRADING = 7_221_050
"""The advisory lock of an upgrade."""
RECHECK_SECONDS = 0.5


def upgrade(app: Flask) -> None:
    """Run the migrations that are missing, then add what every installation begins with; waits while another does.

    Raises OtherSchema for a database of before the first release or of a later one, which is left as it is.
    """
    with app.app_context():
        with _alone():
            _refuse_others()
            command.upgrade(settings(), "head")
            load_defaults()
            db.session.commit()
        db.engine.dispose()


def settings() -> Config:
    """Alembic's, without a file."""
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    return config


def _refuse_others() -> None:
    with db.engine.connect() as connection:
        revisions = MigrationContext.configure(connection).get_current_heads()
    known = {script.revision for script in ScriptDirectory.from_config(settings()).walk_revisions()}
    if BEFORE_THE_FIRST.intersection(revisions):
        raise OtherSchema(
            "This database is older than release 0.2.0, whose schema is the first that later ones upgrade: keep a copy "
            "with pg_dump if you need what is in it, then name an empty database in DATABASE_URL or, where PostgreSQL "
            "is the embedded one, another directory in HELPDESK_VAR. Nothing was changed."
        )
    if not known.issuperset(revisions):
        raise OtherSchema(
            f"This database has the schema {', '.join(revisions)} of a later release: run that release or a newer one "
            "on it, or restore the backup from before the upgrade. Nothing was changed."
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Asked for again and again, not waited for: an index that is built concurrently waits for every open statement."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        warned = False
        while not connection.scalar(select(func.pg_try_advisory_lock(UPGRADING))):
            if not warned:
                log.warning("another upgrade is running; this one goes on after it")
            warned = True
            time.sleep(RECHECK_SECONDS)
        try:
            yield
        finally:
            connection.scalar(select(func.pg_advisory_unlock(UPGRADING)))
