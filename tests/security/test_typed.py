"""What somebody typed stands on the page that refuses it, but nothing secret."""

from collections.abc import Iterator

import pytest
from flask_wtf import FlaskForm
from wtforms import PasswordField

from helpdesk.web.error_pages import _SECRET
from tests.conftest import Cast


def forms(kind: type[FlaskForm] = FlaskForm) -> Iterator[type[FlaskForm]]:
    for one in kind.__subclasses__():
        yield one
        yield from forms(one)


@pytest.mark.usefixtures("app")
def test_no_field_that_hides_its_words_is_shown_again() -> None:
    secrets = {
        (form.__name__, name)
        for form in forms()
        for name in vars(form)
        if getattr(getattr(form, name), "field_class", None) is PasswordField
    }
    assert ("OwnPasswordForm", "current") in secrets, "the look finds them"
    assert not [one for one in secrets if not _SECRET.search(one[1])]


def test_a_password_that_came_too_late_is_not_shown(cast: Cast) -> None:
    typed = {"current": "the old password of mine", "password": "a new long password", "repeat": "a new long password"}
    with_words = typed | {"words": "これは残る言葉です", "name": "名前も残ります"}
    page = cast.dana.post("/account/password", with_words, headers={"X-CSRFToken": "of another session"})
    assert page.status_code == 400
    assert "これは残る言葉です" in page.text
    assert "名前も残ります" in page.text
    assert not [word for word in set(typed.values()) if word in page.text]
