"""A month's report from its making to the customer: reviewed, sent once, kept, and honest about what changed (R30)."""

import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.models import change_calendar
from helpdesk.console.values import Severity
from helpdesk.contracts.models import add_contract
from helpdesk.customers.models import Customer, add_customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.reports import jobs
from helpdesk.reports.making import made_now, pdf_of, request_reports, xlsx_of
from helpdesk.reports.models import MonthlyReport, ReportStatus, newest_report
from helpdesk.reports.months import ReportMonth
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast, Command
from tests.forms import press
from tests.making import TEXT, an_alert, an_inquiry, reported

OCTOBER = ReportMonth(2026, 10)
Move = Callable[[str], datetime]


@pytest.fixture
def busy(cast: Cast, at: Move) -> Customer:
    """A customer with an alert and an inquiry in October, seen from the first business day of November."""
    at("2026-10-05T10:00:00+09:00")
    reported(an_alert(cast.acme), cast.user("dana"), cast.contact("alice"))
    an_inquiry(cast.contact("alice"))
    at("2026-11-02T10:00:00+09:00")
    return cast.acme


def work() -> None:
    """What the workers do."""
    db.session.commit()
    for report_id, turn in MonthlyReport.queue_due():
        jobs.make(report_id, turn)
    db.session.expire_all()


def report_of(customer: Customer, month: ReportMonth = OCTOBER) -> MonthlyReport:
    report = newest_report(customer.id, month)
    assert report is not None
    return report


def mails() -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.template == "monthly_report").order_by(Notice.id)))


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        ("2026-11-01T12:00:00+09:00", 0),
        ("2026-11-02T08:59:00+09:00", 0),
        ("2026-11-02T09:00:00+09:00", 2),
        ("2026-11-20T12:00:00+09:00", 2),
        ("2027-01-04T08:00:00+09:00", 0),
        ("2027-01-04T09:00:00+09:00", 2),
    ],
)
def test_they_are_asked_for_on_the_first_business_day(cast: Cast, at: Move, now: str, asked: int) -> None:
    at(now)
    assert request_reports() == asked
    assert request_reports() == 0, "each once"


def test_closing_days_put_it_off(cast: Cast, at: Move) -> None:
    change_calendar(SYSTEM, "closed", closing_days={datetime(2026, 11, 2).date(): "設備点検"})
    at("2026-11-02T12:00:00+09:00")
    assert request_reports() == 0
    at("2026-11-04T09:00:00+09:00")
    assert request_reports() == 2


def test_a_contract_that_ended_in_the_month_gets_its_report(cast: Cast, at: Move) -> None:
    at("2026-11-02T10:00:00+09:00")
    dates = {"ended": ("2026-04-01", "2026-10-01"), "over": ("2026-04-01", "2026-09-30"), "new": ("2026-11-01", None)}
    for name, (start, end) in dates.items():
        customer = add_customer(SYSTEM, name)
        first, last = (datetime.fromisoformat(day).date() if day else None for day in (start, end))
        add_contract(SYSTEM, customer, plan="p", start=first, end=last)  # type: ignore[arg-type]
    request_reports()
    rows = select(Customer.name).join(MonthlyReport, MonthlyReport.customer_id == Customer.id)
    names = set(db.session.scalars(rows))
    assert "ended" in names and not {"over", "new"} & names


def test_twenty_customers_get_theirs_each_once(cast: Cast, at: Move) -> None:
    at("2026-10-05T10:00:00+09:00")
    for number in range(18):
        customer = add_customer(SYSTEM, f"customer {number} 𠮷野 😀")
        add_contract(SYSTEM, customer, plan="p", start=datetime(2026, 4, 1).date(), end=None)
        an_alert(customer, TEXT.replace("bad.exe", "請求書😀\u202efdp.exe"))
    at("2026-11-02T10:00:00+09:00")
    request_reports()
    work()
    work()
    rows = list(db.session.scalars(select(MonthlyReport)))
    assert len(rows) == 20 and {report.status for report in rows} == {ReportStatus.review}
    cast.erin.post("/desk/reports/approvals", {"month": "2026-10"})
    work()
    work()
    rows = list(db.session.scalars(select(MonthlyReport)))
    assert {report.status for report in rows} == {ReportStatus.sent}
    for report in rows:
        assert pdf_of(report).startswith(b"%PDF")
        assert report.last_error is None


