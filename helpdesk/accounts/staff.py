"""Accounts found, and those of our own people corrected (R70, D10)."""

import unicodedata
from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager

from helpdesk.accounts.acts import AccountAct
from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import User, add_user, end_links, end_sessions, user_by_email
from helpdesk.accounts.roles import DESK, Role
from helpdesk.accounts.standing import AccountState, in_state
from helpdesk.accounts.supervisors import tell_of_desk_account
from helpdesk.audit.models import Actor, record
from helpdesk.customers.models import Contact, Customer, Language, checked_address
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.folding import fold

ACCOUNTS_MAX = 200
LAST_ADMINISTRATOR = 7_221_052
"""The advisory lock of who goes and might be the last."""


def find_accounts(words: str = "", role: Role | None = None, state: AccountState | None = None) -> list[User]:
    """Accounts by name whose name, reading, address or customer has each word; of one role and state, if given."""
    rows = select(User).outerjoin(User.contact).outerjoin(Contact.customer)
    rows = rows.options(contains_eager(User.contact).contains_eager(Contact.customer))
    for typed in unicodedata.normalize("NFKC", words).lower().split():
        word = fold(typed)
        rows = rows.where(
            or_(
                func.lower(User.name).contains(typed, autoescape=True),
                func.lower(User.name).contains(word, autoescape=True),
                func.lower(User.email).contains(word, autoescape=True),
                Contact.found_by.contains(word, autoescape=True),
                Customer.found_by.contains(word, autoescape=True),
            )
        )
    if role is not None:
        rows = rows.where(User.role == role)
    if state is not None:
        rows = rows.where(in_state(state))
    return list(db.session.scalars(rows.order_by(User.active.desc(), User.name, User.id).limit(ACCOUNTS_MAX)))


def demo_accounts() -> Sequence[User]:
    """The accounts of the demo data that are open, customers first."""
    rows = select(User).where(User.demo, User.active).outerjoin(User.contact).outerjoin(Contact.customer)
    rows = rows.options(contains_eager(User.contact).contains_eager(Contact.customer))
    return db.session.scalars(rows.order_by(User.contact_id.is_(None), User.id).limit(20)).all()


def add_staff(
    by: Actor, *, email: str, name: str, role: Role, language: Language = Language.ja, secrecy_on: date | None = None
) -> User:
    """Add an account of ours and mail its invitation; supervisors hear of one that sees tickets."""
    account = add_user(by, email=email, name=name, role=role, language=language)
    account.secrecy_on = secrecy_on
    invite(by, account)
    tell_of_desk_account(by, account)
    return account


def correct_staff(
    by: Actor, user: User, *, name: str, email: str, role: Role, language: Language, secrecy_on: date | None = None
) -> None:
    """Change an account of ours. With another address or role its sessions end; rights that go with a role go.

    Refused for an address that is taken, for a customer's role, and where nobody would be left to administer.
    """
    address, other = checked_address(email), user_by_email(email)
    if other is not None and other.id != user.id:
        raise Refusal(_("An account with this mail address exists already."), field="email")
    if user.role == Role.administrator and role != Role.administrator:
        if by.id == user.id:
            raise Refusal(_("You cannot change your own role. Another administrator can."), field="role")
        _keep_an_administrator(user, field="role")
    before = _told(user.name, user.email, user.role, user.language) | _bound(user.secrecy_on)
    after = _told(name, address, role, language) | _bound(secrecy_on)
    changed = {key: value for key, value in after.items() if value != before[key]}
    if not changed:
        return
    user.name, user.email, user.role, user.language = name, address, role, language
    user.secrecy_on = secrecy_on
    if role not in DESK and user.may_reveal:
        user.set_may_reveal(by, False)
    if "role" in changed:
        user.tickets_until = None
    if {"email", "role"} & changed.keys():
        end_sessions(user)
        end_links(user)
        tell_of_desk_account(by, user)
    record(by, AccountAct.changed, user, name=name, before={key: before[key] for key in changed}, after=changed)


def _told(name: str, email: str, role: Role, language: Language) -> dict[str, str]:
    return {"name": name, "email": email, "role": role.value, "language": language.value}


def _bound(since: date | None) -> dict[str, str]:
    return {"secrecy_on": since.isoformat() if since else ""}


def may_deactivate(user: User) -> None:
    """Refused for the last who can administer the installation."""
    if user.role == Role.administrator and user.active:
        _keep_an_administrator(user)


def _keep_an_administrator(user: User, field: str = "") -> None:
    db.session.execute(select(func.pg_advisory_xact_lock(LAST_ADMINISTRATOR)))
    others = select(User.id).where(User.role == Role.administrator, User.active, User.id != user.id)
    if db.session.scalar(others.limit(1)) is None:
        raise Refusal(_("This is the last administrator. Name another first."), field=field)
