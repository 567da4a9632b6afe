"""A proof on paper: a PDF with the signed file embedded, in a Japanese face that comes with the front-end files."""

from io import BytesIO
from typing import Any

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _
from fpdf import FPDF, XPos, YPos
from fpdf.enums import WrapMode

from helpdesk.actions.signing import EMBEDDED, Signed
from helpdesk.actions.words import ACTION_WORDS, PROOF_RESULT_WORDS
from helpdesk.marking import word
from helpdesk.tickets.words import CHANNEL_WORDS
from helpdesk.wording import exact_words

FACE = "gothic"
LABEL = 42.0
"""Width of the labels, in millimetres."""


def as_pdf(signed: Signed) -> bytes:
    """The proof as one PDF, A4; `helpdesk proof verify` takes it as well."""
    sheet, body = _sheet(), signed.body
    _title(sheet, _("Proof of an action"), f"{body['action']} · {body['provider']}")
    _rows(sheet, _("Result"), _result(body))
    _rows(sheet, _("Request"), _request(body))
    _rows(sheet, _("Instruction"), _instruction(body["instruction"]))
    _paragraph(sheet, _("Text shown"), body["instruction"]["text"])
    for call in body["calls"]:
        _rows(sheet, _("Call"), _call(call))
    for target in body["targets"]:
        _rows(sheet, _("Read back"), _target(target))
    _rows(sheet, _("Signature"), [("Ed25519", signed.signature), (_("Public key"), signed.public)])
    sheet.embed_file(bytes=signed.as_text().encode(), basename=EMBEDDED, desc="signed proof", compress=True)
    out = BytesIO()
    sheet.output(out)
    return out.getvalue()


def _sheet() -> FPDF:
    sheet = FPDF(format="A4")
    folder = current_app.config["PRINT_FONTS"]
    sheet.add_font(FACE, "", folder / "BIZUDGothic-Regular.ttf")
    sheet.add_font(FACE, "B", folder / "BIZUDGothic-Bold.ttf")
    sheet.set_margins(18, 16)
    sheet.set_auto_page_break(True, 18)
    sheet.add_page()
    return sheet


def _title(sheet: FPDF, title: str, under: str) -> None:
    sheet.set_font(FACE, "B", 17)
    sheet.cell(0, 10, title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.set_font(FACE, "", 10)
    sheet.cell(0, 6, under, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _rows(sheet: FPDF, title: str, rows: list[tuple[str, str | None]]) -> None:
    sheet.ln(3)
    sheet.set_font(FACE, "B", 11)
    sheet.cell(0, 7, title, border="B", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    for label, value in rows:
        if value in (None, ""):
            continue
        sheet.set_font(FACE, "", 9)
        top = sheet.get_y()
        sheet.set_text_color(70, 80, 95)
        sheet.multi_cell(LABEL, 5.2, label, new_x=XPos.RIGHT, new_y=YPos.TOP)
        sheet.set_text_color(0)
        sheet.set_xy(sheet.l_margin + LABEL, top)
        sheet.multi_cell(0, 5.2, str(value), wrapmode=WrapMode.CHAR, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _paragraph(sheet: FPDF, title: str, text: str) -> None:
    _rows(sheet, title, [])
    sheet.set_font(FACE, "", 9)
    sheet.multi_cell(0, 5.2, text, wrapmode=WrapMode.CHAR, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _result(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    rows = [
        (_("Quarantined on"), f"{event['computer']}  {_at(event['at'])}  #{event['event']}")
        for event in body["quarantined"]
    ]
    none = (
        [(_("Quarantined on"), _("no event of the console yet"))] if body["kind"] == "quarantine" and not rows else []
    )
    return [
        (_("Read back as"), word(PROOF_RESULT_WORDS, body["result"])),
        (_("At"), _at(body["verified_at"])),
        *rows,
        *(none if not body["undoes"] else []),
    ]


def _request(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    hours = body["service_hours"]
    return [
        (_("Customer"), body["customer"]),
        (_("Ticket"), body["ticket"]),
        (
            _("Action"),
            word(ACTION_WORDS, body["kind"]) + (f" ({_('undo')}: {body['undoes']})" if body["undoes"] else ""),
        ),
        (_("File"), body["file_name"]),
        ("SHA-256", body["sha256"]),
        (_("Reason"), body["reason"]),
        (_("Not covered"), "、".join(body["uncovered"])),
        (_("Asked"), f"{_at(body['asked']['at'])}  {body['asked']['by']}"),
        (_("Reviewed"), f"{_at(body['review']['at'])}  {body['review']['by']}" if body["review"] else None),
        (_("Service hours"), f"{hours['from']}-{hours['until']} {hours['zone']}"),
        *((one["day"], one["hours"] or _("closed")) for one in body.get("open_on_days_of_calls", [])),
    ]


def _instruction(instruction: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [
        (_("By"), instruction["by"]),
        (_("At"), _at(instruction["at"])),
        (
            _("Through"),
            " ".join(part for part in (word(CHANNEL_WORDS, instruction["through"]), instruction["from"]) if part),
        ),
        (_("Heard and read back by"), instruction["heard_by"]),
        (_("Digest of the text"), instruction["text_sha256"]),
    ]


def _call(call: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [
        (
            _("At"),
            f"{_at(call['at'])}  ({_('in service hours') if call['in_service_hours'] else _('outside service hours')})",
        ),
        (_("Call"), call["call"]),
        (_("Answer"), f"{call['status'] or '-'} {call['note'] or ''}".strip()),
        (_("Digest of the request"), call["request_sha256"]),
        (_("Digest of the answer"), call["answer_sha256"]),
        (_("The console's request id"), call["console_request_id"]),
    ]


def _target(target: dict[str, Any]) -> list[tuple[str, str | None]]:
    before = target["before"] or {}
    return [
        (_("List or computer"), f"{target['name']}  {target['guid']}"),
        (_("Before"), f"{word(PROOF_RESULT_WORDS, before.get('state', ''))} {before.get('detail', '')}".strip()),
        (_("Read back"), _at(target["read_back_at"])),
        (_("Computers it reaches"), "、".join(target["computers"])),
    ]


def _at(stamp: str | None) -> str:
    locale = get_locale()
    return exact_words(stamp, "en" if locale is not None and locale.language == "en" else "ja")
