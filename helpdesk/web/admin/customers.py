"""The administrator's pages: customers, their people, alert addresses, contracts and console credentials.

They belong to several rooms and are one edge, since an administrator sets a customer up in one go.
"""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import CUSTOMERS, Role, User, add_user, user_by_email, user_of
from helpdesk.actions.logins import login_of
from helpdesk.alerts.lookups import poll_of
from helpdesk.console.models import Region, Signing, credential_of, lists_of, request_check, set_credential
from helpdesk.contracts.models import Contract, add_contract
from helpdesk.customers.models import (
    Contact,
    Customer,
    Language,
    add_alert_address,
    add_contact,
    add_customer,
    contact_by_email,
    customers_by_alert_address,
)
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Charset
from helpdesk.web.access import acting, audience
from helpdesk.web.forms import KeyForm, MailAddress, again, strip

blueprint = Blueprint("customers", __name__, url_prefix="/admin")

LANGUAGES = [("ja", "日本語"), ("en", "English")]
STAFF_ROLES = [
    ("agent", _l("Agent")),
    ("supervisor", _l("Supervisor")),
    ("administrator", _l("Administrator")),
]
ACCOUNT_ROLES = [
    ("", _l("No sign-in")),
    ("customer_user", _l("User: own inquiries")),
    ("customer_admin", _l("Administrator of the organisation")),
]


class CustomerForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=200)], [strip])
    language = SelectField(_l("Language"), choices=LANGUAGES)


class ContactForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=100)], [strip])
    kana = StringField(_l("Reading (kana)"), [Length(max=100)], [strip])
    department = StringField(_l("Department"), [Length(max=100)], [strip])
    email = StringField(_l("Mail address"), [DataRequired(), Length(max=254), MailAddress()], [strip])
    phone = StringField(_l("Phone"), [Length(max=40)], [strip])
    language = SelectField(_l("Language"), choices=LANGUAGES)
    alert_contact = BooleanField(_l("Alert contact: sees alerts and may instruct"))
    role = SelectField(_l("Sign-in"), choices=ACCOUNT_ROLES)


class AlertAddressForm(FlaskForm):
    address = StringField(_l("Alert address"), [DataRequired(), Length(max=254), MailAddress()], [strip])


class ContractForm(FlaskForm):
    plan = StringField(_l("Plan"), [DataRequired(), Length(max=100)], [strip])
    start = DateField(_l("In force from"), [DataRequired()])
    end = DateField(_l("Until (last day)"), [Optional()])


class MailCharsetForm(FlaskForm):
    charset = SelectField(_l("Mails are written in"), choices=[("utf-8", "UTF-8"), ("iso-2022-jp", "ISO-2022-JP")])


class StaffForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=100)], [strip])
    email = StringField(_l("Mail address"), [DataRequired(), Length(max=254), MailAddress()], [strip])
    role = SelectField(_l("Role"), choices=STAFF_ROLES)
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
    customer = add_customer(acting(), form.name.data or "", language=Language(form.language.data))
    db.session.commit()
    return redirect(url_for("customers.customer_page", customer_id=customer.id))


@blueprint.get("/customers/<int:customer_id>")
@audience(Role.administrator)
def customer_page(customer_id: int) -> ResponseReturnValue:
    return render_template("admin/customer.html", **_page(_customer(customer_id)))


@blueprint.post("/customers/<int:customer_id>/contacts")
@audience(Role.administrator)
def create_contact(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), ContactForm()
    if not form.validate():
        return again("admin/customer.html", **_page(customer, contact_form=form))
    if contact_by_email(form.email.data or "") or user_by_email(form.email.data or ""):
        form.email.errors = [_("This mail address belongs to a contact already.")]
        return again("admin/customer.html", **_page(customer, contact_form=form))
    contact = add_contact(
        acting(),
        customer,
        name=form.name.data or "",
        kana=form.kana.data or "",
        department=form.department.data or "",
        email=form.email.data or "",
        phone=form.phone.data or "",
        alert_contact=bool(form.alert_contact.data),
        language=Language(form.language.data),
    )
    if form.role.data:
        user = add_user(
            acting(),
            email=contact.email,
            name=contact.name,
            role=Role(form.role.data),
            contact=contact,
            language=contact.language,
        )
        invite(acting(), user)
    return _done(customer, _("%(name)s was added.", name=contact.name))


