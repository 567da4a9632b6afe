"""The client against the simulator on a socket: paging, exact ids, errors, tokens, the rate limit (facts of v1)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from helpdesk.console.client import ConsoleClient
from helpdesk.console.transport import BearerTokens
from helpdesk.console.values import ConsoleEvent, plain_path, same_host
from helpdesk.demo.console_state import DEMO_KEYS, DEMO_SHA, Console
from helpdesk.errors import VendorError
from tests.product import free_ports
from tests.servers import console

SHA = "ab" * 32


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[tuple[Console, str]]:
    (port,) = free_ports(1)
    with console(port, tmp_path) as running:
        yield running, f"http://127.0.0.1:{port}"


def client_of(url: str, key: tuple[str, str] = DEMO_KEYS["acme"]) -> ConsoleClient:
    return ConsoleClient(url, httpx2.BasicAuth(*key), 4.0)


def test_events_keep_their_ids_exactly(vendor: tuple[Console, str]) -> None:
    with client_of(vendor[1]) as client:
        events = client.events(sha256=DEMO_SHA)
    ids = [event.event_id for event in events]
    assert len(set(ids)) == len(ids) == 10
    assert all(int(one or 0) > 2**53 for one in ids)
    pairs = {event.detection_id for event in events}
    assert len(pairs) == 5


def test_lists_of_several_pages_are_read_to_the_end(vendor: tuple[Console, str]) -> None:
    running, url = vendor
    org = running.orgs[0]
    for _number in range(1100):
        running.add_event(org, org["computers"][0], 1090519054, file={"identity": {"sha256": SHA}})
    with client_of(url) as client:
        assert len(client.events(sha256=SHA, limit=5000)) == 1100
        assert len(client.events(sha256=SHA, limit=700)) == 700
    offsets = [row["query"] for row in running.log if row["path"] == "/v1/events"]
    assert any("offset=1000" in query for query in offsets)


def test_since_is_inclusive_and_types_are_alternatives(vendor: tuple[Console, str]) -> None:
    running, url = vendor
    newest = datetime.fromtimestamp(running.orgs[0]["events"][0]["timestamp"], UTC)
    with client_of(url) as client:
        assert len(client.events(since=newest)) == 1
        both = client.events(types=[2164260880, 553648143])
    assert {event.type_id for event in both} == {2164260880, 553648143}


def test_the_spread_has_computers_without_an_event(vendor: tuple[Console, str]) -> None:
    with client_of(vendor[1]) as client:
        seen = {computer.name for computer in client.seen_on(DEMO_SHA)}
        told = {event.computer for event in client.events(sha256=DEMO_SHA)}
    assert seen - told == {"PC-BRN-002"}


def test_a_computer_leads_to_its_policy_s_lists(vendor: tuple[Console, str]) -> None:
    with client_of(vendor[1]) as client:
        (branch,) = client.computers_named("pc-brn-002")
        whole = client.computer(branch.guid)
        assert whole is not None and whole.group is not None
        (policy,) = client.policies_of(whole.group)
        assert [one.kind for one in policy.lists] == ["application_blocking"]
        assert client.computer("00000000-0000-0000-0000-000000000000") is None


@pytest.mark.parametrize(
    ("call", "words", "permanent"),
    [
        (lambda c: c.add_item("no-such-list", SHA, "x"), "404: File List not found", True),
        (lambda c: c.add_item("LIST", "xyz", "x"), "400: SHA256 is invalid", True),
        (lambda c: c.policies_of("none"), "404: Group not found", True),
    ],
)
def test_errors_say_what_the_console_said(vendor: tuple[Console, str], call, words: str, permanent: bool) -> None:  # type: ignore[no-untyped-def]
    running, url = vendor
    running.orgs[0]["lists"][0]["guid"] = "LIST"
    with client_of(url) as client, pytest.raises(VendorError) as caught:
        call(client)
    assert words in str(caught.value)
    assert caught.value.permanent is permanent


def test_a_read_only_key_and_a_wrong_key_are_told(vendor: tuple[Console, str]) -> None:
    running, url = vendor
    running.orgs[0]["read_only"] = True
    guid = running.orgs[0]["lists"][0]["guid"]
    with client_of(url) as client, pytest.raises(VendorError, match="read only") as caught:
        client.add_item(guid, SHA, "x")
    assert caught.value.permanent
    with client_of(url, ("x", "y")) as client, pytest.raises(VendorError, match="Unknown API key"):
        client.check()


def test_the_rate_limit_is_read_from_the_headers(vendor: tuple[Console, str]) -> None:
    running, url = vendor
    running.orgs[0]["limit"] = 2
    with client_of(url) as client:
        client.check()
        assert client.rate is not None
        assert (client.rate.remaining, 0 < client.rate.resets_in <= 3600) == (1, True)
        client.check()
        with pytest.raises(VendorError) as caught:
            client.check()
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 3600


def test_v3_tokens_sign_v1_calls_and_are_renewed_once(vendor: tuple[Console, str]) -> None:
    running, url = vendor
    auth = BearerTokens(f"{url}/iroh/oauth2/token", url, *DEMO_KEYS["acme"])
    with ConsoleClient(url, auth, 4.0) as client:
        client.check()
        running.tokens.clear()
        client.check()
    assert [row["path"] for row in running.log].count("/v3/access_tokens") == 2
    wrong = BearerTokens(f"{url}/iroh/oauth2/token", url, "x", "y")
    with ConsoleClient(url, wrong, 4.0) as client, pytest.raises(VendorError, match="refused a token") as caught:
        client.check()
    assert caught.value.permanent


def test_isolation_changes_over_time(vendor: tuple[Console, str], monkeypatch: pytest.MonkeyPatch) -> None:
    running, url = vendor
    guid = running.orgs[0]["computers"][0]["connector_guid"]
    with client_of(url) as client:
        assert client.isolation(guid).status == "not_isolated"
        assert client.start_isolation(guid, "ours").status == 200
        assert client.isolation(guid).status == "pending_start"
        assert client.start_isolation(guid, "again").status == 409
        monkeypatch.setattr("helpdesk.demo.console_state.PENDING_SECONDS", 0.0)
        found = client.isolation(guid)
        assert (found.status, found.comment) == ("isolated", "ours")
    assert running.orgs[0]["events"][0]["event_type_id"] == 553648202


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("\\\\?\\C:\\SqG.exe", "C:\\SqG.exe"),
        ("C:\\Users\\a.exe", "C:\\Users\\a.exe"),
        ("/c:/windows/system32/taskmgr.exe", "C:\\windows\\system32\\taskmgr.exe"),
        ("file:///C%3A/Windows/system32/wevtutil.exe", "C:\\Windows\\system32\\wevtutil.exe"),
        ("C:\\Users\\ADMINI~1\\x.exe", "C:\\Users\\ADMINI~1\\x.exe"),
        ("/usr/bin/x", "/usr/bin/x"),
        ("", None),
        (None, None),
    ],
)
def test_five_forms_of_a_path_become_one(path: str | None, plain: str | None) -> None:
    assert plain_path(path) == plain


def test_an_event_with_hardly_anything_is_read() -> None:
    bare = ConsoleEvent.read({"event_type": "Cloud IOC", "cloud_ioc": {"short_description": "W32.X.ioc"}, "file": None})
    assert (bare.event_id, bare.type_id, bare.at) == (None, None, None)
    assert (bare.detection, bare.sha256) == ("W32.X.ioc", None)
    nobody = ConsoleEvent.read({"id": 1, "event_type_id": 7, "computer": {"user": "Not Available", "hostname": "h"}})
    assert (nobody.user, nobody.computer) == (None, "h")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("PC-1", "pc-1", True),
        ("PC-1", "pc-1.acme.local", True),
        ("PC-1.acme.local.", "PC-1", True),
        ("PC-1.acme.local", "PC-1.evil.local", False),
        ("PC-1", "PC-11", False),
        ("PC-1", "", False),
        ("ACME-ST0400", "ACME-ST0401", False),
    ],
)
def test_names_of_one_computer(one: str, other: str, same: bool) -> None:
    assert same_host(one, other) is same
