"""What a console or a mail server failed with reaches nobody in another language (V7, D9)."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from helpdesk.failures import _PATTERNS, failure_words
from tests.test_house_rules import CODE


def raised() -> list[str]:
    """Every sentence that a VendorError is raised with; what is put in stands as X."""
    found = []
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "VendorError" and node.args:
                found += _texts(node.args[0])
            if (
                isinstance(node, ast.Assign)
                and getattr(node.targets[0], "id", "") == "message"
                and "console" in str(path)
            ):
                found += _texts(node.value)
    return sorted(set(found))


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        parts = (
            "X" if isinstance(part, ast.FormattedValue) else str(getattr(part, "value", "")) for part in node.values
        )
        return ["".join(parts)]
    return []


def test_there_are_sentences_to_look_at() -> None:
    assert len(raised()) > 20


@pytest.mark.parametrize("sentence", raised())
def test_each_failure_is_said_in_japanese(app: Flask, sentence: str) -> None:
    if re.fullmatch(r"X X", sentence):  # a mail server's own words
        return
    with app.test_request_context(), force_locale("ja"):
        words = failure_words(sentence)
    assert re.search(r"[ぁ-ん一-龠]", words), (sentence, words)


def test_values_are_kept_and_states_translated(app: Flask) -> None:
    with app.test_request_context(), force_locale("ja"):
        words = failure_words("The console accepted the call, but the computer is not isolated again.")
        assert "隔離されていない" in words
        assert "503" in failure_words("The console answered 503: upstream")
        assert failure_words("421 4.7.0 try later") == "421 4.7.0 try later"
        assert failure_words(None) == ""
    with app.test_request_context(), force_locale("en"):
        assert failure_words("The console answered 503: %(x)s {y}") == "The console answered 503: %(x)s {y}"


def test_no_sentence_hides_another() -> None:
    for number, (pattern, _sentence) in enumerate(_PATTERNS):
        plain = re.sub(r"%\(\w+\)s", "X", _PATTERNS[number][1])
        assert next(one for one, _s in _PATTERNS if one.fullmatch(plain)) is pattern


def test_every_page_that_shows_a_failure_translates_it() -> None:
    for path in (CODE.parent / "templates").rglob("*.*"):
        for shown in re.findall(r"\{\{[^}]*last_error[^}]*\}\}", path.read_text()):
            assert "|failure" in shown, (Path(path).name, shown)
