"""The administrator's page of the service's settings: names, numbers, and who changed what when."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length

from helpdesk.accounts.roles import Role
from helpdesk.errors import Refusal, number
from helpdesk.files.models import store
from helpdesk.settings.changing import TEXT_MAX, change_settings, history, version_of
from helpdesk.settings.logos import checked_logo
from helpdesk.settings.models import NAMES, current_settings, of_environment
from helpdesk.settings.words import SETTING_WORDS
from helpdesk.web.access import acting, audience
from helpdesk.web.forms import strip
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("settings", __name__, url_prefix="/admin/settings")
LABELS = {name: _l(words) for name, words in SETTING_WORDS.items()}


class SettingsForm(FlaskForm):
    version = HiddenField()
    provider_name = StringField(LABELS["provider_name"], [InputRequired(FILL_IN), Length(max=TEXT_MAX)], [strip])
    provider_phone = StringField(LABELS["provider_phone"], [Length(max=40)], [strip])
    provider_address = StringField(LABELS["provider_address"], [Length(max=TEXT_MAX)], [strip])
    logo = FileField(LABELS["logo"])
    drop_logo = BooleanField(_l("Take the logo off"))
    first_answer_minutes = IntegerField(LABELS["first_answer_minutes"], [InputRequired(FILL_IN)])
    report_business_days = IntegerField(LABELS["report_business_days"], [InputRequired(FILL_IN)])
    actions_within_report_days = BooleanField(LABELS["actions_within_report_days"])
    term_from_application = BooleanField(LABELS["term_from_application"])
    undo_seconds = IntegerField(LABELS["undo_seconds"], [InputRequired(FILL_IN)])
    ask_terms_at_sign_in = BooleanField(LABELS["ask_terms_at_sign_in"])
    reopen_days = IntegerField(LABELS["reopen_days"], [InputRequired(FILL_IN)])
    silence_days = IntegerField(LABELS["silence_days"], [InputRequired(FILL_IN)])

    def wanted(self) -> dict[str, Any]:
        """What the form says, by name. Refused for a logo that cannot be shown."""
        values = {name: getattr(self, name).data for name in NAMES if name != "logo" and name in self}
        content = self.logo.data.read() if self.logo.data else b""
        if content:
            values["logo"] = store(checked_logo(content))
        elif self.drop_logo.data:
            values["logo"] = ""
        return {name: "" if value is None else value for name, value in values.items()}


@blueprint.get("")
@audience(Role.administrator)
def page() -> ResponseReturnValue:
    values = {name: value for name, value in vars(current_settings()).items() if name != "logo"}
    form = SettingsForm(formdata=None, version=_newest(), **values)
    return render_template("admin/settings.html", **_page(form))


@blueprint.post("")
@audience(Role.administrator)
def change() -> ResponseReturnValue:
    form = SettingsForm()
    if not form.validate():
        return again("admin/settings.html", **_page(form))
    try:
        changed = change_settings(acting(), form.wanted(), seen=number(form.version.data))
    except Refusal as refusal:
        # what others set is on the page now
        form.version.data = str(_newest())
        return refused(refusal, form, "admin/settings.html", **_page())
    if changed is None:
        return done(_("Nothing differs from before."), "admin.settings.page")
    return done(_("Saved. It holds from now on; what was due already stays due when it was."), "admin.settings.page")


def _newest() -> int:
    return version_of(next(iter(history()), None))


def _page(form: SettingsForm | None = None) -> dict[str, Any]:
    page = {"history": history(), "environment": of_environment()}
    return page if form is None else page | {"form": form}
