"""Bytes as text: right labels, supersets, wrong labels, no labels, and encoded words as mailers break them."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.mailgate.charsets import decode
from helpdesk.mailgate.encoded import decode_header, decode_parameter, hints_in
from helpdesk.mailgate.japanese import _shifted, text_of_euc, text_of_jis
from helpdesk.mailgate.labels import CERTAIN, CORRECTED, DAMAGED
from tests.hostile import examples
from tests.timing import processor_time

WORDS = "隔離されたファイルの戻し方を教えてください。"


def jis(text: str) -> bytes:
    """Text as Windows mailers write ISO-2022-JP: every character by way of its CP932 code."""
    out = b""
    for c in text:
        code = c.encode("cp932")
        if len(code) == 2:
            lead, trail = code[0] - (0x81 if code[0] < 0xA0 else 0xC1), code[1]
            row = lead * 2 + 0x21 + (trail >= 0x9F)
            cell = trail - 0x7E if trail >= 0x9F else trail - (0x20 if trail > 0x7F else 0x1F)
            out += b"\x1b$B" + bytes((row, cell)) + b"\x1b(B"
        else:
            out += b"\x1b(I" + bytes((code[0] & 0x7F,)) + b"\x1b(B" if code[0] >= 0xA0 else code
    return out


@pytest.mark.parametrize(
    ("content", "label", "text", "charset"),
    [
        (WORDS.encode("iso2022_jp"), "ISO-2022-JP", WORDS, "iso-2022-jp"),
        (jis("①㈱髙﨑"), "iso-2022-jp", "①㈱髙﨑", "iso-2022-jp"),
        (jis("ｱﾗｰﾄ 確認"), "iso-2022-jp", "ｱﾗｰﾄ 確認", "iso-2022-jp"),
        (b'\x0e\x31\x32\x0f ok \x1b$B$"\x1b(B', "iso-2022-jp", "ｱｲ ok あ", "iso-2022-jp"),
        ("①㈱テスト".encode("cp932"), "shift_jis", "①㈱テスト", "cp932"),
        ("ﾃｽﾄ①".encode("cp932"), "x-sjis", "ﾃｽﾄ①", "cp932"),
        (WORDS.encode("euc_jp"), "euc-jp", WORDS, "euc_jp"),
        (b"\xad\xa1\xad\xea", "euc-jp", "①㈱", "euc_jp"),
        ("你好镕".encode("gb18030"), "gb2312", "你好镕", "gb18030"),
        ("안녕하세요".encode("cp949"), "ks_c_5601-1987", "안녕하세요", "cp949"),
        ("日本語 +-".encode("utf-7"), "utf-7", "日本語 +-", "utf-7"),
        ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße", "cp1252"),
        (WORDS.encode(), "UTF-8", WORDS, "utf-8"),
        ("日本".encode("utf-16"), "utf-16", "日本", "utf-16"),
    ],
)
def test_a_right_label_is_certain(content: bytes, label: str, text: str, charset: str) -> None:
    read = decode(content, label)
    assert (read.text, read.charset, read.confidence) == (text, charset, CERTAIN)


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
@pytest.mark.parametrize("label", ["us-ascii", "iso-8859-1", "windows-1252", None, "x-unknown", "shift_jis"])
def test_japanese_is_read_under_any_wrong_label(codec: str, label: str | None) -> None:
    read = decode(WORDS.encode(codec), label)
    assert read.text == WORDS
    assert read.confidence >= 60
    if label not in (None, "shift_jis") or codec not in ("utf-8", "cp932", "iso2022_jp"):
        assert read.confidence < CERTAIN


@pytest.mark.parametrize("text", ["café crème à la carte", "Grüße aus München", "el niño pequeño"])
def test_western_mail_without_a_label_is_no_japanese(text: str) -> None:
    assert decode(text.encode("latin-1"), None).text == text


def test_cut_characters_are_marked_as_damaged() -> None:
    read = decode(WORDS.encode()[:-1], "utf-8")
    assert read.text.startswith(WORDS[:-1])
    assert read.confidence == DAMAGED


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (WORDS.encode() + b"\xff", WORDS + "�"),
        (b"\xff\xfe? " + WORDS.encode(), "��? " + WORDS),
        (WORDS.encode("cp932") + b"\x81\x00", WORDS + "�\x00"),
        (WORDS.encode("cp932") + b"\xfd", WORDS + "�"),
        (b"Gepr\xfcft \xa9 gateway\r\n" + WORDS.encode(), "Gepr�ft � gateway\r\n" + WORDS),
        (WORDS.encode("euc_jp") + b"\xff\xff", WORDS + "��"),
    ],
)
def test_bytes_that_do_not_fit_are_replaced_one_by_one(content: bytes, text: str) -> None:
    read = decode(content, None)
    assert (read.text, read.confidence) == (text, DAMAGED)


@pytest.mark.parametrize(
    ("content", "hint", "text"),
    [
        ("报告文件说明.doc".encode("gbk"), "gb18030", "报告文件说明.doc"),
        ("보고서".encode("cp949"), "cp949", "보고서"),
        ("報告書".encode("big5"), "big5hkscs", "報告書"),
        ("Ünïcode".encode("cp1252"), "cp1252", "Ünïcode"),
        ("Zażółć gęślą".encode("iso8859-2"), "iso-8859-2", "Zażółć gęślą"),
    ],
)
def test_what_the_rest_of_a_mail_is_written_in_comes_before_statistics(content: bytes, hint: str, text: str) -> None:
    read = decode(content, None, (hint,))
    assert (read.text, read.charset) == (text, hint)
    assert read.confidence < CORRECTED, "a guess is marked"


def test_the_charsets_a_mail_names() -> None:
    start = b'Subject: =?gb2312?B?xx?= =?UTF-8*ja?Q?x?=\r\nContent-Type: text/plain; charset="Shift_JIS"\r\n'
    assert hints_in(start + b"x; charset=us-ascii\r\n<meta charset=ibm500>") == ("gb18030", "utf-8", "cp932")


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=examples(300), deadline=None)
def test_nothing_is_guessed_that_no_mail_is_written_in(content: bytes) -> None:
    charset = decode(content, None).charset
    assert not charset.startswith(("cp037", "cp5", "cp8", "cp10", "utf-7", "johab", "hz")) or charset in (
        "cp866",
        "cp874",
    )


def test_utf_8_of_surrogates_is_read() -> None:
    read = decode(b"\xe7\xb5\xb5 \xed\xa0\xbd\xed\xb8\x80 \xe3\x81\xa7\xe3\x81\x99", "utf-8")
    assert (read.text, read.confidence) == ("絵 \U0001f600 です", CORRECTED)


def test_a_short_text_with_a_cut_character_keeps_its_label() -> None:
    assert decode("あ".encode() + b"=ZZ \xe3\x81", "utf-8").text == "あ=ZZ �"


def test_a_corrected_label_says_so() -> None:
    assert decode(WORDS.encode("cp932"), "iso-8859-1").confidence == CORRECTED


def word(content: bytes, charset: str = "ISO-2022-JP") -> str:
    return f"=?{charset}?B?{base64.b64encode(content).decode()}?="


@pytest.mark.parametrize("cut", range(1, 20))
def test_encoded_words_split_within_a_character(cut: int) -> None:
    content = "件名のテスト".encode()
    assert decode_header(f"{word(content[:cut], 'utf-8')}\r\n {word(content[cut:], 'UTF-8')}").text == "件名のテスト"


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (word("件名".encode("iso2022_jp")), "件名"),
        (word(jis("①の件")), "①の件"),
        ("=?ISO-2022-JP?Q?=1B$B7oL>=1B(B?=", "件名"),
        (f"Re: {word('件'.encode(), 'utf-8')} {word('名'.encode(), 'utf-8')} end", "Re: 件名 end"),
        ("=?utf-8*ja?B?5Lu2?=", "件"),
        ("=?utf-8?Q?a_b=20c?=", "a b c"),
        ("=?utf-8?B?5Lu2!!?=", "件"),
        ("=?bogus?B?5Lu2?=", "件"),
        ("no =?broken", "no =?broken"),
        ("件名".encode("cp932").decode("ascii", "surrogateescape"), "件名"),
        ("", ""),
    ],
)
def test_headers_as_they_arrive(header: str, text: str) -> None:
    assert decode_header(header).text == text


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (("utf-8", "ja", "\xe5\xa0\xb1\xe5\x91\x8a.pdf"), "報告.pdf"),
        (word("報告.pdf".encode("iso2022_jp")), "報告.pdf"),
        ("報告.pdf".encode("cp932").decode("ascii", "surrogateescape"), "報告.pdf"),
        ((None, None, "%E5%A0%B1.pdf"), "報.pdf"),
        ("plain.txt", "plain.txt"),
    ],
)
def test_file_names_as_they_arrive(value: str | tuple[str | None, str | None, str], name: str) -> None:
    assert decode_parameter(value).text == name


JAPANESE = st.text(
    st.characters(codec="cp932", exclude_categories=["Cc", "Cs", "Co"], exclude_characters="¢£¬‖−〜"), max_size=60
)


@given(JAPANESE)
@settings(max_examples=examples(200), deadline=None)
def test_every_cp932_text_survives_iso_2022_jp(text: str) -> None:
    """Round trip with an encoder of the test's own; CP932 has a few characters twice, which compare by their code."""
    assert text_of_jis(jis(text)).encode("cp932") == text.encode("cp932")


