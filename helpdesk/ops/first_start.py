"""What an installation still needs before customers can be served: each step proves itself before it counts (D11)."""

import enum
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.calendar.models import current_calendar
from helpdesk.desk.readiness import customers_as_they_stand
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.notices.models import Automatic, Notice, post
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.models import Ticket

OUT, IN = "mail_out_test", "mail_in_test"
"""The templates of the two mails that are sent to see whether mail leaves and arrives."""
PATIENCE = timedelta(minutes=10)


class StartStep(enum.StrEnum):
    """In the order in which they are done, though any order does."""

    provider = "provider"
    hours = "hours"
    mail_out = "mail_out"
    mail_in = "mail_in"
    people = "people"
    customer = "customer"
    tickets = "tickets"


class StepState(enum.StrEnum):
    """Seen working, under way, not begun, or tried and failed."""

    done = "done"
    waiting = "waiting"
    open = "open"
    failing = "failing"


@dataclass(frozen=True)
class StepView:
    """`at` is when it was seen working or begun, `seconds` how long it took, `words` what a server said."""

    step: StartStep
    state: StepState
    at: datetime | None = None
    seconds: int | None = None
    words: str = ""


def steps(user: User, today: date) -> list[StepView]:
    """How each step stands, as this administrator tried it; `today` in the service's zone."""
    return [_provider(), _hours(today), _mail_out(user.email), _mail_in(), _people(), _customer(today), _tickets()]


def left(views: list[StepView]) -> int:
    return sum(view.state != StepState.done for view in views)


def send_out(user: User) -> Notice:
    """A mail to the administrator's own mailbox: arrived, it says that mail leaves."""
    return post(OUT, to=user.email, language=user.language.value, automatic=Automatic.generated, name=user.name)


def send_in(user: User) -> Notice:
    """A mail to our own support address: it has to come back through the mail route."""
    address = current_app.config["SUPPORT_ADDRESS"]
    return post(IN, to=address, language=user.language.value, automatic=Automatic.generated)


def _provider() -> StepView:
    config = current_app.config
    named = current_settings().provider_name and not config["SUPPORT_ADDRESS"].endswith("@desk.example")
    return StepView(StartStep.provider, StepState.done if named or config["DEMO"] else StepState.open)


def _hours(today: date) -> StepView:
    closing = current_calendar().hours.closing_days
    known = max(closing, default=None)
    return StepView(StartStep.hours, StepState.done if known and known.year > today.year else StepState.open)


def _last(template: str, to: str) -> Notice | None:
    rows = select(Notice).where(Notice.to_address == to, Notice.template == template)
    return db.session.scalar(rows.order_by(Notice.created_at.desc()).limit(1))


def _mail_out(to: str) -> StepView:
    mail = _last(OUT, to)
    if mail is None:
        return StepView(StartStep.mail_out, StepState.open)
    if mail.state == ErrandState.failed or mail.bounced_at is not None:
        return StepView(
            StartStep.mail_out, StepState.failing, mail.created_at, words=mail.bounce_words or mail.last_error or ""
        )
    if mail.state != ErrandState.done:
        state = StepState.failing if mail.last_error else StepState.waiting
        return StepView(StartStep.mail_out, state, mail.created_at, words=mail.last_error or "")
    return StepView(StartStep.mail_out, StepState.done, mail.created_at, _seconds(mail.created_at, mail.finished_at))


def _mail_in() -> StepView:
    mail = _last(IN, current_app.config["SUPPORT_ADDRESS"])
    came = select(IncomingMail.received_at).order_by(IncomingMail.id).limit(1)
    if mail is not None:
        back = db.session.scalar(came.where(IncomingMail.message_id == mail.message_id))
        if back is not None:
            return StepView(StartStep.mail_in, StepState.done, back, _seconds(mail.created_at, back))
    from_outside = db.session.scalar(came)
    if from_outside is not None:
        return StepView(StartStep.mail_in, StepState.done, from_outside)
    if mail is None:
        return StepView(StartStep.mail_in, StepState.open)
    late = clock.now() - mail.created_at > PATIENCE or mail.state == ErrandState.failed
    state = StepState.failing if late else StepState.waiting
    return StepView(StartStep.mail_in, state, mail.created_at, words=mail.last_error or "")


def _people() -> StepView:
    rows = select(User.role, func.count()).where(User.active, User.password_hash.is_not(None)).group_by(User.role)
    there = {role for role, _count in db.session.execute(rows)}
    both = {Role.agent, Role.supervisor} <= there
    return StepView(StartStep.people, StepState.done if both else StepState.open)


def _customer(today: date) -> StepView:
    found = customers_as_they_stand(today)
    if any(not one.left for one in found):
        return StepView(StartStep.customer, StepState.done)
    return StepView(StartStep.customer, StepState.waiting if found else StepState.open)


def _tickets() -> StepView:
    there = [
        db.session.scalar(select(Ticket.id).where(Ticket.kind == kind).limit(1)) is not None
        for kind in (TicketKind.inquiry, TicketKind.alert)
    ]
    return StepView(
        StartStep.tickets, StepState.done if all(there) else StepState.waiting if any(there) else StepState.open
    )


def _seconds(begin: datetime, end: datetime | None) -> int | None:
    return max(0, round((end - begin).total_seconds())) if end is not None else None
