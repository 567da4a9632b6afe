"""Japanese is complete: every message of code and templates has a translation, none is fuzzy or stale."""

import subprocess
import sys
from pathlib import Path

from babel.messages.pofile import read_po

from helpdesk.web.pages import WORDS
from tests.product import ROOT

PO = ROOT / "helpdesk" / "translations" / "ja" / "LC_MESSAGES" / "messages.po"


def test_japanese_is_complete(tmp_path: Path) -> None:
    pot = tmp_path / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "-q",
        "extract",
        "-F",
        "babel.cfg",
        "-k",
        "_l",
        "-k",
        "N_",
    ]
    subprocess.run([*command, "-o", str(pot), "."], cwd=ROOT, check=True)
    with pot.open("rb") as file:
        found = read_po(file)
    with PO.open("rb") as file:
        translated = read_po(file, locale="ja")
    kept = {message.id: message for message in translated if message.id}
    missing = [message.id for message in found if message.id and not (kept.get(message.id) and kept[message.id].string)]
    stale = set(kept) - {message.id for message in found}
    assert not missing
    assert not stale
    assert not [message.id for message in kept.values() if message.fuzzy]
    assert len(kept) > 300


def test_placeholders_survive_translation() -> None:
    with PO.open("rb") as file:
        for message in read_po(file, locale="ja"):
            assert not [str(error) for error in message.check()], message.id


def test_mails_and_answers_exist_in_both_languages() -> None:
    texts = ROOT / "templates" / "notices"
    names = {path.with_suffix("").with_suffix("") for path in texts.rglob("*.txt")}
    assert len(names) > 10
    for name in names:
        assert all(name.with_suffix(f".{language}.txt").exists() for language in ("ja", "en")), name


def test_templates_find_the_words_of_every_room() -> None:
    rooms = {path.parent.name for path in (ROOT / "helpdesk").glob("*/words.py")}
    assert {module.__name__.split(".")[1] for module in WORDS} == rooms


def test_no_two_rooms_name_their_words_alike() -> None:
    """Templates know them by the name alone: the later one would cover the earlier."""
    found: dict[str, set[int]] = {}
    for room in WORDS:
        for name, value in vars(room).items():
            if isinstance(value, dict) and name.isupper():
                found.setdefault(name, set()).add(id(value))
    assert [name for name, several in found.items() if len(several) > 1] == []
