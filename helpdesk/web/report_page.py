"""What pages show of a monthly report: the document with its links, its files, and the tickets behind a figure."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response

from helpdesk.calendar.models import current_calendar
from helpdesk.errors import NotFound
from helpdesk.files.models import read
from helpdesk.reports.documents import cell_words
from helpdesk.reports.making import document, edition_words, pdf_of, xlsx_of
from helpdesk.reports.models import MonthlyReport
from helpdesk.reports.sending import file_name
from helpdesk.reports.words import figure_words
from helpdesk.spreadsheets import NUMBERS, XLSX_TYPE
from helpdesk.web.pages import language


def report_context(report: MonthlyReport, figure_url: Callable[[str], str], ticket_page: str) -> dict[str, Any]:
    """The document in the reader's language; `figure_url` leads to the tickets of a figure, if it has any."""
    known = {one["key"] for one in (report.contents or {}).get("figures", []) if one["tickets"]}
    return {
        "report": report,
        "document": document(report, language()),
        "edition": edition_words(report, current_calendar().hours, language()),
        "behind": lambda key: figure_url(key) if key in known else "",
        "cell": lambda column, value: cell_words(column.kind, value, language()),
        "numbers": NUMBERS,
        "ticket_page": ticket_page,
    }


def report_file(report: MonthlyReport, form: str) -> Response:
    """The report as pdf or xlsx: as it was sent, or before that as it is now."""
    kept = report.pdf_sha256 if form == "pdf" else report.xlsx_sha256
    content = read(kept) if kept else (pdf_of(report) if form == "pdf" else xlsx_of(report))
    response = Response(content, mimetype="application/pdf" if form == "pdf" else XLSX_TYPE)
    response.headers["Content-Disposition"] = f"attachment; filename={file_name(report, form)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def figure_behind(report: MonthlyReport, key: str) -> tuple[str, int | None, Sequence[str]]:
    """What a figure is called, its value and its tickets. Raises NotFound for none of this report's."""
    for one in (report.contents or {}).get("figures", []):
        if one["key"] == key:
            return figure_words(key), one["value"], one["tickets"]
    raise NotFound