def test_every_vendor_character_of_euc_is_read() -> None:
    """CP51932 has every two-byte character of CP932 below its private and IBM rows."""
    pairs = [bytes((row, cell)) for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF)]
    shifted = {pair: _shifted(pair[0] & 0x7F, pair[1] & 0x7F).decode("cp932", "replace") for pair in pairs}
    for pair in pairs:
        known = pair.decode("euc_jp", "ignore") or shifted[pair]
        assert text_of_euc(b"x" + pair + b"y") == (None if "�" in known else f"x{known}y")
    assert text_of_euc(b"\xad\xa1\xad\xb5\xad\xea\xa4\xa2") == "①Ⅰ㈱あ"
    assert text_of_euc("①Ⅲ㈱纊".encode("cp932")) is None
    assert text_of_euc(b"\xad\xa1\xad") is None


@given(
    st.binary(max_size=400), st.sampled_from([None, "utf-8", "iso-2022-jp", "euc-jp", "utf-7", "hz", "idna", "gb2312"])
)
@settings(max_examples=examples(300), deadline=None)
def test_nothing_raises(content: bytes, label: str | None) -> None:
    assert isinstance(decode(content, label).text, str)
    assert isinstance(text_of_euc(content), str | None)
    assert isinstance(decode_header(content.decode("ascii", "surrogateescape")).text, str)


@pytest.mark.parametrize("header", ["=?" * 10_000, "=?a?q?" + "?" * 19_000, "=?a?q?x?=\n " * 2_000, "=?a?b?" * 5_000])
def test_hostile_headers_take_no_time(header: str) -> None:
    with processor_time() as taken:
        decode_header(header)
    assert taken() < 1
