"""The administrator's side of a customer's people."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import Role, add_user, user_by_email, user_of
from helpdesk.customers.models import Contact, Customer, Language, Way, add_contact, contact_by_email
from helpdesk.extensions import db
from helpdesk.web.access import acting, audience
from helpdesk.web.customer_page import ContactForm, customer_done, customer_page_context
from helpdesk.web.responding import again

blueprint = Blueprint("contacts", __name__, url_prefix="/admin")


@blueprint.post("/customers/<int:customer_id>/contacts")
@audience(Role.administrator)
def create_contact(customer_id: int) -> ResponseReturnValue:
    customer, form = db.get_or_404(Customer, customer_id), ContactForm()
    if not form.validate():
        return again("admin/customer.html", **customer_page_context(customer, contact_form=form))
    if contact_by_email(form.email.data or "") or user_by_email(form.email.data or ""):
        form.email.errors = [_("This mail address belongs to a contact already.")]
        return again("admin/customer.html", **customer_page_context(customer, contact_form=form))
    contact = add_contact(
        acting(),
        customer,
        name=form.name.data or "",
        kana=form.kana.data or "",
        department=form.department.data or "",
        email=form.email.data or "",
        phone=form.phone.data or "",
        told_of_alerts=bool(form.told_of_alerts.data),
        may_instruct=bool(form.may_instruct.data),
        way=Way(form.way.data),
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
    return customer_done(customer, _("%(name)s was added.", name=contact.name))


@blueprint.post("/customers/<int:customer_id>/contacts/<int:contact_id>/alerts")
@audience(Role.administrator)
def set_alert_rights(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Say whether this person is told of alerts and how, and whether they may instruct (R13)."""
    customer, contact = _contact(customer_id, contact_id)
    way = Way.phone if request.form.get("way") == Way.phone else Way.mail
    contact.set_alert_rights(acting(), told="told" in request.form, may_instruct="instructs" in request.form, way=way)
    return customer_done(customer, _("The rights of %(name)s are set.", name=contact.name))


@blueprint.post("/customers/<int:customer_id>/contacts/<int:contact_id>/reports")
@audience(Role.administrator)
def set_reports(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Name this person for the monthly reports, or no longer (R30)."""
    customer, contact = _contact(customer_id, contact_id)
    contact.set_gets_reports(acting(), bool(request.form.get("gets")))
    return customer_done(customer, _("The rights of %(name)s are set.", name=contact.name))


@blueprint.post("/customers/<int:customer_id>/contacts/<int:contact_id>/closure")
@audience(Role.administrator)
def close_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """End every right of a person, the sign-in included."""
    customer, contact = _contact(customer_id, contact_id)
    user = user_of(contact)
    if user is not None:
        user.deactivate(acting())
    contact.close(acting())
    return customer_done(
        customer, _("%(name)s is closed: no mail goes there, and mail from there is a stranger's.", name=contact.name)
    )


@blueprint.post("/customers/<int:customer_id>/contacts/<int:contact_id>/reopening")
@audience(Role.administrator)
def reopen_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Let a person write and be written to again; a sign-in and the right to instruct are given by themselves."""
    customer, contact = _contact(customer_id, contact_id)
    contact.reopen(acting())
    return customer_done(customer, _("%(name)s is open again.", name=contact.name))


def _contact(customer_id: int, contact_id: int) -> tuple[Customer, Contact]:
    customer, contact = db.get_or_404(Customer, customer_id), db.get_or_404(Contact, contact_id)
    if contact.customer_id != customer.id:
        abort(404)
    return customer, contact
