"""`helpdesk contract`: a contract's life from the command line."""

import json

import pytest

from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.life import contract_now
from helpdesk.customers.models import add_customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from tests.conftest import Cast, Command

APPLY = ("--plan", "プラン 50", "--clients", "50", "--address", "a@shinsei.example", "--on", "2026-11-20")


def listed(command: Command) -> dict[str, dict]:
    lines = command("contract", "list", "--json").output.splitlines()
    return {one["customer"]: one for one in map(json.loads, lines)}


def test_from_application_to_end(cast: Cast, command: Command) -> None:
    add_customer(SYSTEM, "新星 株式会社")
    db.session.commit()
    name = "新星 株式会社"
    with pytest.raises(Refusal, match="contract apply"):
        command("contract", "start", name)
    command("contract", "apply", name, *APPLY)
    assert "in force from 2026-11-24" in command("contract", "start", name, "--on", "2026-11-24").output
    told = listed(command)[name]
    assert told == {
        "number": "C-2026-003",
        "customer": name,
        "plan": "プラン 50",
        "clients": 50,
        "state": "active",
        "applied_on": "2026-11-20",
        "started_on": "2026-11-24",
        "in_force_from": "2026-11-24",
        "in_force_until": None,
        "minimum_term_ends_on": "2027-11-30",
        "ending": None,
        "clause": None,
        "suspended_since": None,
    }
    assert "2026-12-01" not in command("contract", "change", name, "--clients", "80", "--on", "2026-11-24").output
    command("contract", "suspend", name, "--ground", "unpaid", "--words", "未払い")
    assert listed(command)[name]["state"] == "suspended"
    command("contract", "resume", name)
    assert "2027-11-30" in command("contract", "nonrenew", name, "--on", "2026-11-24").output
    assert listed(command)[name]["clause"] == "11-2"
    command("contract", "end", name, "--why", "breach", "--words", "規約違反", "--all-due")
    contract = contract_now(db.session.scalars(db.select(type(cast.acme)).where(type(cast.acme).name == name)).one().id)
    assert contract is not None
    assert contract.all_due
    assert listed(command)[name]["state"] == "ended"
    assert name in command("contract", "list").output


def test_refusals_say_why_and_change_nothing(cast: Cast, command: Command) -> None:
    with pytest.raises(Refusal, match="11-1"):
        command("contract", "end", "Acme", "--why", "corrected", "--words", "x", "--on", "2026-12-15")
    with pytest.raises(Refusal, match="No customer"):
        command("contract", "suspend", "nobody", "--ground", "outage")
    assert listed(command)[cast.acme.name]["in_force_until"] is None
    command("contract", "apply", "Acme", *APPLY)
    command("contract", "refuse", "Acme", "--ground", "hindrance", "--words", "混雑")
    with pytest.raises(Refusal, match="no open application"):
        command("contract", "start", "Acme")
