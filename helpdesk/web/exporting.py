"""Sending a table as a file: xlsx, CSV, or CSV for older programs; who exported what is on the record (R63)."""

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime

from flask import Response, current_app, stream_with_context
from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.audit.models import record
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import db
from helpdesk.reports.acts import ReportAct
from helpdesk.spreadsheets import XLSX_TYPE, Table, csv_lines, in_cp932, write_xlsx
from helpdesk.web.access import acting, signed_in

BOM = "\ufeff"
PIECE = 64 * 1024


def exported(table: Table, form: str, name: str) -> Response:
    """The table as a file that is named for what it holds and for today.

    CSV flows as its rows are read; a workbook is written to disk first, so that its length shows how far it has come.
    """
    zone = current_calendar().hours.zone
    record(acting(), ReportAct.exported, signed_in(), what=table.name, form=form)
    db.session.commit()
    day = clock.now().astimezone(zone)
    if form == "xlsx":
        response = _workbook(table, day)
    else:
        lines = _older(table) if form == "cp932" else _lines(table)
        charset = "Shift_JIS" if form == "cp932" else "utf-8"
        response = Response(stream_with_context(lines), content_type=f"text/csv; charset={charset}")
    ending = "xlsx" if form == "xlsx" else "csv"
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{day:%Y%m%d}.{ending}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _workbook(table: Table, day: datetime) -> Response:
    zone = current_calendar().hours.zone
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as it is sent
    write_xlsx(file, [table], zone=zone, made_at=day, title=f"{table.name} {current_app.config['PROVIDER_NAME']}")
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = Response(iter(lambda: file.read(PIECE), b""), mimetype=XLSX_TYPE)
    response.call_on_close(file.close)
    response.content_length = length
    return response


def _lines(table: Table) -> Iterator[bytes]:
    yield BOM.encode()
    for line in csv_lines(table, zone=current_calendar().hours.zone):
        yield line.encode("utf-8", "replace")


def _older(table: Table) -> Iterator[bytes]:
    """In Windows-31J; its last lines tell which characters it lacks, each written 〓 above."""
    lacking: set[str] = set()
    for line in csv_lines(table, zone=current_calendar().hours.zone):
        made, lost = in_cp932(line)
        lacking |= lost
        yield made
    if lacking:
        words = _("Replaced by 〓, which this encoding lacks: %(names)s", names=" ".join(_named(sorted(lacking))))
        yield in_cp932(f'\r\n"{words}"\r\n')[0]


def _named(characters: list[str]) -> list[str]:
    """By their code points: the characters themselves cannot be written there."""
    return [f"U+{ord(character):04X}" for character in characters]
