"""The administrator's pages of resellers and of their people."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.accounts.standing import standing_of
from helpdesk.customers.models import Customer
from helpdesk.customers.resellers import Reseller, add_reseller, all_resellers, assign_reseller, rename_reseller
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.web.access import acting, audience
from helpdesk.web.customer_page import ITS, customer_done
from helpdesk.web.forms import strip
from helpdesk.web.outsiders import OutsiderForm, invited
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done

blueprint = Blueprint("resellers", __name__, url_prefix="/admin")


class ResellerForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(FILL_IN), Length(max=200)], [strip])


@blueprint.get("/resellers")
@audience(Role.administrator)
def overview() -> ResponseReturnValue:
    return render_template("admin/resellers.html", resellers=all_resellers(), form=ResellerForm())


@blueprint.post("/resellers")
@audience(Role.administrator)
def add() -> ResponseReturnValue:
    form = ResellerForm()
    if not form.validate():
        return again("admin/resellers.html", resellers=all_resellers(), form=form)
    try:
        reseller = add_reseller(acting(), form.name.data or "")
    except Refusal as refusal:
        form.name.errors = [str(refusal)]
        return again("admin/resellers.html", resellers=all_resellers(), form=form)
    return done(_("%(name)s was added.", name=reseller.name), "admin.resellers.page", reseller_id=reseller.id)


@blueprint.get("/resellers/<int:reseller_id>")
@audience(Role.administrator)
def page(reseller_id: int) -> ResponseReturnValue:
    return render_template("admin/reseller.html", **_page(db.get_or_404(Reseller, reseller_id)))


@blueprint.post("/resellers/<int:reseller_id>")
@audience(Role.administrator)
def rename(reseller_id: int) -> ResponseReturnValue:
    reseller, form = db.get_or_404(Reseller, reseller_id), ResellerForm(prefix=ITS)
    if not form.validate():
        return again("admin/reseller.html", **_page(reseller, name_form=form))
    try:
        rename_reseller(acting(), reseller, form.name.data or "")
    except Refusal as refusal:
        form.name.errors = [str(refusal)]
        return again("admin/reseller.html", **_page(reseller, name_form=form))
    return done(_("Saved."), "admin.resellers.page", reseller_id=reseller.id)


@blueprint.post("/resellers/<int:reseller_id>/people")
@audience(Role.administrator)
def add_person(reseller_id: int) -> ResponseReturnValue:
    """Somebody who reads what concerns this reseller's customers; they are invited by mail."""
    reseller, form = db.get_or_404(Reseller, reseller_id), OutsiderForm()
    user = invited(form, Role.reseller_user, reseller_id=reseller.id)
    if user is None:
        return again("admin/reseller.html", **_page(reseller, person_form=form))
    words = _("%(name)s was invited by mail.", name=user.name)
    return done(words, "admin.resellers.page", reseller_id=reseller.id)


@blueprint.post("/customers/<int:customer_id>/reseller")
@audience(Role.administrator)
def assign(customer_id: int) -> ResponseReturnValue:
    """Whose customer this is."""
    customer = db.get_or_404(Customer, customer_id)
    wanted = number(request.form.get("reseller"))
    assign_reseller(acting(), customer, db.get_or_404(Reseller, wanted) if wanted is not None else None)
    return customer_done(customer, _("Saved."))


def _page(reseller: Reseller, **forms: FlaskForm) -> dict[str, object]:
    people = list(db.session.scalars(select(User).where(User.reseller_id == reseller.id).order_by(User.name)))
    customers = select(Customer).where(Customer.reseller_id == reseller.id).order_by(Customer.name).limit(500)
    page: dict[str, object] = {
        "reseller": reseller,
        "people": people,
        "standings": standing_of(people),
        "customers": db.session.scalars(customers).all(),
        "name_form": ResellerForm(formdata=None, prefix=ITS, name=reseller.name),
        "person_form": OutsiderForm(formdata=None),
    }
    return page | forms
