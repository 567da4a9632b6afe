"""What a contract's life does to tickets, actions and reading: suspended, ended by us, begun or entered later (V5)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.actions.models import Action
from helpdesk.actions.timing import start_time
from helpdesk.alerts.completions import Completion, ConsolePoll, request_completion
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import Actor
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.cover import Cover, cover_of
from helpdesk.contracts.life import terminate
from helpdesk.contracts.models import AT_ONCE, Contract, Ending
from helpdesk.contracts.suspensions import SuspensionGround, resume, suspend
from helpdesk.contracts.telling import tell_contract_people
from helpdesk.contracts.words import SUSPENSION_WORDS
from helpdesk.customers.models import Customer
from helpdesk.desk.contract_ends import leave
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.tickets.clocks import let_all_go_on, stand_all_still
from helpdesk.tickets.kinds import Intent, Queue, TicketState
from helpdesk.tickets.models import Ticket, home_queue
from helpdesk.wording import when_words


def suspend_service(by: Actor, contract: Contract, ground: SuspensionGround, words: str) -> None:
    """Suspend without prior notice (10-1): due times stand still, actions wait, and the customer is told."""
    suspension = suspend(by, contract, ground, words)
    stand_all_still(contract.customer_id)
    why = _in_both(lambda language: f"{_said(ground.value, language)} {words}".strip())
    tell_contract_people("suspended", contract, since=_in_both(_moment), clause=suspension.clause, words=why)


def resume_service(by: Actor, contract: Contract) -> None:
    """The service goes on: what was due is due again, what was instructed runs, consoles are read."""
    resume(by, contract)
    _go_on(contract.customer_id)
    if cover_of(contract.customer_id).cover == Cover.in_force:
        tell_contract_people("resumed", contract, at=_in_both(_moment))


def terminate_service(
    by: Actor, contract: Contract, ending: Ending, words: str, *, on: date | None = None, all_due: bool = False
) -> None:
    """The provider ends the contract; where that is at once, what waits is withdrawn with it."""
    terminate(by, contract, ending, words, on=on, all_due=all_due)
    if ending in AT_ONCE:
        db.session.flush()
        leave(contract)


def begin_service(by: Actor, customer: Customer) -> int:
    """A contract was formed or entered: open tickets of its days are covered and go where they belong; how many.

    What stood still goes on, and the console is read again.
    """
    db.session.flush()
    rows = select(Ticket).where(
        Ticket.customer_id == customer.id, Ticket.state != TicketState.closed, Ticket.covered.is_(False)
    )
    healed = 0
    for ticket in db.session.scalars(rows.order_by(Ticket.id).with_for_update()):
        if not cover_of(customer.id, ticket.opened_at).holds:
            continue
        ticket.covered = True
        if ticket.queue == Queue.contracts and ticket.intent != Intent.notice:
            ticket.move_to(by, home_queue(customer, ticket.kind))
        ticket.touch()
        healed += 1
    _go_on(customer.id)
    return healed


def _go_on(customer_id: int) -> None:
    """What waits for the service is looked at now."""
    let_all_go_on(customer_id)
    start, now = start_time(current_calendar().hours, clock.now()), clock.now()
    waits = update(Action).where(
        Action.customer_id == customer_id,
        Action.state == ErrandState.waiting,
        Action.instructed_at.is_not(None),
        Action.due_at.is_not(None),
    )
    db.session.execute(waits.values(due_at=start))
    polls = update(ConsolePoll).where(ConsolePoll.customer_id == customer_id, ConsolePoll.state == ErrandState.waiting)
    db.session.execute(polls.values(due_at=now, last_error=None))
    lookups = select(Alert).join(Ticket, Ticket.id == Alert.ticket_id).join(Completion, Completion.alert_id == Alert.id)
    lookups = lookups.where(Alert.customer_id == customer_id, Ticket.state != TicketState.closed)
    for alert in db.session.scalars(lookups.where(Completion.state != ErrandState.done)):
        request_completion(alert, at_once=True)


def _in_both(words: Callable[[str], str]) -> dict[str, Any]:
    return {language: words(language) for language in ("ja", "en")}


def _said(ground: str, language: str) -> str:
    with force_locale(language):
        return word(SUSPENSION_WORDS, ground)


def _moment(language: str) -> str:
    return when_words(clock.now(), current_calendar().hours.zone, language)
