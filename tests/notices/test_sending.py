"""What leaves: files along or named, lines that SMTP takes, links as links, a machine's marks on its own mails only."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.demo.sink import Sink
from helpdesk.extensions import db
from helpdesk.mailgate.bounce_effects import note_bounce
from helpdesk.mailgate.bounces import Bounce
from helpdesk.notices.jobs import deliver
from helpdesk.notices.models import Charset, Notice
from helpdesk.notices.writing import JIS, UTF_8, LetterFile, html_of, written
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Channel, TicketState
from helpdesk.tickets.mailed import Upload
from helpdesk.tickets.messages import customer_wrote
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry, reported
from tests.security.test_mail_headers import a_letter


def sent(mailbox: Sink) -> list[EmailMessage]:
    db.session.commit()
    for errand_id, turn in Notice.queue_due():
        deliver(errand_id, turn)
    raws = [mailbox.raw(f"{number:06d}") or b"" for number in range(1, len(mailbox.mails()) + 1)]
    mails = {mail["Message-ID"]: mail for mail in map(_read, raws)}
    order = db.session.scalars(db.select(Notice.message_id).order_by(Notice.id))
    return [mails[message_id] for message_id in order if message_id in mails]


def _read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


FILES = [Upload("手順 (1).txt", "手順".encode(), "text/plain"), Upload("a.png", b"\x89PNG" * 50, "image/png")]


def test_an_agent_s_files_go_along(cast: Cast, mailbox: Sink) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    reply(ticket, cast.user("dana"), "添付をご覧ください。", files=FILES)
    mail = sent(mailbox)[-1]
    files = list(mail.iter_attachments())
    assert [file.get_filename() for file in files] == ["手順 (1).txt", "a.png"]
    assert [file.get_payload(decode=True) for file in files] == [file.content for file in FILES]
    assert "添付をご覧ください" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert [file.get_content_disposition() for file in files] == ["attachment"] * 2


def test_what_is_too_large_is_named_with_the_link(cast: Cast, mailbox: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "MAIL_FILES_LIMIT", 100)
    ticket = an_inquiry(cast.contact("alice"))
    reply(ticket, cast.user("dana"), "添付をご覧ください。", files=FILES)
    mail = sent(mailbox)[-1]
    assert [file.get_filename() for file in mail.iter_attachments()] == ["手順 (1).txt"]
    words = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "a.png (200 B)" in words
    assert f"/portal/tickets/{ticket.reference}" in words


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "text/html\r\nX: y", "nonsense", ""])
def test_a_file_s_type_is_only_a_claim(kind: str) -> None:
    raw = written(a_letter("x", files=(LetterFile("x\r\nBcc: a@b.example", kind, b"x"),))).as_bytes()
    mail = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    (file,) = mail.iter_attachments()
    assert file.get_content_type() == "application/octet-stream"
    assert file.get_filename() == "x Bcc: a@b.example"
    assert mail["Bcc"] is None


@given(st.text(st.characters(codec="utf-8"), max_size=3000), st.sampled_from([UTF_8, JIS]))
def test_no_line_is_longer_than_smtp_takes(text: str, charset: str) -> None:
    raw = written(a_letter(text[:300], body=text.replace("\n", "") * 3, charset=charset)).as_bytes()
    assert max(len(line) for line in raw.split(b"\n")) < 998


def test_a_paragraph_of_two_thousand_characters_arrives_in_iso_2022_jp() -> None:
    text = "隔離" * 1000
    raw = written(a_letter("件名", body=text, charset=JIS)).as_bytes()
    mail = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    assert mail.get_body(("plain",)).get_content().strip() == text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\n    b", "a<br>\n&nbsp;&nbsp;&nbsp;&nbsp;b"),
        ("host   state", "host&nbsp;&nbsp; state"),
        ("a\tb", "a&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; b"),
        (
            "see https://x.example/a?b=1&c=2.",
            'see <a href="https://x.example/a?b=1&amp;c=2">https://x.example/a?b=1&amp;c=2</a>.',
        ),
        ("（https://x.example/）", '（<a href="https://x.example/">https://x.example/</a>）'),
        ("javascript:alert(1) <b>", "javascript:alert(1) &lt;b&gt;"),
        ('https://x.example/"onclick="x', '<a href="https://x.example/">https://x.example/</a>&quot;onclick=&quot;x'),
    ],
)
def test_html_keeps_what_was_written(text: str, html: str) -> None:
    assert html_of(text).replace("\xa0", "&nbsp;") == html


def test_marks_of_a_machine_stand_on_a_machine_s_mails_only(cast: Cast, mailbox: Sink) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    reply(ticket, cast.user("dana"), "ご回答です。")
    receipt, answer = sent(mailbox)
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["List-Id"] is not None
    assert receipt["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    for name in ("Auto-Submitted", "List-Id", "X-Auto-Response-Suppress", "Precedence"):
        assert answer[name] is None, name


def test_a_thread_has_one_root_and_grows_by_what_was_said(cast: Cast, mailbox: Sink) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    for words in ("一つ目", "二つ目"):
        reply(ticket, cast.user("dana"), words)
    receipt, first, second = sent(mailbox)
    assert receipt["References"] is None
    assert first["References"] == receipt["Message-ID"]
    assert second["References"].split() == [receipt["Message-ID"], first["Message-ID"]]
    assert (first["In-Reply-To"], second["In-Reply-To"]) == (receipt["Message-ID"], first["Message-ID"])


def _comes_back(ticket: Ticket, notice: Notice | None) -> None:
    assert notice is not None
    gone = Bounce(("x@y.example",), "5.1.1", "unknown", failed=True, delayed=False, message_ids=(notice.message_id,))
    note_bounce(gone, ticket, 1, by_id=False)
    db.session.commit()


def test_an_answer_that_comes_back_meets_nothing(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    due = ticket.due_at
    answer = reply(ticket, cast.user("dana"), "ご回答です。")
    ticket.wait_for_customer(cast.user("dana").actor())
    assert (ticket.due_at, ticket.first_responded_at is None) == (None, False)
    _comes_back(ticket, answer.notice)
    assert (ticket.due_at, ticket.first_responded_at, ticket.state) == (due, None, TicketState.open)


def test_an_answer_that_no_server_takes_meets_nothing(cast: Cast, mailbox: Sink) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    answer = reply(ticket, cast.user("dana"), "ご回答です。").notice
    assert answer is not None
    answer.to_address = "no address"
    sent(mailbox)
    assert answer.state == "failed"
    assert ticket.first_responded_at is None


def test_another_answer_that_arrived_goes_on_meeting_it(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    first = reply(ticket, cast.user("dana"), "ご回答です。")
    reply(ticket, cast.user("dana"), "もう一度お送りします。")
    _comes_back(ticket, first.notice)
    assert ticket.due_at is None
    assert ticket.first_responded_at is not None


def test_a_later_answer_that_comes_back_is_due_again_from_the_question(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    reply(ticket, cast.user("dana"), "ご回答です。")
    customer_wrote(ticket, cast.contact("alice").as_actor(), "さらに質問です", channel=Channel.portal)
    due, first = ticket.due_at, ticket.first_responded_at
    answer = reply(ticket, cast.user("dana"), "お答えします。")
    _comes_back(ticket, answer.notice)
    assert (ticket.due_at, ticket.first_responded_at) == (due, first)


def test_a_report_that_comes_back_was_none(cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    due = ticket.due_at
    reported(ticket, cast.user("dana"), cast.contact("alice"))
    notice = db.session.scalars(
        db.select(Notice).where(Notice.ticket_id == ticket.id, Notice.template == "reply")
    ).one()
    _comes_back(ticket, notice)
    assert (ticket.due_at, ticket.first_responded_at) == (due, None)


def test_what_customers_of_old_systems_get_is_counted_the_same(cast: Cast) -> None:
    cast.acme.mail_charset = Charset.iso_2022_jp
    ticket = an_inquiry(cast.contact("alice"))
    notice = reply(ticket, cast.user("dana"), "隔離" * 600).notice
    assert notice is not None
    assert notice.charset == Charset.iso_2022_jp


@pytest.mark.parametrize("name", ["名" * 200 + ".pdf", "a" * 300 + ".pdf", "😀" * 110 + ".pdf", "名" * 150])
def test_a_long_name_of_a_file_fits_on_a_line(name: str) -> None:
    raw = written(a_letter("x", files=(LetterFile(name, "application/pdf", b"x"),))).as_bytes()
    assert max(len(line) for line in raw.split(b"\n")) < 998
    (file,) = message_from_bytes(raw, _class=EmailMessage, policy=policy.default).iter_attachments()
    shown = str(file.get_filename())
    assert shown[:50] == name[:50]
    assert shown.endswith(".pdf") == name.endswith(".pdf")


def test_the_first_line_keeps_its_indentation(cast: Cast, mailbox: Sink) -> None:
    reply(an_inquiry(cast.contact("alice")), cast.user("dana"), "  字下げ一\n    字下げ二")
    words = sent(mailbox)[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert words.startswith("  字下げ一\n    字下げ二")
