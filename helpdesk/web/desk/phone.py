"""Calls, recorded by an agent: from a contact, from somebody else of a customer, or from a stranger (R01, V4)."""

import secrets
import unicodedata
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk import clock
from helpdesk.accounts.roles import DESK
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.finding import find_customers, find_people
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import NotFound, Refusal, number
from helpdesk.extensions import db
from helpdesk.intake.calls import Call, receive_call
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import BODY_MAX, SUBJECT_MAX
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import audience, signed_in
from helpdesk.web.forms import strip
from helpdesk.web.responding import again, refused, ticket_done

blueprint = Blueprint("phone", __name__, url_prefix="/desk/phone")
NOBODY = "nobody"


class PhoneForm(FlaskForm):
    """`caller` is `contact-ID`, `customer-ID` for somebody else there, or `nobody`."""

    q = StringField(_l("Who called: name, reading, number or company"), [Length(max=100)], [strip])
    caller = HiddenField(validators=[Length(max=30)])
    name = StringField(_l("Name of the caller, where not on record"), [Length(max=100)], [strip])
    number = StringField(_l("Number to call back"), [Length(max=40)], [strip])
    called_at = DateTimeLocalField(_l("Time of the call"), [DataRequired(_l("Please give the time of the call."))])
    joins = StringField(_l("Joins ticket number (optional)"), [Length(max=20)], [strip])
    subject = StringField(_l("Subject"), [DataRequired(), Length(max=SUBJECT_MAX)], [strip])
    body = TextAreaField(_l("What the caller said"), [DataRequired(), Length(max=BODY_MAX)])
    once = HiddenField(validators=[Length(max=64)], default=lambda: secrets.token_urlsafe(16))


@blueprint.get("")
@audience(DESK)
def form() -> ResponseReturnValue:
    blank = PhoneForm(formdata=None, q=request.args.get("q", "")[:100])
    local = clock.now().astimezone(current_calendar().hours.zone)
    blank.called_at.data = local.replace(tzinfo=None)
    return render_template("desk/phone.html", form=blank, **_page(blank.q.data or ""))


@blueprint.get("/callers")
@audience(DESK)
def callers() -> ResponseReturnValue:
    """Who may have called, by what is typed."""
    return render_template(
        "desk/_callers.html", chosen=request.args.get("caller", ""), **_found(request.args.get("q", ""))
    )


@blueprint.post("")
@audience(DESK)
def record_call() -> ResponseReturnValue:
    """Record the call, or with `find` look for the caller and keep what is typed."""
    filled = PhoneForm()
    page = _page(filled.q.data or "")
    if "find" in request.form:
        return render_template("desk/phone.html", form=filled, **page)
    if not filled.validate() or not _caller_chosen(filled):
        return again("desk/phone.html", form=filled, **page)
    try:
        joins = _joined(filled)
        ticket = receive_call(signed_in(), _call(filled), joins)
    except Refusal as refusal:
        return refused(refusal, filled, "desk/phone.html", **page)
    return ticket_done(ticket.reference, _("Recorded as %(reference)s.", reference=ticket.reference))


def _caller_chosen(filled: PhoneForm) -> bool:
    kind, _dash, chosen = (filled.caller.data or "").partition("-")
    row = {"contact": Contact, "customer": Customer}.get(kind)
    # what nobody's customer tells is not for a subcontractor's people
    if kind == NOBODY and signed_in().subcontractor_id is None:
        return True
    if row is not None and db.session.get(row, number(chosen) or 0) is not None:
        return True
    filled.caller.errors = [_("Please choose who called.")]
    return False


def _call(filled: PhoneForm) -> Call:
    kind, _dash, chosen = (filled.caller.data or "").partition("-")
    called_at: datetime = filled.called_at.data  # type: ignore[assignment]
    return Call(
        called_at=called_at.replace(tzinfo=current_calendar().hours.zone),
        subject=filled.subject.data or "",
        words=filled.body.data or "",
        contact=db.session.get(Contact, number(chosen) or 0) if kind == "contact" else None,
        customer=db.session.get(Customer, number(chosen) or 0) if kind == "customer" else None,
        name=filled.name.data or "",
        number=filled.number.data or "",
        once=f"{filled.once.data} {filled.subject.data}\n{filled.body.data}",
    )


def _joined(filled: PhoneForm) -> Ticket | None:
    """The ticket that the call is about, its number typed in any width."""
    reference = unicodedata.normalize("NFKC", filled.joins.data or "").strip()
    if not reference:
        return None
    try:
        return ticket_for(signed_in(), reference, lock=True)
    except NotFound:
        raise Refusal(_("There is no ticket of this number."), field="joins") from None


def _page(words: str) -> dict[str, Any]:
    return {"counts": count_views(signed_in()), **_found(words)}


def _found(words: str) -> dict[str, Any]:
    return {"people": find_people(words), "customers": find_customers(words), "asked": words.strip()}
