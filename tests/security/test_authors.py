"""Who wrote a mail, and whose word counts for it: one author by the grammar, a verdict of our own relay (S2, S6)."""

import re
import smtplib
from ipaddress import ip_network

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.config import read_config
from helpdesk.environment import ConfigError
from helpdesk.extensions import db
from helpdesk.mailgate import commands
from helpdesk.mailgate.authors import author_of
from helpdesk.mailgate.filing import file_mails, reread
from helpdesk.mailgate.gateway import Door, _among, _servers
from helpdesk.mailgate.ledger import Arrival, IncomingMail, Source, accept, rows_to_file
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.mailgate.routing import Trust, trust_of
from tests.conftest import Cast
from tests.mailgate.test_filing import SUPPORT, last_row
from tests.mailgate.test_ledger import deliver, newest
from tests.product import free_ports

ALICE, MALLORY = "alice@acme.example", "m@evil.example"
PASS = "Authentication-Results: mx.desk.example; dmarc=pass header.from={}\r\n"


@pytest.mark.parametrize(
    ("lines", "address", "several"),
    [
        (["alice@acme.example"], ALICE, False),
        (["Alice <ALICE@acme.example>"], ALICE, False),
        (["alice@acme.example (m@evil.example)"], ALICE, False),
        (["小林 由佳 <alice@acme.example>"], ALICE, False),
        (['"Kobayashi, Yuka" <alice@acme.example>'], ALICE, False),
        (["Kobayashi, Yuka <alice@acme.example>"], ALICE, False),
        (["<@relay.example,@b.example:alice@acme.example>"], ALICE, False),
        (["alice @ acme.example"], ALICE, False),
        (["Acme: alice@acme.example;"], ALICE, False),
        (["alice@acme.example <m@evil.example>"], MALLORY, False),
        (['"alice@acme.example" <m@evil.example>'], MALLORY, False),
        (['"\\"alice@acme.example\\" <alice@acme.example>" <m@evil.example>'], MALLORY, False),
        (["(alice@acme.example) m@evil.example"], MALLORY, False),
        (["<m@evil.example> alice@acme.example"], MALLORY, False),
        (['"alice@acme.example <m@evil.example>'], MALLORY, False),
        (["=?utf-8?q?alice=40acme.example=3E=2C?= <m@evil.example>"], MALLORY, False),
        (["alice@acme.example, m@evil.example"], ALICE, True),
        (["alice@acme.example; m@evil.example"], ALICE, True),
        (["alice@acme.example", "m@evil.example"], ALICE, True),
        (["alice@acme.example", "alice@acme.example"], ALICE, True),
        (["<alice@acme.example> <m@evil.example>"], ALICE, True),
        (["Acme: alice@acme.example, m@evil.example;"], ALICE, True),
        (["alice@acme.example m@evil.example"], "", True),
        (["alice@acme.example@evil.example"], "", False),
        (["<<alice@acme.example>@evil.example>"], "", False),
        (["undisclosed-recipients:;"], "", False),
        (["alice@acme.example <>"], "", False),
        (["MAILER-DAEMON <>"], "", False),
        ([""], "", False),
        ([], "", False),
    ],
)
def test_the_author_by_the_grammar(lines: list[str], address: str, several: bool) -> None:
    found = author_of(lines)
    assert (found.address, found.several) == (address, several)


@given(st.lists(st.text(alphabet='ab@.<>"(),;:\\ あ', max_size=60), max_size=3))
def test_any_line_has_at_most_one_author_and_ends(lines: list[str]) -> None:
    found = author_of(lines)
    assert "," not in re.sub(r'"[^"]*"', "", found.address), "outside a quoted local part"
    assert not found.plain or found.address


FROM = [
    "alice@acme.example <m@evil.example>",
    '"alice@acme.example" <m@evil.example>',
    "m@evil.example, alice@acme.example",
    "alice@acme.example, m@evil.example",
    "alice@acme.example m@evil.example",
    "<alice@acme.example> <m@evil.example>",
    "Acme: alice@acme.example, m@evil.example;",
    "alice@acme.example\r\nFrom: m@evil.example",
    "m@evil.example\r\nFrom: alice@acme.example",
]


@pytest.mark.parametrize("about", ["evil.example", "mail.evil.example", "other.example"])
@pytest.mark.parametrize("line", FROM)
def test_nobody_becomes_alice_verified(cast: Cast, line: str, about: str) -> None:
    raw = f"{PASS.format(about)}From: {line}\r\nTo: {SUPPORT}\r\nSubject: x\r\n\r\ny".encode()
    deliver(raw, MALLORY, SUPPORT)
    ticket = newest()
    assert not (ticket.verified and ticket.customer_id)
    assert ticket.requester is None or not ticket.verified
    assert last_row().verified is ticket.verified
    if ticket.verified:
        assert ticket.sender == MALLORY


def test_several_authors_are_marked(cast: Cast) -> None:
    raw = f"{PASS.format('acme.example')}From: {ALICE}, {MALLORY}\r\nTo: {SUPPORT}\r\nSubject: x\r\n\r\ny".encode()
    deliver(raw, MALLORY, SUPPORT)
    page = cast.dana.get(f"/desk/tickets/{newest().reference}").text
    assert "差出人は未確認" in page
    assert "差出人が複数か不明" in page


def test_a_name_that_is_another_address_is_not_shown_as_the_sender(cast: Cast) -> None:
    for name in (
        "alice@acme.example",
        '"alice@acme.example"',
        "=?utf-8?q?alice=40acme.example?=",
        "alice＠acme.example",
    ):
        read = parse_mail(f"From: {name} <{MALLORY}>\r\nSubject: x\r\n\r\ny".encode())
        assert (read.sender, read.sender_name) == (MALLORY, "")
    assert parse_mail(b"From: alice@acme.example <alice@acme.example>\r\n\r\ny").sender_name == ALICE


