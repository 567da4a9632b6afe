"""What a tester brought through the doors: logos, early reports, stale pages, older editions, long words (R30)."""

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from helpdesk.alerts.models import alert_of
from helpdesk.alerts.regrouping import merge
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.reports import jobs
from helpdesk.reports.making import count, document, made_now, pdf_of, request_reports, xlsx_of
from helpdesk.reports.models import MonthlyReport, ReportStatus, newest_report
from helpdesk.reports.months import ReportMonth
from tests.conftest import Cast
from tests.making import TEXT, an_alert, an_inquiry
from tests.pictures import a_png
from tests.reports.test_reports import report_of, work

OCTOBER = ReportMonth(2026, 10)
Move = Callable[[str], datetime]


def test_a_logo_is_printed(cast: Cast, at: Move) -> None:
    at("2026-11-02T10:00:00+09:00")
    words = {"accent": "#aa0000", "shown": "weekly", "logo": (io.BytesIO(a_png()), "logo.png")}
    assert cast.erin.post("/desk/report-template", words).status_code == 302
    reader = PdfReader(io.BytesIO(pdf_of(made_now(cast.acme, OCTOBER))))
    assert len(reader.pages[0].images) == 1


@pytest.mark.parametrize(
    "logo",
    [
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xffhello",
        a_png(cut=40),
        a_png(0, 0),
        a_png(20_000, 8_000),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        a_png() + b"x" * 500_001,
    ],
)
def test_what_is_no_logo_is_refused_and_no_report_suffers(cast: Cast, at: Move, logo: bytes) -> None:
    at("2026-11-02T10:00:00+09:00")
    words = {"accent": "#aa0000", "logo": (io.BytesIO(logo), "logo.png")}
    assert cast.erin.post("/desk/report-template", words).status_code == 409
    assert pdf_of(made_now(cast.acme, OCTOBER)).startswith(b"%PDF")


def test_a_report_made_early_is_counted_again_and_not_sent_before(cast: Cast, at: Move) -> None:
    at("2026-10-15T10:00:00+09:00")
    an_alert(cast.acme)
    early = made_now(cast.acme, OCTOBER)
    db.session.commit()
    for path, fields in ((f"/desk/reports/{early.id}/approval", {}), ("/desk/reports/approvals", {"month": "2026-10"})):
        cast.erin.post(path, fields)
        assert newest_report(cast.acme.id, OCTOBER).approved_at is None  # type: ignore[union-attr]
    with pytest.raises(Refusal):
        made_now(cast.acme, ReportMonth(2027, 5))
    at("2026-10-20T10:00:00+09:00")
    an_alert(cast.acme, TEXT.replace("ab" * 32, "cd" * 32))
    at("2026-11-02T10:00:00+09:00")
    request_reports()
    work()
    again = report_of(cast.acme)
    assert again.contents is not None and not again.contents["running"]
    assert {one["key"]: one["value"] for one in again.contents["figures"]}["alerts.tickets"] == 2


