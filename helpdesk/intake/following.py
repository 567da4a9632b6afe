"""Words of the customer on a ticket that is there, by whatever door: they may contest its answer (R03)."""

from datetime import datetime

from helpdesk.audit.models import Actor
from helpdesk.calendar.models import current_calendar
from helpdesk.notices.models import Automatic, post
from helpdesk.tickets.answering import ticket_link
from helpdesk.tickets.joinings import where_it_goes_on
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.mailed import Mailed, Upload
from helpdesk.tickets.messages import Message, customer_wrote
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.recipients import recipient_of
from helpdesk.triage.deciding import contest_by_words
from helpdesk.wording import hours_words, when_words


def follow_up(
    ticket: Ticket,
    by: Actor,
    words: str,
    *,
    channel: Channel,
    files: list[Upload] | None = None,
    mailed: Mailed | None = None,
    called_at: datetime | None = None,
    own_words: str | None = None,
    acknowledged: bool = True,
) -> Message:
    """Put the customer's words on the ticket. Where they contest an answer, the customer is told until when a person
    answers; `own_words` are those without what they quote. Not `acknowledged` where a mail could make a loop. On a
    ticket that was merged into another they go there."""
    ticket = where_it_goes_on(ticket)
    message = customer_wrote(ticket, by, words, channel=channel, files=files, mailed=mailed, called_at=called_at)
    if contest_by_words(ticket, by, words if own_words is None else own_words) and acknowledged:
        promise_answer(ticket)
    return message


def promise_answer(ticket: Ticket) -> None:
    """Mail who is answered on a contested ticket that a person looks at it, and until when they hear."""
    to, hours = recipient_of(ticket), current_calendar().hours
    if to is None or ticket.due_at is None:
        return
    language = to.language.value
    post(
        "contested",
        to=to.email,
        language=language,
        automatic=Automatic.replied,
        ticket_id=ticket.id,
        reply_token=ticket.reply_token,
        charset=to.charset,
        reference=ticket.reference,
        salutation=to.salutation,
        due=when_words(ticket.due_at, hours.zone, language),
        hours=hours_words(hours.usual, hours.zone, language),
        link=ticket_link(ticket),
    )
