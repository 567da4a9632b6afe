"""What the page of a customer's contract shows, and how its forms are answered."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from helpdesk import clock
from helpdesk.audit.models import events_of
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.applications import applications_of
from helpdesk.contracts.audits import audits_of
from helpdesk.contracts.changes import changes_of, plan_on
from helpdesk.contracts.contract_notices import notices_of
from helpdesk.contracts.counts import clients_over, last_count
from helpdesk.contracts.dates import FIRST_YEAR, LAST_YEAR
from helpdesk.contracts.leaving import counted_days, leaving_periods
from helpdesk.contracts.life import contract_now, today
from helpdesk.contracts.models import Contract, contracts_of
from helpdesk.contracts.outlook import dates_ahead, term_months
from helpdesk.contracts.payments import liability_cap, payments_of
from helpdesk.contracts.suspensions import suspension_of, suspensions_of
from helpdesk.contracts.telling import contract_mails, contract_people
from helpdesk.contracts.windows import Sent, deemed_delivery
from helpdesk.customers.models import Customer
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.web.contract_forms import FORMS
from helpdesk.web.responding import done

TEMPLATE = "desk/contract.html"


def contract_page(customer: Customer, failed: FlaskForm | None = None) -> dict[str, Any]:
    """Everything of the page; the form that failed stands in its place with what was typed."""
    contract, day = contract_now(customer.id), today()
    page: dict[str, Any] = {
        "customer": customer,
        "contract": contract,
        "contracts": contracts_of(customer.id),
        "applications": applications_of(customer.id),
        "contract_notices": notices_of(customer.id),
        "payments": payments_of(customer.id),
        "audits": audits_of(customer.id),
        "cap": _cap(customer),
        "told_people": contract_people(customer.id),
        "mails": [(mail, _counts_as_known(mail)) for mail in contract_mails(customer.id)],
        "today": day,
        "now_at": clock.now(),
        "open_form": failed.open_at if failed is not None else "",
        "forms": {name: _fresh(name, contract, day, failed) for name in FORMS},
    }
    return page | (standing_of_contract(contract, day) if contract is not None else {})


def standing_of_contract(contract: Contract, day: date) -> dict[str, Any]:
    """What is told of one contract, on the desk and on the portal."""
    hours, suspension, count = current_calendar().hours, suspension_of(contract), last_count(contract)
    plan, clients = plan_on(contract, day)
    periods = leaving_periods(day, contract.minimum_term.on, hours) if contract.in_force_until is None else []
    in_time = next((one for one in periods if one.in_time), None)
    return {
        "state": contract.state_on(clock.now(), day, suspended=suspension is not None),
        "suspension": suspension,
        "suspensions": suspensions_of(contract),
        "plan": plan,
        "clients": clients,
        "count": count,
        "over": clients_over(contract, count),
        "changes": changes_of(contract),
        "dates": dates_ahead(contract, day),
        "months": term_months(contract, day),
        "periods": periods,
        "in_time": in_time,
        "strip": counted_days(in_time.last_day, hours) if in_time is not None else [],
        "record": events_of(contract)[-30:][::-1],
        "start_notice": db.session.get(Notice, contract.start_notice_id) if contract.start_notice_id else None,
    }


def _fresh(name: str, contract: Contract | None, day: date, failed: FlaskForm | None) -> FlaskForm:
    """A form as it is offered: with today, and the plan as it is now."""
    if failed is not None and failed.name == name:
        return failed
    given: dict[str, Any] = {
        "applied_on": day if name == "apply" else None,
        "counted_on": day,
        "arrived_on": day,
        "start_on": day,
    }
    if contract is not None and name in ("change", "notice"):
        given["plan"], given["clients"] = plan_on(contract, day)
    return FORMS[name](formdata=None, prefix=name, **given)


def _counts_as_known(mail: Notice) -> Any:
    """When a mail that came back counts as known, where the customer had not reported a change (3-8, 3-9)."""
    if mail.bounced_at is None and mail.state != ErrandState.failed:
        return None
    hours = current_calendar().hours
    return deemed_delivery(hours.local_date(mail.created_at), Sent.mail, hours)


def _cap(customer: Customer) -> Any:
    """The bound of liability for the day that was asked for."""
    try:
        damage = date.fromisoformat(request.args.get("damage", ""))
    except ValueError:
        return None
    return liability_cap(customer.id, damage) if FIRST_YEAR < damage.year < LAST_YEAR else None


def acted(customer: Customer, name: str, act: Callable[[Any], Any], at: str = "") -> ResponseReturnValue:
    """Answer one form of the page: done with the words that `act` returns, or the page with what is wrong.

    `at` tells which of several forms of this name it was.
    """
    form = FORMS[name](prefix=name)
    form.name, form.open_at = name, f"{name}{at}"
    if not form.validate():
        return render_template(TEMPLATE, **contract_page(customer, form)), 422
    try:
        said = act(form)
    except Refusal as refusal:
        db.session.rollback()
        fields = [field for field in form if field.type != "CSRFTokenField"]
        field = form._fields.get(refusal.field) or fields[-1]
        field.errors = [*field.errors, str(refusal)]
        return render_template(TEMPLATE, **contract_page(customer, form)), 409
    return contract_done(customer.id, said)


def contract_done(customer_id: int, said: str) -> ResponseReturnValue:
    return done(said, "desk.contracts.customer_page", customer_id=customer_id)
