"""The first administrator: made by whoever has the link that the command line printed, and by nobody for being first.

A second link ends the first. None works once an administrator is there.
"""

import secrets
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.accounts.acts import AccountAct
from helpdesk.accounts.models import User, add_user, digest
from helpdesk.accounts.roles import Role
from helpdesk.audit.models import SYSTEM, record
from helpdesk.customers.models import Language
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db

LIFE = timedelta(hours=24)
MAKING_THE_FIRST = 7_221_051
"""The advisory lock of the first administrator."""


class SetupLink(Model):
    """Random, stored hashed, for one use, expiring in real time."""

    __tablename__ = "setup_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def administrator() -> User | None:
    """Somebody who administers this installation already."""
    rows = select(User).where(User.role == Role.administrator, User.active, User.password_hash.is_not(None))
    return db.session.scalar(rows.order_by(User.id).limit(1))


def make_setup_link() -> str:
    """The address that lets its reader become the first administrator; Refused where there is one."""
    if administrator() is not None:
        raise Refusal(_("An administrator is there already. Add others with `helpdesk user add`, or on the page."))
    db.session.execute(update(SetupLink).where(SetupLink.used_at.is_(None)).values(used_at=clock.real_now()))
    token = secrets.token_urlsafe(24)
    link = SetupLink(token_hash=digest(token), expires_at=clock.real_now() + LIFE)
    db.session.add(link)
    db.session.flush()
    record(SYSTEM, AccountAct.setup_link_made, link)
    return f"{current_app.config['BASE_URL']}/setup/{token}"


def valid_setup_link(token: str) -> SetupLink | None:
    """The unused link of a token, while nobody administers the installation."""
    link = db.session.scalar(
        select(SetupLink).where(
            SetupLink.token_hash == digest(token), SetupLink.used_at.is_(None), SetupLink.expires_at > clock.real_now()
        )
    )
    return link if link is not None and administrator() is None else None


def become_administrator(token: str, *, name: str, email: str, password: str, language: Language) -> User:
    """Make the first administrator and use the link up; two who try at once wait for each other.

    Refused where the link is over, for an address that is taken, and for a password that is too short.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(MAKING_THE_FIRST)))
    link = valid_setup_link(token)
    if link is None:
        raise Refusal(_("This link is over. Print another with `helpdesk setup`."))
    user = add_user(SYSTEM, email=email, name=name, role=Role.administrator, language=language)
    user.set_password(user.actor(), password)
    link.used_at = clock.real_now()
    return user
