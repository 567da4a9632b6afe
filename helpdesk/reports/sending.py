"""Sending an approved report: its files are kept, and mailed to whom the customer named (R30)."""

from flask import current_app
from flask_babel import force_locale

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.customers.models import Contact
from helpdesk.customers.people import report_contacts
from helpdesk.files.models import store
from helpdesk.notices.models import post
from helpdesk.reports.acts import ReportAct
from helpdesk.reports.making import document, pdf_of, xlsx_of
from helpdesk.reports.models import MonthlyReport, current_layout
from helpdesk.spreadsheets import XLSX_TYPE


def send(report: MonthlyReport) -> None:
    """Keep the files of an approved report and mail them; from now on the customer finds it on the portal.

    Sent a second time it does nothing. With nobody named it is on the portal alone, and the desk's page says so.
    """
    if report.sent_at is not None:
        return
    layout = current_layout()
    report.layout_id = layout.id if layout else None
    report.pdf_sha256, report.xlsx_sha256 = store(pdf_of(report)), store(xlsx_of(report))
    report.sent_at, report.sent_to = clock.now(), []
    mail_to(SYSTEM, report, report_contacts(report.customer))


def mail_to(by: Actor, report: MonthlyReport, people: list[Contact]) -> None:
    """Mail a sent report to these people, and note whom it went to."""
    for person in people:
        language = person.language.value
        with force_locale(language):
            told = document(report, language)
        post(
            "monthly_report",
            to=person.email,
            language=language,
            charset=person.customer.mail_charset,
            salutation=person.salutation,
            month=report.of_month.words(language),
            edition=report.edition,
            headline=told.headline,
            summary=told.summary,
            link=f"{current_app.config['BASE_URL']}/portal/reports/{report.of_month}",
            files=_files(report),
        )
    report.sent_to = list(dict.fromkeys([*report.sent_to, *(person.name for person in people)]))
    if people:
        record(by, ReportAct.sent, report, to="、".join(person.name for person in people))


def file_name(report: MonthlyReport, ending: str) -> str:
    """operations-report-2026-10.pdf; a later edition has its number."""
    edition = f"-{report.edition}" if report.edition > 1 else ""
    return f"operations-report-{report.of_month}{edition}.{ending}"


def _files(report: MonthlyReport) -> list[dict[str, str]]:
    kept = ((report.pdf_sha256, "pdf", "application/pdf"), (report.xlsx_sha256, "xlsx", XLSX_TYPE))
    return [{"name": file_name(report, ending), "type": kind, "sha256": sha or ""} for sha, ending, kind in kept]
