"""People who sign in, their sessions, and the links that let them set a password (R70)."""

import enum
import hashlib
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_login import UserMixin
from sqlalchemy import DateTime, ForeignKey, Index, Text, bindparam, func, select, text, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.acts import AccountAct
from helpdesk.accounts.passwords import is_right, password_hash
from helpdesk.accounts.roles import CUSTOMERS, DESK, Role
from helpdesk.audit.models import Actor, ActorKind, record
from helpdesk.customers.models import Contact, Customer, Language, checked_address
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.notices.models import withdraw_mails
from helpdesk.settings.models import known, newest

SESSION_LIFE = timedelta(days=14)
INVITATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=1)
PASSWORD_MIN = 12


class User(UserMixin, Model):
    """Someone who signs in. People of a customer are tied to their Contact, which carries the right to instruct."""

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email", text("lower(email)"), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[Role]
    password_hash: Mapped[str | None]
    language: Mapped[Language] = mapped_column(default=Language.ja)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), unique=True)
    reseller_id: Mapped[int | None] = mapped_column(ForeignKey("resellers.id"))
    """Of a reseller's people: whose customers they read."""
    subcontractor_id: Mapped[int | None] = mapped_column(ForeignKey("subcontractors.id"))
    """Of a subcontractor's people: who was given the customers whose tickets they work on (R62)."""
    tickets_until: Mapped[datetime | None]
    """Until when an administrator works on tickets, and why: a supervisor granted it."""
    tickets_reason: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    secrecy_on: Mapped[date | None]
    """Since when somebody of ours is bound to keep what they learn (8); a subcontractor's people by their employer."""
    may_reveal: Mapped[bool] = mapped_column(default=False)
    """May see a customer's dashboard login, one ticket and reason at a time (R24)."""
    created_at: Mapped[datetime]
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """How the desk looks and works for this person."""
    token: str = ""
    seen_from: str = ""

    contact: Mapped[Contact | None] = relationship()

    def get_id(self) -> str:
        """Flask-Login keeps this in the session: the sign-in's own random token, not a guessable id."""
        return self.token

    @property
    def customer_id(self) -> int | None:
        return self.contact.customer_id if self.contact else None

    @property
    def customer(self) -> Customer | None:
        return self.contact.customer if self.contact else None

    @property
    def may_instruct(self) -> bool:
        return self.contact is not None and self.contact.may_instruct

    @property
    def sees_alerts(self) -> bool:
        return self.contact is not None and self.contact.sees_alerts

    @property
    def works_tickets(self) -> bool:
        """Agents, supervisors, a subcontractor's people; an administrator while a grant holds (R70)."""
        granted = self.role == Role.administrator and self.tickets_until is not None
        return self.role in DESK or (granted and clock.now() < (self.tickets_until or clock.now()))

    def actor(self, address: str | None = None) -> Actor:
        """This person as the one who acts; `seen_from` is set by the request."""
        return Actor(ActorKind.user, self.name, self.id, address or self.seen_from or None)

    def speak(self, by: Actor, language: Language) -> None:
        """Set the language of this person's pages and, where they are a customer's, of the mails to them."""
        self.language = language
        if self.contact is not None:
            self.contact.language = language
        record(by, AccountAct.language_set, self, language=language.value)

    def set_password(self, by: Actor, password: str) -> None:
        """Set the password and end every session of this person. Raises Refusal where it is too short."""
        if len(password) < PASSWORD_MIN:
            raise Refusal(_("Use at least %(count)s characters.", count=PASSWORD_MIN))
        self.password_hash = password_hash(password)
        end_sessions(self)
        end_links(self)
        record(by, AccountAct.password_set, self)

    def deactivate(self, by: Actor) -> None:
        """Close the account: sessions end at their next request, mails to it and trust in its mails at once (S4)."""
        if not self.active:
            return
        self.active, self.tickets_until = False, None
        end_sessions(self)
        end_links(self)
        withdraw_mails(self.email)
        if self.contact is not None:
            self.contact.close(by)
        record(by, AccountAct.deactivated, self, email=self.email)

    def set_may_reveal(self, by: Actor, may: bool) -> None:
        """Give or take the right to see dashboard logins."""
        if may and self.role not in DESK:
            raise Refusal(_("Only agents and supervisors can have this right."))
        if self.may_reveal != may:
            self.may_reveal = may
            record(by, AccountAct.may_reveal_set, self, may=may)

    def activate(self, by: Actor) -> None:
        if self.active:
            return
        self.active = True
        if self.contact is not None:
            self.contact.reopen(by)
        record(by, AccountAct.activated, self, email=self.email)