def test_page_paper_and_spreadsheet_tell_the_same(busy: Customer, cast: Cast) -> None:
    report = made_now(busy, OCTOBER)
    db.session.commit()
    page = cast.erin.get(f"/desk/reports/{report.id}").text
    paper = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf_of(report))).pages)
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(report)))
    sheets = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}
    for words in ("アラート 1件のうち 1件は対応中です", "1 / 1", "2610-0001"):
        assert words in page and words in paper
    figures = {row[3]: row[1] for row in sheets["数値"][1:]}
    assert (figures["alerts.tickets"], figures["inquiries.opened"]) == (1, 1)
    assert sheets["アラート"][1][0] == "2610-0001"
    attached = json.loads(PdfReader(io.BytesIO(pdf_of(report))).attachments["figures.json"][0])
    assert {one["key"]: one["value"] for one in attached["figures"]} == figures


def test_counting_again_gives_the_same_bytes_or_says_what_changed(busy: Customer, cast: Cast, at: Move) -> None:
    first = made_now(busy, OCTOBER)
    before = pdf_of(first), xlsx_of(first)
    at("2026-11-02T11:00:00+09:00")
    again = made_now(busy, OCTOBER)
    assert (again.id, pdf_of(again), xlsx_of(again)) == (first.id, *before)
    alert = an_alert(busy, TEXT.replace("ab" * 32, "cd" * 32))
    alert.opened_at = datetime.fromisoformat("2026-10-31T23:00:00+09:00")
    changed = made_now(busy, OCTOBER)
    assert changed.edition == 1 and pdf_of(changed) != before[0]
    by_key = {one["key"]: one for one in changed.changed}
    assert (by_key["alerts.tickets"]["before"], by_key["alerts.tickets"]["after"]) == (1, 2)
    assert by_key["alerts.tickets"]["tickets"] == [alert.reference]


