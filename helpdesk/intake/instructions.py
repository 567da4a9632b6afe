"""Which alert an instruction means: by its ticket's number, its file's hash, its computer, else the only open one."""

import re

from sqlalchemy import ColumnElement, func, select

from helpdesk.alerts.alert_events import AffectedComputer
from helpdesk.alerts.models import Alert
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening

_REFERENCE = re.compile(r"(?<!\d)\d{4}-\d{4,6}(?!\d)")
_SHA256 = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_HOST = re.compile(r"(?<![A-Za-z0-9_.\-])[A-Za-z][A-Za-z0-9_\-]{1,62}[A-Za-z0-9](?![A-Za-z0-9_])")
NAMES_MAX = 50


def alert_meant(opening: Opening) -> Ticket | None:
    """The open alert's ticket, locked; None where none or several could be meant.

    Only for somebody whom the customer named for alerts, and only where the sender is known to be who they say.
    """
    person, mailed = opening.requester, opening.mailed
    if person is None or opening.customer is None or person.closed or not person.may_instruct:
        return None
    if mailed is not None and not mailed.verified:
        return None
    open_ones = (
        select(Ticket)
        .join(Alert, Alert.ticket_id == Ticket.id)
        .where(Ticket.customer_id == opening.customer.id, Ticket.state != TicketState.closed)
    )
    text = f"{opening.subject}\n{opening.body}"
    for named in _named(text):
        found = db.session.scalars(open_ones.where(named).limit(2)).unique().all()
        if found:
            return _locked(found[0]) if len(found) == 1 else None
    if _SHA256.search(text) or _REFERENCE.search(text):
        return None
    found = db.session.scalars(open_ones.limit(2)).unique().all()
    return _locked(found[0]) if len(found) == 1 else None


def _named(text: str) -> list[ColumnElement[bool]]:
    """What tells which alert is meant, the surest first."""
    references, hashes = set(_REFERENCE.findall(text)), {found.lower() for found in _SHA256.findall(text)}
    hosts = {folded_name(found) for found in _HOST.findall(text)[:NAMES_MAX]}
    named: list[ColumnElement[bool]] = []
    if references:
        named.append(Ticket.reference.in_(sorted(references)))
    if hashes:
        named.append(Alert.sha256.in_(sorted(hashes)))
    if hosts:
        computer = select(AffectedComputer.alert_id).where(
            AffectedComputer.alert_id == Alert.id, func.lower(AffectedComputer.name).in_(sorted(hosts))
        )
        named.append(computer.exists())
    return named


def _locked(ticket: Ticket) -> Ticket:
    db.session.refresh(ticket, with_for_update=True)
    return ticket
