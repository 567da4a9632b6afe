"""The portal's page on personal data: what is held and why, what was given to whom, and what one may ask for (16)."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import PasswordField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.models import authenticate
from helpdesk.accounts.roles import CUSTOMERS, Role
from helpdesk.customers.models import Contact
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db, limiter
from helpdesk.privacy.expiring import periods
from helpdesk.privacy.kinds import RequestKind
from helpdesk.privacy.models import Disclosure, PersonalRequest
from helpdesk.privacy.provisions import entrusted, provisions
from helpdesk.privacy.requests import WORDS_MAX, ask_for, take_back
from helpdesk.privacy.words import REQUEST_KIND_WORDS
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import Channel
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.disclosures import disclosure_file
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("personal", __name__, url_prefix="/portal/personal")
REQUESTS = "10 per hour"


class RequestForm(FlaskForm):
    """`contact` is offered to the customer's administrators, who may ask for their people."""

    kind = SelectField(
        _l("What you ask for"), choices=[(one.value, _l(REQUEST_KIND_WORDS[one])) for one in RequestKind]
    )
    contact = SelectField(_l("For whom"), coerce=int)
    wanted = TextAreaField(_l("What exactly"), [Length(max=WORDS_MAX)])
    password = PasswordField(_l("Your password"), [DataRequired(FILL_IN), Length(max=200)])


def _who() -> str:
    return f"personal:{signed_in().id}"


@blueprint.get("")
@audience(CUSTOMERS)
def page() -> ResponseReturnValue:
    return render_template("portal/personal.html", **_page(_form()))


@blueprint.post("/requests")
@audience(CUSTOMERS)
@limiter.limit(REQUESTS, key_func=_who)
def ask() -> ResponseReturnValue:
    """The password shows once more that it is them; for somebody else of the organisation we check that person."""
    form, own = _form(), _own()
    if not form.validate():
        return again("portal/personal.html", **_page(form))
    if authenticate(signed_in().email, form.password.data or "") is None:
        form.password.errors = [_("This is not your password.")]
        return again("portal/personal.html", **_page(form))
    whom = db.session.get_one(Contact, form.contact.data)
    checked = "password" if whom.id == own.id else ""
    try:
        ask_for(
            acting(), whom, RequestKind(form.kind.data), form.wanted.data or "", channel=Channel.portal, checked=checked
        )
    except Refusal as refusal:
        return refused(refusal, form, "portal/personal.html", **_page())
    return done(_("We received your request, and confirm it by mail."), "portal.personal.page")


@blueprint.post("/requests/<int:request_id>/withdrawal")
@audience(CUSTOMERS)
@limiter.limit(REQUESTS, key_func=_who)
def withdraw(request_id: int) -> ResponseReturnValue:
    take_back(acting(), _request(request_id))
    return done(_("Your request was taken back."), "portal.personal.page")


@blueprint.get("/requests/<int:request_id>/<any(json, pdf, zip):form>")
@audience(CUSTOMERS)
def fetch(request_id: int, form: str) -> ResponseReturnValue:
    """The disclosure, to nobody but the person whom it tells of; each download is on record."""
    return disclosure_file(_request(request_id), form)


def _form() -> RequestForm:
    """Administrators choose among everybody of their organisation who has not been erased, closed people included."""
    form, own = RequestForm(), _own()
    people = [own]
    if signed_in().role == Role.customer_admin:
        rows = select(Contact).where(Contact.customer_id == own.customer_id, Contact.merged_into_id.is_(None))
        people = [
            own,
            *(one for one in db.session.scalars(rows.order_by(Contact.id)) if one.id != own.id and not one.erased),
        ]
    form.contact.choices = [(one.id, f"{one.name} ({one.email})") for one in people]
    return form


def _page(form: RequestForm | None = None) -> dict[str, Any]:
    own = _own()
    rows = select(PersonalRequest)
    if signed_in().role == Role.customer_admin:
        rows = rows.where(PersonalRequest.customer_id == own.customer_id)
    else:
        rows = rows.where(PersonalRequest.contact_id == own.id)
    asked = db.session.scalars(rows.order_by(PersonalRequest.id.desc()).limit(20)).all()
    ids = [one.id for one in asked]
    made = {one.request_id: one for one in db.session.scalars(select(Disclosure).where(Disclosure.request_id.in_(ids)))}
    given = [one for one in provisions(own.customer_id, 50) if one.contact_id in (None, own.id)]
    page = {"own": own, "asked": asked, "made": made, "given": given, "entrusted": entrusted(own.customer_id)}
    page |= {"periods": periods(), "days": current_settings().privacy_business_days}
    return page if form is None else page | {"form": form}


def _own() -> Contact:
    contact = signed_in().contact
    if contact is None:
        raise NotFound
    return contact


def _request(request_id: int) -> PersonalRequest:
    """One of their own: nobody else takes it back or reads it, their administrators included."""
    asked = db.session.get(PersonalRequest, request_id)
    if asked is None or asked.contact_id != _own().id:
        raise NotFound
    return asked
