"""Everything of a customer in one ZIP, when they ask for it: theirs alone, without notes, samples packed (V5)."""

import io
import json
import zipfile

import pyzipper

from helpdesk.audit.models import events_of
from helpdesk.extensions import db
from helpdesk.files.packing import ZIP_PASSWORD
from helpdesk.tickets.messages import Upload, note
from tests.actions.test_running import action, approve, run_due, vendor
from tests.conftest import Cast
from tests.making import a_sent_report, an_inquiry

__all__ = ["action", "vendor"]


def unpacked(cast: Cast) -> zipfile.ZipFile:
    answer = cast.erin.post(f"/desk/contracts/{cast.acme.id}/archive")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data))


def test_what_is_theirs_is_in_it_and_nothing_else(cast: Cast, action, vendor) -> None:  # type: ignore[no-untyped-def]
    approve(cast, action)
    run_due()
    ticket = an_inquiry(cast.contact("alice"), "質問です", files=[Upload("図 1.txt", "中身".encode())])
    note(ticket, cast.user("dana"), "社内の話")
    an_inquiry(cast.contact("charlie"), "よそのお客様")
    a_sent_report(cast.acme, cast.user("erin"))
    db.session.commit()
    archive = unpacked(cast)
    names = archive.namelist()
    told = json.loads(archive.read(f"tickets/{ticket.reference}.json"))
    assert told["subject"] == "質問です"
    assert told["opened_at"].endswith("+09:00")
    (name,) = told["messages"][0]["files"]
    assert archive.read(name) == "中身".encode()
    assert json.loads(archive.read(f"proofs/{action.reference}.json"))
    assert [one for one in names if one.startswith("reports/")]
    everything = "".join(archive.read(one).decode("utf-8", "replace") for one in names if one.endswith(".json"))
    assert "社内の話" not in everything
    assert "よそのお客様" not in everything
    about = json.loads(archive.read("customer.json"))
    assert (about["name"], about["tickets"]) == (cast.acme.name, 2)
    assert about["contracts"][0]["number"] == "C-2026-001"
    assert any(event.act == "contract.archived" for event in events_of(cast.acme))


def test_samples_are_packed(cast: Cast, action, vendor) -> None:  # type: ignore[no-untyped-def]
    archive = unpacked(cast)
    samples = [one for one in archive.namelist() if one.startswith(f"files/{action.ticket.reference}/")]
    for one in samples:
        assert one.endswith(".zip")
        with pyzipper.AESZipFile(io.BytesIO(archive.read(one))) as inner:
            inner.setpassword(ZIP_PASSWORD.encode())
            assert inner.namelist()
