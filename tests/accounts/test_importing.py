"""Customers and people out of tables: faults by row, all or nothing, twice brings nothing new (D10)."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from helpdesk.accounts.import_columns import Head
from helpdesk.accounts.import_runs import CustomerImport
from helpdesk.accounts.importing import Fault, NoHead, plan_import, run_import
from helpdesk.accounts.jobs import bring_in
from helpdesk.accounts.models import user_by_email
from helpdesk.accounts.roles import Role
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.alert_addresses import alert_addresses_of
from helpdesk.customers.models import Contact, Customer, Language, Way
from helpdesk.customers.people import add_contact, contact_by_email
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.sheets import ROWS_MAX, SheetFault, Unreadable, read_rows
from helpdesk.web.admin import imports
from tests.conftest import Cast

HEAD = ["会社名", "会社名フリガナ", "アラートの宛先", "氏名", "フリガナ", "部署", "メールアドレス", "電話"]
HEAD += ["言語", "アラートの通知", "指示", "通知の方法", "レポート", "契約の窓口", "サインイン"]
MAIN = ["北海物産", "ホッカイブッサン", "alerts+hokkai@desk.example", "佐々木 舞", "ササキ マイ", "情シス"]
MAIN += ["Mai@hokkai.example", "011-000-0001", "日本語", "○", "はい", "電話", "", "有", "管理者"]
OTHER = ["北海物産", "", "", "三上 健", "", "", "ken@hokkai.example", "", "en", "", "", "", "1", "", ""]


def a_book(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("お客様")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def as_csv(rows: list[list[str]], charset: str = "utf-8-sig", sign: str = ",") -> bytes:
    return "\r\n".join(sign.join(f'"{cell}"' for cell in row) for row in rows).encode(charset)


def counts() -> tuple[int, int]:
    return tuple(db.session.scalar(select(func.count()).select_from(kind)) for kind in (Customer, Contact))  # type: ignore[return-value]


@pytest.mark.parametrize(
    "content",
    [
        a_book([HEAD, MAIN, OTHER]),
        a_book([["お客様の一覧"], [], HEAD, MAIN, OTHER]),
        as_csv([HEAD, MAIN, OTHER]),
        as_csv([HEAD, MAIN, OTHER], "cp932"),
        as_csv([HEAD, MAIN, OTHER], "utf-16", "\t"),
        as_csv([HEAD, MAIN, OTHER], "utf-8", ";"),
    ],
    ids=["xlsx", "xlsx with a title", "csv", "cp932", "utf-16 tabs", "semicolons"],
)
def test_a_table_brings_customers_people_rights_and_addresses(cast: Cast, content: bytes) -> None:
    plan = plan_import(read_rows(content))
    assert [row.faults for row in plan.rows] == [[], []]
    assert [row.brings for row in plan.rows] == [["customer", "person", "address"], ["person"]]
    run_import(SYSTEM, plan)
    db.session.commit()
    mai, ken = contact_by_email("mai@hokkai.example"), contact_by_email("ken@hokkai.example")
    assert mai is not None and ken is not None
    assert (mai.customer.name, mai.customer.kana, mai.phone) == ("北海物産", "ホッカイブッサン", "011-000-0001")
    assert (mai.told_of_alerts, mai.may_instruct, mai.way, mai.handles_contract) == (True, True, Way.phone, True)
    assert (ken.gets_reports, ken.told_of_alerts, ken.language) == (True, False, Language.en)
    assert [one.address for one in alert_addresses_of(mai.customer)] == ["alerts+hokkai@desk.example"]
    account = user_by_email("mai@hokkai.example")
    assert account is not None
    assert account.role == Role.customer_admin
    assert db.session.scalar(select(func.count()).where(Notice.template == "invitation")) == 1
    again = plan_import(read_rows(content))
    assert [row.brings for row in again.rows] == [[], []]
    before = counts()
    run_import(SYSTEM, again)
    assert counts() == before, "twice brings nothing new"


def row(**cells: str) -> list[str]:
    names = dict(zip(Head, range(len(Head)), strict=True))
    found = [""] * len(Head)
    for name, value in ({"customer": "新しい会社", "name": "誰か", "email": "who@new.example"} | cells).items():
        found[names[Head(name)]] = value
    return found


ENGLISH = ["customer", "customer reading", "alert addresses", "name", "reading", "department", "email", "phone"]
ENGLISH += ["language", "told of alerts", "may instruct", "way", "reports", "contract", "sign-in"]


@pytest.mark.parametrize(
    ("cells", "fault", "head"),
    [
        ({"customer": ""}, Fault.no_customer, Head.customer),
        ({"customer": "社" * 201}, Fault.too_long, Head.customer),
        ({"name": ""}, Fault.no_name, Head.name),
        ({"email": ""}, Fault.no_email, Head.email),
        ({"email": "who@"}, Fault.not_an_address, Head.email),
        ({"email": "who@new.example,b@x.example"}, Fault.not_an_address, Head.email),
        ({"told": "たぶん"}, Fault.not_understood, Head.told),
        ({"way": "FAX"}, Fault.not_understood, Head.way),
        ({"sign_in": "boss"}, Fault.not_understood, Head.sign_in),
        ({"email": "ALICE@acme.example"}, Fault.of_another_customer, Head.email),
        ({"email": "dana@desk.example"}, Fault.staff, Head.email),
        ({"alert_addresses": "alerts+acme@desk.example"}, Fault.address_taken, Head.alert_addresses),
        ({"alert_addresses": "no address here"}, Fault.not_an_address, Head.alert_addresses),
    ],
)
def test_each_fault_is_named_and_nothing_comes_in(cast: Cast, cells: dict[str, str], fault: Fault, head: Head) -> None:
    before = counts()
    plan = plan_import([ENGLISH, row(email="good@new.example"), row(**cells)])
    assert {(one.fault, one.head) for one in plan.rows[1].faults} == {(fault, head)}
    assert plan.rows[1].number == 3
    with pytest.raises(Refusal):
        run_import(SYSTEM, plan)
    assert counts() == before


def test_the_same_person_twice_in_one_table(cast: Cast) -> None:
    plan = plan_import([ENGLISH, row(), row(email="WHO@new.example")])
    assert [one.fault for one in plan.rows[1].faults] == [Fault.twice]


def test_a_row_of_a_customer_alone_needs_nobody(cast: Cast) -> None:
    plan = plan_import([ENGLISH, row(name="", email="", customer="会社だけ"), [""] * 15])
    assert [row.brings for row in plan.rows] == [["customer"]]


def test_numbers_and_days_of_a_book_are_read_as_people_see_them(cast: Cast) -> None:
    plan = plan_import(
        read_rows(a_book([["会社名", "氏名", "メール", "電話"], ["会社", 12, "a@b.example", 312345678]]))
    )
    person = plan.rows[0].person
    assert person is not None
    assert (person.name, person.phone) == ("12", "312345678")


def a_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 70_000_000)
    return out.getvalue()


def a_wide_book() -> bytes:
    """Two cells at the corners of the largest sheet there can be: a few kilobytes."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "会社名")
        sheet.write(1_048_575, 16_383, "x")
    return out.getvalue()