class SignIn(Model):
    """One session. Only the hash of its token is stored; ending it here ends it everywhere."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
    address: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class LinkPurpose(enum.StrEnum):
    invitation = "invitation"
    reset = "reset"


class OneTimeLink(Model):
    """A link mailed to a person: random, stored hashed, single use, expiring (real time)."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[LinkPurpose]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def add_user(
    by: Actor,
    *,
    email: str,
    name: str,
    role: Role,
    contact: Contact | None = None,
    reseller_id: int | None = None,
    subcontractor_id: int | None = None,
    language: Language = Language.ja,
    demo: bool = False,
) -> User:
    """Add an account without a password; an invitation lets its person set one."""
    email = checked_address(email)
    if (role in CUSTOMERS) != (contact is not None):
        raise Refusal(_("A customer's account belongs to a contact, a staff account to none."))
    if (role == Role.reseller_user) != (reseller_id is not None):
        raise Refusal(_("A reseller's account belongs to a reseller, no other does."))
    if (role == Role.subcontractor) != (subcontractor_id is not None):
        raise Refusal(_("A subcontractor's account belongs to a subcontractor, no other does."))
    if user_by_email(email) is not None:
        raise Refusal(_("An account with this mail address exists already."))
    user = User(
        email=email,
        name=name,
        role=role,
        contact_id=contact.id if contact else None,
        reseller_id=reseller_id,
        subcontractor_id=subcontractor_id,
        language=language,
        demo=demo,
        created_at=clock.now(),
    )
    db.session.add(user)
    db.session.flush()
    record(by, AccountAct.added, user, email=email, role=role.value)
    return user


def user_by_email(email: str) -> User | None:
    return db.session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))


def user_of(contact: Contact) -> User | None:
    """The account of a customer's person, open or closed."""
    return db.session.scalar(select(User).where(User.contact_id == contact.id))


def authenticate(email: str, password: str) -> User | None:
    """The active account with this address and password.

    It takes as long for an unknown address and for a hash of an earlier cost; such a hash is made anew when its
    password is right.
    """
    user = user_by_email(email)
    right, dated = is_right(password, user.password_hash if user is not None else None)
    if not right or user is None or not user.active:
        return None
    if dated:
        user.password_hash = password_hash(password)
    return user


def sign_in(user: User, address: str | None) -> SignIn:
    """Start a session with a token of its own, put on `user.token` for the cookie."""
    user.token = secrets.token_urlsafe(32)
    row = SignIn(user_id=user.id, token_hash=digest(user.token), at=clock.real_now(), address=address)
    db.session.add(row)
    record(user.actor(address), AccountAct.signed_in, user)
    return row


def user_of_session(token: str, *, with_contact: bool = False) -> User | None:
    """The account behind a live session: one statement per request; `with_contact` for pages that ask for it anyway."""
    oldest = clock.real_now() - SESSION_LIFE
    rows = _LIVE_SESSION_OF_CONTACT if with_contact else _LIVE_SESSION
    row = db.session.execute(rows, {"token_hash": digest(token), "oldest": oldest}).first()
    if row is None:
        return None
    user: User = row[0]
    user.token = token
    # every page asks for the settings; so their version comes along
    known(row[1])
    return user


_LIVE_SESSION = (
    select(User, newest())
    .join(SignIn, SignIn.user_id == User.id)
    .where(
        SignIn.token_hash == bindparam("token_hash", type_=Text),
        SignIn.ended_at.is_(None),
        SignIn.at > bindparam("oldest", type_=DateTime(timezone=True)),
        User.active,
    )
)
"""Built once: it runs at every request."""
_LIVE_SESSION_OF_CONTACT = _LIVE_SESSION.options(joinedload(User.contact))


def end_session(token: str) -> None:
    db.session.execute(update(SignIn).where(SignIn.token_hash == digest(token)).values(ended_at=clock.real_now()))


def end_sessions(user: User) -> None:
    """End every session of this person at its next request."""
    open_ones = update(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
    db.session.execute(open_ones.values(ended_at=clock.real_now()))


def end_links(user: User) -> None:
    """No link that was mailed to this person sets a password any more."""
    open_ones = update(OneTimeLink).where(OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None))
    db.session.execute(open_ones.values(used_at=clock.real_now()))
