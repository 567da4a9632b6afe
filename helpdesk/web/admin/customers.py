"""The administrator's pages of customers: alert addresses, contracts, console credentials, how they are handled."""

from datetime import date

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.models import Role
from helpdesk.alerts.completions import set_polling
from helpdesk.console.models import credential_of, request_check, set_allow_list
from helpdesk.contracts.models import Contract, add_contract
from helpdesk.customers.models import Customer, Language, add_alert_address, add_customer, customers_by_alert_address
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.notices.models import Charset
from helpdesk.triage.auto_answers import LOWEST
from helpdesk.web.access import acting, audience
from helpdesk.web.customer_page import (
    LANGUAGES,
    AlertAddressForm,
    ContractForm,
    MailCharsetForm,
    customer_done,
    customer_page_context,
)
from helpdesk.web.forms import KeyForm, strip
from helpdesk.web.responding import again, done

blueprint = Blueprint("customers", __name__, url_prefix="/admin")


class CustomerForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=200)], [strip])
    kana = StringField(_l("Reading in kana"), [Length(max=200)], [strip])
    language = SelectField(_l("Language"), choices=LANGUAGES)


@blueprint.get("/customers")
@audience(Role.administrator)
def customer_list() -> ResponseReturnValue:
    customers = db.session.scalars(select(Customer).order_by(Customer.name).limit(1000)).all()
    return render_template("admin/customers.html", customers=customers, form=CustomerForm())


@blueprint.post("/customers")
@audience(Role.administrator)
def create_customer() -> ResponseReturnValue:
    form = CustomerForm()
    if not form.validate():
        customers = db.session.scalars(select(Customer).order_by(Customer.name).limit(1000)).all()
        return again("admin/customers.html", customers=customers, form=form)
    customer = add_customer(
        acting(), form.name.data or "", kana=form.kana.data or "", language=Language(form.language.data)
    )
    return done("", "admin.customers.customer_page", customer_id=customer.id)


@blueprint.get("/customers/<int:customer_id>")
@audience(Role.administrator)
def customer_page(customer_id: int) -> ResponseReturnValue:
    return render_template("admin/customer.html", **customer_page_context(db.get_or_404(Customer, customer_id)))


@blueprint.post("/customers/<int:customer_id>/reading")
@audience(Role.administrator)
def set_reading(customer_id: int) -> ResponseReturnValue:
    customer = db.get_or_404(Customer, customer_id)
    customer.set_reading(acting(), request.form.get("kana", "").replace("\x00", "")[:200])
    return customer_done(customer, _("The customer is found by this reading from now on."))


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
    if customers_by_alert_address({(form.address.data or "").lower()}):
        form.address.errors = [_("This alert address is taken already.")]
        return again("admin/customer.html", **customer_page_context(customer, address_form=form))
    add_alert_address(acting(), customer, form.address.data or "")
    return customer_done(customer, _("The alert address was added."))


@blueprint.post("/customers/<int:customer_id>/contracts")
@audience(Role.administrator)
def create_contract(customer_id: int) -> ResponseReturnValue:
    customer, form = db.get_or_404(Customer, customer_id), ContractForm()
    if not form.validate() or form.start.data is None:
        return again("admin/customer.html", **customer_page_context(customer, contract_form=form))
    if form.end.data and form.end.data < form.start.data:
        form.end.errors = [_("A contract cannot end before it begins.")]
        return again("admin/customer.html", **customer_page_context(customer, contract_form=form))
    add_contract(acting(), customer, plan=form.plan.data or "", start=form.start.data, end=form.end.data)
    return customer_done(customer, _("The contract was added."))


@blueprint.post("/customers/<int:customer_id>/contracts/<int:contract_id>/end")
@audience(Role.administrator)
def end_contract(customer_id: int, contract_id: int) -> ResponseReturnValue:
    customer, contract = db.get_or_404(Customer, customer_id), db.get_or_404(Contract, contract_id)
    if contract.customer_id != customer.id:
        abort(404)
    try:
        last_day = date.fromisoformat(request.form.get("last_day", ""))
    except ValueError as error:
        raise Refusal(_("This is not a date.")) from error
    contract.end(acting(), last_day)
    return customer_done(customer, _("The contract's last day is set."))


@blueprint.post("/customers/<int:customer_id>/credential")
@audience(Role.administrator)
def store_credential(customer_id: int) -> ResponseReturnValue:
    customer, form = db.get_or_404(Customer, customer_id), KeyForm()
    if not form.validate():
        return again("admin/customer.html", **customer_page_context(customer, credential_form=form))
    form.store(acting(), customer)
    return customer_done(customer, _("The API key was stored and is being tested. Nobody can read it back."))


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
