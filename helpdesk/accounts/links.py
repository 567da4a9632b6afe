"""The links that let people set a password: made, and looked up again."""

import secrets

from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.accounts.models import INVITATION_LIFE, RESET_LIFE, LinkPurpose, OneTimeLink, User, digest
from helpdesk.extensions import db


def issue_link(user: User, purpose: LinkPurpose) -> str:
    """Make a one-time link's token; earlier links of the same purpose stop working."""
    db.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.user_id == user.id, OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None))
        .values(used_at=clock.real_now())
    )
    token = secrets.token_urlsafe(24)
    life = INVITATION_LIFE if purpose == LinkPurpose.invitation else RESET_LIFE
    db.session.add(
        OneTimeLink(user_id=user.id, purpose=purpose, token_hash=digest(token), expires_at=clock.real_now() + life)
    )
    return token


def valid_link(token: str, *, lock: bool = False) -> OneTimeLink | None:
    """The unused, unexpired link behind a token; `lock` to use it up in this transaction."""
    wanted = select(OneTimeLink).where(
        OneTimeLink.token_hash == digest(token),
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > clock.real_now(),
    )
    link = db.session.scalar(wanted.with_for_update() if lock else wanted)
    return link if link is not None and link.user.active else None
