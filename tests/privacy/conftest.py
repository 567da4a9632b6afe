"""Where traces are looked for, no other test may have left files."""

from pathlib import Path

import pytest
from flask import Flask


@pytest.fixture(autouse=True)
def empty_disk(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The disk of one test alone: a scan finds what this test stored, readable or not, and nothing else."""
    monkeypatch.setitem(app.config, "FILES", tmp_path / "var" / "files")
