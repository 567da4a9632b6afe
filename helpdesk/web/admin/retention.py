"""The administrator's page of periods: how long each class of data is kept, what would go, and what went (R61)."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import IntegerField
from wtforms.validators import InputRequired

from helpdesk.accounts.roles import Role
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.privacy.expiring import ask_for_run, counted
from helpdesk.privacy.models import RetentionRun
from helpdesk.settings.changing import BOUNDS, change_settings
from helpdesk.settings.models import current_settings
from helpdesk.settings.words import SETTING_WORDS
from helpdesk.web.access import acting, audience
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("retention", __name__, url_prefix="/admin/retention")
LABELS = {name: _l(words) for name, words in SETTING_WORDS.items()}
NAMES = ("privacy_business_days", *(name for name in BOUNDS if name.startswith("keep_")))


class PeriodsForm(FlaskForm):
    privacy_business_days = IntegerField(LABELS["privacy_business_days"], [InputRequired(FILL_IN)])
    keep_inquiries_days = IntegerField(LABELS["keep_inquiries_days"], [InputRequired(FILL_IN)])
    keep_originals_days = IntegerField(LABELS["keep_originals_days"], [InputRequired(FILL_IN)])
    keep_notices_days = IntegerField(LABELS["keep_notices_days"], [InputRequired(FILL_IN)])
    keep_sign_ins_days = IntegerField(LABELS["keep_sign_ins_days"], [InputRequired(FILL_IN)])
    keep_people_days = IntegerField(LABELS["keep_people_days"], [InputRequired(FILL_IN)])
    keep_names_days = IntegerField(LABELS["keep_names_days"], [InputRequired(FILL_IN)])
    keep_disclosures_days = IntegerField(LABELS["keep_disclosures_days"], [InputRequired(FILL_IN)])


@blueprint.get("")
@audience(Role.administrator)
def page() -> ResponseReturnValue:
    values = {name: getattr(current_settings(), name) for name in NAMES}
    return render_template("admin/retention.html", **_page(PeriodsForm(formdata=None, **values)))


@blueprint.post("")
@audience(Role.administrator)
def change() -> ResponseReturnValue:
    form = PeriodsForm()
    if not form.validate():
        return again("admin/retention.html", **_page(form))
    try:
        changed = change_settings(acting(), {name: form[name].data for name in NAMES})
    except Refusal as refusal:
        return refused(refusal, form, "admin/retention.html", **_page())
    if changed is None:
        return done(_("Nothing differs from before."), "admin.retention.page")
    return done(_("Saved. Count first what would go: the next night deletes it."), "admin.retention.page")


@blueprint.post("/runs")
@audience(Role.administrator)
def run() -> ResponseReturnValue:
    """Count what would go, or delete it now."""
    dry = request.form.get("what") != "delete"
    ask_for_run(acting(), dry=dry)
    words = _("It is being counted.") if dry else _("It is being deleted.")
    return done(words, "admin.retention.page")


def _page(form: PeriodsForm | None = None) -> dict[str, Any]:
    runs = db.session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(30)).all()
    page: dict[str, Any] = {"runs": runs, "names": [name for name in NAMES if name.startswith("keep_")]}
    page["counted"] = counted()
    return page if form is None else page | {"form": form}
