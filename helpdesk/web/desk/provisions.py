"""What was given to whom outside: the register of 16-3, with authorities' orders (8-1)."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from helpdesk.accounts.roles import Role
from helpdesk.contracts.life import today
from helpdesk.customers.models import Customer
from helpdesk.customers.people import contact_by_email
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.privacy.models import ReceiverKind
from helpdesk.privacy.provisions import ProvisionWords, provisions, record_provision, who_stopped
from helpdesk.privacy.words import RECEIVER_WORDS
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.contract_forms import KNOWN
from helpdesk.web.exporting import exported
from helpdesk.web.forms import strip
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("provisions", __name__, url_prefix="/desk/provisions")
WHO = (Role.supervisor, Role.administrator)


class ProvisionForm(FlaskForm):
    customer = SelectField(_l("Customer"), coerce=int)
    contact = StringField(_l("Mail address of the person, where it is about one"), [Length(max=200)], [strip])
    kind = SelectField(_l("To whom"), choices=[(one.value, _l(RECEIVER_WORDS[one])) for one in ReceiverKind])
    receiver = StringField(_l("Name of who received it"), [DataRequired(FILL_IN), Length(max=200)], [strip])
    what = StringField(_l("What was given"), [DataRequired(FILL_IN), Length(max=500)], [strip])
    given_on = DateField(_l("Given on"), [InputRequired(FILL_IN), KNOWN])
    told_on = DateField(_l("Notice given on (8-1)"), [Optional(), KNOWN])
    words = TextAreaField(_l("How, and how it was protected"), [Length(max=1_000)])


@blueprint.get("")
@audience(*WHO)
def page() -> ResponseReturnValue:
    return render_template("desk/provisions.html", **_page(_form()))


@blueprint.post("")
@audience(*WHO)
def add() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return again("desk/provisions.html", **_page(form))
    given = ProvisionWords(
        kind=ReceiverKind(form.kind.data),
        receiver=form.receiver.data or "",
        what=form.what.data or "",
        given_on=form.given_on.data,  # type: ignore[arg-type]
        told_on=form.told_on.data,
        words=form.words.data or "",
    )
    try:
        person = contact_by_email(form.contact.data) if form.contact.data else None
        if form.contact.data and person is None:
            raise Refusal(_("Nobody with this mail address is on record."), field="contact")
        record_provision(acting(), db.session.get_one(Customer, form.customer.data), given, person)
    except Refusal as refusal:
        return refused(refusal, form, "desk/provisions.html", **_page())
    stopped = who_stopped(form.customer.data) if person is None and given.kind != ReceiverKind.authority else ()
    if stopped:
        names = "、".join(stopped)
        words = _("It is on record. Nothing of %(names)s may be in it: they had provision stopped (16-6).", names=names)
        return done(words, "desk.provisions.page")
    return done(_("It is on record."), "desk.provisions.page")


@blueprint.get("/<any(xlsx, csv, cp932):form>")
@audience(*WHO)
def sheet(form: str) -> ResponseReturnValue:
    heads = [
        _("Given on"),
        _("Customer"),
        _("To whom"),
        _("Name"),
        _("What"),
        _("The person"),
        _("Prior notice"),
        _("How"),
        _("Recorded by"),
    ]
    kinds = [CellKind.day, *[CellKind.text] * 5, CellKind.day, CellKind.text, CellKind.text]
    rows = [
        (
            *(one.given_on, one.customer.name, word(RECEIVER_WORDS, one.kind.value), one.receiver, one.what),
            *(one.contact.name if one.contact else "", one.told_on, one.words, one.by_name),
        )
        for one in provisions(limit=50_000)
    ]
    columns = [Column(str(head), kind, 20) for head, kind in zip(heads, kinds, strict=True)]
    return exported(Table(str(_("Given to others")), columns, rows), form, "provisions")


def _form() -> ProvisionForm:
    form = ProvisionForm(given_on=today())
    rows = db.session.execute(db.select(Customer.id, Customer.name).order_by(Customer.name))
    form.customer.choices = [(number, name) for number, name in rows]
    return form


def _page(form: ProvisionForm | None = None) -> dict[str, Any]:
    page: dict[str, Any] = {"rows": provisions()}
    if signed_in().works_tickets:
        page["counts"] = count_views(signed_in())
    return page if form is None else page | {"form": form}
