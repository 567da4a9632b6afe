"""The administrator's pages of customers: names, alert addresses, console credentials, how they are handled."""

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.roles import Role
from helpdesk.actions.logins import destroy_login, login_of
from helpdesk.alerts.completions import set_polling
from helpdesk.console.models import credential_of, destroy_credential, request_check, set_allow_list
from helpdesk.customers.alert_addresses import (
    AlertAddress,
    add_alert_address,
    is_foreign,
    move_alert_address,
    remove_alert_address,
)
from helpdesk.customers.models import Customer, Language, add_customer
from helpdesk.desk.readiness import CUSTOMERS_MAX, customers_as_they_stand
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.notices.models import Charset
from helpdesk.triage.auto_answers import LOWEST
from helpdesk.web.access import acting, audience
from helpdesk.web.customer_page import (
    ITS,
    AlertAddressForm,
    MailCharsetForm,
    NameForm,
    customer_done,
    customer_page_context,
    today,
)
from helpdesk.web.forms import KeyForm, strip
from helpdesk.web.person_form import LANGUAGES
from helpdesk.web.responding import again, done

blueprint = Blueprint("customers", __name__, url_prefix="/admin")


class CustomerForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(_l("Please fill this in.")), Length(max=200)], [strip])
    kana = StringField(_l("Reading in kana"), [Length(max=200)], [strip])
    language = SelectField(_l("Language"), choices=LANGUAGES)


@blueprint.get("/customers")
@audience(Role.administrator)
def customer_list() -> ResponseReturnValue:
    """Customers by name with what each still lacks; `q` finds, `open=1` narrows to those that lack something."""
    return render_template("admin/customers.html", **_list(CustomerForm()))


def _list(form: FlaskForm) -> dict[str, object]:
    words, only_open = request.args.get("q", "").replace("\x00", "")[:100], bool(request.args.get("open"))
    found = customers_as_they_stand(today(), words, only_open=only_open)
    return {"customers": found, "form": form, "words": words, "only_open": only_open, "most": CUSTOMERS_MAX}


@blueprint.post("/customers")
@audience(Role.administrator)
def create_customer() -> ResponseReturnValue:
    form = CustomerForm()
    if not form.validate():
        return again("admin/customers.html", **_list(form))
    try:
        customer = add_customer(
            acting(), form.name.data or "", kana=form.kana.data or "", language=Language(form.language.data)
        )
    except Refusal as refusal:
        form.name.errors = [str(refusal)]
        return again("admin/customers.html", **_list(form))
    return done("", "admin.customers.customer_page", customer_id=customer.id)


@blueprint.get("/customers/<int:customer_id>")
@audience(Role.administrator)
def customer_page(customer_id: int) -> ResponseReturnValue:
    return render_template("admin/customer.html", **customer_page_context(db.get_or_404(Customer, customer_id)))


@blueprint.post("/customers/<int:customer_id>/name")
@audience(Role.administrator)
def rename(customer_id: int) -> ResponseReturnValue:
    """Correct the name, how it is read, and what the desk should know."""
    customer, form = db.get_or_404(Customer, customer_id), NameForm(prefix=ITS)
    if not form.validate():
        return again("admin/customer.html", **customer_page_context(customer, name_form=form))
    try:
        customer.rename(acting(), form.name.data or "", form.kana.data or "", today())
        customer.set_notes(acting(), form.notes.data or "")
    except Refusal as refusal:
        db.session.rollback()
        form.name.errors = [str(refusal)]
        return again("admin/customer.html", **customer_page_context(customer, name_form=form))
    return customer_done(customer, _("Saved."))


@blueprint.post("/customers/<int:customer_id>/mail-charset")
@audience(Role.administrator)
def set_mail_charset(customer_id: int) -> ResponseReturnValue:
    """What this customer's mails are written in."""
    customer, form = db.get_or_404(Customer, customer_id), MailCharsetForm()
    if not form.validate():
        return again("admin/customer.html", **customer_page_context(customer, charset_form=form))
    customer.set_mail_charset(acting(), Charset(form.charset.data))
    return customer_done(
        customer, _("Mails to this customer are now written in %(charset)s.", charset=form.charset.data)
    )


@blueprint.post("/customers/<int:customer_id>/alert-addresses")
@audience(Role.administrator)
def create_alert_address(customer_id: int) -> ResponseReturnValue:
    customer, form = db.get_or_404(Customer, customer_id), AlertAddressForm()
    if not form.validate():
        return again("admin/customer.html", **customer_page_context(customer, address_form=form))
    address = form.address.data or ""
    if is_foreign(address, current_app.config["SUPPORT_ADDRESS"]) and not form.foreign.data:
        form.ask_foreign = True
        form.address.errors = [_("This address lies outside our own mail domain: does mail to it reach this server?")]
        return again("admin/customer.html", **customer_page_context(customer, address_form=form))
    try:
        add_alert_address(acting(), customer, address)
    except Refusal as refusal:
        form.address.errors = [str(refusal)]
        return again("admin/customer.html", **customer_page_context(customer, address_form=form))
    return customer_done(customer, _("The alert address was added."))