@blueprint.post("/customers/<int:customer_id>/mail-charset")
@audience(Role.administrator)
def set_mail_charset(customer_id: int) -> ResponseReturnValue:
    """What this customer's mails are written in."""
    customer, form = _customer(customer_id), MailCharsetForm()
    if not form.validate():
        return again("admin/customer.html", **_page(customer, charset_form=form))
    customer.set_mail_charset(acting(), Charset(form.charset.data))
    return _done(customer, _("Mails to this customer are now written in %(charset)s.", charset=form.charset.data))


@blueprint.post("/customers/<int:customer_id>/contacts/<int:contact_id>/alerts")
@audience(Role.administrator)
def toggle_alert_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Give or take the right to instruct."""
    customer, contact = _contact(customer_id, contact_id)
    contact.set_alert_contact(acting(), not contact.alert_contact)
    return _done(customer, _("The right to instruct was changed."))


@blueprint.post("/customers/<int:customer_id>/contacts/<int:contact_id>/closure")
@audience(Role.administrator)
def close_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """End every right of a person, the sign-in included."""
    customer, contact = _contact(customer_id, contact_id)
    user = user_of(contact)
    if user is not None:
        user.deactivate(acting())
    contact.close(acting())
    return _done(
        customer, _("%(name)s is closed: no mail goes there, and mail from there is a stranger's.", name=contact.name)
    )


@blueprint.post("/customers/<int:customer_id>/contacts/<int:contact_id>/reopening")
@audience(Role.administrator)
def reopen_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Let a person write and be written to again; a sign-in and the right to instruct are given by themselves."""
    customer, contact = _contact(customer_id, contact_id)
    contact.reopen(acting())
    return _done(customer, _("%(name)s is open again.", name=contact.name))


@blueprint.post("/customers/<int:customer_id>/alert-addresses")
@audience(Role.administrator)
def create_alert_address(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), AlertAddressForm()
    if not form.validate():
        return again("admin/customer.html", **_page(customer, address_form=form))
    if customers_by_alert_address({(form.address.data or "").lower()}):
        form.address.errors = [_("This alert address is taken already.")]
        return again("admin/customer.html", **_page(customer, address_form=form))
    add_alert_address(acting(), customer, form.address.data or "")
    return _done(customer, _("The alert address was added."))


@blueprint.post("/customers/<int:customer_id>/contracts")
@audience(Role.administrator)
def create_contract(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), ContractForm()
    if not form.validate() or form.start.data is None:
        return again("admin/customer.html", **_page(customer, contract_form=form))
    if form.end.data and form.end.data < form.start.data:
        form.end.errors = [_("A contract cannot end before it begins.")]
        return again("admin/customer.html", **_page(customer, contract_form=form))
    add_contract(acting(), customer, plan=form.plan.data or "", start=form.start.data, end=form.end.data)
    return _done(customer, _("The contract was added."))


@blueprint.post("/customers/<int:customer_id>/contracts/<int:contract_id>/end")
@audience(Role.administrator)
def end_contract(customer_id: int, contract_id: int) -> ResponseReturnValue:
    customer, contract = _customer(customer_id), db.session.get(Contract, contract_id)
    if contract is None or contract.customer_id != customer.id:
        abort(404)
    try:
        last_day = date.fromisoformat(request.form.get("last_day", ""))
    except ValueError as error:
        raise Refusal(_("This is not a date.")) from error
    contract.end(acting(), last_day)
    return _done(customer, _("The contract's last day is set."))


@blueprint.post("/customers/<int:customer_id>/credential")
@audience(Role.administrator)
def store_credential(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), KeyForm()
    if not form.validate():
        return again("admin/customer.html", **_page(customer, credential_form=form))
    set_credential(
        acting(),
        customer,
        region=Region(form.region.data),
        client_id=form.client_id.data or "",
        api_key=form.api_key.data or "",
        signing=Signing(form.signing.data),
    )
    return _done(customer, _("The API key was stored and is being tested. Nobody can read it back."))


