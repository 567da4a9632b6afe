"""The RQ job of triage: answers that go out by themselves."""

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import nudge, one_step
from helpdesk.triage.auto_answers import AutoAnswer, answer


def answer_by_itself(answer_id: int, turn: int) -> None:
    """Send an answer in service hours, or wait for the next opening; the mail is an errand of its own."""
    row = AutoAnswer.begin(answer_id, turn)
    if row is None:
        return
    hours = current_calendar().hours
    with one_step():
        if row.tries > AutoAnswer.MAX_TRIES:
            row.fail("the answer could not be sent; a person should answer")
        elif not hours.is_open(clock.now()):
            row.postpone(hours.next_opening(clock.now()), counted=False)
        elif row.done():
            answer(row)
    nudge()