def test_the_command_writes_equal_files_twice(busy: Customer, command: Command, tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        paths = [f"{tmp_path}/{name}.pdf", f"{tmp_path}/{name}.xlsx"]
        told = command("report", "make", busy.name, "2026-10", "--pdf", paths[0], "--xlsx", paths[1])
        assert told.exit_code == 0, told.output
        written.append([Path(path).read_bytes() for path in paths])
    assert written[0] == written[1]
    assert written[0][0].startswith(b"%PDF") and written[0][1].startswith(b"PK")


def test_it_is_reviewed_then_sent_to_whom_the_customer_named(busy: Customer, cast: Cast) -> None:
    request_reports()
    work()
    report = report_of(busy)
    url = f"/desk/reports/{report.id}"
    assert cast.bob.get("/portal/reports/2026-10").status_code == 404, "not before it was approved"
    cast.dana.post(f"{url}/words", {"comment": "10月の所見です。", "advice": "ポリシーの見直しを。"})
    assert cast.dana.post(f"{url}/approval").status_code == 403
    press(cast.root, f"/admin/customers/{busy.id}/contacts/{cast.contact('alice').id}", "保存", reports="y")
    assert cast.erin.post(f"{url}/approval").status_code == 302
    work()
    work()
    (notice,) = mails()
    assert notice.to_address == "alice@acme.example"
    assert [one["name"].rpartition(".")[2] for one in notice.files] == ["pdf", "xlsx"]
    for person in (cast.bob, cast.alice):
        page = person.get("/portal/reports/2026-10").text
        assert "10月の所見です。" in page and "ポリシーの見直しを。" in page and "田中 健一" in page
        assert person.get("/portal/reports/2026-10/pdf").data == person.get("/portal/reports/2026-10/pdf").data
        assert "2610-0001" in person.get("/portal/reports/2026-10/tickets?figure=alerts.tickets").text
    for other in (cast.carol, cast.charlie):
        for path in ("", "/2026-10", "/2026-10/pdf", "/2026-10/xlsx", "/2026-10/tickets?figure=alerts.tickets"):
            assert "2610" not in other.get(f"/portal/reports{path}").text
        assert other.get("/portal/reports/2026-10").status_code == 404


def test_who_has_not_opened_it_sees_that_it_came(busy: Customer, cast: Cast) -> None:
    report = made_now(busy, OCTOBER)
    report.approve(cast.user("erin"))
    work()
    bob = cast.bob
    assert "2026年10月の運用レポートが届いています" in bob.get("/portal/").text
    bob.get("/portal/reports/2026-10")
    assert "2026年10月の運用レポートが届いています" not in bob.get("/portal/").text


def test_what_is_held_back_stays_when_all_are_approved(busy: Customer, cast: Cast) -> None:
    request_reports()
    work()
    held = report_of(busy)
    assert cast.erin.post(f"/desk/reports/{held.id}/hold", {"why": ""}).status_code == 409
    cast.erin.post(f"/desk/reports/{held.id}/hold", {"why": "数値を確認中"})
    assert cast.erin.post("/desk/reports/approvals", {"month": "2026-10"}).status_code == 302
    work()
    assert report_of(busy).status == ReportStatus.held
    assert "数値を確認中" in cast.erin.get("/desk/reports?month=2026-10").text
    cast.erin.post(f"/desk/reports/{held.id}/approval")
    work()
    assert report_of(busy).status == ReportStatus.sent


def test_after_it_was_sent_its_words_stay_and_changes_are_a_new_edition(busy: Customer, cast: Cast) -> None:
    report = made_now(busy, OCTOBER)
    report.approve(cast.user("erin"))
    work()
    sent = report_of(busy)
    kept = sent.pdf_sha256
    with pytest.raises(Refusal):
        sent.write(cast.user("dana"), "later", "")
    assert cast.erin.post(f"/desk/reports/{sent.id}/recount").status_code == 302
    work()
    assert report_of(busy).id == sent.id, "nothing changed, no new edition"
    db.session.execute(db.update(Ticket).where(Ticket.reference == "2610-0001").values(severity=Severity.low))
    cast.erin.post(f"/desk/reports/{sent.id}/recount")
    work()
    second = report_of(busy)
    assert (second.edition, second.status) == (2, ReportStatus.review)
    assert db.session.get_one(MonthlyReport, sent.id).pdf_sha256 == kept
    assert cast.bob.get("/portal/reports/2026-10").status_code == 200, "the first edition is there until the second is"


def test_what_is_known_late_is_told_in_the_next_month(busy: Customer, cast: Cast, at: Move) -> None:
    report = made_now(busy, OCTOBER)
    report.approve(cast.user("erin"))
    work()
    at("2026-11-04T10:00:00+09:00")
    late = an_alert(busy, TEXT.replace("ab" * 32, "cd" * 32))
    late.opened_at = datetime.fromisoformat("2026-10-30T23:00:00+09:00")
    at("2026-12-01T10:00:00+09:00")
    november = made_now(busy, ReportMonth(2026, 11))
    told = {one["key"]: one for one in november.contents["late"]}  # type: ignore[index]
    assert (told["alerts.tickets"]["before"], told["alerts.tickets"]["after"]) == (1, 2)
    assert late.reference in "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf_of(november))).pages)


def test_a_worker_that_is_killed_while_it_sends_sends_once(
    busy: Customer, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.contact("alice").gets_reports = True
    report = made_now(busy, OCTOBER)
    report.approve(cast.user("erin"))
    db.session.commit()
    ((report_id, turn),) = MonthlyReport.queue_due()

    def dies(_report: MonthlyReport) -> None:
        raise SystemExit

    with monkeypatch.context() as killed, pytest.raises(SystemExit):
        killed.setattr(jobs, "send", dies)
        jobs.make(report_id, turn)
    db.session.rollback()
    db.session.execute(db.update(MonthlyReport).values(leased_until=datetime.fromisoformat("2020-01-01T00:00:00Z")))
    work()
    work()
    assert len(mails()) == 1 and report_of(busy).status == ReportStatus.sent


def test_a_month_without_anything_says_so_well(cast: Cast, at: Move) -> None:
    at("2026-11-02T10:00:00+09:00")
    report = made_now(cast.acme, OCTOBER)
    words = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf_of(report))).pages)
    assert "アラートはありませんでした" in words
    assert db.session.scalar(select(func.count()).select_from(MonthlyReport)) == 1


def test_the_provider_s_template_needs_no_code(busy: Customer, cast: Cast) -> None:
    report = made_now(busy, OCTOBER)
    report.approve(cast.user("erin"))
    work()
    sent = pdf_of(report_of(busy))
    words = {"accent": "#aa0000", "greeting_ja": "いつもお世話になっております。", "shown": ["weekly", "incidents"]}
    assert cast.erin.post("/desk/report-template", words).status_code == 302
    assert pdf_of(report_of(busy)) == sent, "what was sent keeps the template it was sent with"
    assert cast.erin.post("/desk/report-template", {"accent": "red"}).status_code == 409
    november = pdf_of(made_now(busy, ReportMonth(2026, 11)))
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(november)).pages)
    assert "いつもお世話になっております。" in text and "お約束に対する実績" not in text
