"""`helpdesk user ...`: accounts from the command line, for the night of an installation."""

import pytest
from sqlalchemy import select

from helpdesk.accounts.models import authenticate, user_by_email
from helpdesk.accounts.roles import Role
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from tests.conftest import Cast, Command


def test_the_first_administrator_is_made_and_invited(cast: Cast, command: Command) -> None:
    told = command("user", "add", "Root2@desk.example", "--name", "夜間 担当", "--role", "administrator").output
    assert "the invitation is on its way" in told
    made = user_by_email("root2@desk.example")
    assert made is not None
    assert (made.name, made.role, made.password_hash) == ("夜間 担当", Role.administrator, None)
    assert db.session.scalar(select(Notice.to_address).where(Notice.template == "invitation")) == made.email


def test_an_address_that_has_an_account_is_refused(cast: Cast, command: Command) -> None:
    with pytest.raises(Refusal, match="すでに"):
        command("user", "add", cast.user("dana").email.upper(), "--name", "x", "--role", "agent")


def test_a_customers_person_is_not_added_as_staff(cast: Cast, command: Command) -> None:
    told = command("user", "add", "x@desk.example", "--name", "x", "--role", "customer_admin")
    assert told.exit_code == 2
    assert "customer_admin" in told.output
    assert user_by_email("x@desk.example") is None


def test_a_password_comes_from_standard_input_and_ends_sessions(cast: Cast, command: Command) -> None:
    dana = cast.dana
    assert dana.get("/desk/").status_code == 200
    told = command("user", "password", "dana@desk.example", stdin="a long enough secret\n").output
    assert "a long enough secret" not in told
    assert dana.get("/desk/").status_code == 302
    assert authenticate("dana@desk.example", "a long enough secret") is not None


def test_a_short_password_is_refused_and_changes_nothing(cast: Cast, command: Command) -> None:
    dana = cast.dana
    with pytest.raises(Refusal, match="12"):
        command("user", "password", "dana@desk.example", stdin="short\n")
    db.session.rollback()
    assert dana.get("/desk/").status_code == 200


def test_a_closed_account_is_out_at_once(cast: Cast, command: Command) -> None:
    dana = cast.dana
    assert "is closed" in command("user", "close", "dana@desk.example").output
    assert dana.get("/desk/").status_code == 302


@pytest.mark.parametrize("words", [("password", "who@desk.example"), ("close", "who@desk.example")])
def test_who_has_no_account_is_said(cast: Cast, command: Command, words: tuple[str, str]) -> None:
    with pytest.raises(Refusal, match="There is no account who@desk"):
        command("user", *words, stdin="a long enough secret\n")
