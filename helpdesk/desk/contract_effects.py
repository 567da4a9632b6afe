"""What a contract's life does to tickets, actions and what was lent: suspended, entered later, ended (V5, R55)."""

from collections.abc import Sequence

from flask_babel import force_locale
from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.actions.logins import DashboardLogin, destroy_login, login_of
from helpdesk.actions.models import Action
from helpdesk.actions.remaining import begun_actions, remaining_changes
from helpdesk.actions.timing import start_time
from helpdesk.actions.words import ACTION_WORDS
from helpdesk.alerts.completions import Completion, ConsolePoll, set_polling
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.console.models import ConsoleCredential, credential_of, destroy_credential
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.cover import cover_of, customers_that_left
from helpdesk.contracts.leaving import last_service_day
from helpdesk.contracts.life import today
from helpdesk.contracts.models import Contract
from helpdesk.contracts.suspensions import SuspensionGround, resume, suspend
from helpdesk.contracts.telling import tell_contract_people
from helpdesk.contracts.windows import overview_on
from helpdesk.contracts.words import SUSPENSION_WORDS
from helpdesk.customers.models import Customer
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.tickets.clocks import go_on, stand_still
from helpdesk.tickets.kinds import Intent, Queue, TicketState
from helpdesk.tickets.models import Ticket, home_queue
from helpdesk.wording import when_words

LENT_BUSINESS_DAYS = 2
"""After so many business days what was lent is destroyed: the month's last reading is through by then."""
AT_ONCE_MAX = 50


def suspend_service(by: Actor, contract: Contract, ground: SuspensionGround, words: str) -> None:
    """Suspend without prior notice (10-1): due times stand still, actions wait, and the customer is told."""
    suspension = suspend(by, contract, ground, words)
    stand_still(contract.customer_id)
    said = {language: _said(SUSPENSION_WORDS, ground.value, language) for language in ("ja", "en")}
    why = {language: f"{said[language]} {words}".strip() for language in said}
    since = {language: _moment(language) for language in said}
    tell_contract_people("suspended", contract, since=since, clause=suspension.clause, words=why)


def resume_service(by: Actor, contract: Contract) -> None:
    """The service goes on: what was due is due again, what was instructed runs, consoles are read."""
    resume(by, contract)
    go_on(contract.customer_id)
    wake_actions(contract.customer_id)
    at = {language: _moment(language) for language in ("ja", "en")}
    tell_contract_people("resumed", contract, at=at)


def wake_actions(customer_id: int) -> None:
    """What waits for the service is looked at now."""
    start, now = start_time(current_calendar().hours, clock.now()), clock.now()
    waits = update(Action).where(
        Action.customer_id == customer_id,
        Action.state == ErrandState.waiting,
        Action.instructed_at.is_not(None),
        Action.due_at.is_not(None),
    )
    db.session.execute(waits.values(due_at=start))
    alerts = select(Alert.id).where(Alert.customer_id == customer_id)
    lookups = update(Completion).where(Completion.alert_id.in_(alerts), Completion.state == ErrandState.waiting)
    db.session.execute(lookups.values(due_at=now))
    polls = update(ConsolePoll).where(ConsolePoll.customer_id == customer_id, ConsolePoll.state == ErrandState.waiting)
    db.session.execute(polls.values(due_at=now))


def heal_tickets(by: Actor, customer: Customer) -> int:
    """A contract that was entered later covers open tickets of its days: they go where they belong. How many."""
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
    return healed


def see_to_ends() -> int:
    """See to contracts that are about to end, that ended, and to what was lent for them; returns how many."""
    return _send_overviews() + _see_off() + _destroy_lent()


def _send_overviews() -> int:
    """Ten business days before the end the customer hears what stays changed on their console."""
    day, hours = today(), current_calendar().hours
    rows = _ending().where(Contract.overview_at.is_(None), Contract.in_force_until >= day, Contract.ended_at.is_(None))
    due = [one for one in db.session.scalars(rows).unique() if one.in_force_until and _overview_due(one)]
    for contract in due:
        contract.overview_at = clock.now()
        until = contract.in_force_until or day
        stays = remaining_changes(contract.customer_id)
        lines = {language: [_action_line(action, language) for action in stays] for language in ("ja", "en")}
        last = last_service_day(until, hours)
        tell_contract_people("console_overview", contract, until=until, last=last, stays=lines)
        record(SYSTEM, ContractAct.overview_sent, contract, count=len(stays))
    return len(due)


