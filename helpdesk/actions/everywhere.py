"""One file at several customers: a supervisor proposes the same to each, and each decides for itself (R20)."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import Proposal, coverage, propose
from helpdesk.alerts.alert_events import AlertEvent
from helpdesk.alerts.models import Alert
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket

MANY = 200


@dataclass(frozen=True)
class AskedEach:
    """What came of the proposal on one customer's alert: the action's number, or why there is none."""

    reference: str
    customer: str
    action: str | None
    why: str = ""


def propose_everywhere(by: User, alert: Alert, kind: ActionKind, reason: str) -> list[AskedEach]:
    """Propose to every customer with an open alert of this file, with an instruction of its own each.

    Where one cannot be asked the others are. Raises Refusal for who is no supervisor, and for an alert without a file.
    """
    if by.role != Role.supervisor:
        raise Refusal(_("Only a supervisor proposes to several customers."))
    if alert.sha256 is None:
        raise Refusal(_("The alert names no file."))
    rows = (
        select(Alert.id)
        .join(Ticket, Ticket.id == Alert.ticket_id)
        .where(Alert.sha256 == alert.sha256, Alert.customer_id.is_not(None), Ticket.closed_at.is_(None))
        .where(Alert.merged_into_id.is_(None))
        .order_by(Alert.id)
        .limit(MANY)
    )
    return [_proposed(by, alert_id, kind, reason) for alert_id in db.session.scalars(rows).all()]


def _proposed(by: User, alert_id: int, kind: ActionKind, reason: str) -> AskedEach:
    alert = db.session.get_one(Alert, alert_id)
    ticket = db.session.get_one(Ticket, alert.ticket_id, with_for_update=True, populate_existing=True)
    customer = ticket.customer.name if ticket.customer else ""
    covered = coverage(alert, kind)
    if not covered.reaching:
        return AskedEach(ticket.reference, customer, None, str(_("No list reaches a computer of this customer.")))
    named = (AlertEvent.alert_id == alert.id) & AlertEvent.file_name.is_not(None)
    name = db.session.scalar(select(AlertEvent.file_name).where(named).order_by(AlertEvent.id).limit(1))
    without, unknown = covered.without(covered.reaching), covered.unknown
    proposal = Proposal(kind, covered.reaching, None, reason, name, without, unknown)
    try:
        with db.session.begin_nested():
            action = propose(by, alert, proposal)
    except Refusal as refusal:
        return AskedEach(ticket.reference, customer, None, str(refusal))
    return AskedEach(ticket.reference, customer, action.reference)
