"""`helpdesk triage assess` and `helpdesk alerts list` as a shell sees them."""

import json

import pytest
from click.testing import CliRunner

from helpdesk.reports.commands import alerts
from helpdesk.triage.commands import triage
from tests.conftest import Cast
from tests.making import SHA, an_alert


@pytest.fixture
def run(cast: Cast) -> CliRunner:
    return CliRunner()


def test_each_inquiry_gets_a_line_with_its_place_in_the_manual(run: CliRunner) -> None:
    lines = [
        {"subject": "", "body": "CSVの出力方法を教えてください", "language": "ja"},
        {"subject": "Printer", "body": "The printer is broken", "language": "en"},
    ]
    done = run.invoke(triage, ["assess"], input="\n".join(json.dumps(line) for line in lines))
    first, second = (json.loads(line) for line in done.output.splitlines())
    assert (first["verdict"], first["places"][0]["section"], first["places"][0]["page"]) == (
        "manual_reference",
        "csv-export",
        78,
    )
    assert set(first["places"][0]) == {"manual", "edition", "section", "page", "title"}
    assert second["verdict"] == "out_of_scope"
    assert 0.5 <= second["confidence"] <= 1
    assert all(isinstance(reason, str) for reason in second["reasons"])


def test_a_line_that_is_no_inquiry_is_named(run: CliRunner) -> None:
    done = run.invoke(triage, ["assess"], input='{"body": "x"}\nnonsense\n')
    assert done.exit_code == 1
    assert "line 2" in done.output


def test_alert_tickets_are_listed_with_unknown_facts_as_null(run: CliRunner, cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    an_alert(cast.acme, f"Computer: PC-2\nSHA-256: {SHA}\n")
    (line,) = (json.loads(one) for one in run.invoke(alerts, ["list", "--json"]).output.splitlines())
    assert (line["reference"], line["customer"], line["severity"]) == (ticket.reference, cast.acme.name, "High")
    assert (line["occurrences"], line["reported_at"]) == (2, None)
    assert line["events"][1]["computer"] == "PC-2"
    assert line["events"][1]["user"] is None
