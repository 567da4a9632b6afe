"""Large mails taken apart without a list of their lines give what the standard parser gives."""

import tracemalloc
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.mailgate import large
from helpdesk.mailgate.large import message_of

LEAF = b"Content-Type: text/plain\r\n\r\nhello\r\nworld"
INNER = (
    b"Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n" + LEAF + b"\r\n--i\r\n" + LEAF + b"\r\n--i--\r\n"
)
OUTER = (
    b'Subject: x\r\nContent-Type: multipart/mixed; boundary="o o"\r\n\r\npre\r\n--o o\r\n' + INNER + b"\r\n--o o\r\n"
)


@pytest.mark.parametrize(
    "raw",
    [
        OUTER + LEAF + b"\r\n--o o--\r\nepilogue",
        OUTER + LEAF,
        (OUTER + LEAF + b"\r\n--o o--").replace(b"\r\n", b"\n"),
        b"Subject: x\r\n\r\nplain\r\n",
        b"Subject: x",
        b"\r\nno header\r\n\r\nat all",
        OUTER + b"\r\nno header\r\n\r\nat all\r\n--o o--\r\n",
    ],
)
def test_parts_are_the_same(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = message_from_bytes(raw, policy=policy.compat32)
    monkeypatch.setattr(large, "LINES_MAX", -1)
    flat = message_of(raw)
    assert [part.get_content_type() for part in flat.walk()] == [part.get_content_type() for part in usual.walk()]
    payloads = [(part.get_payload(decode=True) or b"").strip() for part in flat.walk() if not part.is_multipart()]
    expected = [(part.get_payload(decode=True) or b"").strip() for part in usual.walk() if not part.is_multipart()]
    assert payloads == expected


def test_a_long_line_costs_a_few_times_its_size() -> None:
    """Memory above the mail itself, which the caller holds: no copy has four bytes a character."""
    raw = b"Subject: x\r\nContent-Type: application/pdf\r\n\r\n" + b"x" * 8_000_000 + b"\r\n"
    tracemalloc.start()
    try:
        message = message_of(raw)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert message.get_payload(decode=True) == raw[raw.index(b"xx") :]
    assert peak < 2.1 * len(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(raw: bytes) -> None:
    before, large.LINES_MAX = large.LINES_MAX, -1
    try:
        split = message_of(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b" + raw)
        assert split.get_content_type() == "multipart/mixed"
        assert message_of(raw).get_payload() is not None
    finally:
        large.LINES_MAX = before
