"""Run as a program of its own, with little memory and time: a workbook comes in, rows of plain values go out as JSON.

What a small file claims to hold can be enormous, and the reader lays it out before anybody can look: here it may die.
It imports nothing of the house.
"""

import datetime
import io
import json
import resource
import sys

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

MEMORY, SECONDS = 1024 * 1024 * 1024, 15


def main(rows_max: int, columns_max: int) -> dict[str, object]:
    """The cells of the first visible sheet, or the name of what is wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as book:
        shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
        if not shown:
            return {"fault": "empty"}
        sheet = book.get_sheet_by_name(shown[0])
        last_row, last_column = sheet.end or (0, 0)
        if last_row >= rows_max:
            return {"fault": "rows"}
        if last_column >= columns_max:
            return {"fault": "columns"}
        return {"rows": [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]}


def _plain(cell: object) -> str:
    """A cell as somebody reads it: whole numbers without a point, days as ISO 8601."""
    if isinstance(cell, bool):
        return "1" if cell else ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


if __name__ == "__main__":
    try:
        told = main(int(sys.argv[1]), int(sys.argv[2]))
    except CalamineError as error:
        words = str(error).lower()
        told = {"fault": "locked" if "password" in words or "encrypt" in words else "unreadable"}
    except MemoryError:
        told = {"fault": "size"}
    json.dump(told, sys.stdout)
