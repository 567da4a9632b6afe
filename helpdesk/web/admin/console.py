"""How a customer's console is used: the administrator's switches, and the customer's page to report new keys (R24)."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.models import DESK, Role, User
from helpdesk.actions.logins import login_of, set_login
from helpdesk.alerts.lookups import set_polling
from helpdesk.console.models import Region, Signing, credential_of, set_allow_list, set_credential
from helpdesk.customers.models import Customer
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.forms import KeyForm, again

blueprint = Blueprint("console", __name__)


class LoginForm(FlaskForm):
    name = StringField(_l("User name"), [DataRequired(_l("Please fill this in.")), Length(max=200)])
    password = PasswordField(_l("Password"), [DataRequired(_l("Please fill this in.")), Length(max=200)])


@blueprint.get("/portal/connection")
@audience(Role.customer_admin)
def connection() -> ResponseReturnValue:
    """What the customer's administrator sees of the connection to their console: whether it works, never a key."""
    return render_template("portal/connection.html", **_connection())


@blueprint.post("/portal/connection/key")
@audience(Role.customer_admin)
def report_key() -> ResponseReturnValue:
    """The customer changed their API key: it is stored and tested at once."""
    form = KeyForm()
    if not form.validate():
        return again("portal/connection.html", **_connection(key_form=form))
    set_credential(
        acting(),
        _own(),
        region=Region(form.region.data),
        client_id=form.client_id.data or "",
        api_key=form.api_key.data or "",
        signing=Signing(form.signing.data),
    )
    return _done("console.connection", _("The API key was stored and is being tested. Nobody can read it back."))


@blueprint.post("/portal/connection/login")
@audience(Role.customer_admin)
def report_login() -> ResponseReturnValue:
    """The customer lends, or changes, the dashboard login."""
    form = LoginForm()
    if not form.validate():
        return again("portal/connection.html", **_connection(login_form=form))
    set_login(acting(), _own(), form.name.data or "", form.password.data or "")
    return _done(
        "console.connection",
        _("The dashboard login was stored. It is shown to named agents only, each time on record."),
    )


@blueprint.post("/admin/customers/<int:customer_id>/handling")
@audience(Role.administrator)
def set_handling(customer_id: int) -> ResponseReturnValue:
    """Second eyes, isolation, sign-in for links, and polling."""
    customer = _customer(customer_id)
    customer.set_handling(
        acting(),
        second_eyes="second_eyes" in request.form,
        isolation="isolation" in request.form,
        links_need_sign_in="links_need_sign_in" in request.form,
    )
    set_polling(acting(), customer, "polling" in request.form)
    return _done("customers.customer_page", _("How this customer's actions are handled was changed."), customer_id)


@blueprint.post("/admin/customers/<int:customer_id>/allow-list")
@audience(Role.administrator)
def name_allow_list(customer_id: int) -> ResponseReturnValue:
    """Name the allow list of a console whose policies do not show one."""
    row = credential_of(_customer(customer_id).id)
    if row is None:
        raise Refusal(_("There is no API key to test."))
    set_allow_list(acting(), row, request.form.get("guid", "").strip())
    return _done("customers.customer_page", _("The test was asked for; reload in a few seconds."), customer_id)


@blueprint.post("/admin/users/<int:user_id>/reveal")
@audience(Role.administrator)
def toggle_reveal(user_id: int) -> ResponseReturnValue:
    """Give or take the right to see dashboard logins."""
    user = db.session.get(User, user_id)
    if user is None or user.role not in DESK:
        abort(404)
    user.set_may_reveal(acting(), not user.may_reveal)
    return _done("customers.user_list", _("The right was changed."))


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


def _customer(customer_id: int) -> Customer:
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        abort(404)
    return customer


def _done(endpoint: str, words: str, customer_id: int | None = None) -> ResponseReturnValue:
    db.session.commit()
    nudge()
    flash(words)
    return redirect(url_for(endpoint, customer_id=customer_id) if customer_id else url_for(endpoint))
