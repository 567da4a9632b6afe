"""The RQ job that lets replies out whose time has come."""

from helpdesk.errands import ErrandState, nudge, one_step
from helpdesk.errors import Refusal, VendorError
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.sendings import Held, Sending, hold, release, told_of_failure, why_held


def send(sending_id: int, turn: int) -> None:
    """Put one reply on its ticket and its mail on the way, in one transaction, unless it does not fit any more."""
    sending = Sending.begin(sending_id, turn)
    if sending is None:
        return
    try:
        with one_step():
            _send(sending)
    except Refusal:
        with one_step():
            hold(_again(sending_id, turn), Held.refused)
    except Exception as error:
        with one_step():
            again = _again(sending_id, turn)
            again.retry_or_fail(VendorError(f"The reply could not be sent ({type(error).__name__})."))
            if again.state == ErrandState.failed:
                told_of_failure(again, Held.refused.value)
        raise
    nudge()


def _send(sending: Sending) -> None:
    ticket = db.session.get_one(Ticket, sending.ticket_id, with_for_update=True, populate_existing=True)
    held = why_held(sending, ticket)
    if held is not None:
        hold(sending, held)
        return
    # the claim is given back first: an overtaken run may leave nothing behind
    if sending.done():
        release(sending, ticket)


def _again(sending_id: int, turn: int) -> Sending:
    sending = db.session.get_one(Sending, sending_id, populate_existing=True)
    sending.claimed = turn
    return sending
