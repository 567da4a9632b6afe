"""The administrator's side of a customer's people: added, corrected, put together, closed, invited again."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import user_of
from helpdesk.accounts.people import close_person, merge_person
from helpdesk.accounts.roles import Role
from helpdesk.accounts.standing import standing_of
from helpdesk.audit.models import record
from helpdesk.customers.changes import ContactChange
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.web.access import acting, audience
from helpdesk.web.customer_page import customer_done, customer_page_context
from helpdesk.web.person_form import PersonForm, added, corrected, form_of
from helpdesk.web.responding import again

blueprint = Blueprint("contacts", __name__, url_prefix="/admin/customers/<int:customer_id>")


@blueprint.post("/contacts")
@audience(Role.administrator)
def create_contact(customer_id: int) -> ResponseReturnValue:
    customer, form = db.get_or_404(Customer, customer_id), PersonForm()
    if not form.validate():
        return again("admin/customer.html", **customer_page_context(customer, person_form=form))
    try:
        contact = added(form, acting(), customer)
    except Refusal as refusal:
        db.session.rollback()
        form.refused(refusal)
        return again("admin/customer.html", **customer_page_context(customer, person_form=form))
    return customer_done(customer, _("%(name)s was added.", name=contact.name))


@blueprint.get("/contacts/<int:contact_id>")
@audience(Role.administrator)
def person_page(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Everything on record of a person; that it was looked at is on record, too (R63)."""
    customer, contact = _contact(customer_id, contact_id)
    record(acting(), PrivacyAct.looked, contact, of=contact.name)
    db.session.commit()
    return render_template("admin/person.html", **_page(customer, contact, form_of(contact)))


@blueprint.post("/contacts/<int:contact_id>")
@audience(Role.administrator)
def change_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Correct what is on record and what they are named for (R13, R57)."""
    customer, contact = _contact(customer_id, contact_id)
    form = PersonForm()
    if not form.validate():
        return again("admin/person.html", **_page(customer, contact, form))
    try:
        corrected(form, acting(), contact)
    except Refusal as refusal:
        db.session.rollback()
        form.refused(refusal)
        return again("admin/person.html", **_page(customer, contact, form))
    return customer_done(customer, _("%(name)s was changed.", name=contact.name))


@blueprint.post("/contacts/<int:contact_id>/invitation")
@audience(Role.administrator)
def invite_again(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Another link for who has not signed in yet; the one before ends."""
    customer, contact = _contact(customer_id, contact_id)
    account = user_of(contact)
    if account is None:
        raise Refusal(_("This person has no sign-in. Give one first."))
    invite(acting(), account)
    return customer_done(customer, _("%(name)s was invited by mail.", name=contact.name))


@blueprint.post("/contacts/<int:contact_id>/merge")
@audience(Role.administrator)
def put_together(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Two rows were one person: what was of this one is another's from now on."""
    customer, contact = _contact(customer_id, contact_id)
    into = db.session.get(Contact, number(request.form.get("into")) or 0)
    form = form_of(contact)
    try:
        if into is None:
            raise Refusal(_("Choose another person of the same customer."))
        merge_person(acting(), contact, into)
    except Refusal as refusal:
        db.session.rollback()
        return again("admin/person.html", **_page(customer, contact, form), merge_error=str(refusal))
    return customer_done(customer, _("%(name)s goes on as %(into)s.", name=contact.name, into=into.name))


@blueprint.post("/contacts/<int:contact_id>/closure")
@audience(Role.administrator)
def close_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """End every right of a person, the sign-in included."""
    customer, contact = _contact(customer_id, contact_id)
    close_person(acting(), contact)
    return customer_done(
        customer, _("%(name)s is closed: no mail goes there, and mail from there is a stranger's.", name=contact.name)
    )


@blueprint.post("/contacts/<int:contact_id>/reopening")
@audience(Role.administrator)
def reopen_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    """Let a person write and be written to again; a sign-in and the right to instruct are given by themselves."""
    customer, contact = _contact(customer_id, contact_id)
    contact.reopen(acting())
    return customer_done(customer, _("%(name)s is open again.", name=contact.name))


@blueprint.post("/contact-changes/<int:told_id>")
@audience(Role.administrator)
def look_at_change(customer_id: int, told_id: int) -> ResponseReturnValue:
    """Ask for evidence of a change that the customer made, or confirm it (3-7)."""
    customer, change = db.get_or_404(Customer, customer_id), db.get_or_404(ContactChange, told_id)
    if change.customer_id != customer.id:
        abort(404)
    words = request.form.get("words", "").replace("\x00", "")[:500]
    try:
        change.ask(acting()) if "ask" in request.form else change.confirm(acting(), words)
    except Refusal as refusal:
        db.session.rollback()
        page = customer_page_context(customer)
        return again("admin/customer.html", **page, change_error={told_id: (str(refusal), words)})
    return customer_done(customer, _("It is on record."))


def _contact(customer_id: int, contact_id: int) -> tuple[Customer, Contact]:
    customer, contact = db.get_or_404(Customer, customer_id), db.get_or_404(Contact, contact_id)
    if contact.customer_id != customer.id:
        abort(404)
    return customer, contact


def _page(customer: Customer, contact: Contact, form: PersonForm) -> dict[str, object]:
    account = user_of(contact)
    others = [one for one in customer.contacts if one.id != contact.id and not one.closed]
    standing = standing_of([account]) if account is not None else {}
    return {"customer": customer, "contact": contact, "form": form, "account": account, "others": others} | {
        "standing": standing.get(account.id) if account is not None else None
    }
