"""Tables that people bring: rows of text out of xlsx, xls, ods and CSV, within bounds. Pure."""

import csv
import enum
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

SIZE_MAX = 5 * 1024 * 1024
UNPACKED_MAX = 60 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX, CELL_MAX = 5_000, 60, 1_000
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class SheetFault(enum.StrEnum):
    """Why a file cannot be read as a table."""

    size = "size"
    rows = "rows"
    columns = "columns"
    locked = "locked"
    unreadable = "unreadable"
    empty = "empty"


class Unreadable(ValueError):
    """A file that is no table within the bounds."""

    def __init__(self, fault: SheetFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def read_rows(content: bytes) -> list[list[str]]:
    """The rows of the first visible sheet, or of a CSV file; each cell as text without blanks around it.

    What the file is shows in its bytes, not in its name. CSV may be UTF-8 or cp932, with commas, tabs or semicolons.
    Raises Unreadable.
    """
    if len(content) > SIZE_MAX:
        raise Unreadable(SheetFault.size)
    is_book = content.startswith((_ZIP, _OLE))
    rows = _of_book(content) if is_book else _of_text(content)
    cells = [[_text(cell)[:CELL_MAX] for cell in row] for row in rows]
    if not any(any(row) for row in cells):
        raise Unreadable(SheetFault.empty)
    return cells


def _of_book(content: bytes) -> Sequence[Sequence[Any]]:
    if content.startswith(_ZIP):
        _check_unpacked(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
            if not shown:
                raise Unreadable(SheetFault.empty)
            sheet = book.get_sheet_by_name(shown[0])
            last_row, last_column = sheet.end or (0, 0)
            if last_row >= ROWS_MAX:
                raise Unreadable(SheetFault.rows)
            if last_column >= COLUMNS_MAX:
                raise Unreadable(SheetFault.columns)
            return sheet.to_python(skip_empty_area=False)
    except CalamineError as error:
        is_locked = "password" in str(error).lower() or "encrypt" in str(error).lower()
        raise Unreadable(SheetFault.locked if is_locked else SheetFault.unreadable) from error


def _check_unpacked(content: bytes) -> None:
    """A small file may unpack to much: what its directory claims is added up, and no part may claim less than it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            left = UNPACKED_MAX
            for part in packed.infolist():
                with packed.open(part) as stream:
                    while piece := stream.read(1024 * 1024):
                        left -= len(piece)
                        if left < 0:
                            raise Unreadable(SheetFault.size)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(SheetFault.unreadable) from error


def _of_text(content: bytes) -> Sequence[Sequence[str]]:
    text = _decoded(content)
    if text is None or "\x00" in text:
        raise Unreadable(SheetFault.unreadable)
    head = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",\t;", key=head.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > ROWS_MAX:
                raise Unreadable(SheetFault.rows)
            if len(row) > COLUMNS_MAX:
                raise Unreadable(SheetFault.columns)
    except csv.Error as error:
        raise Unreadable(SheetFault.unreadable) from error
    return rows


def _decoded(content: bytes) -> str | None:
    for charset in ("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "cp932"):
        try:
            return content.decode(charset)
        except UnicodeDecodeError:
            continue
    return None


def _text(value: Any) -> str:
    """A cell as somebody reads it: whole numbers without a point, days as ISO 8601."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return "".join(c for c in str(value) if c.isprintable() or c in "\n ").strip()
