"""The RQ job that carries an action out: exactly one effect a target, in service hours, read back (R21, R22).

Whoever runs reads the console first. Only what is not there is called for; an attempt is committed before its
call, so that a worker killed at any line leaves a trace, and its successor reads before it acts. The entry's
description carries the action's reference, which tells ours from another's.
"""

import hashlib
import logging
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from helpdesk import clock
from helpdesk.actions.acts import ActionAct
from helpdesk.actions.console_calls import Standing, call, call_words, read
from helpdesk.actions.instructions import Choice, Instruction
from helpdesk.actions.models import NOT_SENT, STOPPED, Action, ActionKind
from helpdesk.actions.targets import ActionTarget, Attempt
from helpdesk.actions.telling import tell
from helpdesk.actions.timing import room_for_a_call, start_time
from helpdesk.alerts.completions import request_completion
from helpdesk.alerts.models import alert_of
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import current_calendar
from helpdesk.console.client import ConsoleClient
from helpdesk.console.models import ConsoleCredential, Purpose, credential_of, request_check
from helpdesk.contracts.cover import Cover, cover_of
from helpdesk.errands import ErrandState, nudge, one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db

log = logging.getLogger(__name__)
TRIES_UNSEEN = 3
"""Tries in vain (over a minute) after which a person is told that the console fails."""
SETTLES = timedelta(seconds=5)
"""A change on its way (an isolation that starts) is read again after this, and ever later up to SETTLES_LATER."""
WHILE_SUSPENDED = timedelta(minutes=15)
SETTLES_LATER, TOO_LONG = timedelta(minutes=5), timedelta(hours=1)


def run(action_id: int, turn: int) -> None:
    """Carry the action out if this turn still owns it."""
    action = Action.begin(action_id, turn)
    if action is None:
        return
    if cover_of(action.customer_id).cover == Cover.suspended:
        _wait(action, clock.now() + WHILE_SUSPENDED)
        return
    credential: ConsoleCredential | None = None
    try:
        credential = _cleared(action)
        with credential.client(Purpose.action) as console:
            _carry_out(action, console)
            with one_step():
                credential.heed(console.rate)
    except VendorError as error:
        _stumble(action, error, credential)
    except OperationalError:
        db.session.rollback()
        log.exception("%s: the database went away; its lease runs out and it reads the console again", action_id)
        raise
    except Exception as error:
        db.session.rollback()
        with one_step():
            lock_ticket(action)
            if action.unclear(f"{type(error).__name__}: {error}"):
                record(SYSTEM, ActionAct.unclear, action.ticket, action=action.reference)
                action.needs_a_person(SYSTEM)
                tell(action)
        raise
    nudge()


def _stumble(action: Action, error: VendorError, credential: ConsoleCredential | None) -> None:
    """Try again with growing pauses, but never before hours allow it, unless a lost answer waits to be read back."""
    with one_step():
        lock_ticket(action)
        if not error.permanent and not error.sent and not _in_hours():
            until = start_time(current_calendar().hours, clock.now())
            moved = action.postpone(until, str(error), counted=False)
        else:
            moved = action.retry_or_fail(error)
        if credential is not None:
            credential.heed(None, error)
            if error.refused:
                request_check(credential)
        if not moved:
            return
        record(SYSTEM, ActionAct.stumbled, action.ticket, action=action.reference, error=str(error))
        action.ticket.touch()
        if action.state == ErrandState.failed:
            action.needs_a_person(SYSTEM)
            tell(action)
        elif action.tries >= TRIES_UNSEEN and action.returned_at is None:
            # it goes on trying, but somebody has to know: the console does not do what the customer instructed
            action.returned_at = clock.now()
            action.needs_a_person(SYSTEM)


def _cleared(action: Action) -> ConsoleCredential:
    """Instruction for exactly this target, contract and credential, asked again right before the call (R21)."""
    approved = select(Instruction).where(Instruction.action_id == action.id, Instruction.choice == Choice.approve)
    instruction = db.session.scalar(approved)
    if instruction is None or action.withdrawn_at is not None:
        raise VendorError("There is no instruction for this action.", permanent=True)
    if action.stopped_at is not None:
        raise VendorError(STOPPED, permanent=True)
    if instruction.target_sha256 != action.target_sha256:
        raise VendorError("The action is not what was instructed.", permanent=True)
    if action.in_review:
        raise VendorError("A supervisor has not looked at this action yet.", permanent=True)
    if cover_of(action.customer_id).cover != Cover.in_force:
        raise VendorError("The customer has no contract in force.", permanent=True)
    customer = action.ticket.customer
    if action.kind == ActionKind.isolate and not action.undo and not (customer and customer.isolation):
        raise VendorError("Isolation was switched off for this customer.", permanent=True)
    credential = credential_of(action.customer_id)
    if credential is None:
        raise VendorError("The customer's console credential is missing.", permanent=True)
    return credential


def _carry_out(action: Action, console: ConsoleClient) -> None:
    """Each target that is not verified: read, call where the effect is not there, read back."""
    for target in [target for target in action.targets if target.verified_at is None]:
        if not _reach(action, target, console):
            return
    with one_step():
        lock_ticket(action)
        if action.done():
            _finish(action)


