"""Asking a customer to decide on an action, and on undoing one (R20, R22)."""

from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.actions.models import LIST_KINDS, Action, ActionKind
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import record
from helpdesk.console.models import ConsoleList
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket


def propose(by: User, alert: Alert, kind: ActionKind, target: ConsoleList, *, file_name: str | None) -> Action:
    """Ask the customer to decide on an action; only after the alert was reported (R20)."""
    ticket, sha256 = alert.ticket, alert.sha256
    if alert.reported_at is None or ticket.customer_id is None:
        raise Refusal(_("Report the alert to the customer first."))
    if sha256 is None:
        raise Refusal(_("The alert names no file."))
    if target.customer_id != ticket.customer_id or target.kind != LIST_KINDS[kind]:
        raise Refusal(_("This list cannot take the file."))
    if _standing(ticket.customer_id, sha256):
        raise Refusal(_("An action for this file is under way or in force already."))
    return _add(by, ticket, kind, sha256, file_name, target.guid, target.name)


def propose_undo(by: User, done: Action) -> Action:
    """Ask the customer to have a done action undone (R22)."""
    if done.state != ErrandState.done or done.undo:
        raise Refusal(_("Only a finished action can be undone."))
    if done.already_there:
        raise Refusal(_("The entry was on the list before; a person must take it off on the console."))
    if undo_of(done) is not None:
        raise Refusal(_("The undo of this action is under way already."))
    undo = _add(by, done.ticket, done.kind, done.sha256, done.file_name, done.list_guid, done.list_name)
    undo.undoes_id = done.id
    return undo


def undo_of(done: Action) -> Action | None:
    """The undo that is asked for, under way or done."""
    rows = select(Action).where(
        Action.undoes_id == done.id, Action.declined_at.is_(None), Action.withdrawn_at.is_(None)
    )
    return db.session.scalar(rows.where(Action.state != ErrandState.failed).limit(1))


def _standing(customer_id: int, sha256: str) -> bool:
    """Whether an action of this customer on this hash is asked for, under way, or done and not undone."""
    undone = select(Action.undoes_id).where(Action.undoes_id.is_not(None), Action.state == ErrandState.done)
    rows = select(Action.id).where(
        Action.customer_id == customer_id,
        Action.sha256 == sha256,
        Action.undoes_id.is_(None),
        Action.declined_at.is_(None),
        Action.withdrawn_at.is_(None),
        Action.state != ErrandState.failed,
        Action.id.not_in(undone),
    )
    return db.session.scalar(rows.limit(1)) is not None


def _add(  # noqa: PLR0917 - one row's columns
    by: User, ticket: Ticket, kind: ActionKind, sha256: str, file_name: str | None, guid: str, name: str
) -> Action:
    number = db.session.scalar(select(func.count()).select_from(Action).where(Action.ticket_id == ticket.id)) or 0
    action = Action(
        reference=f"{ticket.reference}-A{number + 1}",
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        kind=kind,
        sha256=sha256.lower(),
        file_name=file_name,
        list_guid=guid,
        list_name=name,
        asked_at=clock.now(),
        asked_by=by.name,
    )
    action.ticket = ticket
    db.session.add(action)
    db.session.flush()
    ticket.wait_for_customer(by.actor())
    record(by.actor(), "action.asked", ticket, action=action.reference, kind=kind.value, list=name)
    return action
