"""Settings and app of a command, and the check that keeps demo accounts out of a real installation."""

import gc
import json
import logging
import os
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import create_app
from helpdesk.accounts.models import User
from helpdesk.config import Config, read_config
from helpdesk.environment import ConfigError
from helpdesk.extensions import db
from helpdesk.triage.knowledge import triage_context

log = logging.getLogger(__name__)
UP_FILE = "up.json"


def configured() -> Config:
    """The environment's settings, completed by those of a running `helpdesk up` of the same directory."""
    kept = Path(os.environ.get("HELPDESK_VAR", "var")) / UP_FILE
    if kept.exists():
        for name, value in json.loads(kept.read_text()).items():
            os.environ.setdefault(name, value)
    return read_config()


def the_app() -> Flask:
    return create_app(configured())


def checked_app() -> Flask:
    """An app that may serve: outside demo mode no demo account may exist."""
    app = the_app()
    with app.app_context():
        refuse_demo_accounts(app)
        db.engine.dispose()
    return app


def warm(app: Flask) -> None:
    """Read what triage knows once, before processes fork; where the database is away each reads it later."""
    with app.app_context():
        try:
            triage_context()
        except SQLAlchemyError:
            log.warning("the database does not answer yet; what triage knows is read with the first inquiry")
        finally:
            db.session.remove()
            db.engine.dispose()
    gc.freeze()


def refuse_demo_accounts(app: Flask) -> None:
    """Raises ConfigError where an account with the demo's password is open outside demo mode."""
    if not app.config["DEMO"] and (accounts := _demo_accounts()):
        raise ConfigError(
            f"The demo accounts {', '.join(accounts)} are open. Close them with `helpdesk user close ADDRESS`, "
            "or use a database without demo data. Nothing was started."
        )


def _demo_accounts() -> list[str]:
    """Addresses of accounts made by the demo data, which must not exist outside demo mode."""
    return list(db.session.scalars(select(User.email).where(User.demo, User.active).order_by(User.email)))
