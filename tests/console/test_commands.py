"""`helpdesk credential ...`: a customer's console key from the command line (R25)."""

import pytest

from helpdesk.audit.models import SYSTEM
from helpdesk.console.models import Region, Signing, credential_of
from helpdesk.customers.models import Customer, Language, add_customer
from helpdesk.errors import Refusal
from helpdesk.locking import unlocked
from tests.conftest import Cast, Command

SET = ("--region", "eu", "--client-id", "client-1")


@pytest.fixture
def new(cast: Cast) -> Customer:
    return add_customer(SYSTEM, "新宿工業 株式会社", language=Language.ja)


@pytest.mark.parametrize("by", ["name", "part", "number"])
def test_a_key_is_stored_encrypted_and_to_be_tested(new: Customer, command: Command, by: str) -> None:
    word = {"name": new.name, "part": "新宿", "number": str(new.id)}[by]
    told = command("credential", "set", word, *SET, stdin="the-secret-key\n").output
    assert new.name in told
    assert "the-secret-key" not in told
    row = credential_of(new.id)
    assert row is not None
    assert (row.region, row.signing, row.client_id, row.checked_at) == (Region.eu, Signing.basic, "client-1", None)
    assert b"the-secret-key" not in row.secret
    assert unlocked(row.secret) == "the-secret-key"


def test_bearer_tokens_are_asked_for(new: Customer, command: Command) -> None:
    command("credential", "set", new.name, *SET, "--token", stdin="k\n")
    row = credential_of(new.id)
    assert row is not None
    assert row.signing == Signing.token


def test_a_whole_name_wins_over_a_longer_one(new: Customer, command: Command) -> None:
    add_customer(SYSTEM, f"{new.name} 西日本", language=Language.ja)
    assert new.name in command("credential", "set", new.name, *SET, stdin="k\n").output
    assert credential_of(new.id) is not None


@pytest.mark.parametrize("word", ["株式会社", "%", "_", "誰でもない", "999999999"])
def test_nothing_is_stored_where_it_is_not_clear_whose_it_is(new: Customer, command: Command, word: str) -> None:
    add_customer(SYSTEM, "別の 株式会社", language=Language.ja)
    with pytest.raises(Refusal, match="Nothing was changed"):
        command("credential", "set", word, *SET, stdin="k\n")
    assert credential_of(new.id) is None


def test_no_key_on_standard_input(new: Customer, command: Command) -> None:
    with pytest.raises(Refusal, match="No API key came"):
        command("credential", "set", new.name, *SET, stdin="\n")
    assert credential_of(new.id) is None
