"""Configuration, the clock, the embedded servers: what an operator meets first."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from helpdesk import clock, local, supervising
from helpdesk.audit.models import SYSTEM
from helpdesk.config import DEMO_CREDENTIAL_KEY, DEMO_SECRET, Config, read_config
from helpdesk.console.models import Purpose, Region, credential_of, rotate_keys, set_credential
from helpdesk.environment import ConfigError
from helpdesk.extensions import db
from helpdesk.starting import refuse_demo_accounts
from tests.conftest import Cast
from tests.product import ROOT, free_ports

GOOD = {"HELPDESK_SECRET_KEY": "s" * 40, "HELPDESK_CREDENTIAL_KEYS": "vKqAl1O9sH6Wn0sXr0sPzYxJ0h0wqE5tqf2rB0nS7vE="}


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, "HELPDESK_SECRET_KEY"),
        ({**GOOD, "HELPDESK_SECRET_KEY": DEMO_SECRET}, "HELPDESK_SECRET_KEY"),
        ({**GOOD, "HELPDESK_SECRET_KEY": "short"}, "token_urlsafe"),
        ({**GOOD, "HELPDESK_CREDENTIAL_KEYS": DEMO_CREDENTIAL_KEY}, "HELPDESK_CREDENTIAL_KEYS"),
        ({**GOOD, "HELPDESK_WEB_PORT": "http"}, "HELPDESK_WEB_PORT"),
        ({**GOOD, "HELPDESK_WEB_PORT": "70000"}, "HELPDESK_WEB_PORT"),
        ({**GOOD, "HELPDESK_SECRET_KEY_FILE": "/nonexistent"}, "/nonexistent"),
    ],
)
def test_a_wrong_environment_is_told_with_what_to_do(environment: dict[str, str], names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        read_config(environment)


def test_secrets_may_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("f" * 40 + "\n")
    found = read_config({**GOOD, "HELPDESK_SECRET_KEY_FILE": str(tmp_path / "secret")})
    assert found.secret_key == "f" * 40


def test_urls_of_real_servers_and_regions_are_taken() -> None:
    given = {**GOOD, "DATABASE_URL": "postgresql://u@db/x", "HELPDESK_CONSOLE_URL_EU": "http://127.0.0.1:9/"}
    found = read_config(given)
    assert found.database_url == "postgresql+psycopg://u@db/x"
    assert found.console_urls["eu"] == "http://127.0.0.1:9"
    assert found.console_urls["na"] == "https://api.amp.cisco.com"


def test_the_command_line_tells_a_wrong_set_up_in_one_sentence() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK")}
    done = subprocess.run(
        [sys.executable, "-m", "helpdesk", "worker"],
        cwd=ROOT,
        env={**clean, "HELPDESK_VAR": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "HELPDESK_SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_clock_moves_for_everybody_and_back(app: Flask, config: Config) -> None:
    moment = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)
    clock.set_now(moment)
    assert abs(clock.now() - moment) < timedelta(seconds=5)
    told = subprocess.run(
        [sys.executable, "-m", "helpdesk", "clock", "show"],
        cwd=ROOT,
        env={**os.environ, "HELPDESK_DEMO": "1", "HELPDESK_VAR": str(config.var)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.startswith("2026-11-24T01:1")
    clock.reset()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_outside_demo_mode_the_clock_cannot_be_moved(app: Flask, config: Config) -> None:
    clock.use_offset_file(None)
    try:
        with pytest.raises(RuntimeError, match="demo"):
            clock.set_now(datetime.now(UTC))
    finally:
        clock.use_offset_file(config.clock_file)


def test_a_taken_port_is_named_with_its_variable() -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(local.LocalError, match="HELPDESK_WEB_PORT"):
        supervising.check_ports({"HELPDESK_WEB_PORT": port}, "127.0.0.1")
    with pytest.raises(local.LocalError, match="both"):
        supervising.check_ports({"HELPDESK_WEB_PORT": port, "HELPDESK_SMTP_PORT": port}, "127.0.0.1")


@pytest.fixture
def unshared() -> Iterator[Path]:
    """A directory whose parents no other test opens: pytest's own are opened for mail servers meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_as_root_no_existing_directory_changes_its_mode(unshared: Path, settings: Callable[..., Config]) -> None:
    """PostgreSQL refuses to run as root; its data goes to a directory of its own instead of opening others."""
    if os.geteuid() != 0:
        pytest.skip("only root needs a place of its own; this test runs as an ordinary user")
    var = unshared / "private" / "var"
    var.mkdir(parents=True)
    (unshared / "private").chmod(0o700)
    watched = [*var.parents, var, Path("/var/lib")]
    before = {path: stat.S_IMODE(path.stat().st_mode) for path in watched}
    servers = local.Servers(settings(var=var), lambda _words: None)
    try:
        servers.start()
        assert servers.place.data.exists()
    finally:
        servers.stop()
        shutil.rmtree(servers.place.home)
    assert {path: stat.S_IMODE(path.stat().st_mode) for path in watched} == before


def test_demo_accounts_keep_a_real_installation_from_starting(
    cast: Cast, settings: Callable[..., Config], app: Flask
) -> None:
    app.config["DEMO"] = False
    try:
        with pytest.raises(ConfigError, match="alice@acme"):
            refuse_demo_accounts(app)
        for account in cast.accounts.values():
            account.deactivate(SYSTEM)
        db.session.commit()
        refuse_demo_accounts(app)
    finally:
        app.config["DEMO"] = True


def test_console_keys_are_encrypted_and_rotate(cast: Cast, app: Flask) -> None:
    row = set_credential(SYSTEM, cast.acme, region=Region.eu, client_id="id", api_key="the-secret-key")
    db.session.commit()
    assert b"the-secret-key" not in row.secret
    before, old = row.secret, app.config["CREDENTIAL_KEYS"]
    app.config["CREDENTIAL_KEYS"] = (GOOD["HELPDESK_CREDENTIAL_KEYS"], *old)
    try:
        rotate_keys()
        found = credential_of(cast.acme.id)
        assert found is not None
        assert found.secret != before
        app.config["CREDENTIAL_KEYS"] = (GOOD["HELPDESK_CREDENTIAL_KEYS"],)
        found.client(Purpose.reading)
    finally:
        app.config["CREDENTIAL_KEYS"] = old
    assert "the-secret-key" not in cast.root.get(f"/admin/customers/{cast.acme.id}").text
