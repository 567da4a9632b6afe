"""Making a month's report: counting it, keeping what was counted, setting it on paper and as a spreadsheet (R30)."""

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import defer

from helpdesk import clock, paper
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Customer
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.models import read
from helpdesk.reports.acts import ReportAct
from helpdesk.reports.contents import changes, contents_of, digest_of
from helpdesk.reports.documents import ReportDocument, ReportSection, cell_words, document_of
from helpdesk.reports.models import MonthlyReport, ReportLayout, current_layout, newest_report, sent_contents
from helpdesk.reports.month_ends import ASKING
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.parts import sections_of
from helpdesk.settings.models import current_settings
from helpdesk.spreadsheets import NUMBERS, Table, write_xlsx
from helpdesk.wording import when_words

ACCENT = "#1d5c88"


def request_reports() -> int:
    """On a month's first business day, and after it, ask for the reports of the month before; returns how many.

    For everybody with a contract in force on any of its days. Each is asked for once, whoever asks and when.
    """
    hours, now = current_calendar().hours, clock.now()
    today = hours.local_date(now)
    first = hours.business_day_after(date(today.year, today.month, 1) - _DAY, 1)
    opens = hours.span(first)
    if today < first or (opens is not None and now < opens.start):
        return 0
    month = ReportMonth.of(today).back(1)
    # cron and a supervisor may ask at once
    db.session.execute(select(func.pg_advisory_xact_lock(ASKING)))
    asked = select(MonthlyReport.customer_id).where(MonthlyReport.month == month.first)
    rows = (
        select(Contract.customer_id)
        .distinct()
        .where(
            Contract.in_force_from <= month.last,
            or_(Contract.in_force_until.is_(None), Contract.in_force_until >= month.first),
            Contract.customer_id.not_in(asked),
        )
    )
    lacking = list(db.session.scalars(rows))
    for customer_id in lacking:
        ask(customer_id, month)
    early = _made_early(month)
    for report in early:
        report.restart()
    return len(lacking) + len(early)


def _made_early(month: ReportMonth) -> list[MonthlyReport]:
    """Reports that somebody had made before their month was over: they are counted once more."""
    rows = select(MonthlyReport).where(
        MonthlyReport.month == month.first,
        MonthlyReport.approved_at.is_(None),
        MonthlyReport.state == ErrandState.done,
        MonthlyReport.made_at < month.span(current_calendar().hours.zone)[1],
    )
    return list(db.session.scalars(rows.options(defer(MonthlyReport.contents))))


_DAY = date.resolution


def ask(customer_id: int, month: ReportMonth, edition: int = 1) -> MonthlyReport:
    """A report that waits to be made."""
    report = MonthlyReport(customer_id=customer_id, month=month.first, edition=edition, asked_at=clock.now())
    report.due_at, report.changed, report.sent_to = clock.now(), [], []
    report.comment = report.advice = ""
    db.session.add(report)
    return report


def count(report: MonthlyReport) -> MonthlyReport:
    """Count the month and keep the snapshot, in the caller's transaction; returns the edition that tells it.

    Counting the same facts again changes nothing, its time of making included. What differs replaces the snapshot
    while it is under review; figures that differ from those that were approved become a new edition.
    """
    customer, month = report.customer, report.of_month
    newest = newest_report(customer.id, month, lock=True)
    if newest is not None and newest.id != report.id:
        # it was asked for while a later edition came
        return newest
    contents = contents_of(customer, month, sent_contents(customer.id, month.back(1)))
    digest = digest_of(contents)
    found = changes(report.contents, contents) if report.contents is not None else []
    if digest == report.contents_digest or (report.approved_at is not None and not found):
        return report
    if report.approved_at is not None:
        edition = ask(report.customer_id, month, report.edition + 1)
        edition.comment, edition.advice, edition.written_by = report.comment, report.advice, report.written_by
        edition.due_at, edition.state = None, ErrandState.done
        report = edition
    report.changed = [change.as_json() for change in found]
    report.contents, report.contents_digest, report.made_at = contents, digest, clock.now()
    db.session.flush()
    record(SYSTEM, ReportAct.made, report, edition=report.edition, digest=digest)
    return report


def made_now(customer: Customer, month: ReportMonth) -> MonthlyReport:
    """The month's report, counted now: the kept one where nothing changed since. Refused before the month began."""
    if month.span(current_calendar().hours.zone)[0] > clock.now():
        raise Refusal(_("This month has not begun."))
    report = newest_report(customer.id, month)
    if report is None:
        report = ask(customer.id, month)
        report.due_at, report.state = None, ErrandState.done
        db.session.flush()
    return count(report)


