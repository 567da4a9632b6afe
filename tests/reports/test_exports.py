"""Lists as files: the same rows as the list, no formulas, nobody else's tickets, and on the record who took them."""

import csv
import io

import openpyxl
import pytest
from sqlalchemy import select

from helpdesk.audit.models import AuditEvent
from helpdesk.extensions import db
from helpdesk.search.finding import index_messages
from tests.conftest import Cast, Person
from tests.making import an_alert, an_inquiry


def rows_in(answer: object, form: str) -> list[list[str]]:
    content: bytes = answer.data  # type: ignore[attr-defined]
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        return [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    text = content.decode("utf-8-sig" if form == "csv" else "cp932")
    return list(csv.reader(io.StringIO(text, newline="")))


def exports(person: Person, path: str, form: str) -> list[list[str]]:
    answer = person.get(path)
    assert answer.status_code == 200, path
    return rows_in(answer, form)


@pytest.mark.parametrize("form", ["xlsx", "csv", "cp932"])
def test_a_view_a_search_and_a_figure(cast: Cast, form: str) -> None:
    tickets = [an_inquiry(cast.contact("alice"), f"=1+1 印刷の{n}") for n in range(60)]
    an_alert(cast.acme)
    while index_messages():
        pass
    tickets[0].close(cast.user("dana").actor(), "")
    db.session.commit()
    dana, erin = cast.dana, cast.erin
    view = exports(dana, f"/desk/exports/view/open/{form}", form)
    assert len(view) == 1 + 60, "all of it, not a page"
    assert len(exports(dana, f"/desk/exports/view/alerts/{form}", form)) == 2
    assert len(exports(dana, f"/desk/exports/view/closed/{form}", form)) == 2
    assert len(exports(erin, f"/desk/exports/behind/{form}?of=unassigned", form)) == 61
    found = exports(dana, f"/desk/exports/search/{form}?q=印刷の7", form)
    assert [row[4].lstrip("'") for row in found[1:]] == ["=1+1 印刷の7"]
    subjects = {row[4] for row in view[1:]}
    assert all(not subject.startswith("=") for subject in subjects) or form == "xlsx"


def test_csv_begins_with_its_mark_and_ends_its_lines_as_it_should(cast: Cast) -> None:
    an_inquiry(cast.contact("alice"))
    answer = cast.dana.get("/desk/exports/view/open/csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in answer.data and answer.data.count(b"\n") == answer.data.count(b"\r\n")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "attachment; filename=tickets-open-" in answer.headers["Content-Disposition"]


def test_what_older_programs_cannot_read_is_listed(cast: Cast) -> None:
    an_inquiry(cast.contact("alice"), "𠮷野さんの端末 😀")
    text = cast.dana.get("/desk/exports/view/open/cp932").data.decode("cp932")
    assert "〓野さんの端末 〓" in text
    assert "U+1F600 U+20BB7" in text


def test_a_workbook_says_how_long_it_is(cast: Cast) -> None:
    an_inquiry(cast.contact("alice"))
    answer = cast.dana.get("/desk/exports/view/open/xlsx")
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_customer_exports_what_they_see(cast: Cast) -> None:
    mine = an_inquiry(cast.contact("alice"))
    theirs = an_inquiry(cast.contact("charlie"))
    bobs = an_inquiry(cast.contact("bob"))
    alert = an_alert(cast.acme)

    def numbers(person: Person, query: str = "") -> set[str]:
        return {row[0] for row in exports(person, f"/portal/exports/tickets/csv{query}", "csv")[1:]}

    assert numbers(cast.alice) == {mine.reference, alert.reference}
    assert numbers(cast.carol) == set()
    assert numbers(cast.charlie) == {theirs.reference}
    assert numbers(cast.bob) == {bobs.reference}
    assert numbers(cast.bob, "?whose=all") == {mine.reference, bobs.reference, alert.reference}
    assert numbers(cast.bob, "?whose=all&kind=alert") == {alert.reference}
    searched = exports(cast.charlie, "/portal/exports/search/csv?q=許可リスト", "csv")
    assert {row[0] for row in searched[1:]} <= {theirs.reference}


def test_who_exported_what_is_on_the_record(cast: Cast) -> None:
    cast.dana.get("/desk/exports/view/open/xlsx")
    cast.root.get("/admin/exports/accounts/csv")
    cast.alice.get("/portal/exports/tickets/cp932")
    rows = select(AuditEvent).where(AuditEvent.act == "export.made").order_by(AuditEvent.id)
    told = [(event.actor_name, event.details["form"]) for event in db.session.scalars(rows)]
    assert told == [("田中 健一", "xlsx"), (cast.user("root").name, "csv"), ("小林 由佳", "cp932")]


def test_the_ledger_and_the_administrator_s_lists(cast: Cast) -> None:
    assert exports(cast.erin, "/desk/exports/mails/csv?disposition=alert", "csv")[0]
    names = {row[0] for row in exports(cast.root, "/admin/exports/customers/csv", "csv")[1:]}
    assert cast.acme.name in names
    assert len(exports(cast.root, "/admin/exports/accounts/xlsx", "xlsx")) > 6
