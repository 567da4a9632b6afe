"""The Flask extensions, made once and bound to an app in create_app(), and the base of all models."""

import enum
from datetime import date, datetime
from typing import Any, ClassVar

from flask import Flask
from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from redis import Redis
from rq import Queue
from sqlalchemy import Date, DateTime, Enum, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase


class Model(DeclarativeBase):
    """Times are `timestamptz` in UTC, enumerations are stored by value, dictionaries and lists as jsonb."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        date: Date(),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            create_constraint=False,
            length=32,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        ),
    }


db = SQLAlchemy()
babel = Babel()
compress = Compress()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address, strategy="fixed-window")
login_manager = LoginManager()


def redis_connection(app: Flask) -> Redis:
    connection: Redis = app.extensions["redis"]
    return connection


WORK_QUEUE, READING_QUEUE, MAIL_QUEUE = "helpdesk", "helpdesk-reading", "helpdesk-mail"
WORKER_QUEUES = {"work": (WORK_QUEUE, READING_QUEUE), "mail": (MAIL_QUEUE,)}
"""What a worker of each kind empties, in its order: what somebody waits for, then long readings; mail alone."""


def job_queue(app: Flask, name: str = WORK_QUEUE) -> Queue:
    """RQ's queue of this name; jobs carry (id, turn), or a mail's id, and nothing else."""
    queues: dict[str, Queue] = app.extensions["rq"]
    return queues[name]


def job_queues(app: Flask, kind: str = "work") -> list[Queue]:
    """The queues of a worker of this kind, in the order in which it empties them."""
    return [job_queue(app, name) for name in WORKER_QUEUES[kind]]


def init_app(app: Flask) -> None:
    # a Redis that hangs must not hold who asks; RQ's workers lengthen the second for themselves
    connection = Redis.from_url(app.config["REDIS_URL"], socket_connect_timeout=2, socket_timeout=5)
    app.extensions["redis"] = connection
    names = (name for queues in WORKER_QUEUES.values() for name in queues)
    app.extensions["rq"] = {name: Queue(name, connection=connection) for name in names}
    for extension in (db, compress, csrf, limiter, login_manager):
        extension.init_app(app)
