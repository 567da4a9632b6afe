"""The desk's work on an alert: its findings, its events, and the report to the customer (R10-R13)."""

from unicodedata import normalize

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk.accounts.roles import DESK
from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.alert_events import AlertEvent, computers_of
from helpdesk.alerts.completions import request_completion
from helpdesk.alerts.models import (
    Alert,
    FindingKind,
    FindingSource,
    alert_of,
    checked_reason,
    open_alerts_like,
    set_finding,
)
from helpdesk.alerts.overview import GroupedBy, open_alerts
from helpdesk.alerts.receiving import gather_by_file
from helpdesk.alerts.regrouping import merge, split, take_apart
from helpdesk.audit.models import record
from helpdesk.errors import NotFound, Refusal, number
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.responding import ticket_done

blueprint = Blueprint("alerts", __name__, url_prefix="/desk")
EVENTS_PAGE = 100


@blueprint.get("/open-alerts")
@audience(DESK)
def overview() -> ResponseReturnValue:
    """Every open alert of every customer, by file or by customer."""
    asked = request.args.get("by", "")
    by = GroupedBy(asked) if asked in GroupedBy.__members__ else GroupedBy.file
    return render_template("desk/open_alerts.html", by=by, groups=open_alerts(by), counts=count_views(signed_in()))


@blueprint.get("/tickets/<reference>/events")
@audience(DESK)
def events(reference: str) -> ResponseReturnValue:
    """Every event of the alert, newest first, a page at a time, with what can be regrouped."""
    ticket = ticket_for(signed_in(), reference)
    alert, before = alert_of(ticket), number(request.args.get("before"))
    rows = select(AlertEvent).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id.desc())
    rows = rows.where(AlertEvent.id < before) if before else rows
    shown = list(db.session.scalars(rows.limit(EVENTS_PAGE)))
    computers = sorted(computers_of(alert).values(), key=lambda computer: computer.name)
    return render_template(
        "desk/events.html",
        ticket=ticket,
        alert=alert,
        events=shown,
        after=shown[-1].id if len(shown) == EVENTS_PAGE else None,
        computers=computers,
        others=[] if alert.reported_at else open_alerts_like(alert),
        counts=count_views(signed_in()),
    )


@blueprint.post("/tickets/<reference>/findings")
@audience(DESK)
def edit_findings(reference: str) -> ResponseReturnValue:
    """An agent's own words for the findings; an empty one lets the sources speak again."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    alert = alert_of(ticket)
    for kind in FindingKind:
        if kind.value in request.form:
            set_finding(alert, kind, FindingSource.agent, request.form[kind.value], signed_in().name)
    ticket.touch()
    record(acting(), AlertAct.findings_edited, ticket)
    return ticket_done(reference, _("The findings are kept."))


@blueprint.post("/tickets/<reference>/completion")
@audience(DESK)
def complete(reference: str) -> ResponseReturnValue:
    request_completion(alert_of(ticket_for(signed_in(), reference)), at_once=True)
    return ticket_done(reference, _("The console is being read; the page shows it in a moment."))


@blueprint.post("/tickets/<reference>/vouching")
@audience(DESK)
def vouch(reference: str) -> ResponseReturnValue:
    """Stand for an alert whose sender's check failed, with a reason: its facts may become targets."""
    _alert(reference).vouch(signed_in(), request.form.get("reason", ""))
    return ticket_done(reference, _("Recorded: the facts of this alert may be acted on."))


@blueprint.post("/tickets/<reference>/false-positive")
@audience(DESK)
def mark_false_positive(reference: str) -> ResponseReturnValue:
    """Say that nothing was wrong, with a reason; or take that back."""
    alert = _alert(reference)
    if "undo" in request.form:
        alert.unmark_false_positive(signed_in())
    else:
        alert.mark_false_positive(signed_in(), request.form.get("reason", ""))
    return ticket_done(reference, _("Recorded."))


@blueprint.post("/tickets/<reference>/file")
@audience(DESK)
def name_file(reference: str) -> ResponseReturnValue:
    """Enter the SHA-256 that neither mail nor console told, with a reason."""
    alert = _alert(reference)
    alert.name_file(signed_in(), request.form.get("sha256", ""), request.form.get("reason", ""))
    gather_by_file(alert)
    request_completion(alert)
    into = db.session.get(Alert, alert.merged_into_id) if alert.merged_into_id else None
    return ticket_done(
        into.ticket.reference if into else reference, _("The file is on record; the console is asked about it.")
    )


@blueprint.post("/tickets/<reference>/computers")
@audience(DESK)
def confirm_computer(reference: str) -> ResponseReturnValue:
    """Say which connector a computer has where the console did not confirm it, with a reason."""
    alert, guid = _alert(reference), request.form.get("guid", "")
    reason = checked_reason(request.form.get("reason", ""))
    chosen = computers_of(alert).get(folded_name(request.form.get("computer", "")))
    if chosen is None:
        raise Refusal(_("Choose one of the given values."))
    chosen.confirm(guid)
    record(acting(), AlertAct.computer_confirmed, alert.ticket, computer=chosen.name, guid=chosen.guid, reason=reason)
    alert.ticket.touch()
    return ticket_done(
        reference, _("Recorded. The console is asked for the computer's name before anything is changed.")
    )


@blueprint.post("/tickets/<reference>/split")
@audience(DESK)
def split_off(reference: str) -> ResponseReturnValue:
    alert = _alert(reference)
    ticket = split(alert, set(request.form.getlist("computer")), signed_in())
    fresh = ticket.reference
    return ticket_done(fresh, _("These computers have a ticket of their own now."))


@blueprint.post("/tickets/<reference>/merge")
@audience(DESK)
def merge_into(reference: str) -> ResponseReturnValue:
    alert = _alert(reference)
    other = normalize("NFKC", request.form.get("number") or request.form.get("into", "")).strip()
    try:
        into = _alert(other)
    except NotFound:
        raise Refusal(_("There is no ticket of this number.")) from None
    merge(alert, into, acting())
    return ticket_done(other, _("Both alerts are one ticket now."))


@blueprint.post("/tickets/<reference>/events/<int:event_id>/match")
@audience(DESK)
def unmatch(reference: str, event_id: int) -> ResponseReturnValue:
    """Take apart two events that were matched by their time."""
    alert = _alert(reference)
    event = db.get_or_404(AlertEvent, event_id)
    if event.alert_id != alert.id:
        abort(404)
    take_apart(event, alert, signed_in())
    return ticket_done(reference, _("They are two events again."))


def _alert(reference: str) -> Alert:
    return alert_of(ticket_for(signed_in(), reference, lock=True))
