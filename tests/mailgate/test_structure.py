"""What is read, shown and kept of a mail's parts."""

import io
import zipfile
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.mailgate.contents import Mark
from helpdesk.mailgate.parsing import Mail, parse_mail
from tests.hostile import examples


def read(*parts: object, kind: str = "mixed", **parameters: str) -> Mail:
    mail = MIMEMultipart(kind, **parameters)
    mail["From"], mail["Subject"] = "a@b.example", "x"
    for part in parts:
        mail.attach(part)  # type: ignore[arg-type]
    return parse_mail(mail.as_bytes())


def html(text: str) -> MIMEText:
    return MIMEText(text, "html", "utf-8")


def plain(text: str, **headers: str) -> MIMEText:
    part = MIMEText(text, "plain", "utf-8")
    for name, value in headers.items():
        part[name.replace("_", "-")] = value
    return part


def names(mail: Mail) -> list[str]:
    return [file.name for file in mail.attachments]


def test_of_alternatives_the_plain_one_is_read_and_the_rich_one_is_shown() -> None:
    mail = read(plain("本文"), html("<p>本文<b>!</b></p>"), kind="alternative")
    assert (mail.text.strip(), mail.html) == ("本文", "<p>本文<b>!</b></p>")


def test_an_empty_plain_alternative_gives_way() -> None:
    assert read(plain("\n \n"), html("<p>本文</p>"), kind="alternative").text == "本文"


def test_html_with_a_plain_footer_keeps_both() -> None:
    mail = read(html("<p>本文</p>"), plain("-- \nリスト"))
    assert mail.text == "本文\n\n-- \nリスト"


def test_attached_text_is_a_file_and_a_named_body_is_a_body() -> None:
    attached = plain("ログ", Content_Disposition='attachment; filename="log.txt"')
    assert names(read(plain("本文"), attached)) == ["log.txt"]
    whole = plain("本文")
    whole.set_param("name", "mail.txt")
    whole["From"], whole["Subject"] = "a@b.example", "x"
    assert parse_mail(whole.as_bytes()).text == "本文"


def test_images_within_the_html_are_no_attachments() -> None:
    logo = MIMEApplication(b"png", "png", name="logo.png")
    logo.replace_header("Content-Type", 'image/png; name="logo.png"')
    logo["Content-ID"] = "<logo@x>"
    mail = read(html('<p>a</p><img src="cid:logo@x">'), logo, kind="related")
    assert (names(mail), [file.inline for file in mail.files]) == ([], [True])


def test_signatures_are_marks_and_no_attachments() -> None:
    signature = MIMEApplication(b"sig", "pkcs7-signature", name="smime.p7s")
    mail = read(plain("本文"), signature, kind="signed", protocol="application/pkcs7-signature")
    assert (names(mail), mail.marks) == ([], {Mark.smime_signed})
    pgp = MIMEApplication(b"-----BEGIN PGP SIGNATURE-----", "pgp-signature", name="signature.asc")
    assert read(plain("本文"), pgp, kind="signed").marks == {Mark.pgp_signed}


def test_encrypted_mail_is_recognised() -> None:
    version, body = MIMEApplication(b"Version: 1", "pgp-encrypted"), MIMEApplication(b"-----BEGIN PGP MESSAGE-----")
    assert Mark.encrypted in read(version, body, kind="encrypted", protocol="application/pgp-encrypted").marks
    assert Mark.encrypted in read(plain("-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----")).marks


def test_a_forwarded_mail_is_a_file_and_its_words_are_shown() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "c@d.example", "元の件名"
    inner.set_content("元の本文")
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "a@b.example", "Fwd"
    outer.set_content("ご確認ください")
    outer.add_attachment(inner)
    mail = parse_mail(outer.as_bytes())
    assert names(mail) == ["元の件名.eml"]
    assert mail.text.strip() == "ご確認ください"
    assert "元の本文" in mail.body
    assert "Subject: 元の件名" in mail.body


def test_an_invitation_is_shown() -> None:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1", "SUMMARY:定例会議"]
    lines += ["DTSTART:20261124T010000Z", "LOCATION:会議室A", "END:VEVENT", "END:VCALENDAR", ""]
    part = MIMEText("\r\n".join(lines), "calendar", "utf-8")
    mail = read(plain("招待"), part)
    assert Mark.invitation in mail.marks
    assert "定例会議" in mail.body
    assert "会議室A" in mail.body
    assert names(mail) == ["invitation.ics"]


