"""Proposing an action to a customer, and undoing one: on which lists, for which computers, who must look (R20, R22)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.actions.acts import ActionAct
from helpdesk.actions.asking import ask
from helpdesk.actions.models import LIST_KINDS, Action, ActionKind, Review
from helpdesk.actions.targets import ActionTarget
from helpdesk.alerts.alert_events import AffectedComputer, AlertEvent, computers_of
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import record
from helpdesk.console.models import credential_of, lists_of
from helpdesk.console.values import ALLOWED, BLOCKED, DETECTIONS
from helpdesk.contracts.cover import hold_to_contract
from helpdesk.customers.models import Contact
from helpdesk.customers.people import instructing_contacts
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket

REASON_MAX = 500


@dataclass(frozen=True)
class ProposedTarget:
    """A list, or a computer, an action can be about, with the affected computers it reaches."""

    guid: str
    name: str
    computers: tuple[str, ...] = ()


@dataclass
class Coverage:
    """Which lists the affected computers' policies use. `unknown`: the console has not told yet."""

    places: list[ProposedTarget] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def reaching(self) -> list[ProposedTarget]:
        """The lists that reach somebody."""
        return [place for place in self.places if place.computers]

    def without(self, chosen: Sequence[ProposedTarget]) -> list[str]:
        """The computers that none of the chosen lists reaches."""
        reached = {name for place in chosen for name in place.computers}
        known = {name for place in self.places for name in place.computers} | set(self.uncovered)
        return sorted(known - reached)


def coverage(alert: Alert, kind: ActionKind) -> Coverage:
    """Lists of the kind on the customer's console, and whom of the alert's computers each reaches."""
    wanted, cover = LIST_KINDS[kind], Coverage()
    reached: dict[str, list[str]] = {}
    names = {file_list.guid: file_list.name for file_list in lists_of(alert.customer_id or 0, wanted)}
    rows = select(AffectedComputer).where(AffectedComputer.alert_id == alert.id).order_by(AffectedComputer.name)
    for computer in db.session.scalars(rows):
        if computer.lists is None:
            cover.unknown.append(computer.name)
            continue
        used = [file_list for file_list in computer.lists if file_list["kind"] == wanted]
        for file_list in used:
            reached.setdefault(file_list["guid"], []).append(computer.name)
            names.setdefault(file_list["guid"], file_list["name"])
        if not used:
            cover.uncovered.append(computer.name)
    cover.places = [ProposedTarget(guid, name, tuple(reached.get(guid, ()))) for guid, name in names.items()]
    return cover


@dataclass(frozen=True)
class Proposal:
    """What is proposed. `to` is the alert contact who is asked; without one, the first of the customer."""

    kind: ActionKind
    places: Sequence[ProposedTarget]
    to: Contact | None = None
    reason: str = ""
    file_name: str | None = None
    uncovered: Sequence[str] = ()
    unknown: Sequence[str] = ()
    """Computers whose policy the console has not told."""


def why_none(alert: Alert) -> str:
    """Why no action can be offered on an alert; empty where one can."""
    if credential_of(alert.customer_id or 0) is None:
        return str(_("No action can be offered: no API key is stored for this customer."))
    if alert.sha256 is None:
        return str(_("No action can be offered: neither mail nor console told the file's SHA-256."))
    if not any(coverage(alert, kind).places for kind in (ActionKind.quarantine, ActionKind.allow)):
        return str(_("No action can be offered: the console's lists have not been read yet."))
    return ""


def propose(by: User, alert: Alert, proposal: Proposal) -> Action:
    """Ask the customer to decide on an action; only after the alert was reported (R20).

    A file whose disposition is Clean, and every action of a customer who wants it so, waits for another
    supervisor's eyes first.
    """
    ticket, customer = alert.ticket, alert.ticket.customer
    if alert.reported_at is None or customer is None:
        raise Refusal(_("Report the alert to the customer first."))
    hold_to_contract(customer.id)
    if not alert.believed:
        raise Refusal(_("The check of this alert's sender failed. Look into it and vouch for it first, with a reason."))
    if not proposal.places:
        raise Refusal(_("Choose at least one list."))
    if proposal.kind == ActionKind.isolate:
        _check_computers(alert, proposal)
    sha256 = None if proposal.kind == ActionKind.isolate else _checked_file(alert, proposal)
    refuse_doubles(customer.id, proposal.kind, sha256, {place.guid for place in proposal.places})
    action = _add(by, ticket, proposal, sha256)
    if proposal.kind == ActionKind.quarantine and _clean(alert):
        action.review = Review.clean
    elif customer.second_eyes:
        action.review = Review.second_eyes
    return _asked(by, action)


def _check_computers(alert: Alert, proposal: Proposal) -> None:
    """Only computers whose name and connector the console, or a person, said together."""
    customer = alert.ticket.customer
    if customer is None or not customer.isolation:
        raise Refusal(_("Isolation is not switched on for this customer; it lies beyond the standard service."))
    confirmed = {
        (computer.guid, computer.name)
        for computer in computers_of(alert).values()
        if computer.guid and not computer.doubt
    }
    if not {(place.guid, place.name) for place in proposal.places} <= confirmed:
        raise Refusal(_("The console has not named this computer and its connector together."))


def _checked_file(alert: Alert, proposal: Proposal) -> str:
    """The file, where each of the chosen lists may take it."""
    if alert.sha256 is None:
        raise Refusal(_("The alert names no file."))
    known = {place.guid for place in coverage(alert, proposal.kind).places}
    if not {place.guid for place in proposal.places} <= known:
        raise Refusal(_("This list cannot take the file."))
    return alert.sha256


