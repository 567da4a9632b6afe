"""Tables that people bring: rows of text out of xlsx, xls, ods and CSV, within bounds."""

import csv
import enum
import io
import json
import subprocess
import sys
import unicodedata
from collections.abc import Sequence

from helpdesk.resources import PACKAGE

SIZE_MAX = 5 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX, CELL_MAX = 5_000, 60, 1_000
SECONDS = 30
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
    rows = _of_book(content) if content.startswith((_ZIP, _OLE)) else _of_text(content)
    cells = [[_clean(cell)[:CELL_MAX] for cell in row] for row in rows]
    if not any(any(row) for row in cells):
        raise Unreadable(SheetFault.empty)
    return cells


def _of_book(content: bytes) -> Sequence[Sequence[str]]:
    """By a process of its own (sheet_child.py): a file that asks for too much takes nobody along."""
    child = [sys.executable, "-I", str(PACKAGE / "sheet_child.py"), str(ROWS_MAX), str(COLUMNS_MAX)]
    try:
        done = subprocess.run(child, input=content, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unreadable(SheetFault.size) from error
    if done.returncode != 0:
        # 1 is an exception of its own; anything else that it was stopped, or gave up for want of memory
        raise Unreadable(SheetFault.unreadable if done.returncode == 1 else SheetFault.size)
    told = json.loads(done.stdout)
    if "fault" in told:
        raise Unreadable(SheetFault(told["fault"]))
    rows: list[list[str]] = told["rows"]
    return rows


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


def _clean(text: str) -> str:
    """Every kind of blank is one; controls, marks that turn the order of letters and halves of letters are none."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip()
