"""What the administrator's page of a customer shows, and its forms."""

from datetime import date

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import CUSTOMERS
from helpdesk.accounts.standing import standing_of
from helpdesk.actions.logins import login_of
from helpdesk.alerts.completions import poll_of
from helpdesk.calendar.models import current_calendar
from helpdesk.console.models import credential_of, lists_of
from helpdesk.contracts.models import Contract
from helpdesk.customers.alert_addresses import alert_addresses_of
from helpdesk.customers.changes import changes_of, lines_of
from helpdesk.customers.documents import documents_of
from helpdesk.customers.models import Customer
from helpdesk.customers.resellers import all_resellers
from helpdesk.desk.readiness import readiness_of
from helpdesk.extensions import db
from helpdesk.web.forms import KeyForm, MailAddress, strip
from helpdesk.web.person_form import PersonForm
from helpdesk.web.responding import done

ITS = "its"


class NameForm(FlaskForm):
    """Its fields have a prefix: the page has a person's name as well."""

    name = StringField(_l("Name"), [DataRequired(_l("Please fill this in.")), Length(max=200)], [strip])
    kana = StringField(_l("Reading in kana"), [Length(max=200)], [strip])
    notes = TextAreaField(_l("What the desk should know (never shown to the customer)"), [Length(max=5000)])


class AlertAddressForm(FlaskForm):
    address = StringField(_l("Alert address"), [DataRequired(), Length(max=254), MailAddress()], [strip])
    foreign = BooleanField(_l("Mail to this address reaches this server"))
    ask_foreign = False


class MailCharsetForm(FlaskForm):
    charset = SelectField(_l("Mails are written in"), choices=[("utf-8", "UTF-8"), ("iso-2022-jp", "ISO-2022-JP")])


def today() -> date:
    """The day in the service's zone."""
    return current_calendar().hours.local_date(clock.now())


def customer_done(customer: Customer, words: str) -> ResponseReturnValue:
    """Done, and back to the customer's page."""
    return done(words, "admin.customers.customer_page", customer_id=customer.id)


def customer_page_context(customer: Customer, **forms: FlaskForm) -> dict[str, object]:
    people = [contact.id for contact in customer.contacts]
    accounts = list(db.session.scalars(select(User).where(User.contact_id.in_(people), User.role.in_(CUSTOMERS))))
    others = select(Customer.id, Customer.name).where(Customer.id != customer.id).order_by(Customer.name).limit(500)
    contracts = select(Contract).where(Contract.customer_id == customer.id).order_by(Contract.in_force_from)
    page: dict[str, object] = {
        "customer": customer,
        "accounts": {user.contact_id: user for user in accounts},
        "standings": standing_of(accounts),
        "readiness": readiness_of(customer, today()),
        "addresses": alert_addresses_of(customer),
        "others": db.session.execute(others).all(),
        "changes": changes_of(customer),
        "resellers": all_resellers(),
        "lines_of": lines_of,
        "contracts": db.session.scalars(contracts).all(),
        "documents": documents_of(customer.id),
        "credential": credential_of(customer.id),
        "login": login_of(customer.id),
        "polling": poll_of(customer.id),
        "lists": lists_of(customer.id, "simple_custom_detections") + lists_of(customer.id, "application_whitelist"),
        "person_form": PersonForm(formdata=None),
        "name_form": NameForm(formdata=None, prefix=ITS, name=customer.name, kana=customer.kana, notes=customer.notes),
        "address_form": AlertAddressForm(formdata=None),
        "credential_form": KeyForm(formdata=None),
        "charset_form": MailCharsetForm(formdata=None, charset=customer.mail_charset.value),
    }
    return page | forms