def propose_undo(by: User, done: Action) -> Action:
    """Ask the customer to have undone what an action did and what was ours, also where it then failed (R22)."""
    hold_to_contract(done.customer_id)
    ended = (ErrandState.done, ErrandState.failed, ErrandState.unclear)
    stand = [target for target in done.targets if done.may_stand(target)]
    if done.state not in ended or done.undo or not stand:
        raise Refusal(_("Only a finished action can be undone."))
    ours = [
        ProposedTarget(target.guid, target.name, tuple(target.computers))
        for target in stand
        if not target.already_there
    ]
    if not ours:
        raise Refusal(_("The entry was on the list before; a person must take it off on the console."))
    if undo_of(done) is not None:
        raise Refusal(_("The undo of this action is under way already."))
    proposal = Proposal(done.kind, ours, done.asked_to, "", done.file_name)
    undo = _add(by, done.ticket, proposal, done.sha256)
    undo.undoes_id = done.id
    if done.ticket.customer is not None and done.ticket.customer.second_eyes:
        undo.review = Review.second_eyes
    return _asked(by, undo)


def undo_of(done: Action) -> Action | None:
    """The undo that is asked for, under way or done."""
    rows = select(Action).where(
        Action.undoes_id == done.id, Action.declined_at.is_(None), Action.withdrawn_at.is_(None)
    )
    return db.session.scalar(rows.where(Action.state != ErrandState.failed).limit(1))


def _asked(by: User, action: Action) -> Action:
    db.session.flush()
    details = {"action": action.reference, "kind": action.kind.value, "list": action.names}
    if action.in_review:
        record(by.actor(), ActionAct.review_asked, action.ticket, **details)
        action.ticket.touch()
    else:
        ask(action)
        record(by.actor(), ActionAct.asked, action.ticket, **details)
    return action


def _clean(alert: Alert) -> bool:
    """Whether the console holds the file for clean."""
    rows = select(AlertEvent.id).where(
        AlertEvent.alert_id == alert.id,
        AlertEvent.sha256 == alert.sha256,
        func.lower(AlertEvent.disposition) == "clean",
    )
    return db.session.scalar(rows.limit(1)) is not None


def refuse_doubles(
    customer_id: int, kind: ActionKind, sha256: str | None, guids: set[str], *, besides: Action | None = None
) -> None:
    """One hash is either quarantined or allowed, and on one list once, until that is undone.

    What failed after it had reached a list still stands. The lock keeps two agents from passing at once.
    """
    lock = int.from_bytes(hashlib.sha256(f"action:{customer_id}:{sha256}".encode()).digest()[:8], signed=True)
    db.session.execute(select(func.pg_advisory_xact_lock(lock)))
    undone = select(Action.undoes_id).where(Action.undoes_id.is_not(None), Action.state == ErrandState.done)
    rows = select(Action).where(
        Action.customer_id == customer_id,
        Action.sha256.is_not_distinct_from(sha256),
        Action.undoes_id.is_(None),
        Action.declined_at.is_(None),
        Action.withdrawn_at.is_(None),
        Action.id.not_in(undone),
    )
    for standing in db.session.scalars(rows):
        untouched = standing.state == ErrandState.failed and not any(map(standing.may_stand, standing.targets))
        if standing is besides or untouched:
            continue
        if standing.kind != kind:
            other = standing.reference
            raise Refusal(_("%(action)s does the opposite with this file; it has to be undone first.", action=other))
        if guids & {target.guid for target in standing.targets}:
            raise Refusal(_("An action for this file is under way or in force already."))


def check_again(action: Action) -> None:
    """Before a failed action is tried once more: nothing else may have taken its place."""
    if not action.undo:
        guids = {target.guid for target in action.targets}
        refuse_doubles(action.customer_id, action.kind, action.sha256, guids, besides=action)
        return
    newer = select(Action.id).where(
        Action.customer_id == action.customer_id,
        Action.sha256.is_not_distinct_from(action.sha256),
        Action.undoes_id.is_(None),
        Action.id > action.id,
        Action.instructed_at.is_not(None),
    )
    if db.session.scalar(newer.limit(1)) is not None:
        raise Refusal(_("A newer action with this file would be undone with it."))


def _conflicts(ticket: Ticket, kind: ActionKind) -> list[str]:
    """Lists that hold this very file for the opposite (A12)."""
    opposite = {ActionKind.quarantine: (ALLOWED,), ActionKind.allow: (DETECTIONS, BLOCKED)}.get(kind, ())
    alert = db.session.scalar(select(Alert).where(Alert.ticket_id == ticket.id))
    return [one["name"] for one in (alert.on_lists if alert else []) if one["kind"] in opposite]


def _add(by: User, ticket: Ticket, proposal: Proposal, sha256: str | None) -> Action:
    number = db.session.scalar(select(func.count()).select_from(Action).where(Action.ticket_id == ticket.id)) or 0
    people = [proposal.to] if proposal.to else (instructing_contacts(ticket.customer) if ticket.customer else [])
    action = Action(
        reference=f"{ticket.reference}-A{number + 1}",
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        kind=proposal.kind,
        sha256=sha256.lower() if sha256 else None,
        file_name=proposal.file_name,
        reason=" ".join(proposal.reason.split())[:REASON_MAX],
        uncovered=list(proposal.uncovered),
        unknown=list(proposal.unknown),
        conflicts=_conflicts(ticket, proposal.kind),
        asked_at=clock.now(),
        asked_by=by.name,
        asked_by_id=by.id,
        asked_to_id=people[0].id if people else None,
        targets=[
            ActionTarget(guid=place.guid, name=place.name, computers=list(place.computers)) for place in proposal.places
        ],
    )
    action.ticket = ticket
    db.session.add(action)
    db.session.flush()
    return action
