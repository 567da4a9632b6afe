"""A proof on paper: a PDF with the signed file embedded."""

from datetime import datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from helpdesk import paper
from helpdesk.actions.signing import EMBEDDED, Signed
from helpdesk.actions.words import ACTION_WORDS, PROOF_RESULT_WORDS
from helpdesk.marking import word
from helpdesk.tickets.words import CHANNEL_WORDS
from helpdesk.wording import exact_words


def as_pdf(signed: Signed) -> bytes:
    """The proof as one PDF, A4; `helpdesk proof verify` takes it as well. The same proof gives the same bytes."""
    body = signed.body
    facts = {
        "language": _language(),
        "title": _("Proof of an action"),
        "provider": body["provider"],
        "under": f"{body['action']} · {body['provider']}",
        "footer": f"{body['action']} · {_at(body['made_at'])}",
        "words": {"not_archival": _("set without the archival standard, for its characters")},
        "sections": [_section(title, rows, text) for title, rows, text in _sections(signed)],
        "attached": {"name": EMBEDDED, "words": signed.as_text(), "description": "signed proof"},
    }
    return paper.as_pdf("proof", facts, made_at=datetime.fromisoformat(body["made_at"]))


Rows = list[tuple[str, str | None]]


def _sections(signed: Signed) -> list[tuple[str, Rows, str]]:
    body = signed.body
    return [
        (_("Result"), _result(body), ""),
        (_("Request"), _request(body), ""),
        (_("Instruction"), _instruction(body["instruction"]), ""),
        (_("Text shown"), [], body["instruction"]["text"]),
        *((_("Call"), _call(call), "") for call in body["calls"]),
        *((_("Read back"), _target(target), "") for target in body["targets"]),
        (_("Signature"), [("Ed25519", signed.signature), (_("Public key"), signed.public)], ""),
    ]


def _section(title: str, rows: Rows, text: str) -> dict[str, Any]:
    return {"title": title, "rows": [[label, str(value)] for label, value in rows if value], "text": text}


def _result(body: dict[str, Any]) -> Rows:
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


def _request(body: dict[str, Any]) -> Rows:
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


def _instruction(instruction: dict[str, Any]) -> Rows:
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


def _call(call: dict[str, Any]) -> Rows:
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


def _target(target: dict[str, Any]) -> Rows:
    before = target["before"] or {}
    return [
        (_("List or computer"), f"{target['name']}  {target['guid']}"),
        (_("Before"), f"{word(PROOF_RESULT_WORDS, before.get('state', ''))} {before.get('detail', '')}".strip()),
        (_("Read back"), _at(target["read_back_at"])),
        (_("Computers it reaches"), "、".join(target["computers"])),
    ]


def _at(stamp: str | None) -> str:
    return exact_words(stamp, _language())


def _language() -> str:
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "ja"
