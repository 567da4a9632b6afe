"""`helpdesk manual ...` as a shell sees it; the reading itself is a worker's (tests/journeys/test_triage.py)."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpdesk.commands import cli
from helpdesk.extensions import db
from helpdesk.manuals.commands import _wait
from helpdesk.manuals.importing import ManualImport
from helpdesk.manuals.jobs import import_manual
from helpdesk.manuals.models import Manual, current_manuals
from tests.conftest import Cast
from tests.manuals.files import a_pdf, queued


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["manual", *arguments])


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's work is done while the command waits."""

    def work_then_wait(row: ManualImport, seconds: int) -> None:
        import_manual(row.id, queued(row))
        _wait(row, seconds)

    monkeypatch.setattr("helpdesk.manuals.commands._wait", work_then_wait)


def test_a_file_becomes_a_published_manual_and_goes_out_of_force_on_its_first_day(
    cast: Cast, worker: None, tmp_path: Path
) -> None:
    (tmp_path / "guide.pdf").write_bytes(a_pdf())
    words = ("--series", "guide", "--edition", "1", "--language", "en", "--publish")
    done = run("import", str(tmp_path / "guide.pdf"), *words)
    assert done.exit_code == 0, done.output
    assert "guide 1: 3 sections, 3 pages, published" in done.output
    listed = [json.loads(line) for line in run("list", "--json").output.splitlines()]
    (mine,) = [line for line in listed if line["series"] == "guide"]
    assert (mine["title"], mine["in_force"], mine["sections"], mine["valid_from"]) == ("guide", True, 3, "2026-11-24")
    assert run("withdraw", "guide").exit_code == 0
    assert "guide" not in {edition.series for edition in current_manuals()}
    ended = db.session.scalars(db.select(Manual.valid_until).where(Manual.series == "guide")).one()
    again = run("withdraw", "guide")
    assert (again.exit_code, "no manual in force" in again.stderr) == (1, True)
    assert db.session.scalars(db.select(Manual.valid_until).where(Manual.series == "guide")).one() == ended
    assert run("withdraw", "nothing").exit_code == 1


def test_without_publish_it_is_a_draft_nobody_reads(cast: Cast, worker: None, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<h1>One</h1><p>text</p><h1>Two</h1><p>text</p>")
    done = run(
        "import",
        str(tmp_path / "a.html"),
        "--series",
        "web",
        "--edition",
        "1",
        "--title",
        "Web",
        "--from",
        "2026-12-01",
    )
    assert done.exit_code == 0, done.output
    assert "a draft" in done.output
    draft = db.session.scalars(db.select(Manual).where(Manual.series == "web")).one()
    assert (draft.title("ja"), draft.published_at, str(draft.valid_from)) == ("Web", None, "2026-12-01")
    assert run("withdraw", "web").exit_code == 1


@pytest.mark.parametrize(
    ("name", "content", "told"), [("a.docx", b"x", "A manual is a PDF file"), ("a.pdf", b"%PDF-1.4 broken", "damaged")]
)
def test_what_cannot_be_a_manual_ends_with_1_and_says_why(
    cast: Cast, worker: None, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = run("import", str(tmp_path / name), "--series", "guide", "--edition", "1")
    assert done.exit_code == 1
    assert told in done.stderr
    assert db.session.scalar(db.select(Manual).where(Manual.series == "guide")) is None


def test_without_a_worker_it_is_kept_and_ends_with_75(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "guide.pdf").write_bytes(a_pdf())
    done = run("import", str(tmp_path / "guide.pdf"), "--series", "guide", "--edition", "1", "--timeout", "0")
    assert done.exit_code == 75
    assert "no worker" in done.stderr
    assert db.session.scalars(db.select(ManualImport)).one().state == "waiting"
