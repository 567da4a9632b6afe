"""The schema brought up to date: by one at a time, however many start it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import func, select

from helpdesk.extensions import db
from helpdesk.ops.defaults import load_defaults
from helpdesk.resources import resource

log = logging.getLogger(__name__)

UPGRADING = 7_221_050
"""The advisory lock of an upgrade."""
RECHECK_SECONDS = 0.5


def upgrade(app: Flask) -> None:
    """Run the migrations that are missing, then add what every installation begins with; waits while another does."""
    with app.app_context():
        with _alone():
            command.upgrade(settings(), "head")
            load_defaults()
            db.session.commit()
        db.engine.dispose()


def settings() -> Config:
    """Alembic's, without a file."""
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    return config


@contextmanager
def _alone() -> Iterator[None]:
    """Asked for again and again, not waited for: an index that is built concurrently waits for every open statement."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        told = False
        while not connection.scalar(select(func.pg_try_advisory_lock(UPGRADING))):
            if not told:
                log.warning("another upgrade is running; this one goes on after it")
            told = True
            time.sleep(RECHECK_SECONDS)
        try:
            yield
        finally:
            connection.scalar(select(func.pg_advisory_unlock(UPGRADING)))