def a_bent_book() -> bytes:
    """One byte of what is packed is another."""
    content = bytearray(a_book([HEAD, MAIN]))
    place = content.index(b"xl/worksheets/sheet1.xml") + 60
    content[place] ^= 0xFF
    return bytes(content)


def a_cut_book() -> bytes:
    return a_book([HEAD, MAIN])[:900]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"x" * (5 * 1024 * 1024 + 1), SheetFault.size),
        (a_bomb(), SheetFault.unreadable),
        (a_wide_book(), SheetFault.size),
        (a_bent_book(), SheetFault.unreadable),
        (a_cut_book(), SheetFault.unreadable),
        (b"PK\x03\x04nothing", SheetFault.unreadable),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, SheetFault.unreadable),
        (b"\x00\x01\x02binary", SheetFault.unreadable),
        (b"", SheetFault.empty),
        (b"\r\n,,,\r\n", SheetFault.empty),
        (b"a\n" * (ROWS_MAX + 1), SheetFault.rows),
        (b"," * 80, SheetFault.columns),
        (a_book([["x"]] * (ROWS_MAX + 1)), SheetFault.rows),
    ],
)
def test_what_is_no_table_is_told(content: bytes, fault: SheetFault) -> None:
    with pytest.raises(Unreadable) as told:
        read_rows(content)
    assert told.value.fault == fault


@given(st.binary(max_size=400))
def test_whatever_bytes_come_are_rows_or_a_fault(content: bytes) -> None:
    try:
        rows = read_rows(content)
    except Unreadable:
        return
    assert all(isinstance(cell, str) for row in rows for cell in row)


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["C"]), max_size=20), max_size=16), max_size=6))
def test_whatever_cells_come_are_a_plan_or_no_head(app: object, cells: list[list[str]]) -> None:
    with app.app_context():  # type: ignore[attr-defined]
        plan = plan_import([ENGLISH, *cells])
        assert len(plan.rows) <= len(cells)
    with pytest.raises(NoHead):
        plan_import([["何か"], *[["x"]]])


