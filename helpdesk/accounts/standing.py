"""How accounts stand: invited, let the invitation lapse, signed in last when (D10)."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select

from helpdesk import clock
from helpdesk.accounts.models import LinkPurpose, OneTimeLink, SignIn, User
from helpdesk.extensions import db


class AccountState(enum.StrEnum):
    """Closed; never invited; invited and waited for; the link ran out unused; has a password."""

    closed = "closed"
    added = "added"
    invited = "invited"
    lapsed = "lapsed"
    ready = "ready"


@dataclass(frozen=True)
class AccountStanding:
    """`until` is when the invitation runs out or ran out, `last_at` the last sign-in; both real time (UTC)."""

    state: AccountState
    until: datetime | None
    last_at: datetime | None


def standing_of(users: Sequence[User]) -> dict[int, AccountStanding]:
    """How each of these accounts stands, by its id: two statements, however many."""
    ids = [user.id for user in users]
    if not ids:
        return {}
    last = select(SignIn.user_id, func.max(SignIn.at)).where(SignIn.user_id.in_(ids)).group_by(SignIn.user_id)
    signed: dict[int, datetime] = {user_id: at for user_id, at in db.session.execute(last)}
    # a link that was ended before it was used ran out then
    until = func.least(OneTimeLink.expires_at, OneTimeLink.used_at)
    links = select(OneTimeLink.user_id, func.max(until)).where(
        OneTimeLink.user_id.in_(ids), OneTimeLink.purpose == LinkPurpose.invitation
    )
    invited: dict[int, datetime] = {u: until for u, until in db.session.execute(links.group_by(OneTimeLink.user_id))}
    return {user.id: _read(user, invited.get(user.id), signed.get(user.id)) for user in users}


def in_state(state: AccountState) -> ColumnElement[bool]:
    """The condition on User of a state."""
    invited = exists().where(OneTimeLink.user_id == User.id, OneTimeLink.purpose == LinkPurpose.invitation)
    live = invited.where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > clock.real_now())
    fresh = and_(User.active, User.password_hash.is_(None))
    return {
        AccountState.closed: ~User.active,
        AccountState.ready: and_(User.active, User.password_hash.is_not(None)),
        AccountState.added: and_(fresh, ~invited),
        AccountState.invited: and_(fresh, live),
        AccountState.lapsed: and_(fresh, invited, ~live),
    }[state]


def _read(user: User, until: datetime | None, last_at: datetime | None) -> AccountStanding:
    if not user.active:
        state = AccountState.closed
    elif user.password_hash is not None:
        state = AccountState.ready
    elif until is None:
        state = AccountState.added
    else:
        state = AccountState.invited if until > clock.real_now() else AccountState.lapsed
    return AccountStanding(state, until, last_at)
