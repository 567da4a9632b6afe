"""The form of a customer's person: the desk's administrators and the customer's own use the same."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.models import user_of
from helpdesk.accounts.people import (
    PersonRights,
    PersonWords,
    add_person,
    administrators_left,
    alone_with,
    correct_person,
    give_sign_in,
    take_sign_in,
)
from helpdesk.accounts.roles import Role
from helpdesk.audit.models import Actor
from helpdesk.customers.models import Contact, Customer, Language, Way
from helpdesk.errors import Refusal
from helpdesk.web.forms import MailAddress, strip

LANGUAGES = [("ja", "日本語"), ("en", "English")]
SIGN_INS = [
    ("", _l("No sign-in")),
    ("customer_user", _l("User: own inquiries")),
    ("customer_admin", _l("Administrator of the organisation")),
]
FILL_IN = _l("Please fill this in.")


class PersonForm(FlaskForm):
    """`shown` is empty on a form for somebody new; otherwise what was on record when the page was made."""

    name = StringField(_l("Name"), [DataRequired(FILL_IN), Length(max=100)], [strip])
    kana = StringField(_l("Reading (kana)"), [Length(max=100)], [strip])
    department = StringField(_l("Department"), [Length(max=100)], [strip])
    email = StringField(_l("Mail address"), [DataRequired(FILL_IN), Length(max=254), MailAddress()], [strip])
    phone = StringField(_l("Phone"), [Length(max=40)], [strip])
    language = SelectField(_l("Language of pages and mails"), choices=LANGUAGES)
    told = BooleanField(_l("Is told of alerts"))
    instructs = BooleanField(_l("May instruct: quarantine, allow"))
    way = SelectField(_l("How they are told"), choices=[("mail", _l("by mail")), ("phone", _l("by phone"))])
    reports = BooleanField(_l("Gets the monthly reports"))
    contract = BooleanField(_l("Handles the contract: is told of it and may give notices"))
    role = SelectField(_l("Sign-in"), choices=SIGN_INS)
    shown = HiddenField()

    @property
    def words(self) -> PersonWords:
        return PersonWords(
            name=self.name.data or "",
            email=self.email.data or "",
            kana=self.kana.data or "",
            department=self.department.data or "",
            phone=self.phone.data or "",
            language=Language(self.language.data),
        )

    @property
    def rights(self) -> PersonRights:
        return PersonRights(
            told=bool(self.told.data),
            instructs=bool(self.instructs.data),
            way=Way(self.way.data),
            reports=bool(self.reports.data),
            contract=bool(self.contract.data),
        )

    def refused(self, refusal: Refusal) -> None:
        """What a verb said, beside its field or under the first."""
        field = self._fields.get(refusal.field) or self.name
        field.errors = [*field.errors, str(refusal)]


def form_of(contact: Contact) -> PersonForm:
    """The form with what is on record of a person."""
    account = user_of(contact)
    return PersonForm(
        formdata=None,
        name=contact.name,
        kana=contact.kana,
        department=contact.department,
        email=contact.email,
        phone=contact.phone,
        language=contact.language.value,
        told=contact.told_of_alerts,
        instructs=contact.may_instruct,
        way=contact.way.value,
        reports=contact.gets_reports,
        contract=contact.handles_contract,
        role=account.role.value if account is not None and account.active else "",
        shown=shown_of(contact),
    )


def shown_of(contact: Contact) -> str:
    """What tells that a person was changed meanwhile."""
    rights = (contact.told_of_alerts, contact.may_instruct, contact.gets_reports, contact.handles_contract)
    words = (contact.name, contact.kana, contact.department, contact.email, contact.phone, contact.language.value)
    account = user_of(contact)
    sign_in = account.role.value if account is not None and account.active else ""
    return "|".join(map(str, (*words, *rights, contact.way.value, sign_in)))


def added(form: PersonForm, by: Actor, customer: Customer, *, by_customer: bool = False) -> Contact:
    """Add the person of a form that is filled in. Raises Refusal."""
    role = Role(form.role.data) if form.role.data else None
    return add_person(by, customer, form.words, form.rights, role, by_customer=by_customer)


def corrected(form: PersonForm, by: Actor, contact: Contact, *, by_customer: bool = False) -> None:
    """Make a person as a form says it. Raises Refusal, also where somebody else changed them meanwhile."""
    alone_with(contact.customer_id)
    if form.shown.data != shown_of(contact):
        form.shown.data = shown_of(contact)
        raise Refusal(_("Somebody changed this person meanwhile. Check what you typed and save once more."))
    if form.role.data != Role.customer_admin:
        _keep_an_administrator(contact)
    correct_person(by, contact, form.words, form.rights, by_customer=by_customer)
    if form.role.data:
        give_sign_in(by, contact, Role(form.role.data))
    else:
        take_sign_in(by, contact)


def _keep_an_administrator(contact: Contact) -> None:
    account = user_of(contact)
    if account is None or account.role != Role.customer_admin or not account.active:
        return
    if not administrators_left(contact.customer, contact):
        raise Refusal(_("They are the last who can administer the organisation. Name another first."), field="role")


def may_close(contact: Contact) -> None:
    """Refused for the last who can administer the organisation."""
    alone_with(contact.customer_id)
    _keep_an_administrator(contact)
