"""The agent's ticket: thread, composer, and what can be set on it."""

from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK
from helpdesk.alerts.receiving import follow_match
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact, Customer
from helpdesk.customers.people import add_contact, contacts_by_email
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.intake.acknowledging import acknowledge
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import Priority, TicketKind
from helpdesk.tickets.messages import Message, clear_file
from helpdesk.tickets.news import read_ticket
from helpdesk.tickets.opening import cover
from helpdesk.tickets.presence import be_present, present
from helpdesk.tickets.queues import queue_to_move_to
from helpdesk.tickets.recipients import registered
from helpdesk.tickets.visibility import attachment_for, ticket_for
from helpdesk.tickets.words import PRIORITY_WORDS
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.responding import ticket_done
from helpdesk.web.sending import attachment_response
from helpdesk.web.ticket_page import ticket_page_context

blueprint = Blueprint("tickets", __name__, url_prefix="/desk")


@blueprint.get("/tickets/<reference>")
@audience(DESK)
def ticket_page(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference)
    return render_template("desk/ticket.html", **ticket_page_context(ticket))


@blueprint.get("/tickets/<reference>/live/<int:version>")
@audience(DESK)
def ticket_live(reference: str, version: int) -> ResponseReturnValue:
    """304 while neither the ticket nor who else is there changed; the page offers to reload an older version."""
    user = signed_in()
    ticket = ticket_for(user, reference)
    be_present(user, ticket.reference)
    # a page that stands behind shows none of it
    if ticket.version == version and read_ticket(user, ticket.id):
        db.session.commit()
    others = [one.as_json() for one in present(user).get(ticket.reference, [])]
    answer = jsonify(changed=ticket.version != version, others=others)
    answer.add_etag()
    return answer.make_conditional(request)


@blueprint.post("/tickets/<reference>/assignment")
@audience(DESK)
def assign(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    chosen = request.form.get("assignee", "")
    assignee = db.session.get(User, number(chosen)) if number(chosen) else None
    if chosen and assignee is None:
        raise Refusal(_("There is no such agent."))
    ticket.assign(acting(), assignee)
    return ticket_done(ticket.reference)


@blueprint.post("/tickets/<reference>/priority")
@audience(DESK)
def set_priority(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    ticket.set_priority(acting(), Priority(_one_of(request.form.get("priority"), PRIORITY_WORDS)))
    return ticket_done(ticket.reference)


@blueprint.post("/tickets/<reference>/queue")
@audience(DESK)
def move(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    queue = queue_to_move_to(request.form.get("queue", "").replace("\x00", ""))
    ticket.move_to(acting(), queue.code, queue.name)
    return ticket_done(ticket.reference)


@blueprint.post("/tickets/<reference>/closure")
@audience(DESK)
def close(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    ticket.close(acting(), request.form.get("reason", "")[:500])
    return ticket_done(ticket.reference, _("Closed."))


@blueprint.post("/tickets/<reference>/reopening")
@audience(DESK)
def reopen(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    minutes = current_settings().first_answer_minutes
    ticket.reopen(acting(), "the desk reopened it", current_calendar(), minutes)
    return ticket_done(ticket.reference, _("The ticket is open again."))


@blueprint.post("/tickets/<reference>/customer")
@audience(DESK)
def match(reference: str) -> ResponseReturnValue:
    """Say whose mail it is that nobody was found for (R14)."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    chosen = number(request.form.get("customer"))
    customer = db.session.get(Customer, chosen) if chosen else None
    if customer is None:
        raise Refusal(_("Choose a customer first."))
    sender = contacts_by_email({ticket.sender or ""}).get(ticket.sender or "")
    ticket.match(acting(), customer, sender if sender and sender.customer_id == customer.id else None)
    cover(ticket)
    if ticket.kind == TicketKind.alert:
        follow_match(ticket)
    elif ticket.requester is not None:
        acknowledge(ticket, registered(ticket.requester), current_calendar())
    return ticket_done(ticket.reference, _("The ticket now belongs to %(name)s.", name=customer.name))


@blueprint.post("/tickets/<reference>/requester")
@audience(DESK)
def set_requester(reference: str) -> ResponseReturnValue:
    """Say which person of the customer is answered."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    chosen = number(request.form.get("contact"))
    contact = db.session.get(Contact, chosen) if chosen else None
    if contact is None:
        raise Refusal(_("Choose one of the given values."))
    ticket.set_requester(acting(), contact)
    return ticket_done(ticket.reference)


@blueprint.post("/tickets/<reference>/contact")
@audience(DESK)
def register_sender(reference: str) -> ResponseReturnValue:
    """Make a verified sender a person of the customer whom their ticket was matched to (N20)."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    name = " ".join(request.form.get("name", "").split())
    if ticket.customer is None or ticket.requester is not None or not ticket.verified or not ticket.sender:
        raise Refusal(_("Only a verified sender of a matched ticket can be registered here."))
    if not 0 < len(name) <= 100:
        raise Refusal(_("Write the person's name, of at most 100 characters."))
    contact = add_contact(acting(), ticket.customer, name=name, email=ticket.sender)
    ticket.set_requester(acting(), contact)
    return ticket_done(ticket.reference, _("%(name)s is registered and answered from now on.", name=name))


@blueprint.get("/attachments/<key>")
@audience(DESK)
def attachment(key: str) -> ResponseReturnValue:
    return attachment_response(attachment_for(signed_in(), key))


@blueprint.post("/attachments/<key>/clearing")
@audience(DESK)
def clear_attachment(key: str) -> ResponseReturnValue:
    """Let a file of an alert be downloaded as it is from now on."""
    file = attachment_for(signed_in(), key)
    message = db.session.get_one(Message, file.message_id)
    ticket = ticket_for(signed_in(), message.ticket.reference, lock=True)
    clear_file(file, ticket, acting())
    return ticket_done(ticket.reference, _("%(name)s is downloaded as it is from now on.", name=file.name))


@blueprint.get("/tickets/<reference>/mails/<int:message_id>")
@audience(DESK)
def original(reference: str, message_id: int) -> ResponseReturnValue:
    """The original mail behind a message, as it came."""
    ticket = ticket_for(signed_in(), reference)
    message = db.first_or_404(
        select(Message).where(Message.id == message_id, Message.ticket_id == ticket.id, Message.raw_sha256.is_not(None))
    )
    return attachment_response(message)


def _one_of(value: str | None, allowed: dict[str, Any]) -> str:
    if value not in allowed:
        raise Refusal(_("Choose one of the given values."))
    return value
