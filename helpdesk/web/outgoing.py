"""What becomes of a reply that was sent, where an agent goes after it, and how it is taken back from there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import db
from helpdesk.settings.models import current_settings
from helpdesk.tickets.messages import Message
from helpdesk.tickets.recipients import addressed
from helpdesk.tickets.sendings import SecondEyes, Sending
from helpdesk.web.access import signed_in
from helpdesk.web.pages import short
from helpdesk.web.responding import done, ticket_done
from helpdesk.web.ticket_lists import Origin, neighbours, origin

UNDO = "undo"
"""The session's last reply that can be taken back."""


@dataclass(frozen=True)
class Undoable:
    """The last reply of this person that is not out, shown wherever they went."""

    reference: str
    url: str
    until: datetime
    seconds: int


def undoable() -> Undoable | None:
    """For every page of the desk; what is over is not offered."""
    found = session.get(UNDO)
    if not found:
        return None
    sending_id, reference, until = found
    until = datetime.fromisoformat(until)
    left = int((until - clock.now()).total_seconds())
    if left <= 0:
        session.pop(UNDO)
        return None
    return Undoable(
        reference, url_for("desk.sendings.take_back", reference=reference, sending_id=sending_id), until, left
    )


def after_sending(sending: Sending) -> ResponseReturnValue:
    """Commit, say what becomes of the reply, and go where this person goes after one."""
    reference, words = sending.ticket.reference, _said(sending)
    if sending.message_id is None and sending.review == SecondEyes.none and not sending.later and sending.due_at:
        session[UNDO] = [sending.id, reference, sending.due_at.isoformat()]
    where = signed_in().preferences.get("after", "stay")
    came_from = origin()
    if where == "stay" or not isinstance(came_from, Origin):
        return ticket_done(reference, words)
    address = came_from.shown.address()
    if where == "list":
        return done(words, "desk.queues.page", view=came_from.shown.view.value, **address)
    place = neighbours(signed_in(), current_calendar().hours, reference)
    following = place.place.after if place is not None and place.place is not None else None
    if following is None:
        return done(words, "desk.queues.page", view=came_from.shown.view.value, **address)
    return done(words, "desk.tickets.ticket_page", reference=following[0], **came_from.address(following[1]))


def _said(sending: Sending) -> str:
    """What becomes of it, in words."""
    return str(_becomes(sending))


def _becomes(sending: Sending) -> Any:
    if sending.message_id is not None:
        notice = db.session.get_one(Message, sending.message_id).notice
        if notice is None:
            return _("Kept on the ticket. Nobody may be written to: no mail was sent.")
        if sending.decision is not None:
            whom = addressed(sending.ticket, sending.to)
            name = whom.name if whom is not None else notice.to_address
            return _("The answer is on its way to %(name)s by mail; the ticket is closed.", name=name)
        return _("On its way to %(address)s.", address=notice.to_address)
    if addressed(sending.ticket, sending.to) is None:
        return _("Kept on the ticket. Nobody may be written to: no mail was sent.")
    if sending.review == SecondEyes.asked:
        return _("It goes out as soon as a second person has read it.")
    if sending.later and sending.due_at is not None:
        return _("It goes out at %(at)s, unless something is said before.", at=short(sending.due_at))
    return _("It goes out in %(seconds)s seconds.", seconds=current_settings().undo_seconds)