def locked_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "x")
    content = bytearray(out.getvalue())
    content[6] |= 1
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def test_a_zip_with_a_password_is_marked() -> None:
    assert Mark.locked_zip in read(plain("添付"), MIMEApplication(locked_zip(), "zip", name="a.zip")).marks
    assert Mark.locked_zip not in read(plain("添付"), MIMEApplication(b"PK\x03\x04broken", "zip", name="a.zip")).marks


def tnef(name: bytes, content: bytes) -> bytes:
    """A winmail.dat with one file, written by hand from MS-OXTNEF."""

    def attribute(level: int, number: int, kind: int, value: bytes) -> bytes:
        head = bytes((level,)) + number.to_bytes(2, "little") + kind.to_bytes(2, "little")
        return head + len(value).to_bytes(4, "little") + value + (sum(value) & 0xFFFF).to_bytes(2, "little")

    return (
        (0x223E9F78).to_bytes(4, "little")
        + (1).to_bytes(2, "little")
        + attribute(1, 0x9006, 8, (0x00010000).to_bytes(4, "little"))
        + attribute(2, 0x9002, 6, b"\x01\x00" + b"\x00" * 12)
        + attribute(2, 0x8010, 1, name + b"\x00")
        + attribute(2, 0x800F, 6, content)
    )


def test_winmail_dat_is_opened() -> None:
    part = MIMEApplication(tnef(b"log.txt", b"inside"), "ms-tnef", name="winmail.dat")
    mail = read(plain("本文"), part)
    assert [(file.name, file.content) for file in mail.attachments] == [("log.txt", b"inside")]


def test_a_broken_winmail_dat_stays_a_file() -> None:
    assert names(read(plain("x"), MIMEApplication(b"\x78\x9f\x3e\x22broken", "ms-tnef"))) == ["winmail.dat"]


def test_flowed_text_is_joined_with_and_without_spaces() -> None:
    head = b"From: a@b.example\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8; format=flowed"
    assert parse_mail(head + b"\r\n\r\none \r\ntwo\r\n> q \r\n> r\r\n").text.strip() == "one two\n> q r"
    joined = head + b"; delsp=yes\r\n\r\n" + "日本 \r\n語".encode()
    assert parse_mail(joined).text == "日本語"


def test_a_boundary_that_is_not_the_one_named_is_found() -> None:
    raw = b'From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary="wrong"\r\n\r\n'
    raw += b"--right\r\nContent-Type: text/plain\r\n\r\nhello\r\n--right--\r\n"
    assert parse_mail(raw).text.strip() == "hello"


def test_raw_bytes_in_file_names_are_read() -> None:
    raw = 'From: a@b.example\r\nSubject: x\r\nContent-Type: application/pdf; name="報告書.pdf"\r\n\r\nx'.encode("cp932")
    assert names(parse_mail(raw)) == ["報告書.pdf"]


PIECES = st.sampled_from(
    [
        b"From: a@b.example\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html\r\n",
        b"Content-Type: text/calendar\r\n",
        b"Content-Type: multipart/report\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%\r\n",
        b"\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"BEGIN:VCALENDAR\r\n",
        b"<p>\x82\xa0",
        b"=?utf-8?b?5Lu2?=",
        b"\x1b$B",
        b"PK\x03\x04",
        b"\xff",
    ]
)


@given(st.lists(PIECES, max_size=40))
@settings(max_examples=examples(300), deadline=None)
def test_any_arrangement_of_parts_is_survived(pieces: list[bytes]) -> None:
    mail = parse_mail(b"".join(pieces))
    assert isinstance(mail.body, str)
    assert "\x00" not in mail.body


@pytest.mark.parametrize("count", [2, 501, 2_000])
def test_many_parts_are_bounded_and_the_cut_is_told(count: int) -> None:
    raw = b"From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    mail = parse_mail(raw + b"--b\r\n\r\nx\r\n" * count)
    assert (Mark.cut in mail.marks) == (count > 500)