@pytest.mark.parametrize(
    ("sender", "header", "trust"),
    [
        ("alice@acme.example", "dmarc=pass header.from=acme.example", Trust.verified),
        ("alice@mail.acme.example", "dmarc=pass (p=reject) header.from=acme.example", Trust.verified),
        ("alice@acme.example", "dmarc=pass header.from=ACME.example.", Trust.verified),
        ("alice@acme.example", "dmarc=pass", Trust.verified),
        ("alice@acme.example", "spf=pass; dmarc=pass action=none header.from=acme.example", Trust.verified),
        ("alice@acme.example", "dmarc=pass header.from=evil.example", Trust.unknown),
        ("alice@acme.example", "dmarc=pass header.from=e.acme.example", Trust.unknown),
        ("alice@acme.example", "dmarc=pass header.from=example", Trust.unknown),
        ("alice@notacme.example", "dmarc=pass header.from=acme.example", Trust.unknown),
        ("alice@acme.example <alice@acme.example>", "dmarc=pass", Trust.unknown),
        ("alice@acme.example <alice@acme.example>", "dmarc=pass header.from=acme.example", Trust.verified),
        (
            "alice@acme.example",
            "dkim=pass header.from=acme.example; dmarc=pass header.from=evil.example",
            Trust.unknown,
        ),
        ("alice@acme.example", "dmarc=fail header.from=acme.example", Trust.failed),
        ("alice@acme.example", "dmarc=none header.from=acme.example", Trust.unknown),
    ],
)
def test_the_verdict_is_about_the_author(sender: str, header: str, trust: Trust) -> None:
    read = parse_mail(f"Authentication-Results: mx.desk.example; {header}\r\nFrom: {sender}\r\n\r\ny".encode())
    assert trust_of(read, "mx.desk.example", believed=True) == trust
    assert trust_of(read, "mx.desk.example", believed=False) == Trust.unknown


RAW = f"{PASS.format('acme.example')}From: {ALICE}\r\nTo: {SUPPORT}\r\nSubject: x\r\n\r\n本文".encode()


@pytest.mark.parametrize(
    ("relays", "protocol", "verified"),
    [
        ((), "smtp", False),
        (("192.0.2.0/24",), "smtp", False),
        (("127.0.0.0/8",), "smtp", True),
        (("192.0.2.1", "127.0.0.1"), "smtp", True),
        ((), "lmtp", True),
    ],
)
def test_a_verdict_counts_from_a_relay_of_ours_only(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch, relays: tuple[str, ...], protocol: str, verified: bool
) -> None:
    ports = dict(zip(("SMTP_PORT", "LMTP_PORT"), free_ports(2), strict=True))
    for name, value in {**ports, "MAIL_RELAYS": tuple(map(ip_network, relays))}.items():
        monkeypatch.setitem(app.config, name, value)
    door = Door(app, lambda: None)
    servers = _servers(app, door)
    for server in servers:
        server.start()
    try:
        with (smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP)(
            "127.0.0.1", ports[f"{protocol.upper()}_PORT"]
        ) as peer:
            peer.sendmail(ALICE, [SUPPORT], RAW)
    finally:
        for server in servers:
            server.stop()
        door.stop()
    row = last_row()
    file_mails(rows_to_file([row.id]))
    db.session.commit()
    assert (row.believed, row.verified, newest().verified) == (verified, verified, verified)


@pytest.mark.parametrize(
    ("peer", "inside"),
    [("192.0.2.7", True), ("::ffff:192.0.2.7", True), ("192.0.3.7", False), ("2001:db8::1", False), ("", False)],
)
def test_peers_and_networks(peer: str, inside: bool) -> None:
    assert _among(peer, (ip_network("192.0.2.0/24"),)) is inside


def test_a_replay_believes_no_more_than_the_acceptance(cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = accept([Arrival(RAW, ALICE, [SUPPORT], Source.smtp, "203.0.113.9")])
    (row,) = rows_to_file(ids)
    file_mails([row])
    assert not newest().verified
    monkeypatch.setitem(app.config, "MAIL_RELAYS", (ip_network("203.0.113.0/24"),))
    reread(row)
    assert db.session.get_one(IncomingMail, row.id).verified is False


def test_wrong_networks_are_told() -> None:
    assert read_config({"HELPDESK_DEMO": "1"}).mail_relays == ()
    given = {"HELPDESK_DEMO": "1", "HELPDESK_MAIL_RELAYS": "192.0.2.1, 10.0.0.0/8 2001:db8::/32"}
    assert len(read_config(given).mail_relays) == 3
    with pytest.raises(ConfigError, match="HELPDESK_MAIL_RELAYS"):
        read_config({"HELPDESK_DEMO": "1", "HELPDESK_MAIL_RELAYS": "10.0.0.1/8"})


def test_mails_by_pipe_are_believed(cast: Cast) -> None:
    done = CliRunner().invoke(commands.mail, ["receive", "--from", ALICE, SUPPORT], input=RAW)
    assert done.exit_code == 0
    assert (last_row().source, last_row().believed) == (Source.pipe, True)


@pytest.mark.parametrize("path", ["", "<>", "MAILER-DAEMON"])
def test_the_pipe_knows_the_null_path(cast: Cast, path: str) -> None:
    done = CliRunner().invoke(commands.mail, ["receive", "--from", path, SUPPORT], input=RAW)
    assert done.exit_code == 0
    assert last_row().envelope_from == ""
