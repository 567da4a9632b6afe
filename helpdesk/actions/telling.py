"""Telling the customer what became of an instruction (R23)."""

import logging

from helpdesk.actions.models import Action, ActionStatus
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.people import instructing_contacts
from helpdesk.notices.models import post
from helpdesk.tickets.answering import ticket_link
from helpdesk.wording import when_words

log = logging.getLogger(__name__)


_TEMPLATES = {
    ActionStatus.done: "action_done",
    ActionStatus.already: "action_done",
    ActionStatus.failed: "action_failed",
    ActionStatus.unclear: "action_failed",
    ActionStatus.declined: "action_declined",
}


def tell(action: Action) -> None:
    """Mail the result to the person who instructed it or, where they lost that right, to the first who has it.

    What could not be carried out and what was declined is a result, too; what nobody instructed is none.
    """
    template = _TEMPLATES.get(action.status)
    if template is None or not action.instructions:
        return
    person = action.instructions[-1].contact
    if person is None or not person.may_instruct or person.customer_id != action.customer_id:
        people = instructing_contacts(action.ticket.customer) if action.ticket.customer else []
        person = people[0] if people else None
    if person is None:
        log.warning("nobody to tell about %s", action.reference)
        return
    hours, language = current_calendar().hours, person.language.value
    post(
        template,
        to=person.email,
        language=language,
        ticket_id=action.ticket_id,
        reply_token=action.ticket.reply_token,
        charset=person.customer.mail_charset,
        salutation=person.salutation,
        action=action,
        reference=action.ticket.reference,
        due=when_words(action.ticket.due_at, hours.zone, language) if action.ticket.due_at else "",
        link=ticket_link(action.ticket),
    )
