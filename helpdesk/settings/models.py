"""The service's own numbers and names, as administrators set them: each change is a version, with who and when.

What nobody set here is what the environment says (config.py), so that an installation can be prepared before it starts.
"""

import logging
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import ScalarSelect, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from helpdesk.extensions import Model, db

log = logging.getLogger(__name__)
_READ = "settings_version"


class SettingsVersion(Model):
    """Every setting that is not the environment's, as of one change. `changed` has the values before, by name."""

    __tablename__ = "settings_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    values: Mapped[dict[str, Any]]
    changed: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class ServiceSettings:
    """What holds now. Names are those of the environment in lower case; `logo` is a SHA-256 in the file store."""

    provider_name: str
    provider_phone: str
    provider_address: str
    logo: str
    first_answer_minutes: int
    report_business_days: int
    actions_within_report_days: bool
    term_from_application: bool
    undo_seconds: int
    reopen_days: int
    silence_days: int
    privacy_business_days: int
    ask_terms_at_sign_in: bool
    keep_inquiries_days: int
    keep_originals_days: int
    keep_notices_days: int
    keep_sign_ins_days: int
    keep_people_days: int
    keep_names_days: int
    keep_disclosures_days: int


NAMES = tuple(field.name for field in fields(ServiceSettings))


def init() -> None:
    """What a transaction has read holds until it ends; once a process."""
    if not event.contains(db.session, "after_transaction_end", _forget):
        event.listen(db.session, "after_transaction_end", _forget)


def newest() -> ScalarSelect[int]:
    """The number of the newest version, to be put into a statement that runs anyway."""
    return select(SettingsVersion.id).order_by(SettingsVersion.id.desc()).limit(1).scalar_subquery()


def known(version: int | None) -> None:
    """Another statement of this transaction told the newest version (None: there is none)."""
    db.session.info[_READ] = version


def current_settings() -> ServiceSettings:
    """What holds in this transaction: one small statement, unless another told the version.

    Pages that say that the database is away are drawn with what the environment says.
    """
    info = db.session.info
    try:
        if _READ not in info:
            version = db.session.scalar(select(newest()))
            # the statement may have begun the transaction in which it holds
            info[_READ] = version
        return settings_of(info[_READ])
    except SQLAlchemyError:
        return of_environment()


def settings_of(version: int | None) -> ServiceSettings:
    """What held as of a version, over the environment as it is now."""
    if version is None:
        return of_environment()
    return ServiceSettings(**asdict(of_environment()) | _values(version))


def of_environment() -> ServiceSettings:
    """What holds where nobody set anything."""
    return ServiceSettings(**{name: current_app.config[name.upper()] for name in NAMES})


@lru_cache(maxsize=32)
def _values(version: int) -> dict[str, Any]:
    return {name: value for name, value in db.session.get_one(SettingsVersion, version).values.items() if name in NAMES}


def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_READ, None)
