"""A version of the terms that a person is asked for after signing in, where the provider wants that (R60)."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import CUSTOMERS
from helpdesk.contracts.life import today
from helpdesk.errors import NotFound
from helpdesk.extensions import db, limiter
from helpdesk.terms.models import AcceptedWay, TermsKind, accept, asked_of, version_of
from helpdesk.web.access import acting, audience, handles_contract, home_of, safe_next, signed_in
from helpdesk.web.responding import done

blueprint = Blueprint("terms", __name__, url_prefix="/portal/terms")


def _who() -> str:
    return f"terms:{signed_in().id}"


@blueprint.get("")
@audience(CUSTOMERS)
def ask() -> ResponseReturnValue:
    """The version with what changes; on to where they wanted to go where nothing is asked any more."""
    contact = signed_in().contact
    version = asked_of(contact, today()) if contact is not None else None
    if version is None:
        return redirect(safe_next(request.args.get("next")) or home_of(signed_in()))
    return render_template("portal/terms.html", version=version, onward=safe_next(request.args.get("next")) or "")


@blueprint.post("/<int:number>/acceptance")
@audience(CUSTOMERS)
@limiter.limit("30 per hour", key_func=_who)
def accept_it(number: int) -> ResponseReturnValue:
    """Only by who handles the contract: it is accepted for the organisation."""
    user, version = signed_in(), version_of(TermsKind.terms, number)
    if version is None or user.contact is None or not handles_contract(user):
        raise NotFound
    accept(acting(), version, user.contact.customer, user.contact, AcceptedWay.sign_in)
    onward = safe_next(request.form.get("next"))
    if onward is None:
        return done(_("Thank you. Your acceptance is on record."), "portal.tickets.home")
    db.session.commit()
    return redirect(onward)
