"""Sending a table as a file: xlsx, CSV, or CSV for older programs; who exported what is on the record (R63)."""

import os
import tempfile
from collections.abc import Callable
from typing import BinaryIO

from flask import Response, request
from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.audit.models import record
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import db
from helpdesk.reports.acts import ReportAct
from helpdesk.settings.models import current_settings
from helpdesk.spreadsheets import XLSX_TYPE, Table, csv_lines, in_cp932, write_xlsx
from helpdesk.web.access import acting, signed_in

BOM = "\ufeff"
PIECE = 64 * 1024


def exported(table: Table, form: str, name: str) -> Response:
    """The table as a file that is named for what it holds and for today.

    It is written to disk row by row before it is sent: its length shows how far it has come, and a slow reader holds
    no connection of the database. The record names the list and how it was narrowed.
    """
    day = clock.now().astimezone(current_calendar().hours.zone)
    narrowed = {key: value[:200] for key, value in request.args.items()}
    record(acting(), ReportAct.exported, signed_in(), what=name, form=form, narrowed=narrowed)
    db.session.commit()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as it is sent
    _FORMS[form](file, table)
    db.session.rollback()
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = Response(iter(lambda: file.read(PIECE), b""), content_type=_TYPES[form])
    response.call_on_close(file.close)
    response.content_length = length
    ending = "xlsx" if form == "xlsx" else "csv"
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{day:%Y%m%d}.{ending}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _workbook(file: BinaryIO, table: Table) -> None:
    title = f"{table.name} {current_settings().provider_name}"
    write_xlsx(file, [table], zone=current_calendar().hours.zone, made_at=clock.now(), title=title)


def _csv(file: BinaryIO, table: Table) -> None:
    file.write(BOM.encode())
    for line in csv_lines(table, zone=current_calendar().hours.zone):
        file.write(line.encode("utf-8", "replace"))


def _older(file: BinaryIO, table: Table) -> None:
    """In Windows-31J; its last lines tell which characters it lacks, each written 〓 above."""
    lacking: set[str] = set()
    for line in csv_lines(table, zone=current_calendar().hours.zone):
        made, lost = in_cp932(line)
        lacking |= lost
        file.write(made)
    if lacking:
        # by their code points: the characters themselves cannot be written there
        names = " ".join(f"U+{ord(character):04X}" for character in sorted(lacking))
        words = _("Replaced by 〓, which this encoding lacks: %(names)s", names=names)
        file.write(in_cp932(f'\r\n"{words}"\r\n')[0])


_FORMS: dict[str, Callable[[BinaryIO, Table], None]] = {"xlsx": _workbook, "csv": _csv, "cp932": _older}
_TYPES = {"xlsx": XLSX_TYPE, "csv": "text/csv; charset=utf-8", "cp932": "text/csv; charset=Shift_JIS"}
