"""Erasings that no request of a person on record asked for, and those that failed (R61)."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import Role
from helpdesk.audit.models import record
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.privacy.leaving import ask_for_outsider
from helpdesk.privacy.models import Erasure
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.personal_forms import OutsiderErasingForm
from helpdesk.web.responding import again as shown_again
from helpdesk.web.responding import done, refused

blueprint = Blueprint("erasings", __name__, url_prefix="/desk/erasings")
WHO = (Role.supervisor, Role.administrator)
OUTSIDER = "desk/personal_outsider.html"


@blueprint.get("/outsiders")
@audience(*WHO)
def outsider_form() -> ResponseReturnValue:
    return render_template(OUTSIDER, form=OutsiderErasingForm(formdata=None), **_counts())


@blueprint.post("/outsiders")
@audience(*WHO)
def erase_outsider() -> ResponseReturnValue:
    """Who wrote to us and is nobody's contact has the same right (16-4)."""
    form = OutsiderErasingForm()
    if not form.validate():
        return shown_again(OUTSIDER, form=form, **_counts())
    words = (form.also.data or "").splitlines()
    try:
        ask_for_outsider(acting(), form.email.data or "", words, form.how.data or "")
    except Refusal as refusal:
        return refused(refusal, form, OUTSIDER, **_counts())
    return done(_("They are being erased."), "desk.personal.overview")


@blueprint.post("/<int:erasure_id>/again")
@audience(*WHO)
def again(erasure_id: int) -> ResponseReturnValue:
    """Begin one that failed once more; what is gone already is found no more."""
    row = db.get_or_404(Erasure, erasure_id)
    if row.state != ErrandState.failed:
        raise Refusal(_("This one is under way, or done."))
    row.restart()
    record(acting(), PrivacyAct.again, row)
    return done(_("It begins again."), "desk.personal.overview")


def _counts() -> dict[str, Any]:
    return {"counts": count_views(signed_in())} if signed_in().works_tickets else {}