def document(report: MonthlyReport, language: str | None = None) -> ReportDocument:
    """The report in words: in a reader's language, or else the customer's."""
    contents, hours = _contents(report), current_calendar().hours
    spoken = language or str(contents["language"])
    layout = _layout(report)
    words = {"comment": report.comment, "advice": report.advice, "by": report.written_by}
    with force_locale(spoken):
        sections = sections_of(contents, words, hours, spoken)
        shown = [section for section in sections if section.key not in (layout.hidden if layout else ())]
        return document_of(contents, shown, hours=hours, language=spoken)


def pdf_of(report: MonthlyReport) -> bytes:
    """The report on paper, with its figures attached as JSON. The same report gives the same bytes."""
    told, language = document(report), str(_contents(report)["language"])
    with force_locale(language):
        return paper.as_pdf("report", _facts(report, told, language), made_at=_made_at(report))


def xlsx_of(report: MonthlyReport) -> bytes:
    """The report as a spreadsheet, a sheet a table. The same report gives the same bytes."""
    told, out = document(report), io.BytesIO()
    hours = current_calendar().hours
    title = f"{told.title} {told.customer}"
    # large tables are worded as they are written
    with force_locale(str(_contents(report)["language"])):
        write_xlsx(out, told.tables(), zone=hours.zone, made_at=_made_at(report), title=title)
    return out.getvalue()


def edition_words(report: MonthlyReport, hours: ServiceHours, language: str) -> str:
    """When it was made and which edition it is."""
    made = when_words(_made_at(report), hours.zone, language)
    return str(_("Made %(at)s, edition %(edition)s", at=made, edition=report.edition))


def _facts(report: MonthlyReport, told: ReportDocument, language: str) -> dict[str, Any]:
    """The document as JSON values for the paper's template."""
    layout, hours = _layout(report), current_calendar().hours
    return {
        "language": language,
        "title": told.title,
        "provider": current_settings().provider_name,
        "customer": told.customer,
        "period": told.period,
        "headline": told.headline,
        "summary": told.summary,
        "accent": layout.accent if layout else ACCENT,
        "logo": _logo(layout),
        "greeting": layout.greeting(language) if layout else "",
        "closing": layout.closing(language) if layout else "",
        "footer": f"{told.customer} · {told.title} · {edition_words(report, hours, language)}",
        "tiles": [{"label": t.label, "value": t.value, "unit": t.unit, "note": t.note} for t in told.tiles],
        "sections": [_section(one, language) for one in told.sections if one.key != "figures"],
        "definitions": [list(pair) for pair in told.definitions],
        "words": {
            "definitions": _("How the figures are counted"),
            "not_archival": _("set without the archival standard, for its characters"),
            "same": _("Counting again gives the same figures. Times are service hours."),
        },
        "attached": {"name": "figures.json", "words": _figures_json(report), "description": "figures"},
    }


def _section(section: ReportSection, language: str) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "by": section.by,
        "chart": str(section.chart) if section.chart else "",
        "alt": section.title,
        "sentences": list(section.sentences),
        # beside a chart the table would only repeat it on paper
        "table": _table(section.table, language) if section.table and not section.folded else None,
    }


def _table(table: Table, language: str) -> dict[str, Any]:
    return {
        "columns": [column.title for column in table.columns],
        "widths": [column.width for column in table.columns],
        "right": [column.kind in NUMBERS for column in table.columns],
        "rows": [
            [cell_words(column.kind, value, language) for column, value in zip(table.columns, row, strict=True)]
            for row in table.rows
        ],
    }


def _figures_json(report: MonthlyReport) -> str:
    return paper.json_text({key: _contents(report)[key] for key in ("customer", "month", "figures")})


def _logo(layout: ReportLayout | None) -> list[int] | None:
    """The logo's bytes: a template takes no others than JSON has."""
    return list(read(layout.logo_sha256)) if layout is not None and layout.logo_sha256 else None


def _layout(report: MonthlyReport) -> ReportLayout | None:
    """The template it was sent with; before that the newest."""
    if report.sent_at is None:
        return current_layout()
    return db.session.get(ReportLayout, report.layout_id) if report.layout_id else None


def _contents(report: MonthlyReport) -> Mapping[str, Any]:
    return report.contents or {}


def _made_at(report: MonthlyReport) -> datetime:
    return report.made_at or report.asked_at
