"""Files of others that name a person who is erased, whatever they are (R61)."""

import base64
import gzip
import io
import zipfile
from email.message import EmailMessage

import openpyxl
import pytest
from sqlalchemy import select, update

from helpdesk import paper
from helpdesk.audit.models import SYSTEM
from helpdesk.clock import now
from helpdesk.customers.people import add_contact
from helpdesk.extensions import db
from helpdesk.files.models import path_of
from helpdesk.notices.models import Notice
from helpdesk.opening import NotRead
from helpdesk.privacy.jobs import erase_person
from helpdesk.privacy.leaving import ask_for_erasing
from helpdesk.privacy.models import Erasure
from helpdesk.privacy.naming_files import INSTEAD
from helpdesk.privacy.redacting import Redactor
from helpdesk.privacy.within import mail_names_them, names_them
from helpdesk.tickets.answering import reply
from helpdesk.tickets.messages import Attachment, Message, Upload
from tests.conftest import Cast
from tests.mailgate.test_ledger import deliver, newest
from tests.making import an_inquiry
from tests.privacy.canary import traces

NAME, ADDRESS = "雨宮 空", "sora@acme.example"
THEM = Redactor(names=[NAME, "アマミヤ ソラ"], addresses=[ADDRESS], phones=["03-1234-9876"])


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(*cells: str) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(list(cells))
    book.save(out)
    return out.getvalue()


def document(runs: str) -> bytes:
    """The words of a text document, cut into runs as word processors do."""
    return zipped(**{"word/document.xml": f"<w:document><w:p>{runs}</w:p></w:document>".encode()})


def printed(words: str) -> bytes:
    told = {"language": "ja", "title": "一覧", "provider": "P", "under": "", "footer": "", "sections": [], "words": {}}
    words_of = {"not_archival": "", "empty": "", "whole": words}
    return paper.as_pdf("disclosure", told | {"words": words_of}, made_at=now())


KINDS = {
    "utf-8": lambda words: words.encode(),
    "utf-16": lambda words: words.encode("utf-16"),
    "cp932": lambda words: words.encode("cp932"),
    "euc-jp": lambda words: words.encode("euc_jp"),
    "iso-2022-jp": lambda words: words.encode("iso2022_jp"),
    "html": lambda words: f"<p>担当: <b>{words[:2]}</b>{words[2:]}</p>".encode(),
    "gzip": lambda words: gzip.compress(words.encode("cp932")),
    "zip in zip": lambda words: zipped(a=zipped(b=words.encode("cp932"))),
    "name in zip": lambda words: zipped(**{f"{words}.txt": b"nothing"}),
    "xlsx": lambda words: workbook("担当", words),
    "docx in runs": lambda words: document(f"<w:r><w:t>{words[:1]}</w:t></w:r><w:r><w:t>{words[1:]}</w:t></w:r>"),
    "pdf": printed,
    "old office": lambda words: b"\xd0\xcf\x11\xe0" + b"\x00" * 60 + words.encode("utf-16-le"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("app")
def test_a_file_of_any_kind_that_names_them_is_found_and_no_other(kind: str) -> None:
    assert names_them(THEM, KINDS[kind]("窓口は雨宮 空です"))
    assert names_them(THEM, KINDS[kind]("03(1234)9876"))
    assert not names_them(THEM, KINDS[kind]("窓口は雨宮 空子です"))


def test_family_and_given_name_in_two_cells() -> None:
    assert names_them(THEM, workbook("雨宮", "空"))


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"\x1f\x8b broken", b"%PDF-1.7 broken"])
def test_what_cannot_be_read_says_so(content: bytes) -> None:
    with pytest.raises(NotRead):
        names_them(THEM, content)


def test_a_bomb_takes_nobody_along() -> None:
    layer = zipped(a=b"\x00" * 200_000_000)
    assert not names_them(THEM, layer)
    assert not names_them(THEM, b"\x89PNG" + NAME.encode()), "pictures are not looked at"


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_a_mail_is_read_part_by_part(charset: str) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["Cc"] = "件", "x@other.example"
    mail.set_content("plain")
    mail.add_alternative(f"<p>{NAME}</p>", subtype="html", charset=charset, cte="base64")
    assert NAME.encode() not in mail.as_bytes()
    assert mail_names_them(THEM, mail.as_bytes())
    header = b"To: =?utf-8?b?" + base64.b64encode(NAME.encode()) + b"?= <a@b.example>\r\nX: =?zz?b?=?=\r\n\r\nbody"
    assert mail_names_them(THEM, header)
    assert not mail_names_them(THEM, b"From \xff\xfe: \r\n\x00")


@pytest.mark.parametrize("keep", [False, True])
def test_others_files_make_way_for_a_line(cast: Cast, keep: bool) -> None:
    contact = add_contact(SYSTEM, cast.acme, name=NAME, email=ADDRESS)
    db.session.commit()
    bob, named, other = cast.contact("bob"), workbook("担当", NAME), b"nothing of the kind"
    files = [Upload("list.xlsx", named, "application/x"), Upload("other.txt", other, "text/plain")]
    first = an_inquiry(bob, "一覧", "添付します", files=files)
    reply(first, cast.user("dana"), "確認しました。", files=[Upload("back.xlsx", named, "application/x")])
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "bob@acme.example", "support@desk.example", "件"
    mail.set_content("添付")
    mail.add_attachment(named, maintype="application", subtype="octet-stream", filename="b.xlsx")
    deliver(mail.as_bytes(), "bob@acme.example", "support@desk.example")
    mailed = newest()
    theirs_elsewhere = an_inquiry(cast.contact("charlie"), "別会社", "x", files=[Upload("c.xlsx", named, "a/b")])
    db.session.commit()
    db.session.execute(update(Notice).values(state="done"))
    ask_for_erasing(SYSTEM, contact, keep_attached=keep)
    db.session.commit()
    for erasure_id, turn in Erasure.queue_due():
        erase_person(erasure_id, turn)
    tickets = [first.id, mailed.id]
    rows = select(Attachment).join(Message, Message.id == Attachment.message_id).where(Message.ticket_id.in_(tickets))
    names = sorted(file.name for file in db.session.scalars(rows))
    if keep:
        assert names == ["b.xlsx", "back.xlsx", "list.xlsx", "other.txt"]
        return
    assert names == [INSTEAD, INSTEAD, INSTEAD, "other.txt"]
    placed = db.session.scalars(rows.where(Attachment.name == INSTEAD)).first()
    assert placed is not None
    alice = cast.signed_in(cast.user("bob"))
    assert "個人情報の削除".encode() in alice.get(f"/portal/attachments/{placed.key}").data
    assert "個人情報の削除に伴い" in cast.signed_in(cast.user("dana")).get(f"/desk/tickets/{first.reference}").text
    sent = db.session.scalars(select(Notice).where(Notice.ticket_id == first.id)).all()
    assert all(file["name"] != "back.xlsx" for notice in sent for file in notice.files)
    kept = select(Attachment.sha256).join(Message, Message.id == Attachment.message_id)
    elsewhere = db.session.scalar(kept.where(Message.ticket_id == theirs_elsewhere.id))
    assert elsewhere is not None and path_of(elsewhere).read_bytes() == named, "another customer's file stays"
    assert traces(cast.app, NAME, ADDRESS) == []