def _overview_due(contract: Contract) -> bool:
    return (
        contract.in_force_until is not None
        and overview_on(contract.in_force_until, current_calendar().hours) <= today()
    )


def _see_off() -> int:
    """After the end: what was not run is withdrawn with a word, and the console is read no more."""
    over = or_(Contract.in_force_until < today(), Contract.ended_at <= clock.now())
    rows = _ending().where(Contract.seen_off_at.is_(None), over).with_for_update(of=Contract)
    contracts = list(db.session.scalars(rows).unique())
    for contract in contracts:
        contract.seen_off_at = clock.now()
        if not cover_of(contract.customer_id).holds:
            _leave(contract)
    return len(contracts)


def _leave(contract: Contract) -> None:
    withdrawn = [action for action in begun_actions(contract.customer_id) if action.may_withdraw]
    for action in withdrawn:
        action.withdraw(SYSTEM)
    set_polling(SYSTEM, contract.customer, False)
    record(SYSTEM, ContractAct.seen_off, contract, withdrawn=len(withdrawn))
    lines = {language: [_action_line(action, language) for action in withdrawn] for language in ("ja", "en")}
    tell_contract_people(
        "contract_over",
        contract,
        until=contract.in_force_until,
        destroyed=current_calendar().hours.business_day_after(contract.in_force_until or today(), LENT_BUSINESS_DAYS),
        actions=lines,
    )


def _destroy_lent() -> int:
    """The key and the login that were lent are destroyed, on record, and the customer hears of it (2-2)."""
    hours, done = current_calendar().hours, 0
    lent = or_(
        exists().where(ConsoleCredential.customer_id == Contract.customer_id),
        exists().where(DashboardLogin.customer_id == Contract.customer_id),
    )
    rows = _ending().where(Contract.seen_off_at.is_not(None), Contract.in_force_until < today(), lent)
    rows = rows.where(Contract.customer_id.in_(customers_that_left()))
    for contract in db.session.scalars(rows.order_by(Contract.in_force_until.desc())).unique():
        credential, login = credential_of(contract.customer_id), login_of(contract.customer_id)
        due = hours.business_day_after(contract.in_force_until or today(), LENT_BUSINESS_DAYS)
        if due > today() or (credential is None and login is None):
            continue
        if credential is not None:
            destroy_credential(SYSTEM, credential)
        if login is not None:
            destroy_login(SYSTEM, login, contract.customer)
        db.session.flush()
        what = {"ja": "API キー" * (credential is not None), "en": "API key" * (credential is not None)}
        both = {
            "ja": "、".join(filter(None, (what["ja"], "ダッシュボードのログイン情報" if login else ""))),
            "en": ", ".join(filter(None, (what["en"], "dashboard login" if login else ""))),
        }
        at = {language: _moment(language) for language in ("ja", "en")}
        tell_contract_people("lent_back", contract, at=at, what=both)
        done += 1
    return done


def _ending() -> Select[Contract]:
    rows = select(Contract).where(Contract.in_force_until.is_not(None)).options(joinedload(Contract.customer))
    return rows.limit(AT_ONCE_MAX)


def _action_line(action: Action, language: str) -> str:
    """`2611-0480-A1 隔離 evil.exe (list)`."""
    with force_locale(language):
        kind = word(ACTION_WORDS, action.kind.value)
    return f"{action.reference} {kind} {action.file_name or ''} ({action.names})".replace("  ", " ")


def _said(words: dict[str, str], key: str, language: str) -> str:
    with force_locale(language):
        return word(words, key)


def _moment(language: str) -> str:
    return when_words(clock.now(), current_calendar().hours.zone, language)


def ended_contracts() -> Sequence[Contract]:
    """Contracts that ended, the last first."""
    rows = _ending().where(Contract.in_force_until < today())
    return db.session.scalars(rows.order_by(Contract.in_force_until.desc())).unique().all()
