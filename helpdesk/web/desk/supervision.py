"""The supervisor's page: reports about to be late, sums, silent consoles, failing keys, what waits for second eyes."""

from datetime import timedelta

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.accounts.models import Role
from helpdesk.actions.lists import in_review, troubled
from helpdesk.alerts.completions import failing_polls
from helpdesk.alerts.lacking import customers_lacking, late_tickets
from helpdesk.alerts.watching import SUM_DAYS, attached, false_positives, met_and_missed, silent_customers
from helpdesk.console.models import failing_credentials
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition, IncomingMail
from helpdesk.tickets.queues import count_views
from helpdesk.web.access import audience, signed_in

blueprint = Blueprint("supervision", __name__, url_prefix="/desk")


@blueprint.get("/supervision")
@audience(Role.supervisor)
def page() -> ResponseReturnValue:
    since = clock.now() - timedelta(days=SUM_DAYS)
    alerts = select(func.count()).where(IncomingMail.disposition == Disposition.alert, IncomingMail.received_at > since)
    return render_template(
        "desk/supervision.html",
        months=met_and_missed(),
        received=db.session.scalar(alerts) or 0,
        sums=attached(),
        sum_days=SUM_DAYS,
        silent=silent_customers(),
        silence_days=current_app.config["SILENCE_DAYS"],
        failing=failing_credentials(),
        polls=failing_polls(),
        troubled=troubled(),
        reviews=in_review(),
        late=late_tickets(),
        lacking=customers_lacking(),
        false_positives=false_positives(),
        me=signed_in(),
        counts=count_views(signed_in()),
    )
