"""Words that left the house stay: what other programs read of us is compared with what they were promised."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from helpdesk import clock
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proof import proof_of
from helpdesk.alerts import jobs as alert_jobs
from helpdesk.alerts.completions import Completion
from helpdesk.commands import cli
from helpdesk.demo.console_state import Console
from helpdesk.errands import Errand, ErrandState
from helpdesk.extensions import db
from helpdesk.mailgate.automatic import Kind
from helpdesk.mailgate.ledger import Disposition
from tests.conftest import Cast, Command, Person
from tests.incident import approve, proposed, run
from tests.mailgate.test_ledger import write

PROMISED: dict[str, list[str]] = json.loads((Path(__file__).parent / "words_that_left.json").read_text())
RAW = (
    b"From: a@acme.example\r\nTo: s@desk.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nbody\r\n'
    b'--b\r\nContent-Disposition: attachment; filename="f.txt"\r\n\r\nx\r\n--b--\r\n'
)
TWO_QUESTIONS = "2点お伺いします。\n1. CSVの出力方法を教えてください。\n2. プリンターが壊れたので修理してください。\n"


def words(told: Any, path: str = "") -> Iterator[str]:
    """Every key with the keys above it: `events[].computer`."""
    if isinstance(told, dict):
        for key, inner in told.items():
            yield from words(inner, f"{path}.{key}" if path else key)
    elif isinstance(told, list) and told:
        for inner in told:
            yield from words(inner, f"{path}[]")
    else:
        yield path


def check(name: str, told: Any) -> None:
    assert sorted(set(words(told))) == PROMISED[name]


def complete() -> None:
    """Read the console again, so that it says what was quarantined."""
    db.session.execute(update(Completion).values(state="waiting", due_at=clock.now()))
    db.session.commit()
    for errand_id, turn in Completion.queue_due():
        alert_jobs.complete(errand_id, turn)


@pytest.fixture
def shell(cast: Cast) -> Callable[..., str]:
    def invoke(*arguments: str, given: str = "") -> str:
        done = CliRunner().invoke(cli, arguments, input=given)
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


def test_a_proof_and_the_list_of_alerts(cast: Cast, alert: Any, vendor: Console, shell: Callable[..., str]) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    run()
    complete()
    check("proof", json.loads(proof_of(action).as_text()))
    check("alerts list --json", [json.loads(line) for line in shell("alerts", "list", "--json").splitlines()])
    check("proofs/keys.json", cast.dana.get("/proofs/keys.json").json)


def test_mail(cast: Cast, shell: Callable[..., str], tmp_path: Path) -> None:
    write("alice@acme.example", "support@desk.example", "a", "b", Message_ID="<m@x>")
    check("mail ledger --json", json.loads(shell("mail", "ledger", "--json")))
    (tmp_path / "a.eml").write_bytes(RAW)
    check("mail parse --json", json.loads(shell("mail", "parse", "--json", str(tmp_path / "a.eml"))))
    assert sorted(one.value for one in Disposition) == PROMISED["dispositions"]
    assert sorted(one.value for one in Kind) == PROMISED["kinds of mail"]


def test_triage_and_status(cast: Cast, shell: Callable[..., str]) -> None:
    write("alice@acme.example", "support@desk.example", "a", "b")
    line = {"subject": "", "body": TWO_QUESTIONS, "language": "ja"}
    check("triage assess", json.loads(shell("triage", "assess", given=json.dumps(line))))
    check("status", json.loads(shell("status")))
    check("manual list --json", [json.loads(line) for line in shell("manual", "list", "--json").splitlines()])


def test_metrics(app: Flask, cast: Cast, visitor: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "t")
    write("alice@acme.example", "support@desk.example", "a", "b")
    db.session.commit()
    text = visitor.get("/metrics", headers={"Authorization": "Bearer t"}).text
    told = {
        f"{sample.name}{{{','.join(sorted(sample.labels))}}}"
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert sorted(told) == PROMISED["metrics"]
    assert sorted(kind.LABEL for kind in Errand.__subclasses__()) == PROMISED["kinds of errands"]
    assert sorted(one.value for one in ErrandState) == PROMISED["states of errands"]


def test_figures_of_a_report(cast: Cast, command: Command) -> None:
    told = json.loads(command("report", "figures", cast.acme.name, "2026-11", "--json").output)
    assert sorted(told) == ["customer", "figures", "month"]
    assert sorted(figure["key"] for figure in told["figures"]) == PROMISED["figures of a report"]
    assert all(sorted(figure) == ["key", "tickets", "unit", "value"] for figure in told["figures"])


def test_contracts(shell: Callable[..., str]) -> None:
    for line in shell("contract", "list", "--json").splitlines():
        check("contract list --json", json.loads(line))


def test_customers_and_imports(shell: Callable[..., str], tmp_path: Path) -> None:
    check("customer list --json", json.loads(shell("customer", "list", "--json")))
    check("customer add --json", json.loads(shell("customer", "add", "北海物産", "--json")))
    added = shell("contact", "add", "北海物産", "mai@hokkai.example", "--name", "佐々木 舞", "--json")
    check("contact add --json", json.loads(added))
    table = tmp_path / "new.csv"
    table.write_text("会社名,氏名,メール,指示\n南風商会,島袋,nagisa@minami.example,たぶん\n")
    done = CliRunner().invoke(cli, ["import", "customers", str(table), "--dry-run", "--json"])
    check("import customers --json", json.loads(done.output))
