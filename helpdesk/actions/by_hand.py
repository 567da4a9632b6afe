"""Where the API refuses an allow list: an agent does it on the dashboard, and says so on record (R20, R22)."""

from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.actions.acts import ActionAct
from helpdesk.actions.models import Action, ActionKind, ActionStatus
from helpdesk.actions.targets import Attempt
from helpdesk.actions.timing import start_time
from helpdesk.audit.models import record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db

WORDS_MIN = 5


def may_be_done_by_hand(action: Action) -> bool:
    """Whether the console refused an allow list, or its effect was never seen, and a person may do it instead."""
    return action.kind == ActionKind.allow and action.status in (ActionStatus.failed, ActionStatus.unclear)


def done_by_hand(action: Action, by: User, words: str) -> None:
    """An agent changed the allow list on the dashboard: recorded as an attempt, then read back by a worker.

    Refused outside service hours, since it changes the console (R21).
    """
    if not may_be_done_by_hand(action) or action.instructed_at is None:
        raise Refusal(_("Only an allow list that the console refused is done by hand."))
    now, hours = clock.now(), current_calendar().hours
    if not hours.is_open(now):
        raise Refusal(_("The console may be changed in service hours only."))
    if len(words.strip()) < WORDS_MIN:
        raise Refusal(_("Write down what you did on the dashboard."))
    action.by_hand_at, action.by_hand_by = now, by.name
    db.session.add(
        Attempt(action_id=action.id, turn=action.turn, call=f"by hand: {by.name}", at=now, error=words.strip()[:500])
    )
    action.restart(start_time(hours, now))
    action.ticket.touch()
    record(by.actor(), ActionAct.by_hand, action.ticket, action=action.reference, words=words.strip()[:500])
