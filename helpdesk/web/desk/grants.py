"""The supervisor's page of administrators who see tickets for a time: granted with a reason, and ended (R70)."""

from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from helpdesk import clock
from helpdesk.accounts.grants import LONGEST, administrators, end_grant, grant_tickets
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.handing_back import after_grants
from helpdesk.web.access import audience, signed_in
from helpdesk.web.forms import strip
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("grants", __name__, url_prefix="/desk/grants")


class GrantForm(FlaskForm):
    who = SelectField(_l("Administrator"), coerce=int)
    until = DateTimeLocalField(_l("Until"), [InputRequired(FILL_IN)], format="%Y-%m-%dT%H:%M")
    reason = StringField(_l("Reason"), [InputRequired(FILL_IN), Length(max=300)], [strip])


@blueprint.get("")
@audience(Role.supervisor)
def page() -> ResponseReturnValue:
    return render_template("desk/grants.html", **_page(_form()))


@blueprint.post("")
@audience(Role.supervisor)
def grant() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return again("desk/grants.html", **_page(form))
    until: datetime = form.until.data  # type: ignore[assignment]
    to = db.get_or_404(User, form.who.data)
    try:
        zone = current_calendar().hours.zone
        grant_tickets(signed_in(), to, until.replace(tzinfo=zone), form.reason.data or "")
    except Refusal as refusal:
        return refused(refusal, form, "desk/grants.html", **_page())
    return done(_("%(name)s sees tickets from the next click on.", name=to.name), "desk.grants.page")


@blueprint.post("/<int:user_id>/end")
@audience(Role.supervisor)
def end(user_id: int) -> ResponseReturnValue:
    of = db.get_or_404(User, user_id)
    end_grant(signed_in(), of)
    after_grants(signed_in().actor())
    return done(_("%(name)s sees tickets no more.", name=of.name), "desk.grants.page")


def _form() -> GrantForm:
    form = GrantForm()
    form.who.choices = [(one.id, one.name) for one in administrators()]
    if not form.until.raw_data:
        hours, now = current_calendar().hours, clock.now()
        form.until.data = hours.closing(now).astimezone(hours.zone)
    return form


def _page(form: GrantForm | None = None) -> dict[str, object]:
    page: dict[str, object] = {
        "administrators": administrators(),
        "most": LONGEST.days,
        "counts": count_views(signed_in()),
        "me": signed_in(),
    }
    return page | ({"form": form} if form is not None else {})
