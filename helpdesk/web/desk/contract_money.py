"""Payments and the bound of liability, audits, the month's billing list, new prices (R58, R59, R65)."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import Role
from helpdesk.contracts.audits import CustomerAudit, add_findings, record_audit, tell_audit
from helpdesk.contracts.billing import billing_lines
from helpdesk.contracts.dates import FIRST_YEAR, LAST_YEAR, month_start
from helpdesk.contracts.life import contract_now, today
from helpdesk.contracts.payments import Payment, record_payment
from helpdesk.contracts.price_notices import announce_prices, price_notices
from helpdesk.contracts.windows import Sent
from helpdesk.customers.models import Customer
from helpdesk.customers.resellers import Reseller, all_resellers
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.contract_forms import PriceForm
from helpdesk.web.contract_page import acted
from helpdesk.web.exporting import exported
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("contract_money", __name__, url_prefix="/desk")
WHO = (Role.supervisor, Role.administrator)
ITS = "/contracts/<int:customer_id>"


@blueprint.post(f"{ITS}/payments")
@audience(*WHO)
def pay(customer_id: int) -> ResponseReturnValue:
    customer = db.get_or_404(Customer, customer_id)

    def act(form: Any) -> Any:
        if form.paid_on.data > today():
            raise Refusal(_("Nothing is paid on a day to come."), field="paid_on")
        record_payment(acting(), customer, form.paid_on.data, form.yen.data, form.words.data)
        return _("The payment is on record.")

    return acted(customer, "payment", act)


@blueprint.post(f"{ITS}/payments/<int:payment_id>/removal")
@audience(*WHO)
def remove_payment(customer_id: int, payment_id: int) -> ResponseReturnValue:
    customer, payment = db.get_or_404(Customer, customer_id), db.get_or_404(Payment, payment_id)
    if payment.customer_id != customer_id:
        abort(404)

    def act(form: Any) -> Any:
        payment.remove(acting(), customer, form.words.data)
        return _("The payment was taken off; the record keeps it.")

    return acted(customer, "removal", act, str(payment_id))


@blueprint.post(f"{ITS}/audits")
@audience(*WHO)
def audit(customer_id: int) -> ResponseReturnValue:
    customer = db.get_or_404(Customer, customer_id)

    def act(form: Any) -> Any:
        given = {name: form[name].data or "" for name in ("scope", "findings")}
        made = record_audit(acting(), customer, told_on=form.told_on.data, held_on=form.held_on.data, **given)
        contract = contract_now(customer.id)
        if not form.mailed.data or contract is None:
            return _("The audit is on record.")
        return _("The audit is on record; %(count)s people are mailed.", count=tell_audit(contract, made))

    return acted(customer, "audit", act)


@blueprint.post(f"{ITS}/audits/<int:audit_id>/findings")
@audience(*WHO)
def audit_findings(customer_id: int, audit_id: int) -> ResponseReturnValue:
    customer, found = db.get_or_404(Customer, customer_id), db.get_or_404(CustomerAudit, audit_id)
    if found.customer_id != customer_id:
        abort(404)

    def act(form: Any) -> Any:
        add_findings(acting(), found, form.words.data)
        return _("The findings are on record.")

    return acted(customer, "findings", act, str(audit_id))


@blueprint.get("/billing")
@audience(*WHO)
def billing() -> ResponseReturnValue:
    """The month's list of every reseller, and the notices of new prices."""
    return render_template("desk/billing.html", **_page(_price_form()))


@blueprint.get("/billing/<any(xlsx, csv, cp932):form>")
@audience(*WHO)
def billing_file(form: str) -> ResponseReturnValue:
    month = _month()
    return exported(billing_table(month, number(request.args.get("reseller"))), form, f"billing-{month:%Y%m}")


@blueprint.post("/billing/prices")
@audience(*WHO)
def announce() -> ResponseReturnValue:
    """New prices are announced to a reseller in advance (5-6)."""
    form = _price_form()
    if not form.validate():
        return again("desk/billing.html", **_page(form))
    try:
        row = announce_prices(
            acting(),
            db.get_or_404(Reseller, form.reseller.data),
            effective_on=form.effective_on.data,  # type: ignore[arg-type]
            words=form.words.data or "",
            address=form.address.data or "",
            way=Sent(form.way.data),
            sent_on=form.sent_on.data,
        )
    except Refusal as refusal:
        return refused(refusal, form, "desk/billing.html", **_page())
    return done(_("The new prices are announced to %(name)s.", name=row.reseller.name), "desk.contract_money.billing")


def billing_table(month: date, reseller_id: int | None) -> Table:
    """The list as a sheet: money stays with the reseller's own prices, so it has none."""
    heads = [_("Reseller"), _("Customer"), _("Contract"), _("Plan"), _("Clients"), _("Charged"), _("Start")]
    kinds = [CellKind.text] * 4 + [CellKind.number, CellKind.text, CellKind.day]
    columns = [Column(str(head), kind, 18) for head, kind in zip(heads, kinds, strict=True)]
    columns += [Column(str(_("Last day")), CellKind.day, 18), Column(str(_("Plan before")), CellKind.text, 18)]
    rows = (
        (
            *(line.reseller, line.customer, line.contract.number or "", line.plan, line.clients),
            str(_("charged")) if line.charged else str(_("free")),
            *(line.contract.service_start, line.contract.in_force_until, line.was or ""),
        )
        for line in billing_lines(month, reseller_id)
    )
    return Table(str(_("Billing list %(month)s", month=f"{month:%Y-%m}")), columns, list(rows))


def _month() -> date:
    """The month of the address, such as 2026-11; the present one else."""
    try:
        asked = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return month_start(today())
    return asked if FIRST_YEAR < asked.year < LAST_YEAR else month_start(today())


def _price_form() -> PriceForm:
    form = PriceForm(prefix="price")
    form.reseller.choices = [(one.id, one.name) for one in all_resellers()]
    return form


def _page(form: PriceForm | None = None) -> dict[str, Any]:
    month = _month()
    page: dict[str, Any] = {
        "month": month,
        "before": month_start(month, -1),
        "after": month_start(month, 1),
        "lines": billing_lines(month),
        "price_notices": price_notices(),
    }
    if signed_in().works_tickets:
        page["counts"] = count_views(signed_in())
    return page | ({"form": form} if form is not None else {})
