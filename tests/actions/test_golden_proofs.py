"""Proofs that customers hold: made in November 2026, one of each kind, and good for ever."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpdesk.actions.commands import proof as proof_command

GOLDEN = Path(__file__).parent / "golden"
KEY = (GOLDEN / "public-key").read_text().strip()
KINDS = {
    "quarantine": ("quarantine", "on the list", False),
    "quarantine-undone": ("quarantine", "off the list", True),
    "quarantine-there-before": ("quarantine", "was on the list before", False),
    "allow": ("allow", "on the list", False),
    "allow-undone": ("allow", "off the list", True),
    "allow-by-hand": ("allow", "on the list", False),
    "isolate": ("isolate", "isolated", False),
    "isolate-undone": ("isolate", "not isolated", True),
}


@pytest.mark.parametrize("ending", ["json", "pdf"])
@pytest.mark.parametrize("name", KINDS)
def test_an_old_proof_holds(name: str, ending: str) -> None:
    result = CliRunner().invoke(proof_command, ["verify", str(GOLDEN / f"{name}.{ending}"), "--public-key", KEY])
    assert result.exit_code == 0, result.output
    kind, told, _undoes = KINDS[name]
    assert f"  kind: {kind}\n" in result.output and f"  result: {told}\n" in result.output


@pytest.mark.parametrize("name", KINDS)
def test_each_is_of_its_kind(name: str) -> None:
    body = json.loads((GOLDEN / f"{name}.json").read_text())["proof"]
    kind, told, undoes = KINDS[name]
    assert (body["kind"], body["result"], body["undoes"] is not None) == (kind, told, undoes)


@pytest.mark.parametrize("name", KINDS)
def test_an_old_proof_that_was_changed_does_not(name: str, tmp_path: Path) -> None:
    changed = tmp_path / "changed.json"
    changed.write_text((GOLDEN / f"{name}.json").read_text().replace("小林", "大林"))
    result = CliRunner().invoke(proof_command, ["verify", str(changed), "--public-key", KEY])
    assert result.exit_code == 1
    assert "signature" in result.stderr
