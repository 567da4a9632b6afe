"""The customer's administrator on the connection to their console: whether it works, and new keys (R24)."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.roles import Role
from helpdesk.actions.logins import login_of, set_login
from helpdesk.console.models import credential_of
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.forms import KeyForm
from helpdesk.web.responding import again, done

blueprint = Blueprint("connection", __name__, url_prefix="/portal/connection")


class LoginForm(FlaskForm):
    name = StringField(_l("User name"), [DataRequired(_l("Please fill this in.")), Length(max=200)])
    password = PasswordField(_l("Password"), [DataRequired(_l("Please fill this in.")), Length(max=200)])


@blueprint.get("")
@audience(Role.customer_admin)
def connection() -> ResponseReturnValue:
    """What the customer's administrator sees of the connection to their console: whether it works, never a key."""
    return render_template("portal/connection.html", **_connection())


@blueprint.post("/key")
@audience(Role.customer_admin)
def report_key() -> ResponseReturnValue:
    """The customer changed their API key: it is stored and tested at once."""
    form = KeyForm()
    if not form.validate():
        return again("portal/connection.html", **_connection(key_form=form))
    form.shared.data = False
    try:
        form.store(acting(), _own())
    except Refusal as refusal:
        db.session.rollback()
        form.client_id.errors = [str(refusal)]
        return again("portal/connection.html", **_connection(key_form=form))
    return done(
        _("The API key was stored and is being tested. Nobody can read it back."), "portal.connection.connection"
    )


@blueprint.post("/login")
@audience(Role.customer_admin)
def report_login() -> ResponseReturnValue:
    """The customer lends, or changes, the dashboard login."""
    form = LoginForm()
    if not form.validate():
        return again("portal/connection.html", **_connection(login_form=form))
    set_login(acting(), _own(), form.name.data or "", form.password.data or "")
    words = _("The dashboard login was stored. It is shown to named agents only, each time on record.")
    return done(words, "portal.connection.connection")


def _connection(**forms: FlaskForm) -> dict[str, object]:
    customer = _own()
    return {
        "credential": credential_of(customer.id),
        "login": login_of(customer.id),
        "key_form": KeyForm(formdata=None),
        "login_form": LoginForm(formdata=None),
    } | forms


def _own() -> Customer:
    customer = signed_in().customer
    if customer is None:
        abort(404)
    return customer
