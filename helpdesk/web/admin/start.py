"""The first start: what is still needed before customers can be served, each step seen working (D11)."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import Role
from helpdesk.calendar.models import current_calendar
from helpdesk.ops.first_start import left, send_in, send_out, steps
from helpdesk.web.access import audience, signed_in
from helpdesk.web.customer_page import today
from helpdesk.web.responding import done

blueprint = Blueprint("start", __name__, url_prefix="/admin/start")


@blueprint.get("")
@audience(Role.administrator)
def page() -> ResponseReturnValue:
    views = steps(signed_in(), today())
    return render_template(
        "admin/start.html", views=views, left=left(views), hours=current_calendar().hours, settings=current_app.config
    )


@blueprint.post("/mail-out")
@audience(Role.administrator)
def try_mail_out() -> ResponseReturnValue:
    """A mail to the administrator's own mailbox."""
    send_out(signed_in())
    return done(_("A mail is on its way to %(to)s.", to=signed_in().email), "admin.start.page")


@blueprint.post("/mail-in")
@audience(Role.administrator)
def try_mail_in() -> ResponseReturnValue:
    """A mail to the support address, which has to come back here."""
    send_in(signed_in())
    words = _("A mail is on its way to %(to)s; it has to come back here.", to=current_app.config["SUPPORT_ADDRESS"])
    return done(words, "admin.start.page")
