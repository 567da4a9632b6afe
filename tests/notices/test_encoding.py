"""Mails in ISO-2022-JP, what does not survive it, and one connection for many mails."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.config import Config
from helpdesk.demo.sink import Sink
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.notices.encoding import GETA, in_jis, lost_in_jis
from helpdesk.notices.jobs import deliver
from helpdesk.notices.models import Charset, Notice
from helpdesk.tickets.answering import reply
from tests.conftest import Cast
from tests.making import an_inquiry
from tests.notices.test_delivery import a_notice


@pytest.mark.parametrize(
    ("text", "arrives"),
    [
        ("①㈱テスト", "(1)(株)テスト"),
        ("ｱﾗｰﾄ", "アラート"),
        ("9～17時", "9〜17時"),
        ("髙橋", "高橋"),
        ("😀", GETA),
        ("plain", "plain"),
    ],
)
def test_what_arrives(text: str, arrives: str) -> None:
    assert in_jis(text) == arrives


def test_the_preview_names_each_character_once_and_not_those_that_look_the_same() -> None:
    assert lost_in_jis("①①😀～漢字") == [("①", "(1)"), ("😀", GETA)]


@given(st.text(max_size=80))
def test_everything_can_be_sent(text: str) -> None:
    sent = in_jis(text).encode("iso2022_jp")
    assert sent.isascii()
    assert GETA in in_jis(text) or sent.decode("iso2022_jp") == in_jis(text)


def test_a_customers_mails_are_written_in_its_charset(cast: Cast, mailbox: Sink) -> None:
    cast.root.post(f"/admin/customers/{cast.acme.id}/mail-charset", {"charset": "iso-2022-jp"})
    ticket = an_inquiry(cast.contact("alice"), "①の件")
    sent = reply(ticket, cast.user("dana"), "髙橋が承ります。")
    db.session.commit()
    assert sent.notice is not None
    assert sent.notice.charset == Charset.iso_2022_jp
    for errand_id, turn in Notice.queue_due():
        deliver(errand_id, turn)
    raw = [mailbox.raw(f"{number:06d}") or b"" for number in (1, 2)]
    newest = next(one for one in raw if sent.notice.message_id.encode() in one)
    assert newest.isascii()
    assert b"iso-2022-jp" in newest.lower()
    read = parse_mail(newest)
    assert "高橋が承ります。" in read.text
    assert "(1)の件" in read.subject
    assert read.charset == "iso-2022-jp"


def test_the_composer_tells_what_will_not_arrive(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    draft = f"/drafts/reply:{ticket.reference}"
    assert cast.dana.post(draft, {"body": "①😀"}).json["lost"] == []
    cast.root.post(f"/admin/customers/{cast.acme.id}/mail-charset", {"charset": "iso-2022-jp"})
    assert cast.dana.post(draft, {"body": "①😀"}).json["lost"] == ["① → (1)", f"😀 → {GETA}"]
    assert cast.dana.post(draft.replace("reply", "note"), {"body": "①😀"}).json["lost"] == []


class Counting(Sink):
    """A sink that counts connections and notes envelope senders."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.connections: set[object] = set()
        self.senders: list[str] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # type: ignore[no-untyped-def]
        self.connections.add(session.peer)
        self.senders.append(envelope.mail_from)
        return await super().handle_DATA(server, session, envelope)


def test_one_connection_is_kept_for_a_batch(cast: Cast, config: Config, tmp_path: Path) -> None:
    many = [a_notice(reply_token="ab" * 16) for _number in range(5)]
    counting = Counting(tmp_path)
    server = Controller(counting, hostname="127.0.0.1", port=config.mail_port)
    server.start()
    try:
        queued = Notice.queue_due()
        deliver(*queued[0])
        for errand_id, turn in queued[1:]:
            deliver(errand_id, turn)
    finally:
        server.stop()
    assert [notice.state for notice in many] == [ErrandState.done] * 5
    assert len(counting.mails()) == 5
    assert len(counting.connections) == 1
    assert set(counting.senders) == {f"support+{'ab' * 16}@desk.example"}, "bounces come back to the ticket"


def test_a_relay_that_is_away_is_asked_once_for_a_batch(cast: Cast) -> None:
    many = [a_notice() for _number in range(3)]
    queued = Notice.queue_due()
    deliver(*queued[0])
    assert sorted(notice.state.value for notice in many) == ["queued", "queued", "waiting"]


def test_headers_keep_robots_quiet_in_either_charset(cast: Cast, mailbox: Sink) -> None:
    for charset in Charset:
        a_notice(charset=charset)
    for errand_id, turn in Notice.queue_due():
        deliver(errand_id, turn)
    for number in (1, 2):
        mail = message_from_bytes(mailbox.raw(f"{number:06d}") or b"", policy=policy.default)
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
        assert mail["List-Id"] == "<support.desk.example>"
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]  # type: ignore[attr-defined]