def _reach(action: Action, target: ActionTarget, console: ConsoleClient) -> bool:
    """Bring one target to where it should be; False where the action waits or was overtaken."""
    standing = read(console, action, target)
    if not _note_before(action, target, standing):
        return False
    if standing.there != action.undo:
        return _settled(action, target, standing)
    if action.by_hand_at is not None:
        raise VendorError("It was said to be done by hand, but the console does not show it.", permanent=True)
    if standing.settling:
        return _again_soon(action)
    _check_came_back(action, target, standing)
    if action.undo:
        _check_ours(action, standing)
    if not _in_hours():
        return _wait(action)
    attempt = _announce(action, target)
    if attempt is None:
        log.info("%s was overtaken before its call", action.reference)
        return False
    if not _in_hours():
        with one_step():
            attempt.error = f"{NOT_SENT}: service hours ended"
        return _wait(action)
    _call(action, target, attempt, console)
    after = read(console, action, target)
    if after.there == action.undo:
        raise VendorError("The console accepted the call but does not show its effect yet.", sent=True)
    return _settled(action, target, after)


def _check_ours(action: Action, standing: Standing) -> None:
    """An undo takes back what we put there: an entry that somebody else made since is theirs (A12)."""
    undone = db.session.get_one(Action, action.undoes_id)
    if undone.by_hand_at is None and standing.detail.split(" ")[-1:] != [undone.reference]:
        raise VendorError("Somebody else made this entry since: nothing was removed.", permanent=True)


def _check_came_back(action: Action, target: ActionTarget, standing: Standing) -> None:
    """An isolation that was accepted and is not there failed on the endpoint: one failed call, told to a person."""
    if action.kind != ActionKind.isolate:
        return
    spent = [
        attempt
        for attempt in action.attempts
        if attempt.target_id == target.id and attempt.accepted and attempt.error is None
    ]
    if not spent:
        return
    with one_step():
        for attempt in spent:
            attempt.error = f"accepted, but afterwards: {standing.state}"
    raise VendorError(f"The console accepted the call, but the computer is {standing.state} again.", permanent=True)


def lock_ticket(action: Action) -> None:
    """Lock the ticket before the action, as the desk does, and see it as it is now."""
    db.session.refresh(action.ticket, with_for_update=True)


def _in_hours() -> bool:
    """Whether a whole call may begin and end in service hours, asked of the clock at this moment (R21)."""
    return current_calendar().hours.can_finish(clock.now(), room_for_a_call())


def _wait(action: Action, until: datetime | None = None) -> bool:
    """Until the next opening; or until a suspended service is looked at again, without a word (10-1)."""
    with one_step():
        start = start_time(current_calendar().hours, until or clock.now())
        if action.postpone(start, counted=False) and until is None:
            record(SYSTEM, ActionAct.waits, action.ticket, action=action.reference)
    return False


def _again_soon(action: Action) -> bool:
    """A change is on its way: look again, ever later; after an hour a person is told, once."""
    begun = max((attempt.at for attempt in action.attempts), default=action.instructed_at or clock.now())
    elapsed = clock.now() - begun
    with one_step():
        lock_ticket(action)
        moved = action.postpone(clock.now() + min(max(SETTLES, elapsed / 4), SETTLES_LATER), counted=False)
        if moved and elapsed > TOO_LONG and action.returned_at is None:
            action.returned_at = clock.now()
            record(SYSTEM, ActionAct.settling, action.ticket, action=action.reference)
            action.needs_a_person(SYSTEM)
    return False


def _note_before(action: Action, target: ActionTarget, standing: Standing) -> bool:
    """Keep what was read before the first call, and what reading showed of lost answers; False where overtaken."""
    with one_step():
        if not action.still_mine():
            return False
        if target.before is None:
            target.before = standing.as_json() | {"at": clock.now().isoformat()}
        for attempt in action.attempts:
            if attempt.target_id == target.id and attempt.status is None and attempt.error is None:
                attempt.error = f"no answer; read back: {standing.state}"
    return True


def _announce(action: Action, target: ActionTarget) -> Attempt | None:
    """Put the call on record before it is made, with the lease renewed; None where another turn took over."""
    attempt = Attempt(
        action_id=action.id,
        target_id=target.id,
        turn=action.turn,
        call=call_words(action, target),
        at=clock.now(),
        calendar_version=current_calendar().version,
    )
    with one_step():
        if not action.still_mine():
            return None
        if db.session.scalar(select(Action.stopped_at).where(Action.id == action.id)) is not None:
            raise VendorError(STOPPED, permanent=True)
        db.session.add(attempt)
    return attempt


def _call(action: Action, target: ActionTarget, attempt: Attempt, console: ConsoleClient) -> None:
    """The one call that changes the console; what came back goes on its attempt."""
    try:
        answer = call(console, action, target)
    except VendorError as error:
        with one_step():
            attempt.error, attempt.status = str(error), error.status
        raise
    with one_step():
        attempt.status, attempt.request_id = answer.status, answer.request_id or None
        attempt.request_sha256 = hashlib.sha256(answer.request.encode()).hexdigest()
        attempt.answer_sha256 = hashlib.sha256(answer.body.encode()).hexdigest()


def _settled(action: Action, target: ActionTarget, standing: Standing) -> bool:
    """The console shows the effect, or will in a moment; an entry that is not ours was there before (R22)."""
    if standing.settling:
        return _again_soon(action)
    called = any(attempt.target_id == target.id and attempt.accepted for attempt in action.attempts)
    ours = standing.ours or called or action.by_hand_at is not None
    with one_step():
        target.verified_at = clock.now()
        target.already_there = not action.undo and not ours
    return True


def _finish(action: Action) -> None:
    """All targets are verified: the customer is told, and the ticket is the desk's again (R23)."""
    action.verified_at = action.reported_at = clock.now()
    action.already_there = all(target.already_there for target in action.targets)
    tell(action)
    if action.kind == ActionKind.quarantine:
        request_completion(alert_of(action.ticket))
    action.ticket.reopen_for_desk()
    record(
        SYSTEM,
        ActionAct.done,
        action.ticket,
        action=action.reference,
        already_there=action.already_there,
        undo=action.undo,
    )
