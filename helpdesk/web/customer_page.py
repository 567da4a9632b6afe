"""What the administrator's page of a customer shows, and its forms."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from helpdesk.accounts.models import CUSTOMERS, User
from helpdesk.actions.logins import login_of
from helpdesk.alerts.completions import poll_of
from helpdesk.console.models import credential_of, lists_of
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.web.forms import KeyForm, MailAddress, strip
from helpdesk.web.responding import done

LANGUAGES = [("ja", "日本語"), ("en", "English")]
ACCOUNT_ROLES = [
    ("", _l("No sign-in")),
    ("customer_user", _l("User: own inquiries")),
    ("customer_admin", _l("Administrator of the organisation")),
]


class ContactForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=100)], [strip])
    kana = StringField(_l("Reading (kana)"), [Length(max=100)], [strip])
    department = StringField(_l("Department"), [Length(max=100)], [strip])
    email = StringField(_l("Mail address"), [DataRequired(), Length(max=254), MailAddress()], [strip])
    phone = StringField(_l("Phone"), [Length(max=40)], [strip])
    language = SelectField(_l("Language"), choices=LANGUAGES)
    told_of_alerts = BooleanField(_l("Is told of alerts"))
    may_instruct = BooleanField(_l("May instruct: quarantine, allow"))
    way = SelectField(_l("How they are told"), choices=[("mail", _l("by mail")), ("phone", _l("by phone"))])
    role = SelectField(_l("Sign-in"), choices=ACCOUNT_ROLES)


class AlertAddressForm(FlaskForm):
    address = StringField(_l("Alert address"), [DataRequired(), Length(max=254), MailAddress()], [strip])


class ContractForm(FlaskForm):
    plan = StringField(_l("Plan"), [DataRequired(), Length(max=100)], [strip])
    start = DateField(_l("In force from"), [DataRequired()])
    end = DateField(_l("Until (last day)"), [Optional()])


class MailCharsetForm(FlaskForm):
    charset = SelectField(_l("Mails are written in"), choices=[("utf-8", "UTF-8"), ("iso-2022-jp", "ISO-2022-JP")])


def customer_done(customer: Customer, words: str) -> ResponseReturnValue:
    """Done, and back to the customer's page."""
    return done(words, "admin.customers.customer_page", customer_id=customer.id)


def customer_page_context(customer: Customer, **forms: FlaskForm) -> dict[str, object]:
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
