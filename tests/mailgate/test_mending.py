"""Headers with faults that readers pass over: sender, subject and text are read all the same (N15)."""

import pytest

from helpdesk.mailgate.mending import mended
from helpdesk.mailgate.parsing import parse_mail

FIELDS = (
    b"From: Hanako <hanako@acme.example>",
    b"To: support@desk.example",
    b"Subject: =?utf-8?B?55uj6KaW44Gu5Lu2?=",
    b"Message-ID: <1@acme.example>",
    b"Content-Type: text/plain; charset=utf-8",
)
TEXT = "本文です。\r\n2行目: 続き\r\n"


def mail(*lines: bytes, text: bytes = TEXT.encode()) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n" + text


def with_fault(at: int, *fault: bytes) -> bytes:
    return mail(*FIELDS[:at], *fault, *FIELDS[at:])


BROKEN = {
    **{f"a line that is no header at {at}": with_fault(at, b"this is no header") for at in range(5)},
    **{f"a folded line below it at {at}": with_fault(at, b"this is no header", b"\tnor this") for at in range(5)},
    "a long one": with_fault(2, b"x" * 5000),
    "8-bit words": with_fault(2, "これはヘッダーではない".encode("cp932")),
    "a name without a colon": with_fault(1, b"X-Checked"),
    "an mbox line in the middle": with_fault(2, b"From hanako@acme.example Tue Nov 24 09:00:00 2026"),
    "an mbox line above": mail(b"From hanako@acme.example Tue Nov 24 09:00:00 2026", *FIELDS),
    "a quoted mbox line above": mail(b">From hanako@acme.example Tue Nov 24 09:00:00 2026", *FIELDS),
    "a byte order mark": b"\xef\xbb\xbf" + mail(*FIELDS),
    "blank lines above": b"\r\n \r\n\n" + mail(*FIELDS),
    "both": b"\xef\xbb\xbf\r\n" + mail(*FIELDS),
    "a folded line first": b" folded\r\n" + mail(*FIELDS),
    "blanks before colons": mail(*(line.replace(b":", b" \t:", 1) for line in FIELDS)),
    "line feeds alone": with_fault(2, b"no header").replace(b"\r\n", b"\n"),
    "no blank line before the text": b"\r\n".join(FIELDS) + b"\r\n" + TEXT.encode(),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_faults_of_a_header_end_nothing(raw: bytes) -> None:
    read = parse_mail(raw)
    assert (read.sender, read.sender_name, read.subject) == ("hanako@acme.example", "Hanako", "監視の件")
    assert read.message_id == "<1@acme.example>"
    assert read.text.split() == TEXT.split()


@pytest.mark.parametrize(
    "raw",
    [
        mail(*FIELDS),
        mail(b"From x@y.example Tue Nov 24", *FIELDS),
        b"no header at all, only words\r\nof two lines\r\n",
        b"",
        b"\r\n\r\nwords below blank lines",
        mail(b"Subject: x", text=b"\r\n\r\nFrom: quoted\r\nSubject: quoted\r\n"),
    ],
)
def test_what_has_no_fault_stays_as_it_is(raw: bytes) -> None:
    assert mended(raw) == raw


def test_words_in_a_text_are_no_fields() -> None:
    read = parse_mail(mail(*FIELDS, b"First words", b"Date: next week", text=b"more\r\n"))
    assert read.text.split() == ["First", "words", "Date:", "next", "week", "more"]


def test_a_second_author_behind_a_blank_is_seen() -> None:
    read = parse_mail(mail(*FIELDS, b"From : m@evil.example"))
    assert read.author.several


def test_a_million_lines_that_are_none_take_no_time() -> None:
    assert len(mended(b"Subject: x\r\n" + b"nothing\r\n" * 200_000)) > 0
