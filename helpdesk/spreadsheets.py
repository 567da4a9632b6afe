"""Tables as files: xlsx with real dates and numbers, CSV with its byte order mark, rows taken one by one.

What a table holds is text to whoever opens it: nothing in it is ever a formula, in xlsx because it is written as a
string, in CSV because a sign that begins one, also in full width, gets an apostrophe before it.
"""

import csv
import enum
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_MAX = 32_767
NAME_MAX = 31
ROWS_MAX = 1_048_575
"""Rows of a sheet beneath its head."""
FORMULA = "=+-@\t\r"
_NAME_FORBIDS = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_NOT_XML = re.compile("[\\x00-\\x08\\x0b-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")


class CellKind(enum.StrEnum):
    """What a column holds. Moments are aware and shown in the file's zone, minutes are service hours."""

    text = "text"
    reference = "reference"
    """A ticket's number: text, and a link on pages."""
    number = "number"
    percent = "percent"
    minutes = "minutes"
    day = "day"
    moment = "moment"


WORDS = (CellKind.text, CellKind.reference)
NUMBERS = (CellKind.number, CellKind.percent, CellKind.minutes)


@dataclass(frozen=True)
class Column:
    title: str
    kind: CellKind = CellKind.text
    width: int = 14


@dataclass(frozen=True)
class Table:
    """One table: a sheet of its own. `rows` have a cell a column; None is empty. `chart` draws its number columns."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    chart: str = ""
    """"column" or "line": a native chart of the number columns over the first; "" for none."""


def write_xlsx(out: BinaryIO, tables: Iterable[Table], *, zone: ZoneInfo, made_at: datetime, title: str = "") -> None:
    """Write a workbook, a sheet a table with its head frozen. The same tables give equal bytes.

    Rows are written to disk as they come, so that a file's size does not matter to memory.
    """
    settings = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, settings | {"strings_to_numbers": False, "default_date_format": "yyyy/mm/dd"})
    book.set_properties({"title": title, "created": made_at.astimezone(UTC).replace(tzinfo=None)})
    formats = _formats(book)
    used: set[str] = set()
    for table in tables:
        rows = iter(table.rows)
        # what does not fit on one sheet goes on on another
        while _write_sheet(book, replace(table, rows=islice(rows, ROWS_MAX)), formats, used, zone) == ROWS_MAX:
            pass
    book.close()


def csv_lines(table: Table, *, zone: ZoneInfo) -> Iterator[str]:
    """The table's lines, CRLF at their ends (RFC 4180), without a byte order mark."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    for cells in ([column.title for column in table.columns], *_listed(table, zone)):
        writer.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def in_cp932(text: str) -> tuple[bytes, set[str]]:
    """The text as older Japanese programs read it, and the characters that it lacks, each replaced by 〓."""
    lacking: set[str] = set()
    pieces: list[bytes] = []
    for character in text:
        try:
            pieces.append(character.encode("cp932"))
        except UnicodeEncodeError:
            lacking.add(character)
            pieces.append("〓".encode("cp932"))
    return b"".join(pieces), lacking


def disarmed(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe first where it would begin one."""
    begins = unicodedata.normalize("NFKC", text.lstrip(" \u3000")[:1])
    return f"'{text}" if (begins and begins in FORMULA) or text[:1] in ("\t", "\r") else text


def _listed(table: Table, zone: ZoneInfo) -> Iterator[list[str]]:
    for row in table.rows:
        yield [_csv_cell(column, value, zone) for column, value in zip(table.columns, row, strict=True)]


def _csv_cell(column: Column, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if column.kind not in WORDS else disarmed(str(value).replace("\x00", ""))


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    top = {"valign": "top"}
    return {
        "head": book.add_format({"bold": True, "bg_color": "#F0F2F5", "bottom": 1, "text_wrap": True, "valign": "top"}),
        CellKind.text: book.add_format({**top, "num_format": "@"}),
        CellKind.reference: book.add_format({**top, "num_format": "@"}),
        CellKind.number: book.add_format({**top, "num_format": "#,##0"}),
        CellKind.percent: book.add_format({**top, "num_format": '0"%"'}),
        CellKind.minutes: book.add_format({**top, "num_format": "#,##0"}),
        CellKind.day: book.add_format({**top, "num_format": "yyyy/mm/dd"}),
        CellKind.moment: book.add_format({**top, "num_format": "yyyy/mm/dd hh:mm"}),
    }


def _write_sheet(
    book: xlsxwriter.Workbook, table: Table, formats: dict[str, Format], used: set[str], zone: ZoneInfo
) -> int:
    sheet = book.add_worksheet(_sheet_name(table.name, used))
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, column.title, formats["head"])
    sheet.freeze_panes(1, 0)
    cells = [(index, _writer(sheet, column, zone), formats[column.kind]) for index, column in enumerate(table.columns)]
    last = 0
    for last, row in enumerate(table.rows, 1):
        for (index, write, shown), value in zip(cells, row, strict=True):
            if value is not None and value != "":
                write(last, index, value, shown)
    if last:
        sheet.autofilter(0, 0, last, len(table.columns) - 1)
    if table.chart and last:
        _draw(book, sheet, table, last)
    return last


def _writer(sheet: Worksheet, column: Column, zone: ZoneInfo) -> Callable[[int, int, Any, Format], Any]:
    """What writes a column's values that are not empty; a moment as the clock on the wall in the file's zone."""

    def write_words(row: int, index: int, value: Any, shown: Format) -> None:
        sheet.write_string(row, index, _NOT_XML.sub("", str(value))[:CELL_MAX], shown)

    def write_time(row: int, index: int, value: Any, shown: Format) -> None:
        local = value.astimezone(zone).replace(tzinfo=None) if isinstance(value, datetime) else value
        sheet.write_datetime(row, index, local, shown)

    def write_number(row: int, index: int, value: Any, shown: Format) -> None:
        sheet.write_number(row, index, value, shown)

    if column.kind in WORDS:
        return write_words
    return write_time if column.kind in (CellKind.moment, CellKind.day) else write_number


def _draw(book: xlsxwriter.Workbook, sheet: Worksheet, table: Table, last: int) -> None:
    kind = {"type": table.chart} | ({"subtype": "stacked"} if table.chart == "column" else {})
    chart = book.add_chart(kind)
    for index, column in enumerate(table.columns[1:], 1):
        if column.kind == CellKind.number:
            chart.add_series(
                {
                    "name": [sheet.name, 0, index],
                    "categories": [sheet.name, 1, 0, last, 0],
                    "values": [sheet.name, 1, index, last, index],
                }
            )
    chart.set_title({"name": table.name})
    sheet.insert_chart(1, len(table.columns) + 1, chart, {"description": table.name})


def _sheet_name(name: str, used: set[str]) -> str:
    """A name that Excel takes, once in its book."""
    whole = " ".join(name.translate(_NAME_FORBIDS).split()) or "-"
    number, made = 1, whole[:NAME_MAX]
    while made.casefold() in used:
        number += 1
        made = f"{whole[: NAME_MAX - 4]} ({number})"
    used.add(made.casefold())
    return made
