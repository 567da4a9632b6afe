"""The customer's administrator on their own people: who is told, who instructs, who signs in (R13, R57, R70)."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import User, user_of
from helpdesk.accounts.people import close_person
from helpdesk.accounts.roles import CUSTOMERS, Role
from helpdesk.accounts.standing import standing_of
from helpdesk.customers.changes import changes_of, lines_of
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db, limiter
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.person_form import PersonForm, added, corrected, form_of, may_close
from helpdesk.web.responding import again, done

blueprint = Blueprint("people", __name__, url_prefix="/portal/people")
CHANGES = "60 per hour"
"""Each change mails somebody: nobody changes so many people by hand."""


def _who() -> str:
    return f"people:{signed_in().id}"


@blueprint.get("")
@audience(Role.customer_admin)
def people() -> ResponseReturnValue:
    """Everybody of the own organisation, and the last changes."""
    customer = _own()
    ids = [contact.id for contact in customer.contacts]
    accounts = list(db.session.scalars(select(User).where(User.contact_id.in_(ids), User.role.in_(CUSTOMERS))))
    page = {"accounts": {one.contact_id: one for one in accounts}, "standings": standing_of(accounts)}
    return render_template(
        "portal/people.html", customer=customer, changes=changes_of(customer), lines_of=lines_of, **page
    )


@blueprint.get("/new")
@audience(Role.customer_admin)
def new_form() -> ResponseReturnValue:
    return render_template("portal/person.html", form=PersonForm(), contact=None)


@blueprint.post("/new")
@audience(Role.customer_admin)
@limiter.limit(CHANGES, key_func=_who)
def add() -> ResponseReturnValue:
    form = PersonForm()
    if not form.validate():
        return again("portal/person.html", form=form, contact=None)
    try:
        contact = added(form, acting(), _own(), by_customer=True)
    except Refusal as refusal:
        db.session.rollback()
        form.refused(_unnamed(refusal))
        return again("portal/person.html", form=form, contact=None)
    return done(_("%(name)s was added.", name=contact.name), "portal.people.people")


@blueprint.get("/<int:contact_id>")
@audience(Role.customer_admin)
def person(contact_id: int) -> ResponseReturnValue:
    contact = _person(contact_id)
    return render_template("portal/person.html", **_page(contact, form_of(contact)))


@blueprint.post("/<int:contact_id>")
@audience(Role.customer_admin)
@limiter.limit(CHANGES, key_func=_who)
def change(contact_id: int) -> ResponseReturnValue:
    contact, form = _person(contact_id), PersonForm()
    if not form.validate():
        return again("portal/person.html", **_page(contact, form))
    try:
        corrected(form, acting(), contact, by_customer=True)
    except Refusal as refusal:
        db.session.rollback()
        form.refused(_unnamed(refusal))
        return again("portal/person.html", **_page(contact, form))
    if signed_in().contact_id == contact.id and signed_in().role != Role.customer_admin:
        return done(_("%(name)s was changed.", name=contact.name), "portal.tickets.home")
    return done(_("%(name)s was changed.", name=contact.name), "portal.people.people")


@blueprint.post("/<int:contact_id>/invitation")
@audience(Role.customer_admin)
@limiter.limit(CHANGES, key_func=_who)
def invite_again(contact_id: int) -> ResponseReturnValue:
    """Another link for who has not signed in yet; the one before ends."""
    contact = _person(contact_id)
    account = user_of(contact)
    if account is None:
        raise NotFound
    invite(acting(), account)
    return done(_("%(name)s was invited by mail.", name=contact.name), "portal.people.people")


@blueprint.post("/<int:contact_id>/closure")
@audience(Role.customer_admin)
def close(contact_id: int) -> ResponseReturnValue:
    """Somebody left: nothing goes to them any more, and their sign-in ends at once."""
    contact = _person(contact_id)
    try:
        may_close(contact)
        close_person(acting(), contact, by_customer=True)
    except Refusal as refusal:
        db.session.rollback()
        return again("portal/person.html", **_page(contact, form_of(contact)), close_error=str(refusal))
    return done(_("%(name)s is closed: nothing is sent there any more.", name=contact.name), "portal.people.people")


def _own() -> Customer:
    customer = signed_in().customer
    if customer is None:
        abort(404)
    return customer


def _person(contact_id: int) -> Contact:
    """Somebody of the own organisation who is not closed; NotFound for anybody else."""
    contact = db.session.get(Contact, contact_id)
    if contact is None or contact.customer_id != signed_in().customer_id or contact.closed:
        raise NotFound
    return contact


def _unnamed(refusal: Refusal) -> Refusal:
    """Whether an address is known here, and whose it is, is no customer's business but its own people's."""
    if refusal.field != "email":
        return refusal
    return Refusal(_("This mail address cannot be used here. Please ask us."), field="email")


def _page(contact: Contact, form: PersonForm) -> dict[str, object]:
    account = user_of(contact)
    standing = standing_of([account]).get(account.id) if account is not None else None
    return {"contact": contact, "form": form, "account": account, "standing": standing}
