"""Attached mails are evidence: the bytes between their boundaries, whatever is in them; what is not read is a file."""

import base64
import struct

import pytest
from compressed_rtf import compress

from helpdesk.mailgate.parsing import Mail, parse_mail

HEAD = b"From: a@x.example\r\nTo: support@desk.example\r\nSubject: see attached\r\nMIME-Version: 1.0\r\n"
INNER = (
    b"Received: from evil.example\r\n\tby mx.example; Tue, 24 Nov 2026 09:00:00 +0900\r\n"
    b"From: attacker@evil.example\r\nSubject:   =?utf-8?B?6KuL5rGC5pu4?=   \r\nX-Odd:\tkept\r\n\r\n"
    b"please  pay \r\nat once\r\n"
)


def mail(kind: bytes, content: bytes, more: bytes = b"") -> Mail:
    head = HEAD + b'Content-Type: multipart/mixed; boundary="b1"\r\n\r\npreamble\r\n'
    words = b"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nis this real?\r\n"
    return parse_mail(
        head + words + b"--b1\r\nContent-Type: " + kind + b"\r\n" + more + b"\r\n" + content + b"\r\n--b1--\r\n"
    )


def test_an_attached_mail_is_kept_byte_for_byte_and_shown() -> None:
    read = mail(b"message/rfc822", INNER)
    (file,) = read.files
    assert file.content == INNER
    assert (file.name, file.content_type) == ("請求書.eml", "message/rfc822")
    assert "attacker@evil.example" in read.shown[0]
    assert "please  pay" in read.shown[0]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_line_ends_are_the_mail_s_own(line_end: bytes) -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
    inner = INNER.replace(b"\r\n", line_end)
    assert parse_mail(raw + inner + line_end + b"--x--").files[0].content == inner


@pytest.mark.parametrize("kind", [b"message/rfc822", b"message/global"])
def test_an_encoded_mail_is_opened(kind: bytes) -> None:
    read = mail(kind, base64.encodebytes(INNER), b"Content-Transfer-Encoding: base64\r\n")
    assert read.files[0].content == INNER
    assert "please  pay" in read.shown[0]


def test_mails_in_an_attached_mail_stay_in_it() -> None:
    deep = b"From: x@y.example\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    deep += b"--c\r\nContent-Type: message/rfc822\r\n\r\n"
    deep += INNER + b"\r\n--c--\r\n"
    read = mail(b"message/rfc822", deep + b"\r\n--b1\r\nContent-Type: message/rfc822\r\n\r\n" + INNER)
    assert [file.content for file in read.files] == [deep, INNER]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b'message/partial; id="1"; number=1; total=2', b"From: a@b.example\r\n\r\nhalf of it"),
        (b'message/external-body; access-type=URL; URL="http://x.example/f"', b"Content-Type: image/png\r\n\r\n"),
        (b"message/http", b"GET / HTTP/1.1\r\n\r\n"),
    ],
)
def test_what_is_not_read_is_kept_as_a_file(kind: bytes, content: bytes) -> None:
    (file,) = mail(kind, content).files
    assert file.content == content
    assert file.content_type == kind.split(b";")[0].decode()


def test_broken_boundaries_fall_back_to_the_parser() -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n" + INNER
    assert b"at once" in parse_mail(raw).files[0].content


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"Content-Type: image/png", "file.png"),
        (b"Content-Type: application/pdf", "file.pdf"),
        (b"Content-Type: application/zip", "file.zip"),
        (b"Content-Type: application/octet-stream", "file.bin"),
        (b"Content-Type: application/x-nobody-knows", "file"),
        (b"Content-Disposition: attachment; filename=plain.txt; filename*=utf-8''%E5%A0%B1.txt", "報.txt"),
        (b"Content-Disposition: attachment; filename*=utf-8''%E5%A0%B1.txt; filename=plain.txt", "報.txt"),
    ],
)
def test_names_of_files(header: bytes, name: str) -> None:
    kind = b"application/x-a" if b"Disposition" in header else header.partition(b": ")[2]
    more = header + b"\r\n" if b"Disposition" in header else b""
    assert mail(kind, b"\x89PNG", more).files[0].name == name


def test_base64_with_a_footer_of_a_list_keeps_both() -> None:
    body = base64.encodebytes("本文です。".encode()) + b"_______________\r\nusers mailing list\r\n"
    raw = HEAD + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
    read = parse_mail(raw)
    assert read.text.startswith("本文です。\n___")
    assert "users mailing list" in read.text


def test_a_file_in_base64_with_something_below_is_the_file() -> None:
    content = bytes(range(256))
    body = base64.encodebytes(content) + b"-- \r\nchecked by a gateway"
    assert mail(b"application/x-a", body, b"Content-Transfer-Encoding: base64\r\n").files[0].content == content


def tnef(*properties: tuple[int, bytes]) -> bytes:
    """Outlook's winmail.dat with these binary message properties (MS-OXTNEF)."""
    block = struct.pack("<I", len(properties))
    for number, value in properties:
        padded = value + bytes(-len(value) % 4)
        block += struct.pack("<HHII", 0x0102, number, 1, len(value)) + padded
    attribute = struct.pack("<BII", 1, 0x00069003, len(block)) + block
    return struct.pack("<IH", 0x223E9F78, 1) + attribute + struct.pack("<H", sum(block) & 0xFFFF)


RICH = rb"{\rtf1\ansi\ansicpg932\deff0{\fonttbl{\f0 MS Gothic;}}\f0 PC-1 \'8a\'75\'97\'a3\par second line\par}"


def test_the_rich_text_of_outlook_is_the_mail_s_words() -> None:
    content = base64.encodebytes(tnef((0x1009, compress(RICH))))
    raw = HEAD + b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    read = parse_mail(raw + content)
    assert read.text.splitlines() == ["PC-1 隔離", "second line"]


def test_what_cannot_be_opened_is_kept_as_it_is() -> None:
    raw = HEAD + b"Content-Type: application/ms-tnef\r\n\r\nnot tnef at all"
    assert [(file.name, file.content) for file in parse_mail(raw).files] == [("winmail.dat", b"not tnef at all")]


@pytest.mark.parametrize("boundary", [b"; boundary=ZZ", b""])
@pytest.mark.parametrize("codec", ["utf-8", "cp932", "iso2022_jp"])
def test_eight_bits_under_a_wrong_boundary_are_read(boundary: bytes, codec: str) -> None:
    label = {"cp932": b"shift_jis", "iso2022_jp": b"iso-2022-jp"}.get(codec, codec.encode())
    body = (
        b"--BB\r\nContent-Type: text/plain; charset="
        + label
        + b"\r\n\r\n"
        + "添付します。".encode(codec)
        + b"\r\n--BB--\r\n"
    )
    read = parse_mail(HEAD + b"Content-Type: multipart/mixed" + boundary + b"\r\n\r\n" + body)
    assert read.text.strip() == "添付します。"


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_cut_base64_costs_its_last_character_only(cut: int) -> None:
    body = base64.b64encode("本文はここまでです".encode())[:-cut]
    raw = HEAD + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
    assert parse_mail(raw).text.startswith("本文はここまで")
