"""Passwords: what is kept of them, and that no answer's time tells whether an account exists (S5)."""

import hashlib
from typing import Any

import pytest
from werkzeug.security import generate_password_hash

from helpdesk.accounts.models import authenticate
from helpdesk.accounts.passwords import HASHING
from helpdesk.extensions import db
from tests.conftest import Cast, Person

EARLIER = "scrypt:32768:8:1"


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The parallel lanes of each scrypt, which are its cost: N and r are the same."""
    seen: list[int] = []
    right = hashlib.scrypt

    def counted(*arguments: Any, **named: Any) -> bytes:
        seen.append(named["p"])
        return right(*arguments, **named)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    return seen


def test_an_earlier_hash_is_made_anew_when_its_password_is_right(cast: Cast) -> None:
    dana = cast.user("dana")
    dana.password_hash = generate_password_hash("of long ago", EARLIER)
    assert authenticate(dana.email, "wrong") is None
    assert dana.password_hash.startswith(f"{EARLIER}$")
    assert authenticate(dana.email, "of long ago") is dana
    assert dana.password_hash.startswith(f"{HASHING}$")
    assert authenticate(dana.email, "of long ago") is dana


def test_every_wrong_answer_costs_the_same(cast: Cast, cost: list[int]) -> None:
    """An unknown address, one without a password, a closed one, an earlier hash and today's."""
    dana, erin, bob, carol = (cast.user(name) for name in ("dana", "erin", "bob", "carol"))
    dana.password_hash = generate_password_hash("a password", EARLIER)
    erin.set_password(erin.actor(), "another password")
    bob.password_hash = None
    carol.active = False
    db.session.flush()
    authenticate("nobody@desk.example", "x")
    sums = []
    for email in ("nobody@desk.example", bob.email, carol.email, dana.email, erin.email):
        cost.clear()
        assert authenticate(email, "wrong") is None
        sums.append(sum(cost))
    assert sums == [3] * 5


def test_a_person_signs_in_with_an_earlier_hash_and_stays_signed_in(cast: Cast, visitor: Person) -> None:
    dana = cast.user("dana")
    dana.password_hash = generate_password_hash("of long ago", EARLIER)
    db.session.commit()
    assert visitor.post("/sign-in", {"email": dana.email, "password": "of long ago"}).status_code == 302
    assert visitor.get("/desk/").status_code == 200
    assert str(dana.password_hash).startswith(f"{HASHING}$")