@blueprint.post("/customers/<int:customer_id>/alert-addresses/<int:address_id>/removal")
@audience(Role.administrator)
def drop_alert_address(customer_id: int, address_id: int) -> ResponseReturnValue:
    customer, row = _address(customer_id, address_id)
    address = row.address
    remove_alert_address(acting(), row)
    return customer_done(customer, _("%(address)s was removed: mail to it is no alert any more.", address=address))


@blueprint.post("/customers/<int:customer_id>/alert-addresses/<int:address_id>/move")
@audience(Role.administrator)
def give_alert_address(customer_id: int, address_id: int) -> ResponseReturnValue:
    """Alerts that come to it from now on are another customer's."""
    customer, row = _address(customer_id, address_id)
    to = db.session.get(Customer, number(request.form.get("to")) or 0)
    if to is None:
        return again("admin/customer.html", **customer_page_context(customer), address_error=_("Choose a customer."))
    move_alert_address(acting(), row, to)
    return customer_done(to, _("%(address)s stands for %(name)s from now on.", address=row.address, name=to.name))


def _address(customer_id: int, address_id: int) -> tuple[Customer, AlertAddress]:
    customer, row = db.get_or_404(Customer, customer_id), db.get_or_404(AlertAddress, address_id)
    if row.customer_id != customer.id:
        abort(404)
    return customer, row


@blueprint.post("/customers/<int:customer_id>/credential")
@audience(Role.administrator)
def store_credential(customer_id: int) -> ResponseReturnValue:
    customer, form = db.get_or_404(Customer, customer_id), KeyForm()
    if not form.validate():
        return again("admin/customer.html", **customer_page_context(customer, credential_form=form))
    try:
        form.store(acting(), customer)
    except Refusal as refusal:
        form.client_id.errors = [str(refusal)]
        page = customer_page_context(customer, credential_form=form)
        return again("admin/customer.html", **page, ask_shared=True)
    return customer_done(customer, _("The API key was stored and is being tested. Nobody can read it back."))


@blueprint.post("/customers/<int:customer_id>/credential/return")
@audience(Role.administrator)
def give_back(customer_id: int) -> ResponseReturnValue:
    """What the customer lent is given back: key and login are destroyed, on record (R24)."""
    customer = db.get_or_404(Customer, customer_id)
    row, login = credential_of(customer.id), login_of(customer.id)
    if request.form.get("sure") != "yes":
        raise Refusal(_("Tick that it is meant. Nothing was destroyed."))
    if row is not None:
        destroy_credential(acting(), row)
    if login is not None:
        destroy_login(acting(), login, customer)
    set_polling(acting(), customer, False)
    return customer_done(customer, _("What was lent is given back and destroyed; the console is read no more."))


@blueprint.post("/customers/<int:customer_id>/credential/test")
@audience(Role.administrator)
def test_credential(customer_id: int) -> ResponseReturnValue:
    customer = db.get_or_404(Customer, customer_id)
    row = credential_of(customer.id)
    if row is None:
        raise Refusal(_("There is no API key to test."))
    request_check(row)
    return customer_done(customer, _("The test was asked for; reload in a few seconds."))


@blueprint.post("/customers/<int:customer_id>/handling")
@audience(Role.administrator)
def set_handling(customer_id: int) -> ResponseReturnValue:
    """Second eyes, isolation, sign-in for links, and polling."""
    customer = db.get_or_404(Customer, customer_id)
    customer.set_handling(
        acting(),
        second_eyes="second_eyes" in request.form,
        mail_second_eyes="mail_second_eyes" in request.form,
        isolation="isolation" in request.form,
        links_need_sign_in="links_need_sign_in" in request.form,
    )
    set_polling(acting(), customer, "polling" in request.form)
    return customer_done(customer, _("How this customer's actions are handled was changed."))


@blueprint.post("/customers/<int:customer_id>/allow-list")
@audience(Role.administrator)
def name_allow_list(customer_id: int) -> ResponseReturnValue:
    """Name the allow list of a console whose policies do not show one."""
    customer = db.get_or_404(Customer, customer_id)
    row = credential_of(customer.id)
    if row is None:
        raise Refusal(_("There is no API key to test."))
    set_allow_list(acting(), row, request.form.get("guid", "").strip())
    return customer_done(customer, _("The test was asked for; reload in a few seconds."))


@blueprint.post("/customers/<int:customer_id>/auto-answer")
@audience(Role.administrator)
def set_auto_answer(customer_id: int) -> ResponseReturnValue:
    """From which confidence on places in the manual are answered by themselves for a customer; empty for never."""
    chosen = number(request.form.get("confidence"))
    if chosen is not None and not LOWEST <= chosen <= 100:
        raise Refusal(_("Choose one of the given values."))
    customer = db.get_or_404(Customer, customer_id, with_for_update=True)
    customer.set_auto_answer(acting(), chosen)
    return customer_done(customer, _("What is answered by itself was changed."))
