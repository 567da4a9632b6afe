"""When inquiries that wait for the customer are reminded and closed, queue by queue."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.models import Role
from helpdesk.errors import Refusal, number
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.models import Queue
from helpdesk.tickets.waiting import DAYS_MAX, rule_of_queue, set_rule
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.responding import done

blueprint = Blueprint("waiting", __name__, url_prefix="/desk/waiting-rules")
REMINDED = (Queue.inquiries, Queue.contracts, Queue.unmatched, Queue.contested)
"""An alert's report and decision have clocks of their own."""


@blueprint.get("")
@audience(Role.supervisor)
def rules() -> ResponseReturnValue:
    shown = {queue.value: rule_of_queue(queue) for queue in REMINDED}
    return render_template("desk/waiting.html", rules=shown, most=DAYS_MAX, counts=count_views(signed_in()))


@blueprint.post("/<queue>")
@audience(Role.supervisor)
def change(queue: str) -> ResponseReturnValue:
    """Set the business days of one queue."""
    chosen = next((one for one in REMINDED if one.value == queue), None)
    days = [number(request.form.get(name, "")) for name in ("first", "again", "close")]
    if chosen is None or None in days:
        raise Refusal(_("Write business days from 0 (never) to %(most)s.", most=DAYS_MAX))
    first, again, close = (day or 0 for day in days)
    set_rule(acting(), chosen, first=first, again=again, close=close)
    return done(_("The reminders are set."), "desk.waiting.rules")
