"""Administrators see no tickets, unless a supervisor lets them for a time and a reason (R70)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.acts import AccountAct
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.audit.models import record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db

LONGEST = timedelta(days=7)


def grant_tickets(by: User, to: User, until: datetime, reason: str) -> None:
    """Let an administrator work on tickets as an agent does until a time (aware), from their next request on.

    Refused without a reason, for longer than a week, and for others than administrators.
    """
    now = clock.now()
    if to.role != Role.administrator or not to.active:
        raise Refusal(_("Only administrators are let see tickets; who else works here sees them anyway."), field="who")
    if not reason:
        raise Refusal(_("Write down what for."), field="reason")
    if not now < until <= now + LONGEST:
        raise Refusal(_("Choose a time within the next %(days)s days.", days=LONGEST.days), field="until")
    to.tickets_until, to.tickets_reason = until, reason
    written = f"{until.astimezone(current_calendar().hours.zone):%Y-%m-%d %H:%M}"
    record(by.actor(), AccountAct.tickets_granted, to, name=to.name, until=written, reason=reason)


def end_grant(by: User, of: User) -> None:
    """They see tickets no more, from their next request on."""
    if of.tickets_until is not None and of.tickets_until > clock.now():
        of.tickets_until = clock.now()
        record(by.actor(), AccountAct.tickets_grant_ended, of, name=of.name)


def administrators() -> Sequence[User]:
    rows = select(User).where(User.role == Role.administrator, User.active)
    return db.session.scalars(rows.order_by(User.name, User.id)).all()
