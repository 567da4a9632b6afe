"""The first administrator names themselves, by the link that `helpdesk setup` printed."""

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from helpdesk.accounts.models import PASSWORD_MIN, sign_in
from helpdesk.accounts.setup import become_administrator, valid_setup_link
from helpdesk.customers.models import Language
from helpdesk.errors import Refusal
from helpdesk.extensions import db, limiter
from helpdesk.web.access import audience
from helpdesk.web.forms import MailAddress, strip
from helpdesk.web.pages import language
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done

blueprint = Blueprint("setup", __name__)


class FirstForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(FILL_IN), Length(max=100)], [strip])
    email = StringField(_l("Mail address"), [DataRequired(FILL_IN), Length(max=254), MailAddress()], [strip])
    password = PasswordField(
        _l("Password"),
        [DataRequired(FILL_IN), Length(min=PASSWORD_MIN, max=1000, message=_l("Use at least %(min)d characters."))],
    )
    repeat = PasswordField(_l("The same again"), [EqualTo("password", _l("The two do not match."))])


@blueprint.get("/setup/<token>")
@audience()
@limiter.limit("30 per minute")
def first_form(token: str) -> ResponseReturnValue:
    if valid_setup_link(token) is None:
        return render_template("public/setup_over.html"), 410
    return render_template("public/setup.html", form=FirstForm())


@blueprint.post("/setup/<token>")
@audience()
@limiter.limit("30 per minute")
def become_first(token: str) -> ResponseReturnValue:
    """Make the account, sign it in, and go on to what the installation still needs."""
    form = FirstForm()
    if valid_setup_link(token) is None:
        return render_template("public/setup_over.html"), 410
    if not form.validate():
        return again("public/setup.html", form=form)
    try:
        user = become_administrator(
            token,
            name=form.name.data or "",
            email=form.email.data or "",
            password=form.password.data or "",
            language=Language(language()),
        )
    except Refusal as refusal:
        db.session.rollback()
        form.email.errors = [str(refusal)]
        return again("public/setup.html", form=form)
    session.clear()
    sign_in(user, request.remote_addr)
    login_user(user)
    return done(_("You administer this installation now."), "admin.start.page")
