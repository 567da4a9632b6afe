"""Where traces are looked for, no other test may have left files."""

from pathlib import Path

import pytest
from flask import Flask

from helpdesk.accounts.people import PersonWords, correct_person, rights_of
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import Contact
from helpdesk.extensions import db
from tests.conftest import Cast
from tests.privacy.canary import ADDRESS, KANA, NAME, PHONE


@pytest.fixture(autouse=True)
def empty_disk(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The disk of one test alone: a scan finds what this test stored, readable or not, and nothing else."""
    monkeypatch.setitem(app.config, "FILES", tmp_path / "var" / "files")


@pytest.fixture
def canary(cast: Cast) -> Contact:
    """Alice under a name that stands nowhere else; her former one counts as well."""
    contact = cast.contact("alice")
    words = PersonWords(NAME, ADDRESS, KANA, "情報システム部", PHONE)
    correct_person(SYSTEM, contact, words, rights_of(contact))
    db.session.commit()
    return contact