def test_what_could_not_be_sent_is_seen_to_have_failed(cast: Cast, at: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    at("2026-11-02T10:00:00+09:00")
    report = made_now(cast.acme, OCTOBER)
    report.approve(cast.user("erin"))
    report.tries = report.MAX_TRIES
    db.session.commit()

    def broken(_report: MonthlyReport) -> None:
        raise OSError

    with monkeypatch.context() as sending, pytest.raises(OSError):
        sending.setattr(jobs, "send", broken)
        work()
    db.session.rollback()
    db.session.expire_all()
    assert report_of(cast.acme).status == ReportStatus.failed
    page = cast.erin.get("/desk/reports?month=2026-10").text
    assert "作成できません" in page and 'hx-trigger="every 3s"' not in page
    assert cast.erin.post(f"/desk/reports/{report.id}/recount").status_code == 302
    work()
    assert report_of(cast.acme).status == ReportStatus.sent, "trying once more sends it"


def test_nothing_is_approved_that_nobody_read(cast: Cast, at: Move) -> None:
    at("2026-11-02T10:00:00+09:00")
    report = made_now(cast.acme, OCTOBER)
    db.session.commit()
    url, read = f"/desk/reports/{report.id}", report.contents_digest
    assert f'value="{read}"' in cast.erin.get(url).text
    cast.erin.post(f"{url}/recount")
    assert cast.erin.post(f"{url}/approval", {"digest": read}).status_code == 409, "while it is counted"
    ticket = an_inquiry(cast.contact("alice"))
    ticket.opened_at = datetime.fromisoformat("2026-10-30T10:00:00+09:00")
    work()
    assert cast.erin.post(f"{url}/approval", {"digest": read}).status_code == 409, "other figures"
    assert cast.erin.post(f"{url}/approval", {"digest": report_of(cast.acme).contents_digest}).status_code == 302


def test_an_older_edition_is_not_counted_again(cast: Cast, at: Move) -> None:
    at("2026-11-02T10:00:00+09:00")
    first = made_now(cast.acme, OCTOBER)
    first.approve(cast.user("erin"))
    work()
    ticket = an_inquiry(cast.contact("alice"))
    ticket.opened_at = datetime.fromisoformat("2026-10-30T10:00:00+09:00")
    assert count(report_of(cast.acme)).edition == 2
    db.session.commit()
    assert cast.erin.post(f"/desk/reports/{first.id}/recount").status_code == 409


def test_every_computer_counts_and_merged_alerts_do_so_once(cast: Cast, at: Move) -> None:
    at("2026-10-05T10:00:00+09:00")
    for number in range(4):
        text = TEXT.replace("ab" * 32, f"{number:064d}")
        an_alert(cast.acme, "\n".join(text.replace("PC-1", f"PC-{name}") for name in "ABCDZ"))
    one, other = (an_alert(cast.acme, TEXT.replace("ab" * 32, f"{n:064x}")) for n in (500, 501))
    merge(alert_of(other), alert_of(one), cast.user("dana").actor())
    db.session.commit()
    at("2026-11-02T10:00:00+09:00")
    report = made_now(cast.acme, OCTOBER)
    assert report.contents is not None
    assert report.contents["hosts"][:5] == [[f"PC-{name}", 4] for name in "ABCDZ"]
    at("2026-12-01T10:00:00+09:00")
    november = made_now(cast.acme, ReportMonth(2026, 11))
    assert november.contents is not None and november.contents["trend"][-1] == ["2026-10", 5]
    (told,) = [s for s in document(report).sections if s.key == "incidents"]
    assert told.sheet is not None
    assert "+2" in next(iter(told.sheet.rows))[6]


def test_many_open_tickets_and_long_words_stay_on_few_pages(cast: Cast, at: Move) -> None:
    at("2026-10-05T10:00:00+09:00")
    for number in range(130):
        an_inquiry(cast.contact("alice"), f"https://{'a' * 80}{number}")
    at("2026-11-02T10:00:00+09:00")
    report = made_now(cast.acme, OCTOBER)
    pages = PdfReader(io.BytesIO(pdf_of(report))).pages
    assert len(pages) < 16
    text = "".join(page.extract_text() for page in pages)
    assert "ほか 30件は Excel に載せています。" in text
    assert xlsx_of(report).startswith(b"PK")


def test_completed_inquiries_and_their_times_are_the_same_ones(cast: Cast, at: Move) -> None:
    at("2026-10-30T10:00:00+09:00")
    ticket = an_inquiry(cast.contact("alice"))
    at("2026-10-30T11:00:00+09:00")
    ticket.close(cast.user("dana").actor(), "")
    at("2026-11-01T00:30:00+09:00")
    ticket.reopen(cast.contact("alice").as_actor(), "", current_calendar(), 480)
    at("2026-11-02T10:00:00+09:00")
    report = made_now(cast.acme, OCTOBER)
    assert report.contents is not None
    figures = {one["key"]: one["value"] for one in report.contents["figures"]}
    assert (figures["inquiries.closed"], figures["solution.median_minutes"] in (59, 60)) == (1, True)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1999-12-31", "2100-01-01", "x"])
def test_days_at_the_ends_of_the_calendar_narrow_nothing(cast: Cast, day: str) -> None:
    for path in ("/desk/supervision/tickets", "/desk/exports/behind/csv"):
        assert cast.erin.get(f"{path}?of=received&day={day}").status_code == 200


def test_an_independent_checker_finds_nothing_and_every_picture_has_words(cast: Cast, at: Move, tmp_path: Path) -> None:
    """qpdf reads the whole file; the tags name a language, headings, and what each chart shows (PDF/UA)."""
    at("2026-10-05T10:00:00+09:00")
    an_alert(cast.acme)
    an_inquiry(cast.contact("alice"))
    at("2026-11-02T10:00:00+09:00")
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf_of(made_now(cast.acme, OCTOBER)))
    kinds, alternatives = tags_of(PdfReader(file))
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= set(kinds)
    assert len(alternatives) == kinds.count("/Figure") and all(alternatives)
    checker = shutil.which("qpdf")
    if checker is None:
        reason = "no qpdf on this machine; install the package qpdf to have PDFs checked"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    checked = subprocess.run([checker, "--check", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def tags_of(reader: PdfReader) -> tuple[list[str], list[str]]:
    """The kinds of all structure elements, and the words of those that are pictures."""
    kinds: list[str] = []
    alternatives: list[str] = []
    left = [reader.trailer["/Root"]["/StructTreeRoot"]]
    while left:
        element = left.pop().get_object()
        if isinstance(element, list):
            left += element
        elif isinstance(element, dict):
            if "/S" in element:
                kinds.append(element["/S"])
            if element.get("/S") == "/Figure":
                alternatives.append(str(element.get("/Alt", "")))
            if "/K" in element:
                left.append(element["/K"])
    return kinds, alternatives