def test_the_command_line_names_faults_and_tries_first(
    cast: Cast, command: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "new.xlsx"
    file.write_bytes(a_book([HEAD, MAIN, OTHER]))
    before = counts()
    tried = command("import", "customers", str(file), "--dry-run", "--json")
    told = json.loads(tried.output)
    assert (tried.exit_code, told["new_customers"], told["new_people"], told["imported"]) == (0, 1, 2, False)
    assert counts() == before
    done = command("import", "customers", str(file), "--json")
    assert json.loads(done.output)["imported"] is True
    assert counts() == (before[0] + 1, before[1] + 2)
    file.write_bytes(as_csv([HEAD, [*MAIN[:6], "broken", *MAIN[7:]]]))
    wrong = command("import", "customers", str(file))
    assert wrong.exit_code == 1
    assert "row 2: email: not an address (broken)" in wrong.output
    file.write_bytes(b"\x00")
    with pytest.raises(Refusal, match="is not read"):
        command("import", "customers", str(file))


def test_customers_and_people_from_the_command_line(cast: Cast, command: Callable[..., Result]) -> None:
    made = json.loads(command("customer", "add", "北海物産", "--json").output)
    assert made["name"] == "北海物産"
    with pytest.raises(Refusal):
        command("customer", "add", "北海物産")
    added = command("contact", "add", "北海物産", "mai@hokkai.example", "--name", "佐々木 舞", "--told", "--instructs")
    assert added.exit_code == 0
    listed = {one["name"]: one for one in json.loads(command("customer", "list", "--json").output)}
    (person,) = listed["北海物産"]["contacts"]
    assert (person["email"], person["told"], person["instructs"]) == ("mai@hokkai.example", True, True)
    for customer, email in (("北海物産", "MAI@hokkai.example"), ("どこにもない", "a@b.example")):
        with pytest.raises(Refusal):
            command("contact", "add", customer, email, "--name", "x")


def test_in_the_browser_it_is_looked_at_first(cast: Cast) -> None:
    root, before = cast.root, counts()

    def choose(content: bytes, name: str = "新規.xlsx") -> TestResponse:
        return root.post("/admin/import", {"file": (io.BytesIO(content), name)})

    assert choose(as_csv([HEAD, [*MAIN[:6], "broken", *MAIN[7:]]])).status_code == 302
    shown = root.get("/admin/import").text
    assert "メールアドレス: メールアドレスではありません (broken)" in " ".join(shown.split())
    assert "取り込む</button>" not in shown
    assert root.post("/admin/import/run").status_code == 422
    assert choose(a_book([HEAD, MAIN, OTHER])).status_code == 302
    assert "新しいお客様" in root.get("/admin/import").text
    assert counts() == before
    assert root.post("/admin/import/run").status_code == 302
    assert counts() == (before[0] + 1, before[1] + 2)
    for wrong in (b"", b"\x00", as_csv([["a"], ["b"]])):
        assert choose(wrong).status_code == 422


def test_the_table_to_fill_in_is_read_as_it_is(cast: Cast) -> None:
    content = cast.root.get("/admin/import/table.xlsx").data
    (row,) = plan_import(read_rows(content)).rows
    assert (row.faults, row.brings) == ([], ["customer", "person", "address"])


def test_blanks_of_every_kind_stay_blanks(cast: Cast) -> None:
    rows = [["会社名", "氏名", "メール"], ["株式会社　みほん", "山田　花子", "a@b.example"]]
    for content in (a_book(rows), as_csv(rows)):
        (row,) = plan_import(read_rows(content)).rows
        assert row.person is not None
        assert (row.customer, row.person.name) == ("株式会社 みほん", "山田 花子")


def test_a_customer_is_known_by_former_names_and_however_it_is_spaced(cast: Cast) -> None:
    cast.acme.rename(SYSTEM, "白樺 ホールディングス", "", date(2026, 11, 24))
    for name in ("Acme 白樺メディカル株式会社", "白樺ホールディングス", "白樺　ホールディングス"):
        (plan,) = plan_import([["会社名", "氏名", "メール"], [name, "誰か", "who@acme.example"]]).rows
        assert (plan.customer, plan.brings, plan.faults) == ("白樺 ホールディングス", ["person"], []), name


LARGE = 9


def test_a_large_table_is_brought_in_by_a_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", LARGE - 1)
    rows = [ENGLISH, *(row(customer=f"大量 {n}", email=f"p{n}@new{n}.example") for n in range(LARGE))]
    root = cast.root
    root.post("/admin/import", {"file": (io.BytesIO(as_csv(rows)), "large.csv")})
    asked = root.post("/admin/import/run")
    assert asked.status_code == 302
    assert db.session.scalar(select(Customer.id).where(Customer.name == "大量 0")) is None
    assert "ワーカー" in root.get(asked.location).text
    assert run_imports() == 1
    page = root.get(asked.location).text
    assert f"{LARGE}" in page and "追加しました" in page
    assert db.session.scalar(select(Customer.id).where(Customer.name == f"大量 {LARGE - 1}")) is not None
    assert run_imports() == 0


def test_a_large_table_that_got_a_fault_meanwhile_brings_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", LARGE - 1)
    rows = [ENGLISH, *(row(customer=f"大量 {n}", email=f"p{n}@new{n}.example") for n in range(LARGE))]
    root = cast.root
    root.post("/admin/import", {"file": (io.BytesIO(as_csv(rows)), "large.csv")})
    asked = root.post("/admin/import/run")
    add_contact(SYSTEM, cast.acme, name="先に登録", email="p7@new7.example")
    db.session.commit()
    run_imports()
    assert "何も取り込んでいません" in root.get(asked.location).text
    assert db.session.scalar(select(Customer.id).where(Customer.name == "大量 0")) is None


def run_imports() -> int:
    due = CustomerImport.queue_due()
    for import_id, turn in due:
        bring_in(import_id, turn)
    return len(due)
