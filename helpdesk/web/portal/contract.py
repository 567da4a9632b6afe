"""The customer's contract on the portal: dates with their clauses, and the notices that they give (R53, R54, R56)."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from helpdesk import clock
from helpdesk.accounts.roles import CUSTOMERS, Role
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.contract_notices import WORDS_MAX, ContractNoticeKind, NoticeWords, notices_of
from helpdesk.contracts.counts import count_licences
from helpdesk.contracts.filing import consequence, file_notice
from helpdesk.contracts.leaving import last_service_day, weeks_of
from helpdesk.contracts.life import contract_now, today
from helpdesk.contracts.models import CLIENTS_MAX, Contract
from helpdesk.customers.models import Customer
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db, limiter
from helpdesk.terms.models import AcceptedWay, TermsKind, accept, acceptance_of, coming, in_force, version_of
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.contract_forms import PLAN_MAX
from helpdesk.web.contract_page import standing_of_contract
from helpdesk.web.forms import strip
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("contract", __name__, url_prefix="/portal/contract")
NOTICES = "30 per hour"
IN_WORDS = (ContractNoticeKind.succession, ContractNoticeKind.recontract, ContractNoticeKind.other)


class LeaveForm(FlaskForm):
    """`end` is the date that the page showed: where it is another by now, the page is shown again."""

    end = HiddenField()
    sure_end = BooleanField(validators=[InputRequired(_l("Please confirm the date."))])
    sure_work = BooleanField(validators=[InputRequired(_l("Please confirm this, too."))])
    words = TextAreaField(_l("A word to us"), [Length(max=WORDS_MAX)])


class ChangeOfPlanForm(FlaskForm):
    plan = StringField(_l("Plan"), [InputRequired(FILL_IN), Length(max=PLAN_MAX)], [strip])
    clients = IntegerField(
        _l("Clients to be managed"),
        [InputRequired(FILL_IN), NumberRange(1, CLIENTS_MAX, _l("Write a number from 1 on."))],
    )
    words = TextAreaField(_l("A word to us"), [Length(max=WORDS_MAX)])


class InWordsForm(FlaskForm):
    words = TextAreaField(_l("What you give notice of"), [DataRequired(FILL_IN), Length(max=WORDS_MAX)], [strip])


class LicencesForm(FlaskForm):
    licences = IntegerField(_l("Licences on the dashboard"), [InputRequired(FILL_IN), NumberRange(0, CLIENTS_MAX)])


def _who() -> str:
    return f"contract:{signed_in().id}"


@blueprint.get("")
@audience(CUSTOMERS)
def page() -> ResponseReturnValue:
    """The contract with each date and why, and what was given notice of."""
    return render_template("portal/contract.html", **_page(LicencesForm()))


@blueprint.post("/counts")
@audience(CUSTOMERS)
@limiter.limit(NOTICES, key_func=_who)
def count() -> ResponseReturnValue:
    """The customer tells what the dashboard shows (13-3)."""
    contract, form = _contract(), LicencesForm()
    if not form.validate():
        return again("portal/contract.html", **_page(form))
    count_licences(acting(), contract, form.licences.data or 0, today(), by_customer=True)
    return done(_("Thank you. We compare it with your plan."), "portal.contract.page")


@blueprint.post("/terms/<int:number>/acceptance")
@audience(CUSTOMERS)
@limiter.limit(NOTICES, key_func=_who)
def accept_terms(number: int) -> ResponseReturnValue:
    """The version that is in force, or coming, is accepted for the organisation."""
    customer, version = _reader(), version_of(TermsKind.terms, number)
    if version is None:
        raise NotFound
    accept(acting(), version, customer, signed_in().contact, AcceptedWay.portal)
    return done(_("Thank you. Your acceptance is on record."), "portal.contract.page")


@blueprint.get("/notices/nonrenewal")
@audience(CUSTOMERS)
def leave_form() -> ResponseReturnValue:
    return render_template("portal/leave.html", **_leaving(LeaveForm(formdata=None)))


@blueprint.post("/notices/nonrenewal")
@audience(CUSTOMERS)
@limiter.limit(NOTICES, key_func=_who)
def leave() -> ResponseReturnValue:
    """The notice counts from today; its end was shown and confirmed (11-2)."""
    contract, form = _contract(lock=True), LeaveForm()
    shown = consequence(contract, ContractNoticeKind.nonrenewal, today())
    if not form.validate():
        return again("portal/leave.html", **_leaving(form))
    if shown is None or form.end.data != shown.on.isoformat():
        form.sure_end.errors = [_("The date is another one by now: look at it and confirm it once more.")]
        return render_template("portal/leave.html", **_leaving(form)), 409
    return _given(contract, ContractNoticeKind.nonrenewal, form, "portal/leave.html", _leaving)


@blueprint.get("/notices/change")
@audience(CUSTOMERS)
def change_form() -> ResponseReturnValue:
    return render_template("portal/plan_change.html", **_changing(ChangeOfPlanForm(formdata=None)))


@blueprint.post("/notices/change")
@audience(CUSTOMERS)
@limiter.limit(NOTICES, key_func=_who)
def change() -> ResponseReturnValue:
    contract, form = _contract(lock=True), ChangeOfPlanForm()
    if not form.validate():
        return again("portal/plan_change.html", **_changing(form))
    return _given(contract, ContractNoticeKind.change, form, "portal/plan_change.html", _changing)


@blueprint.get("/notices/<any(succession, recontract, other):kind>")
@audience(CUSTOMERS)
def notice_form(kind: str) -> ResponseReturnValue:
    _reader()
    return render_template("portal/contract_notice.html", form=InWordsForm(formdata=None), kind=kind)


@blueprint.post("/notices/<any(succession, recontract, other):kind>")
@audience(CUSTOMERS)
@limiter.limit(NOTICES, key_func=_who)
def notice(kind: str) -> ResponseReturnValue:
    customer, form = _reader(), InWordsForm()
    if not form.validate():
        return again("portal/contract_notice.html", form=form, kind=kind)
    words = NoticeWords(ContractNoticeKind(kind), words=form.words.data or "", contact=signed_in().contact)
    file_notice(acting(), customer, words)
    return done(_("We have received your notice. A receipt is on its way by mail."), "portal.contract.page")


@blueprint.get("/notices/contacts")
@audience(CUSTOMERS)
def contacts() -> ResponseReturnValue:
    """Changes of contacts are made where people are (3-6)."""
    _reader()
    return redirect(url_for("portal.people.people"))


def _given(contract: Contract, kind: ContractNoticeKind, form: Any, template: str, page: Any) -> ResponseReturnValue:
    wanted = {"plan": form.plan.data, "clients": form.clients.data} if kind == ContractNoticeKind.change else {}
    words = NoticeWords(kind, words=form.words.data or "", wanted=wanted, contact=signed_in().contact)
    try:
        file_notice(acting(), contract.customer, words)
    except Refusal as refusal:
        if refusal.field == "kind":
            raise
        context = page(form)
        context.pop("form")
        return refused(refusal, form, template, **context)
    return done(_("We have received your notice. A receipt is on its way by mail."), "portal.contract.page")


def _reader() -> Customer:
    """The customer of who administers the organisation or handles the contract; NotFound for others."""
    user = signed_in()
    contact = user.contact
    if contact is None or not (user.role == Role.customer_admin or contact.handles_contract):
        raise NotFound
    return contact.customer


def _contract(*, lock: bool = False) -> Contract:
    contract = contract_now(_reader().id)
    if contract is None:
        raise NotFound
    if lock:
        return db.session.get_one(Contract, contract.id, with_for_update=True, populate_existing=True)
    return contract


def _page(form: FlaskForm) -> dict[str, Any]:
    customer = _reader()
    contract, day = contract_now(customer.id), today()
    page = {"customer": customer, "contract": contract, "today": day, "form": form, "given": notices_of(customer.id)}
    posted = (in_force(TermsKind.terms, day), coming(TermsKind.terms, day))
    page["posted"] = [(one, acceptance_of(one, customer.id)) for one in posted if one is not None]
    return page | (standing_of_contract(contract, day) if contract is not None else {})


def _leaving(form: FlaskForm) -> dict[str, Any]:
    """Today's end, what is too late, what comes after; the months with the days that were counted."""
    contract, day, hours = _contract(), today(), current_calendar().hours
    page = standing_of_contract(contract, day)
    end = consequence(contract, ContractNoticeKind.nonrenewal, day)
    if end is None or contract.in_force_until is not None:
        raise Refusal(_("This contract ends already. Nothing was changed."))
    if day < contract.in_force_from:
        raise Refusal(_("The contract has not begun yet: please call us."))
    numbered: dict[date, Any] = {one.day: one for one in page["strip"]}
    last = last_service_day(end.on, hours)
    return page | {
        "form": form,
        "contract": contract,
        "today": day,
        "now_at": clock.now(),
        "end": end,
        "bound": page["in_time"] is not None and page["in_time"].last_day < end.on,
        "last_closing": hours.span(last),
        "numbered": numbered,
        "months_shown": [weeks_of(month) for month in sorted({d.replace(day=1) for d in (day, *numbered)})][:2],
        "hours": hours,
    }


def _changing(form: FlaskForm) -> dict[str, Any]:
    contract, day = _contract(), today()
    effect = consequence(contract, ContractNoticeKind.change, day)
    return standing_of_contract(contract, day) | {"form": form, "contract": contract, "today": day, "effect": effect}
