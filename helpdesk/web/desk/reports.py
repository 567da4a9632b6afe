"""Monthly reports on the desk: what a month needs, words for the customer, review, and the provider's template."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from helpdesk import clock
from helpdesk.accounts.roles import DESK, Role
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.people import report_contacts
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.reports.making import request_reports
from helpdesk.reports.models import MonthlyReport, ask_again
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.review import month_of_reports, under_review
from helpdesk.reports.sending import mail_to
from helpdesk.reports.words import figure_words
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.report_page import figure_behind, report_context, report_file
from helpdesk.web.responding import done

blueprint = Blueprint("reports", __name__, url_prefix="/desk/reports")


class ReportWordsForm(FlaskForm):
    comment = TextAreaField()
    advice = TextAreaField()


@blueprint.get("")
@audience(DESK)
def overview() -> ResponseReturnValue:
    """A month's reports, those that want somebody first, and how far the month has come."""
    this = ReportMonth.of(current_calendar().hours.local_date(clock.now()))
    try:
        month = ReportMonth.read(request.args.get("month", str(this.back(1))))
    except Refusal:
        month = this.back(1)
    rows = month_of_reports(month, request.args.get("after"))
    return render_template(
        "desk/reports.html", month=month, this=this, rows=rows, me=signed_in(), counts=count_views(signed_in())
    )


@blueprint.post("/requests")
@audience(Role.supervisor)
def ask_for_missing() -> ResponseReturnValue:
    """Have last month's reports made that are not there yet, without waiting for the clock."""
    count = request_reports()
    words = _("%(count)s reports are being made.", count=count) if count else _("No report is missing, or it is early.")
    return done(words, "desk.reports.overview")


@blueprint.post("/approvals")
@audience(Role.supervisor)
def approve_all() -> ResponseReturnValue:
    """Let everything of a month go that is under review; what is held back stays."""
    month = ReportMonth.read(request.form.get("month", ""))
    reports = under_review(month, request.form.get("seen", ""))
    for report in reports:
        report.approve(signed_in())
    return done(
        _("%(count)s reports were approved and go out now.", count=len(reports)), "desk.reports.overview", month=month
    )


@blueprint.get("/<int:report_id>")
@audience(DESK)
def report_page(report_id: int) -> ResponseReturnValue:
    report = _report(report_id)
    return render_template("desk/monthly_report.html", **_page(report))


@blueprint.get("/<int:report_id>/<any(pdf, xlsx):form>")
@audience(DESK)
def file(report_id: int, form: str) -> ResponseReturnValue:
    return report_file(_report(report_id), form)


@blueprint.get("/<int:report_id>/tickets")
@audience(DESK)
def behind(report_id: int) -> ResponseReturnValue:
    """The tickets that a figure counts."""
    report = _report(report_id)
    words, value, references = figure_behind(report, request.args.get("figure", ""))
    return render_template(
        "desk/report_tickets.html",
        report=report,
        words=words,
        value=value,
        references=references,
        counts=count_views(signed_in()),
    )


@blueprint.post("/<int:report_id>/words")
@audience(DESK)
def write(report_id: int) -> ResponseReturnValue:
    """Keep the comment and the suggestions, in the name of who writes them."""
    report, form = _report(report_id), ReportWordsForm()
    report.write(signed_in(), form.comment.data or "", form.advice.data or "")
    return _done(report, _("Your words are kept; they stand on the report."))


@blueprint.post("/<int:report_id>/hold")
@audience(Role.supervisor)
def hold(report_id: int) -> ResponseReturnValue:
    report = _report(report_id)
    report.hold(signed_in(), request.form.get("why", ""))
    return _done(report, _("The report is held back."))


@blueprint.post("/<int:report_id>/approval")
@audience(Role.supervisor)
def approve(report_id: int) -> ResponseReturnValue:
    report = _report(report_id)
    report.approve(signed_in(), request.form.get("digest"))
    return _done(report, _("The report was approved and goes out now."))


@blueprint.post("/<int:report_id>/recount")
@audience(Role.supervisor)
def recount(report_id: int) -> ResponseReturnValue:
    """Count the month once more."""
    report = _report(report_id)
    ask_again(acting(), report)
    return _done(report, _("It is counted once more. What changed will be said here."))


@blueprint.post("/<int:report_id>/mailing")
@audience(Role.supervisor)
def mail_again(report_id: int) -> ResponseReturnValue:
    """Mail a sent report to everybody named now, for who was named late or lost it."""
    report = _report(report_id)
    people = report_contacts(report.customer)
    if report.sent_at is None or not people:
        raise Refusal(_("There is nobody to mail it to, or it was not sent yet."))
    mail_to(acting(), report, people)
    return _done(report, _("The report goes out to %(count)s people.", count=len(people)))


def _report(report_id: int) -> MonthlyReport:
    # whoever changes it finds it as nobody else is changing it
    report = db.session.get(MonthlyReport, report_id, with_for_update=request.method == "POST")
    if report is None:
        abort(404)
    return report


def _done(report: MonthlyReport, words: str) -> ResponseReturnValue:
    return done(words, "desk.reports.report_page", report_id=report.id)


def _page(report: MonthlyReport) -> dict[str, object]:
    page: dict[str, object] = {
        "report": report,
        "people": report_contacts(report.customer),
        "me": signed_in(),
        "figure_name": figure_words,
        "counts": count_views(signed_in()),
    }
    if report.contents is None:
        return page
    return page | report_context(
        report, lambda key: url_for("desk.reports.behind", report_id=report.id, figure=key), "desk.tickets.ticket_page"
    )
