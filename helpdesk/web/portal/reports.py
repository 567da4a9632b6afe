"""The customer's monthly reports: on the page, as PDF and as a spreadsheet (R30)."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.accounts.roles import CUSTOMERS
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.reports.models import MonthlyReport
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.reading import may_read_reports, note_reading, sent_report, sent_reports
from helpdesk.web.access import audience, signed_in
from helpdesk.web.report_page import figure_behind, report_context, report_file

blueprint = Blueprint("reports", __name__, url_prefix="/portal/reports")


@blueprint.get("")
@audience(CUSTOMERS)
def report_list() -> ResponseReturnValue:
    """Every report that was sent, the newest month first."""
    if not may_read_reports(signed_in()):
        abort(404)
    return render_template("portal/reports.html", reports=sent_reports(signed_in()))


@blueprint.get("/<month>")
@audience(CUSTOMERS)
def report_page(month: str) -> ResponseReturnValue:
    report = _sent(month)
    context = report_context(
        report, lambda key: url_for("portal.reports.behind", month=month, figure=key), "portal.tickets.ticket_page"
    )
    neighbours = {"before": report.of_month.back(1), "after": report.of_month.after()}
    there = {str(one.of_month) for one in sent_reports(signed_in())}
    page = render_template("portal/report.html", months=sorted(there, reverse=True), **neighbours, **context)
    note_reading(report, signed_in())
    db.session.commit()
    return page


@blueprint.get("/<month>/<any(pdf, xlsx):form>")
@audience(CUSTOMERS)
def file(month: str, form: str) -> ResponseReturnValue:
    return report_file(_sent(month), form)


@blueprint.get("/<month>/tickets")
@audience(CUSTOMERS)
def behind(month: str) -> ResponseReturnValue:
    """The tickets that a figure counts, as they were when it was counted."""
    report = _sent(month)
    words, value, references = figure_behind(report, request.args.get("figure", ""))
    return render_template("portal/report_tickets.html", report=report, words=words, value=value, references=references)


def _sent(month: str) -> MonthlyReport:
    """The month's report as it was sent last; another's, and what is no month, is not there."""
    try:
        wanted = ReportMonth.read(month)
    except Refusal:
        abort(404)
    return sent_report(signed_in(), wanted)
