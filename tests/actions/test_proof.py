"""A proof says what was done and no more, and shows when somebody changed it (R20-R23)."""

import json
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy import update

from helpdesk import clock
from helpdesk.actions.commands import proof as proof_command
from helpdesk.actions.models import ActionKind
from helpdesk.actions.printing import EMBEDDED, as_pdf
from helpdesk.actions.proof import problems, proof_of
from helpdesk.actions.signing import Signed, holds, new_key, read_signed, relock_keys, sign
from helpdesk.alerts import jobs as alert_jobs
from helpdesk.alerts.completions import Completion
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.models import change_calendar
from helpdesk.demo.console_state import DEMO_SHA, Console
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.wording import exact_words
from tests.conftest import Cast
from tests.incident import approve, proposed, run


@pytest.fixture
def signed(cast: Cast, alert: Alert, vendor: Console) -> Signed:
    action = proposed(cast, alert, ActionKind.quarantine)
    with pytest.raises(Refusal):
        proof_of(action)
    approve(cast, action)
    run()
    made = proof_of(action)
    db.session.commit()
    return made


def test_it_tells_the_whole_chain(signed: Signed) -> None:
    body = signed.body
    assert (body["result"], body["sha256"], body["uncovered"]) == ("on the list", DEMO_SHA, ["PC-BRN-002"])
    assert body["instruction"]["by"] == "小林 由佳"
    assert [call["status"] for call in body["calls"]] == [201, 201]
    assert all(call["in_service_hours"] and len(call["request_sha256"]) == 64 for call in body["calls"])
    assert all(target["read_back_at"] and not target["was_there_before"] for target in body["targets"])
    assert body["quarantined"] == []
    assert body["verified_at"].endswith("+09:00")


def test_quarantined_is_said_with_the_console_s_own_event_only(signed: Signed, cast: Cast, alert: Alert) -> None:
    db.session.execute(update(Completion).values(state="waiting", due_at=clock.now()))
    db.session.commit()
    for errand_id, turn in Completion.queue_due():
        alert_jobs.complete(errand_id, turn)
    page = cast.alice.get(f"/proofs/{alert.ticket.reference}/{signed.body['action']}").text
    for name in ("PC-IJI-014", "PC-IJI-009", "PC-UKE-003"):
        assert f"{name} で隔離" in page
    assert "PC-BRN-002 で隔離" not in page
    assert not problems(signed), "an earlier copy still holds"


def test_any_change_shows(signed: Signed) -> None:
    assert not problems(signed)
    for change in ({"result": "off the list"}, {"customer": "Globex"}, {"calls": []}):
        forged = Signed({**signed.body, **change}, signed.public, signed.signature)
        assert not holds(forged)
        assert "signature" in problems(forged)[0]


def test_a_proof_signed_with_another_key_is_not_ours(signed: Signed) -> None:
    with db.session.begin_nested() as nested:
        foreign_key = new_key()
        foreign = sign({**signed.body, "result": "off the list"})
        nested.rollback()
    assert holds(foreign) and foreign.public == foreign_key.public
    found = problems(foreign)
    assert any("not signed with a key of this installation" in problem for problem in found)
    assert any("result" in problem for problem in found)
    assert problems(foreign, foreign.public) == []
    assert problems(signed, foreign.public)


def test_the_record_is_compared_too(signed: Signed) -> None:
    """Somebody who holds the key and changes the file is still found out by the record."""
    wrong = sign({**signed.body, "sha256": "00" * 32})
    assert problems(wrong) == ["the record now says otherwise about: sha256"]
    words = {**signed.body["instruction"], "text": "something else"}
    assert any("digest" in problem for problem in problems(sign({**signed.body, "instruction": words})))


def test_old_keys_check_old_proofs(signed: Signed) -> None:
    new_key()
    assert relock_keys() == 2
    db.session.commit()
    assert not problems(signed)


def test_on_paper_with_the_signed_file_inside(signed: Signed, tmp_path: Path) -> None:
    made = as_pdf(signed)
    reader = PdfReader(BytesIO(made))
    words = "".join(page.extract_text() for page in reader.pages)
    for part in (DEMO_SHA, "小林 由佳", "リストに載っています", "PC-BRN-002"):
        assert part in words
    assert read_signed(reader.attachments[EMBEDDED][0].decode()) == signed


def test_the_command_checks_files_with_a_key_alone(signed: Signed, tmp_path: Path) -> None:
    good, bad, none = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.pdf"
    good.write_text(signed.as_text())
    bad.write_text(signed.as_text().replace("on the list", "off the list"))
    none.write_bytes(b"%PDF-1.4 nothing")
    pdf = tmp_path / "d.pdf"
    pdf.write_bytes(as_pdf(signed))
    runner = CliRunner()
    for file, code in ((good, 0), (pdf, 0), (bad, 1), (none, 1)):
        result = runner.invoke(proof_command, ["verify", str(file), "--public-key", signed.public])
        assert result.exit_code == code, (file, result.output)


def test_who_may_see_the_ticket_gets_the_proof_in_three_forms(cast: Cast, alert: Alert, signed: Signed) -> None:
    base = f"/proofs/{alert.ticket.reference}/{signed.body['action']}"
    for ending, kind in (("", "text/html"), (".json", "application/json"), (".pdf", "application/pdf")):
        for name in ("alice", "bob", "dana"):
            answer = cast.signed_in(cast.user(name)).get(base + ending)
            assert (answer.status_code, answer.mimetype) == (200, kind)
        assert cast.charlie.get(base + ending).status_code == 404
        assert cast.carol.get(base + ending).status_code == 404
    keys = cast.charlie.get("/proofs/keys.json").json
    assert keys is not None
    assert signed.public in [key["public_key"] for key in keys["keys"]]
    assert json.loads(cast.alice.get(base + ".json").text)["proof"]["action"] == signed.body["action"]


def test_exceptional_hours_stand_beside_the_call_they_allowed(cast: Cast, alert: Alert, vendor: Console) -> None:
    today = clock.now().astimezone(ZoneInfo("Asia/Tokyo")).date()
    change_calendar(SYSTEM, "maintenance", exceptional={today: (8 * 60, 20 * 60)})
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    run()
    made = proof_of(action)
    db.session.commit()
    assert made.body["open_on_days_of_calls"] == [{"day": today.isoformat(), "hours": "8:00-20:00"}]
    page = cast.alice.get(f"/proofs/{alert.ticket.reference}/{action.reference}").text
    assert f"{today.isoformat()}: 8:00-20:00" in page
    assert "8:00-20:00" in "".join(one.extract_text() for one in PdfReader(BytesIO(as_pdf(made))).pages)


def test_times_are_words_to_the_second(signed: Signed, cast: Cast, alert: Alert) -> None:
    page = cast.alice.get(f"/proofs/{alert.ticket.reference}/{signed.body['action']}").text
    paper = "".join(one.extract_text() for one in PdfReader(BytesIO(as_pdf(signed))).pages)
    for stamp in (signed.body["instruction"]["at"], signed.body["calls"][0]["at"]):
        for told in (page, paper):
            assert exact_words(stamp, "ja") in told and stamp not in told


def test_a_proof_from_before_the_days_were_told_still_holds(signed: Signed) -> None:
    earlier = {key: value for key, value in signed.body.items() if key != "open_on_days_of_calls"}
    assert not problems(sign(earlier))
    assert problems(sign({**signed.body, "open_on_days_of_calls": []}))
