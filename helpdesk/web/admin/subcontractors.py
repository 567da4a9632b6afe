"""The administrator's register of subcontractors: who they are, whose tickets they work on, their people (R62)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length, Optional

from helpdesk.accounts.roles import Role
from helpdesk.accounts.standing import standing_of
from helpdesk.accounts.subcontractors import (
    Subcontractor,
    add_subcontractor,
    all_subcontractors,
    correct_subcontractor,
    customers_given_to,
    end_work,
    give,
    people_of,
    take_back,
)
from helpdesk.customers.finding import customers_named
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.web.access import acting, audience
from helpdesk.web.contract_forms import PAST
from helpdesk.web.customer_page import ITS
from helpdesk.web.forms import strip
from helpdesk.web.outsiders import OutsiderForm, invited
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done

blueprint = Blueprint("subcontractors", __name__, url_prefix="/admin/subcontractors")


class SubcontractorForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(FILL_IN), Length(max=200)], [strip])
    secrecy_on = DateField(_l("Bound to secrecy since"), [Optional(), PAST])


class GiveForm(FlaskForm):
    customer = StringField(_l("Customer"), [DataRequired(FILL_IN), Length(max=200)], [strip])


@blueprint.get("")
@audience(Role.administrator)
def overview() -> ResponseReturnValue:
    return render_template("admin/subcontractors.html", subcontractors=all_subcontractors(), form=SubcontractorForm())


@blueprint.post("")
@audience(Role.administrator)
def add() -> ResponseReturnValue:
    form = SubcontractorForm()
    try:
        if form.validate():
            made = add_subcontractor(acting(), form.name.data or "", form.secrecy_on.data)
            words = _("%(name)s was added.", name=made.name)
            return done(words, "admin.subcontractors.page", subcontractor_id=made.id)
    except Refusal as refusal:
        form.name.errors = [str(refusal)]
    return again("admin/subcontractors.html", subcontractors=all_subcontractors(), form=form)


@blueprint.get("/<int:subcontractor_id>")
@audience(Role.administrator)
def page(subcontractor_id: int) -> ResponseReturnValue:
    of = db.get_or_404(Subcontractor, subcontractor_id)
    return render_template("admin/subcontractor.html", **_page(of))


@blueprint.post("/<int:subcontractor_id>")
@audience(Role.administrator)
def correct(subcontractor_id: int) -> ResponseReturnValue:
    of, form = db.get_or_404(Subcontractor, subcontractor_id), SubcontractorForm(prefix=ITS)
    try:
        if form.validate():
            correct_subcontractor(acting(), of, form.name.data or "", form.secrecy_on.data)
            return _done(of, _("Saved."))
    except Refusal as refusal:
        form.name.errors = [str(refusal)]
    return again("admin/subcontractor.html", **_page(of, its_form=form))


@blueprint.post("/<int:subcontractor_id>/people")
@audience(Role.administrator)
def add_person(subcontractor_id: int) -> ResponseReturnValue:
    """An agent of theirs, invited by mail."""
    of, form = db.get_or_404(Subcontractor, subcontractor_id, with_for_update=True), OutsiderForm()
    if of.ended_at is not None:
        raise Refusal(_("The work with this subcontractor ended. Nobody was added."))
    user = invited(form, Role.subcontractor, subcontractor_id=of.id)
    if user is None:
        return again("admin/subcontractor.html", **_page(of, person_form=form))
    return _done(of, _("%(name)s was invited by mail.", name=user.name))


@blueprint.post("/<int:subcontractor_id>/customers")
@audience(Role.administrator)
def give_customer(subcontractor_id: int) -> ResponseReturnValue:
    """Give a customer by its name, or by the only one that the words find."""
    of, form = db.get_or_404(Subcontractor, subcontractor_id, with_for_update=True), GiveForm()
    try:
        if form.validate():
            customer = _named(form.customer.data or "")
            give(acting(), of, customer)
            return _done(of, _("%(customer)s was given to %(name)s.", customer=customer.name, name=of.name))
    except Refusal as refusal:
        form.customer.errors = [str(refusal)]
    return again("admin/subcontractor.html", **_page(of, give_form=form))


@blueprint.post("/<int:subcontractor_id>/customers/<int:customer_id>/return")
@audience(Role.administrator)
def take_customer_back(subcontractor_id: int, customer_id: int) -> ResponseReturnValue:
    of, customer = db.get_or_404(Subcontractor, subcontractor_id), db.get_or_404(Customer, customer_id)
    take_back(acting(), of, customer)
    return _done(of, _("%(name)s sees %(customer)s no more.", name=of.name, customer=customer.name))


@blueprint.post("/<int:subcontractor_id>/end")
@audience(Role.administrator)
def end(subcontractor_id: int) -> ResponseReturnValue:
    of = db.get_or_404(Subcontractor, subcontractor_id, with_for_update=True)
    end_work(acting(), of)
    return _done(of, _("The work with %(name)s ended; its people cannot sign in any more.", name=of.name))


def _named(words: str) -> Customer:
    found = customers_named(words)
    exact = [one for one in found if one.name == words]
    if not found:
        raise Refusal(_("No customer is found."))
    if len(exact or found) != 1:
        raise Refusal(_("Several customers are called like this. Write the whole name."))
    return (exact or found)[0]


def _done(of: Subcontractor, words: str) -> ResponseReturnValue:
    return done(words, "admin.subcontractors.page", subcontractor_id=of.id)


def _page(of: Subcontractor, **forms: FlaskForm) -> dict[str, object]:
    people = list(people_of(of))
    page: dict[str, object] = {
        "subcontractor": of,
        "people": people,
        "standings": standing_of(people),
        "customers": customers_given_to(of),
        "its_form": SubcontractorForm(formdata=None, prefix=ITS, name=of.name, secrecy_on=of.secrecy_on),
        "person_form": OutsiderForm(formdata=None),
        "give_form": GiveForm(formdata=None),
    }
    return page | forms
