"""The customer's instruction behind an action, and the link in a mail that may carry it (R20).

Three ways lead to one verb, `instruct`: the card on the portal, a link in a mail, an agent's record of a call.
"""

import enum
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User, digest
from helpdesk.actions.acts import ActionAct
from helpdesk.actions.models import Action
from helpdesk.actions.telling import tell
from helpdesk.actions.timing import start_time
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.cover import hold_to_contract
from helpdesk.customers.models import Contact
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.models import Ticket

PHONE_MAX = 60


class Choice(enum.StrEnum):
    approve = "approve"
    decline = "decline"


class Instruction(Model):
    """Who decided what, when, through which channel, and the exact text that was shown or read out.

    `user_id` is set where the person was signed in, `recorded_by` where an agent heard it on the phone and read it
    back; `target_sha256` is what exactly it holds for.
    """

    __tablename__ = "instructions"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    choice: Mapped[Choice]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    name: Mapped[str]
    channel: Mapped[Channel]
    address: Mapped[str | None]
    recorded_by: Mapped[str | None]
    at: Mapped[datetime]
    text: Mapped[str]
    text_sha256: Mapped[str]
    target_sha256: Mapped[str]

    contact: Mapped[Contact | None] = relationship()


@dataclass(frozen=True)
class Via:
    """How an instruction reached us. `address`: the IP address, or the number called; `hearer`: the agent."""

    channel: Channel
    address: str | None
    user: User | None = None
    hearer: User | None = None


def instruct(action: Action, person: Contact, choice: Choice, text: str, via: Via) -> None:
    """The customer decides; the exact text shown is kept with its hash (R20).

    Approved, the action becomes due now or, outside service hours, at the next opening (R21). Every link to the
    decision ends with it. Refused to anybody but an alert contact of the customer, a second time, and to approve what
    the contract would no longer cover when it could be run.
    """
    if not person.may_instruct or person.customer_id != action.customer_id:
        raise Refusal(_("Only an alert contact of the customer can decide this."))
    if not action.pending:
        raise Refusal(_("This was decided already."))
    if not text.strip():
        raise Refusal(_("Please open the page again and decide on the text it shows."))
    now = clock.now()
    start = start_time(current_calendar().hours, now)
    if choice == Choice.approve:
        hold_to_contract(action.customer_id, start, suspended=True)
    db.session.add(_kept(action, person, choice, text, via))
    if choice == Choice.decline:
        action.declined_at = now
        action.back_to_desk(_actor(person, via))
        db.session.flush()
        db.session.refresh(action, ["instructions"])
        tell(action)
    else:
        action.instructed_at = now
        action.due_at = start
    action.ticket.reopen_for_desk()
    record(
        _actor(person, via),
        ActionAct.approved if choice == Choice.approve else ActionAct.declined,
        action.ticket,
        action=action.reference,
        through=via.channel.value,
    )


def _kept(action: Action, person: Contact, choice: Choice, text: str, via: Via) -> Instruction:
    """The row of a decision made now."""
    return Instruction(
        action_id=action.id,
        choice=choice,
        user_id=via.user.id if via.user else None,
        contact_id=person.id,
        name=person.name,
        channel=via.channel,
        address=(via.address or "")[:PHONE_MAX] or None,
        recorded_by=via.hearer.name if via.hearer else None,
        at=clock.now(),
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        target_sha256=action.target_sha256,
    )


def _actor(person: Contact, via: Via) -> Actor:
    if via.hearer is not None:
        return via.hearer.actor()
    return via.user.actor(via.address) if via.user else person.as_actor()


class DecisionLink(Model):
    """A link in a mail to one person, for one action as it stood: random, stored hashed, single use (R20).

    It ends at `expires_at` (business time), with the decision, and when the action's target changed.
    """

    __tablename__ = "decision_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    target_sha256: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    action: Mapped[Action] = relationship()
    contact: Mapped[Contact] = relationship()

    @property
    def open(self) -> bool:
        """Whether it may still decide."""
        return (
            self.used_at is None
            and clock.now() < self.expires_at
            and self.action.pending
            and self.action.target_sha256 == self.target_sha256
            and self.contact.may_instruct
            and self.contact.customer_id == self.action.customer_id
        )


def make_link(action: Action, contact: Contact, until: datetime) -> str:
    """A new link's token, of 192 random bits; only its hash is kept."""
    token = secrets.token_urlsafe(24)
    db.session.add(
        DecisionLink(
            action_id=action.id,
            contact_id=contact.id,
            token_hash=digest(token),
            target_sha256=action.target_sha256,
            made_at=clock.now(),
            expires_at=until,
        )
    )
    return token


def link_of(token: str, *, lock: bool = False) -> DecisionLink | None:
    """The link behind a token, whether it still decides or not; `lock` it, its ticket and its action to decide."""
    wanted = select(DecisionLink).where(DecisionLink.token_hash == digest(token))
    if not lock:
        return db.session.scalar(wanted)
    link = db.session.scalar(wanted.with_for_update())
    if link is not None:
        ticket_id = select(Action.ticket_id).where(Action.id == link.action_id).scalar_subquery()
        db.session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update())
        db.session.scalar(select(Action).where(Action.id == link.action_id).with_for_update())
    return link
