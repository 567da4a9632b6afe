"""Reports that are set anew because what they tell of a person was erased: the figures stay (R61)."""

from collections.abc import Collection

from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.files.models import store
from helpdesk.notices.models import Notice
from helpdesk.reports.making import pdf_of, xlsx_of
from helpdesk.reports.models import MonthlyReport


def print_again(report_ids: Collection[int]) -> set[str]:
    """Set the files of these reports from what they tell now, also where they went along with a mail.

    Returns the SHA-256 of the files that they replace.
    """
    rows = select(MonthlyReport).where(MonthlyReport.id.in_(report_ids), MonthlyReport.pdf_sha256.is_not(None))
    replaced: set[str] = set()
    for report in db.session.scalars(rows.execution_options(populate_existing=True)):
        before = (report.pdf_sha256, report.xlsx_sha256)
        report.pdf_sha256, report.xlsx_sha256 = store(pdf_of(report)), store(xlsx_of(report))
        fresh = {old: new for old, new in zip(before, (report.pdf_sha256, report.xlsx_sha256), strict=True) if old}
        for old, new in fresh.items():
            if old != new:
                _exchange(old, new)
                replaced.add(old)
    return replaced


def _exchange(old: str, new: str) -> None:
    for notice in db.session.scalars(select(Notice).where(Notice.files.contains([{"sha256": old}]))):
        notice.files = [file | {"sha256": new} if file.get("sha256") == old else file for file in notice.files]
