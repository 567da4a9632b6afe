"""What a mail of ours says in its headers is ours alone, whatever text goes into it, on every Python (S1)."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from helpdesk.addresses import is_address
from helpdesk.config import read_config
from helpdesk.demo.sink import Sink
from helpdesk.environment import ConfigError
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.notices.jobs import deliver
from helpdesk.notices.models import Charset, Notice, post
from helpdesk.notices.writing import JIS, UTF_8, Letter, header_text, written
from helpdesk.tickets.answering import reply
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry, reported
from tests.product import ROOT

OURS = ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "List-Id"]
OURS += ["Auto-Submitted", "X-Auto-Response-Suppress", "Content-Type", "MIME-Version"]
LEAST = sorted(["From", "To", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version"])
HOSTILE = [
    "x =?utf-8?Q?a=0D=0ABcc:_victim@globex.example?=",
    "x =?utf-8?Q?x=0D=0AReply-To:_m@evil.example=0D=0A=0D=0ACall_now?= y",
    "=?utf-8?B?YQ0KQmNjOiB2aWN0aW1AZ2xvYmV4LmV4YW1wbGU=?=",
    "=?iso-2022-jp?B?GyRCJCIbKEINCkJjYzogeEB5LmV4YW1wbGU=?=",
    "=?us-ascii?q?=0ABcc:_a@b.example?= =?us-ascii?q?=0ABcc:_a@b.example?=",
    "a\r\nBcc: victim@globex.example",
    "a\nBcc: victim@globex.example\n\nbody",
    "a\rBcc: victim@globex.example",
    "a\x00b\x0bc\x0cd\x1ce\x85f\u2028Bcc: x@y.example\u2029g",
    "件名 =?utf-8?Q?=0D=0ABcc:_v@x.example?= 件名",
    "RTL \u202eexe.fdp\u202c",
    "=?utf-8?Q?unfinished",
    "?= =?",
]
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def names_in(raw: bytes) -> list[str]:
    """The names of the header fields as the wire has them: lines that begin without a blank."""
    head = raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    assert b"\r" not in head
    assert b"\x00" not in head
    return [line.split(b":")[0].decode("ascii") for line in head.split(b"\n") if not line.startswith((b" ", b"\t"))]


def shown(raw: bytes, name: str) -> str:
    """A header as a mail program shows it: its encoded words decoded once (RFC 2047)."""
    value = message_from_bytes(raw, policy=policy.compat32)[name]
    return str(make_header(decode_header(value.replace("\n", "").replace("\r", "")))).strip()


def a_letter(subject: str, **others: Any) -> Letter:
    told = {"sender_name": "窓口", "to": "a@x.example", "body": "本文", "message_id": "<1@desk.example>", **others}
    return Letter(sender="support@desk.example", subject=subject, date=NOW, list_id="support.desk.example", **told)


@pytest.mark.parametrize("charset", [UTF_8, JIS])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, charset: str) -> None:
    raw = written(a_letter(text, sender_name=text, body=text, charset=charset)).as_bytes()
    assert sorted(names_in(raw)) == LEAST
    assert raw.isascii()
    if charset == UTF_8:
        assert shown(raw, "Subject") == header_text(text)


_TEXT = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from([*HOSTILE, "あ", "\r\n", "=?", "?=", "Bcc:", " ", "x" * 90]), max_size=8).map("".join),
)


@given(subject=_TEXT, name=_TEXT, body=_TEXT, answers=_TEXT, charset=st.sampled_from([UTF_8, JIS]))
def test_any_text_makes_the_same_headers(subject: str, name: str, body: str, answers: str, charset: str) -> None:
    replies = {"reply_to": "support+1@desk.example", "in_reply_to": answers, "automatic": "auto-replied"}
    raw = written(a_letter(subject, sender_name=name, body=body, charset=charset, **replies)).as_bytes()
    found = names_in(raw)
    assert set(found) <= set(OURS)
    assert len(found) == len(set(found))
    assert {"From", "To", "Subject", "Reply-To", "Auto-Submitted"} <= set(found)
    if charset == UTF_8:
        assert shown(raw, "Subject") == header_text(subject)


def sent(mailbox: Sink) -> list[bytes]:
    for errand_id, turn in Notice.queue_due():
        deliver(errand_id, turn)
    return [mailbox.raw(f"{number:06d}") or b"" for number in range(1, len(mailbox.mails()) + 1)]


@pytest.mark.parametrize("text", HOSTILE)
def test_an_inquirys_subject_over_the_wire(cast: Cast, mailbox: Sink, text: str) -> None:
    """The smallest case with an account: a subject, then any reply."""
    ticket = an_inquiry(cast.contact("alice"), text)
    reply(ticket, cast.user("dana"), "ご回答いたします。")
    db.session.commit()
    mails = sent(mailbox)
    assert len(mails) == 2
    for raw in mails:
        assert set(names_in(raw)) <= set(OURS)
        assert b"victim@" not in raw.split(b"\r\n\r\n")[0].replace(b"To: alice", b"")
        assert shown(raw, "To") == "alice@acme.example"


def test_an_alerts_file_name_over_the_wire(cast: Cast, mailbox: Sink) -> None:
    """Without an account: the file name of an alert mail, once the agent reports it."""
    name = HOSTILE[1]
    alert = reported(
        an_alert(cast.acme, f"Computer: PC-1\nFile Name: {name}\n"), cast.user("dana"), cast.contact("alice")
    )
    assert name in alert.ticket.subject
    (raw,) = sent(mailbox)
    assert set(names_in(raw)) <= set(OURS)
    assert shown(raw, "Reply-To").startswith("support+")
    assert name in shown(raw, "Subject")


@pytest.mark.parametrize("charset", list(Charset))
def test_a_message_id_of_somebody_else_is_no_header(cast: Cast, mailbox: Sink, charset: Charset) -> None:
    for answers in ("<x\r\nBcc: a@b.example>", "<=?utf-8?Q?=0D=0ABcc:_a@b.example?=@x>", "<ü@x>", "no brackets"):
        post(
            "password_reset", to="a@x.example", language="ja", name="a", link="l", in_reply_to=answers, charset=charset
        )
    db.session.commit()
    for raw in sent(mailbox):
        assert set(names_in(raw)) <= set(OURS)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("alice@acme.example", True),
        ("a.b+c_d-e@sub.acme.co.jp", True),
        ("taro..yamada.@docomo.example", True),
        ("=?utf-8?Q?a=0D=0ABcc:_x?=@x.example", False),
        ('"><script>alert(1)</script>"@x.example', False),
        ('"quoted"@x.example', False),
        ("a@b", False),
        ("a b@x.example", False),
        ("a@x.example\r\nBcc: b@x.example", False),
        ("a@x.example,b@x.example", False),
        ("a@x..example", False),
        ("a@-x.example", False),
        ("a@[192.0.2.1]", False),
        ("a@192.0.2.1", False),
        ("名前@x.example", False),
        ("a@例え.example", False),
        (".a@x.example", False),
        ("<a@x.example>", False),
        ("a@x.example ", False),
        ("x" * 65 + "@x.example", False),
        ("a@" + "x" * 250 + ".example", False),
        ("@x.example", False),
        ("", False),
    ],
)
def test_what_is_an_address(text: str, right: bool) -> None:
    assert is_address(text) is right


NO_ADDRESSES = ["=?utf-8?Q?a=0D=0ABcc:_x?=@x.example", '"><script>x</script>"@x.example', "a@x..example"]


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_no_door_takes_what_is_no_address(cast: Cast, text: str) -> None:
    person = {"name": "誰か", "email": text, "language": "ja", "role": ""}
    assert cast.root.post(f"/admin/customers/{cast.acme.id}/contacts", person).status_code == 422
    assert cast.root.post(f"/admin/customers/{cast.acme.id}/alert-addresses", {"address": text}).status_code == 422
    staff = {"name": "誰か", "email": text, "language": "ja", "role": "agent"}
    assert cast.root.post("/admin/users", staff).status_code == 422
    with pytest.raises(ConfigError, match="HELPDESK_SUPPORT_ADDRESS"):
        read_config({"HELPDESK_DEMO": "1", "HELPDESK_SUPPORT_ADDRESS": text})


def test_an_address_that_cannot_be_written_to_fails_at_once(cast: Cast, mailbox: Sink) -> None:
    post("password_reset", to=NO_ADDRESSES[0], language="ja", name="a", link="l")
    db.session.commit()
    assert sent(mailbox) == []
    notice = db.session.scalars(select(Notice)).one()
    assert notice.state == ErrandState.failed
    assert "no mail address" in (notice.last_error or "")


def pythons() -> dict[str, str]:
    """The interpreters of this machine from 3.11 on, by version, as far as they start; pyenv's, too."""
    names = ["python3", *(f"python3.{minor}" for minor in range(11, 20))]
    paths = [shutil.which(name, path=where) for name in names for where in (None, os.defpath)]
    paths += [str(path) for path in Path.home().glob(".pyenv/versions/3.*/bin/python3")]
    found = {}
    for path in filter(None, paths):
        asked = [path, "-c", "import platform; print(platform.python_version())"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
        if told.returncode == 0 and int(told.stdout.split(".")[1]) >= 11:
            found[told.stdout.strip()] = path
    return found


def test_every_python_of_this_machine_writes_the_same_over_the_wire() -> None:
    """Versions differ in what their policies make of an encoded word in a value; none of them is asked."""
    found = pythons()
    assert found
    for version, path in found.items():
        script = [path, str(Path(__file__).with_name("over_the_wire.py")), str(ROOT)]
        done = subprocess.run(script, input=json.dumps(HOSTILE), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{version}: {done.stderr}"
        wire = [raw.encode("latin-1") for raw in json.loads(done.stdout)]
        assert len(wire) == 2 * len(HOSTILE)
        for raw in wire:
            assert sorted(names_in(raw)) == LEAST, version
