"""Mails as they really arrive, as values."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.alerts.reading import read_alert
from helpdesk.mailgate.charsets import decode
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.mailgate.routing import references_in
from tests.hostile import examples
from tests.timing import processor_time


def mail(body: bytes, content_type: str = "text/plain; charset=utf-8", **headers: str) -> bytes:
    lines = ["From: Alice <alice@acme.example>", "To: support@desk.example", f"Content-Type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("iso-2022-jp", "iso2022_jp", "日本語の本文です"),
        ("iso-2022-jp", "cp932", "①㈱を含む本文"),
        ("shift_jis", "cp932", "①㈱を含む本文"),
        ("euc-jp", "euc_jp", "日本語の本文です"),
        ("gb2312", "gb18030", "中文內容"),
        ("no-such-charset", "utf-8", "日本語の本文です"),
        ("us-ascii", "iso2022_jp", "日本語の本文です"),
    ],
)
def test_charsets_as_they_arrive(charset: str, codec: str, text: str) -> None:
    assert parse_mail(mail(text.encode(codec), f"text/plain; charset={charset}")).text == text


def test_encoded_words_split_within_a_character_are_joined() -> None:
    raw = "件名の長い日本語".encode()
    first, second = raw[:4], raw[4:]
    words = " ".join(f"=?utf-8?q?{''.join(f'={b:02X}' for b in part)}?=" for part in (first, second))
    assert parse_mail(mail(b"x", Subject=words)).subject == "件名の長い日本語"


def test_html_alone_becomes_text_without_scripts() -> None:
    html = "<p>一行目</p><script>alert(1)</script><p>a &lt; b</p>"
    assert parse_mail(mail(html.encode(), "text/html; charset=utf-8")).text == "一行目\n\na < b"


def test_parts_and_attachments() -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Bob <BOB@acme.example>", "support@desk.example", "two parts"
    made["Message-ID"], made["In-Reply-To"] = "<1@x>", "<0@y>"
    made.set_content("本文")
    made.add_alternative("<p>本文</p>", subtype="html")
    made.add_attachment(b"data", maintype="application", subtype="pdf", filename="報告.pdf")
    read = parse_mail(made.as_bytes())
    assert (read.sender, read.sender_name, read.text.strip()) == ("bob@acme.example", "Bob", "本文")
    assert [(f.name, f.content_type, f.content) for f in read.files] == [("報告.pdf", "application/pdf", b"data")]
    assert (read.message_id, read.references) == ("<1@x>", ("<0@y>",))


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, "person"),
        ({"Auto_Submitted": "auto-replied"}, "automatic_reply"),
        ({"Auto_Submitted": "no"}, "person"),
        ({"Auto_Submitted": "auto-generated"}, "automatic"),
    ],
)
def test_automatic_mail_is_recognised(headers: dict[str, str], kind: str) -> None:
    assert parse_mail(mail(b"x", **headers)).kind.value == kind


def test_control_characters_never_reach_subject_or_sender() -> None:
    read = parse_mail(b"From: a\x00b <x@y.example>\r\nSubject: =?utf-8?q?one=0D=0ABcc:_two?=\r\n\r\nbody")
    assert "\n" not in read.subject
    assert "\x00" not in read.sender_name


def test_deep_nesting_is_survived() -> None:
    raw = b"From: a@b.example\r\nSubject: deep\r\n"
    for level in range(300):
        raw += f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'.encode()
    assert parse_mail(raw + b"\r\nend").subject == "deep"


@given(st.binary(max_size=3000))
@settings(max_examples=examples(200), deadline=None)
def test_any_bytes_are_survived(raw: bytes) -> None:
    assert isinstance(parse_mail(raw).text, str)


@given(
    st.binary(max_size=200), st.sampled_from([None, "utf-8", "iso-2022-jp", "utf-7", "shift_jis", "idna", "", "x" * 99])
)
def test_decoding_never_fails(content: bytes, charset: str | None) -> None:
    assert isinstance(decode(content, charset).text, str)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.example\r\nSubject: " + b"[" * 60_000 + b"\r\n\r\nx",
        b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<br " * 200_000,
        b"From: a@b.example\r\nContent-Type: text/plain; charset=punycode\r\n\r\n" + b"a-b" * 200_000,
        b"From: a@b.example\r\nIn-Reply-To: " + b"<" * 200_000 + b"\r\n\r\nx",
        b"From: a@b.example\r\nTo: " + b"a@b.example," * 50_000 + b"\r\n\r\nx",
        b"From: a@b.example\r\nSubject: x\r\n\r\n" + (b" " * 998 + b"\r\n") * 1_000,
        b"From: a@b.example\r\nSubject: x\r\n\r\n" + b" " * 900_000,
    ],
    ids=["brackets", "breaks", "punycode", "ids", "recipients", "blank lines", "one blank line"],
)
def test_hostile_lengths_are_read_in_no_time(raw: bytes) -> None:
    """Each took minutes with patterns that try every way to fail."""
    with processor_time() as taken:
        read = parse_mail(raw)
        references_in(read.subject)
        read_alert(read.subject, read.text)
    assert taken() < 3
    assert len(read.recipients) <= 1_000