@blueprint.post("/customers/<int:customer_id>/credential/test")
@audience(Role.administrator)
def test_credential(customer_id: int) -> ResponseReturnValue:
    customer = _customer(customer_id)
    row = credential_of(customer.id)
    if row is None:
        raise Refusal(_("There is no API key to test."))
    request_check(row)
    return _done(customer, _("The test was asked for; reload in a few seconds."))


@blueprint.get("/users")
@audience(Role.administrator)
def user_list() -> ResponseReturnValue:
    return render_template("admin/users.html", users=_users(), form=StaffForm())


@blueprint.post("/users")
@audience(Role.administrator)
def create_staff() -> ResponseReturnValue:
    form = StaffForm()
    if not form.validate():
        return again("admin/users.html", users=_users(), form=form)
    user = add_user(
        acting(),
        email=form.email.data or "",
        name=form.name.data or "",
        role=Role(form.role.data),
        language=Language(form.language.data),
    )
    invite(acting(), user)
    return _users_done(_("%(name)s was invited by mail.", name=user.name))


@blueprint.post("/users/<int:user_id>/invitation")
@audience(Role.administrator)
def send_invitation(user_id: int) -> ResponseReturnValue:
    user = _user(user_id)
    invite(acting(), user)
    return _users_done(_("%(name)s was invited by mail.", name=user.name))


@blueprint.post("/users/<int:user_id>/deactivation")
@audience(Role.administrator)
def deactivate(user_id: int) -> ResponseReturnValue:
    user = _user(user_id)
    if user.id == acting().id:
        raise Refusal(_("You cannot close your own account."))
    user.deactivate(acting())
    return _users_done(_("The account was closed and signed out."))


@blueprint.post("/users/<int:user_id>/activation")
@audience(Role.administrator)
def activate(user_id: int) -> ResponseReturnValue:
    _user(user_id).activate(acting())
    return _users_done(_("The account is open again."))


def _customer(customer_id: int) -> Customer:
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        abort(404)
    return customer


def _contact(customer_id: int, contact_id: int) -> tuple[Customer, Contact]:
    customer, contact = _customer(customer_id), db.session.get(Contact, contact_id)
    if contact is None or contact.customer_id != customer.id:
        abort(404)
    return customer, contact


def _user(user_id: int) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        abort(404)
    return user


def _users() -> list[User]:
    return list(db.session.scalars(select(User).order_by(User.role, User.email).limit(2000)))


def _done(customer: Customer, words: str) -> ResponseReturnValue:
    db.session.commit()
    nudge()
    flash(words)
    return redirect(url_for("customers.customer_page", customer_id=customer.id))


def _users_done(words: str) -> ResponseReturnValue:
    db.session.commit()
    nudge()
    flash(words)
    return redirect(url_for("customers.user_list"))


def _page(customer: Customer, **forms: FlaskForm) -> dict[str, object]:
    contacts = [contact.id for contact in customer.contacts]
    accounts = db.session.scalars(select(User).where(User.contact_id.in_(contacts), User.role.in_(CUSTOMERS)))
    contracts = select(Contract).where(Contract.customer_id == customer.id).order_by(Contract.in_force_from)
    page: dict[str, object] = {
        "customer": customer,
        "accounts": {user.contact_id: user for user in accounts},
        "contracts": db.session.scalars(contracts).all(),
        "credential": credential_of(customer.id),
        "login": login_of(customer.id),
        "polling": poll_of(customer.id),
        "lists": lists_of(customer.id, "simple_custom_detections") + lists_of(customer.id, "application_whitelist"),
        "contact_form": ContactForm(formdata=None),
        "address_form": AlertAddressForm(formdata=None),
        "contract_form": ContractForm(formdata=None),
        "credential_form": KeyForm(formdata=None),
        "charset_form": MailCharsetForm(formdata=None, charset=customer.mail_charset.value),
    }
    return page | forms
