"""What became of a change of many tickets, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from helpdesk.accounts.models import User
from helpdesk.desk.bulk import BulkChange, BulkOutcome, left_alone, may_undo, outcomes
from helpdesk.desk.changing import DeskChange
from helpdesk.desk.words import CHANGE_WORDS
from helpdesk.errors import number
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.tickets.macros import Macro
from helpdesk.tickets.queues import queue_names
from helpdesk.tickets.words import PRIORITY_WORDS, STATE_WORDS

NAMED = 3


@dataclass(frozen=True)
class BulkSummary:
    """One sentence each: what was changed, which few were not and why; `more` that were not, beside those."""

    number: int
    done: str
    left: Sequence[str]
    more: int
    may_undo: bool


def summary(asked: BulkChange) -> BulkSummary:
    counts, left = outcomes(asked), left_alone(asked, NAMED)
    done = _("%(act)s: %(count)s tickets.", act=act_words(asked), count=counts[BulkOutcome.changed])
    why = [str(_("%(reference)s stayed as it was: %(why)s", reference=one.reference, why=one.why)) for one in left]
    more = counts[BulkOutcome.left] - len(left)
    return BulkSummary(asked.id, str(done), why, more, counts[BulkOutcome.changed] > 0 and may_undo(asked))


def act_words(asked: BulkChange) -> str:
    """What is changed, and to what."""
    value, act = asked.value, asked.act
    if act == DeskChange.assign:
        agent = db.session.get(User, number(value) or 0) if value else None
        return str(_("Assigned to %(name)s", name=agent.name)) if agent else str(_("Given back to the queue"))
    named = {DeskChange.state: STATE_WORDS, DeskChange.priority: PRIORITY_WORDS}
    if act == DeskChange.macro:
        used = db.session.get(Macro, number(value) or 0)
        return f"{word(CHANGE_WORDS, act.value)} → {used.title if used is not None else ''}"
    if act == DeskChange.queue:
        return f"{word(CHANGE_WORDS, act.value)} → {queue_names().get(value, value)}"
    if act in named:
        return f"{word(CHANGE_WORDS, act.value)} → {word(named[act], value)}"
    if act in (DeskChange.tag, DeskChange.untag):
        return f"{word(CHANGE_WORDS, act.value)} #{value}"
    return word(CHANGE_WORDS, act.value)
