"""Telling the customer what became of an instruction (R23)."""

import logging

from helpdesk.actions.models import Action
from helpdesk.customers.models import instructing_contacts
from helpdesk.notices.models import post
from helpdesk.tickets.answering import ticket_link

log = logging.getLogger(__name__)


def tell(action: Action) -> None:
    """Mail the result to the person who instructed it or, where they lost that right, to the first who has it."""
    person = action.instructions[-1].contact if action.instructions else None
    if person is None or not person.may_instruct or person.customer_id != action.customer_id:
        people = instructing_contacts(action.ticket.customer) if action.ticket.customer else []
        person = people[0] if people else None
    if person is None:
        log.warning("nobody to tell about %s", action.reference)
        return
    post(
        "action_done",
        to=person.email,
        language=person.language.value,
        ticket_id=action.ticket_id,
        reply_token=action.ticket.reply_token,
        charset=person.customer.mail_charset,
        salutation=person.salutation,
        action=action,
        reference=action.ticket.reference,
        link=ticket_link(action.ticket),
    )
