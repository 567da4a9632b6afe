"""The supervisor's page: how the desk stands, what is about to be missed, what waits for a supervisor (R12, R14)."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.accounts.roles import Role
from helpdesk.actions.lists import in_review, troubled
from helpdesk.alerts.completions import failing_polls
from helpdesk.alerts.lacking import customers_lacking
from helpdesk.alerts.watching import SUM_DAYS, attached, false_positives, met_and_missed, silent_customers
from helpdesk.calendar.models import current_calendar
from helpdesk.console.models import failing_credentials
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition, IncomingMail
from helpdesk.notices.undelivered import failed_mails
from helpdesk.reports.behind import Behind
from helpdesk.reports.desk import Scope
from helpdesk.settings.models import current_settings
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.lists import worded
from helpdesk.tickets.matching import count_matching, list_matching
from helpdesk.web.access import audience, signed_in
from helpdesk.web.figures_page import figures_context, period_context
from helpdesk.web.pages import language

blueprint = Blueprint("supervision", __name__, url_prefix="/desk/supervision")


@blueprint.get("")
@audience(Role.supervisor)
def page() -> ResponseReturnValue:
    return render_template(
        "desk/supervision.html",
        months=met_and_missed(),
        silent=silent_customers(),
        silence_days=current_settings().silence_days,
        failing=failing_credentials(),
        polls=failing_polls(),
        reviews=in_review(),
        lacking=customers_lacking(),
        false_positives=false_positives(),
        me=signed_in(),
        counts=count_views(signed_in()),
        **_standing(),
        **period_context(Scope.read(request.args)),
    )


@blueprint.get("/wall")
@audience(Role.supervisor)
def wall() -> ResponseReturnValue:
    """The same figures for a screen on the wall: large, and fresh every 15 seconds."""
    return render_template("desk/wall.html", **_standing())


@blueprint.get("/tickets")
@audience(Role.supervisor)
def tickets() -> ResponseReturnValue:
    """The tickets behind a figure."""
    behind, hours = Behind.read(request.args), current_calendar().hours
    conditions = behind.conditions()
    rows, after = list_matching(conditions, request.args.get("after"))
    return render_template(
        "desk/behind.html",
        behind=behind,
        lines=worded(rows, hours, language()),
        total=count_matching(conditions),
        after=after,
        here=behind.address(),
        counts=count_views(signed_in()),
    )


def _standing() -> dict[str, Any]:
    """What page and wall share."""
    since = clock.now() - timedelta(days=SUM_DAYS)
    alerts = select(func.count()).where(IncomingMail.disposition == Disposition.alert, IncomingMail.received_at > since)
    return {
        "received": db.session.scalar(alerts) or 0,
        "sums_of_alerts": attached(),
        "sum_days": SUM_DAYS,
        "troubled": troubled(),
        "undelivered": failed_mails(),
        **figures_context(Scope.read(request.args)),
    }
