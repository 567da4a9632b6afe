"""Tables as files: real values, no formulas, equal bytes, and what older programs can read."""

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from helpdesk.spreadsheets import CellKind, Column, Table, csv_lines, disarmed, in_cp932, write_xlsx

TOKYO = ZoneInfo("Asia/Tokyo")
AT = datetime(2026, 10, 31, 15, 30, tzinfo=UTC)
COLUMNS = [Column("番号"), Column("件", CellKind.number), Column("日", CellKind.day), Column("受付", CellKind.moment)]
HOSTILE = [
    "=1+1",
    "＝1+1",
    "+1",
    "＋1",
    "-1",
    "－1",
    "@SUM(A1)",
    "＠x",
    "\t=1",
    "\r=1",
    " =1",
    "\u3000＝1",
    "=cmd|'/c calc'!A0",
]


def written(*tables: Table) -> bytes:
    out = io.BytesIO()
    write_xlsx(out, tables, zone=TOKYO, made_at=AT, title="title")
    return out.getvalue()


def test_values_are_what_they_are() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(Table("表", COLUMNS, [["00123", 5, date(2026, 11, 1), AT]]))))
    sheet = book["表"]
    assert sheet.freeze_panes == "A2"
    row = [cell.value for cell in sheet[2]]
    assert row == ["00123", 5, datetime(2026, 11, 1), datetime(2026, 11, 1, 0, 30)]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "d", "d"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula(text: str) -> None:
    table = Table("表", [Column("件名")], [[text]])
    cell = openpyxl.load_workbook(io.BytesIO(written(table)))["表"]["A2"]
    assert (cell.data_type, cell.number_format) == ("s", "@")
    assert disarmed(text).startswith("'")
    (line,) = list(csv.reader(io.StringIO("".join(csv_lines(table, zone=TOKYO)))))[1:]
    assert line == [f"'{text}"]


@pytest.mark.parametrize("text", ["", "普通の文", "a=b", "2611-0001", "００１２３", "（＝）"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert disarmed(text) == text


def test_the_same_tables_give_the_same_bytes() -> None:
    table = Table("表", COLUMNS, [["a", 1, None, AT]], chart="column")
    assert written(table) == written(table)
    assert written(table) != written(Table("表", COLUMNS, [["b", 1, None, AT]], chart="column"))


def test_a_workbook_takes_any_text_and_any_name() -> None:
    texts = ["\x00\x01\x1f", "\ufffe\uffff", "😀𠮷", "x" * 40_000, "a\nb", "<&\"'>"]
    names = ["a/b:c*[d]?'", "", "長い名前" * 20, "長い名前" * 20, "A", "a"]
    made = written(*(Table(name, [Column("x")], [[text]]) for name, text in zip(names, texts, strict=True)))
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert len({name.casefold() for name in book.sheetnames}) == 6
    assert book.worksheets[2]["A2"].value == "😀𠮷"


def test_csv_lines_end_as_the_standard_has_it() -> None:
    table = Table("表", COLUMNS, [['a "b"\nc', None, date(2026, 11, 1), AT]])
    text = "".join(csv_lines(table, zone=TOKYO))
    assert text == '番号,件,日,受付\r\n"a ""b""\nc",,2026-11-01,2026-11-01 00:30\r\n'


def test_what_cp932_lacks_is_replaced_and_told() -> None:
    made, lacking = in_cp932("𠮷野 ①髙﨑 😀")
    assert made.decode("cp932") == "〓野 ①髙﨑 〓"
    assert lacking == {"𠮷", "😀"}
