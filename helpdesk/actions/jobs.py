"""The RQ job that carries an action out: exactly one effect, in service hours, read back (R21, R22).

Whoever runs reads the console first. Only an entry that is not there is posted; an attempt is committed before
its call, so that a worker killed at any line leaves a trace, and its successor reads before it acts. The
entry's description carries the action's reference, which tells ours from another's.
"""

import hashlib
import logging
from datetime import timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.actions.models import Action, Attempt, Choice, Instruction, start_time
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import current_calendar
from helpdesk.console.client import Answer, ConsoleClient, ListItem
from helpdesk.console.models import ConsoleCredential, credential_of
from helpdesk.contracts.models import contract_in_force
from helpdesk.customers.models import Contact
from helpdesk.errands import ErrandState, nudge, one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.notices.models import post
from helpdesk.tickets.messages import ticket_link

log = logging.getLogger(__name__)


def run(action_id: int, turn: int) -> None:
    """Carry the action out if this turn still owns it."""
    action = Action.begin(action_id, turn)
    if action is None:
        return
    try:
        credential = _cleared(action)
        with credential.client() as console:
            _carry_out(action, console)
    except VendorError as error:
        _stumble(action, error)
    except OperationalError:
        db.session.rollback()
        log.exception("%s: the database went away; its lease runs out and it reads the console again", action_id)
        raise
    except Exception as error:
        db.session.rollback()
        with one_step():
            if action.unclear(f"{type(error).__name__}: {error}"):
                record(SYSTEM, "action.unclear", action.ticket, action=action.reference)
                action.needs_a_person(SYSTEM)
        raise
    nudge()


def _stumble(action: Action, error: VendorError) -> None:
    """Try again with growing pauses, but never before hours allow it, unless a lost answer waits to be read back."""
    with one_step():
        if not error.permanent and not error.sent and not _in_hours():
            moved = action.postpone(start_time(current_calendar().hours, clock.now()), str(error))
        else:
            moved = action.retry_or_fail(error)
        if not moved:
            return
        record(SYSTEM, "action.stumbled", action.ticket, action=action.reference, error=str(error))
        action.ticket.touch()
        if action.state == ErrandState.failed:
            action.needs_a_person(SYSTEM)


def _cleared(action: Action) -> ConsoleCredential:
    """Instruction, contract and credential, asked again right before the call."""
    approved = select(Instruction.id).where(Instruction.action_id == action.id, Instruction.choice == Choice.approve)
    if db.session.scalar(approved) is None or action.withdrawn_at is not None:
        raise VendorError("There is no instruction for this action.", permanent=True)
    today = current_calendar().hours.local_date(clock.now())
    if contract_in_force(action.customer_id, today) is None:
        raise VendorError("The customer has no contract in force.", permanent=True)
    credential = credential_of(action.customer_id)
    if credential is None:
        raise VendorError("The customer's console credential is missing.", permanent=True)
    return credential


def _carry_out(action: Action, console: ConsoleClient) -> None:
    before = console.find_item(action.list_guid, action.sha256)
    _complete_lost_attempts(action, before)
    if (before is None) == action.undo:
        _finish(action, before)
        return
    if not _in_hours():
        _wait(action)
        return
    attempt = _announce(action)
    if attempt is None:
        log.info("%s was overtaken before its call", action.reference)
        return
    if not _in_hours():
        with one_step():
            attempt.error = "not sent: service hours ended"
        _wait(action)
        return
    _call(action, attempt, console)
    after = console.find_item(action.list_guid, action.sha256)
    if (after is None) != action.undo:
        raise VendorError("The console accepted the call but does not show its effect yet.", sent=True)
    _finish(action, after)


def _in_hours() -> bool:
    """Whether a whole call may begin and end in service hours, asked of the clock at this moment (R21)."""
    length = timedelta(seconds=current_app.config["CONSOLE_TIMEOUT"])
    return current_calendar().hours.can_finish(clock.now(), length)


def _wait(action: Action) -> None:
    with one_step():
        if action.postpone(start_time(current_calendar().hours, clock.now())):
            record(SYSTEM, "action.waits", action.ticket, action=action.reference)


def _announce(action: Action) -> Attempt | None:
    """Put the call on record before it is made, with the lease renewed; None where another turn took over."""
    verb = "DELETE" if action.undo else "POST"
    attempt = Attempt(
        action_id=action.id,
        turn=action.turn,
        call=f"{verb} /v1/file_lists/{action.list_guid}/files/{action.sha256}",
        at=clock.now(),
    )
    with one_step():
        if not action.still_mine():
            return None
        db.session.add(attempt)
    return attempt


def _call(action: Action, attempt: Attempt, console: ConsoleClient) -> Answer:
    """The one call that changes the console; what came back goes on its attempt."""
    try:
        if action.undo:
            answer = console.remove_item(action.list_guid, action.sha256)
        else:
            answer = console.add_item(action.list_guid, action.sha256, description(action))
    except VendorError as error:
        with one_step():
            attempt.error = str(error)
        raise
    with one_step():
        attempt.status = answer.status
        attempt.answer_sha256 = hashlib.sha256(answer.body.encode()).hexdigest()
    return answer


def _complete_lost_attempts(action: Action, found: ListItem | None) -> None:
    """Say on attempts whose answer was lost what reading the console showed."""
    with one_step():
        for attempt in action.attempts:
            if attempt.status is None and attempt.error is None:
                attempt.error = "no answer; read back: " + ("on the list" if found else "not on the list")


def _finish(action: Action, found: ListItem | None) -> None:
    """The console shows the effect: verified, and the customer is told (R23)."""
    with one_step():
        if not action.done():
            return
        action.verified_at = clock.now()
        ours = found is not None and (
            found.description == description(action) or any(attempt.status == 201 for attempt in action.attempts)
        )
        action.already_there = not action.undo and not ours
        _tell(action)
        action.reported_at = clock.now()
        action.ticket.reopen_for_desk()
        record(
            SYSTEM,
            "action.done",
            action.ticket,
            action=action.reference,
            already_there=action.already_there,
            undo=action.undo,
        )


def _tell(action: Action) -> None:
    """Mail the result to the person who instructed it."""
    instructed = action.instructions[-1]
    contact = db.session.scalar(
        select(Contact).join(User, User.contact_id == Contact.id).where(User.id == instructed.user_id)
    )
    if contact is None:
        log.warning("nobody to tell about %s", action.reference)
        return
    post(
        "action_done",
        to=contact.email,
        language=contact.language.value,
        ticket_id=action.ticket_id,
        reply_token=action.ticket.reply_token,
        salutation=contact.salutation,
        action=action,
        reference=action.ticket.reference,
        link=ticket_link(action.ticket),
    )


def description(action: Action) -> str:
    """What the list entry says of itself: whose it is and which action put it there."""
    return f"{current_app.config['PROVIDER_NAME']} {action.reference}"
