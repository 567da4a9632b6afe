"""Seeing to contracts that end: what stays is told before, what waits is withdrawn, what was lent destroyed (V5)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import force_locale
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, update

from helpdesk import clock
from helpdesk.actions.logins import DashboardLogin, destroy_login, login_of
from helpdesk.actions.models import Action
from helpdesk.actions.remaining import begun_actions, remaining_changes
from helpdesk.actions.words import ACTION_WORDS
from helpdesk.alerts.completions import ConsolePoll
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import current_calendar
from helpdesk.console.models import ConsoleCredential, credential_of, destroy_credential
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.cover import cover_of, customers_that_left, is_covered
from helpdesk.contracts.leaving import last_service_day
from helpdesk.contracts.life import is_over, today
from helpdesk.contracts.models import Contract
from helpdesk.contracts.suspensions import resume, suspension_of
from helpdesk.contracts.telling import tell_contract_people
from helpdesk.contracts.windows import overview_on
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.tickets.clocks import let_all_go_on
from helpdesk.wording import when_words

LENT_BUSINESS_DAYS = 2
"""After so many business days what was lent is destroyed: the month's last reading is through by then."""
FURTHEST = timedelta(days=60)
"""Ten business days are never longer, closing days included."""
AT_ONCE_MAX = 50
BOTH = ("ja", "en")


def due_ends() -> Sequence[int]:
    """The contracts that something is to be done for, by id, the nearest ends first; three small statements."""
    day, hours = today(), current_calendar().hours
    coming = select(Contract.id, Contract.in_force_until).where(
        Contract.overview_at.is_(None),
        Contract.ended_at.is_(None),
        Contract.in_force_until.between(day, day + FURTHEST),
    )
    told = [row.id for row in db.session.execute(_some(coming)) if overview_on(row.in_force_until, hours) <= day]
    over = or_(Contract.in_force_until < day, Contract.ended_at <= clock.now())
    unseen = select(Contract.id).where(Contract.in_force_until.is_not(None), Contract.seen_off_at.is_(None), over)
    lent = select(Contract.id, Contract.in_force_until).where(Contract.in_force_until < day, _has_lent())
    lent = lent.where(Contract.customer_id.in_(customers_that_left()))
    destroyed = [
        row.id
        for row in db.session.execute(_some(lent))
        if hours.business_day_after(row.in_force_until, LENT_BUSINESS_DAYS) <= day
    ]
    return list(dict.fromkeys([*told, *db.session.scalars(_some(unseen)), *destroyed]))


def see_to_end(contract_id: int) -> None:
    """Whatever is due for this contract, in the caller's transaction; nothing where another worker is at it."""
    rows = select(Contract).where(Contract.id == contract_id).with_for_update(skip_locked=True)
    contract = db.session.scalar(rows)
    if contract is None or contract.in_force_until is None:
        return
    if not is_over(contract):
        if contract.overview_at is None:
            _tell_what_stays(contract)
    elif contract.seen_off_at is None:
        leave(contract)
    else:
        _destroy_lent(contract)


def _tell_what_stays(contract: Contract) -> None:
    """Ten business days before the end: the customer hears what stays changed on their console.

    Not where another contract follows: nothing ends for them then.
    """
    contract.overview_at, until = clock.now(), contract.in_force_until or today()
    if is_covered(contract.customer_id, until + timedelta(days=1)):
        return
    stays = remaining_changes(contract.customer_id)
    last = last_service_day(until, current_calendar().hours)
    tell_contract_people("console_overview", contract, until=until, last=last, stays=_lines(stays))
    record(SYSTEM, ContractAct.overview_sent, contract, count=len(stays))


def leave(contract: Contract) -> None:
    """After the end: the suspension is over, what was not run is withdrawn with a word, the console is read no more.

    Where the customer is covered by another contract, only the suspension ends.
    """
    contract.seen_off_at = clock.now()
    if suspension_of(contract) is not None:
        resume(SYSTEM, contract)
    let_all_go_on(contract.customer_id)
    if cover_of(contract.customer_id).holds:
        return
    withdrawn = [action for action in begun_actions(contract.customer_id) if action.may_withdraw]
    for action in withdrawn:
        action.withdraw(SYSTEM)
    polls = update(ConsolePoll).where(ConsolePoll.customer_id == contract.customer_id)
    db.session.execute(polls.where(ConsolePoll.state == ErrandState.waiting).values(due_at=None))
    record(SYSTEM, ContractAct.seen_off, contract, withdrawn=len(withdrawn))
    until = contract.in_force_until or today()
    tell_contract_people(
        "contract_over",
        contract,
        until=until,
        destroyed=current_calendar().hours.business_day_after(until, LENT_BUSINESS_DAYS),
        actions=_lines(withdrawn),
    )


def _destroy_lent(contract: Contract) -> None:
    """The key and the login that were lent for it are destroyed, on record, and the customer hears of it (2-2).

    What was lent since is for a contract to come.
    """
    seen = contract.seen_off_at or clock.now()
    credential, login = credential_of(contract.customer_id), login_of(contract.customer_id)
    ja: list[str] = []
    en: list[str] = []
    if credential is not None and credential.set_at <= seen:
        destroy_credential(SYSTEM, credential)
        ja, en = [*ja, "API キー"], [*en, "API key"]
    if login is not None and login.set_at <= seen:
        destroy_login(SYSTEM, login, contract.customer)
        ja, en = [*ja, "ダッシュボードのログイン情報"], [*en, "dashboard login"]
    if not ja:
        return
    at = {language: when_words(clock.now(), current_calendar().hours.zone, language) for language in BOTH}
    tell_contract_people("lent_back", contract, at=at, what={"ja": "、".join(ja), "en": ", ".join(en)})


def _has_lent() -> ColumnElement[bool]:
    key = exists().where(
        and_(ConsoleCredential.customer_id == Contract.customer_id, ConsoleCredential.set_at <= Contract.seen_off_at)
    )
    login = exists().where(
        and_(DashboardLogin.customer_id == Contract.customer_id, DashboardLogin.set_at <= Contract.seen_off_at)
    )
    return or_(key, login)


def _some(rows: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return rows.order_by(Contract.in_force_until, Contract.id).limit(AT_ONCE_MAX)


def _lines(actions: Sequence[Action]) -> dict[str, list[str]]:
    return {language: [_line(action, language) for action in actions] for language in BOTH}


def _line(action: Action, language: str) -> str:
    """`2611-0480-A1 隔離 evil.exe (list)`."""
    with force_locale(language):
        kind = word(ACTION_WORDS, action.kind.value)
    return f"{action.reference} {kind} {action.file_name or ''} ({action.names})".replace("  ", " ")
