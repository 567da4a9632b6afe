"""Files of alert mails are shown, and go out in a ZIP with a password until somebody clears them."""

import io
from email.message import EmailMessage

import pytest
import pyzipper
from sqlalchemy import select

from helpdesk.customers.alert_addresses import alert_addresses_of
from helpdesk.extensions import db
from helpdesk.tickets.messages import Attachment, Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast, Person
from tests.mailgate.test_ledger import deliver, newest
from tests.making import TEXT, an_inquiry

SAMPLE = b"MZ not really"


@pytest.fixture
def alert(cast: Cast) -> Ticket:
    """An alert whose mail brought a file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "no-reply@amp.cisco.com", "acme-alerts@desk.example", "Threat Detected"
    mail["Message-ID"] = "<a1@console.example>"
    mail.set_content(TEXT)
    mail.add_attachment(SAMPLE, maintype="application", subtype="octet-stream", filename="請求書.exe")
    deliver(mail.as_bytes(), "no-reply@amp.cisco.com", alert_addresses_of(cast.acme)[0].address)
    return newest()


def file_of(ticket: Ticket) -> Attachment:
    rows = select(Attachment).join(Message, Message.id == Attachment.message_id)
    return db.session.scalars(rows.where(Message.ticket_id == ticket.id)).one()


def unpacked(answer: bytes) -> bytes:
    with pyzipper.AESZipFile(io.BytesIO(answer)) as archive:
        archive.setpassword(b"infected")
        return bytes(archive.read("請求書.exe"))


def test_in_a_zip_until_it_is_cleared(cast: Cast, alert: Ticket) -> None:
    file = file_of(alert)
    for person, side in ((cast.dana, "desk"), (cast.alice, "portal")):
        answer = person.get(f"/{side}/attachments/{file.key}")
        assert answer.headers["Content-Type"] == "application/zip"
        assert SAMPLE not in answer.data
        assert unpacked(answer.data) == SAMPLE
    page = cast.dana.get(f"/desk/tickets/{alert.reference}").text
    assert "請求書.exe" in page and "infected" in page
    mail = cast.dana.get(f"/desk/tickets/{alert.reference}/mails/{file.message_id}")
    assert mail.headers["Content-Type"] == "application/zip"
    assert cast.dana.post(f"/desk/attachments/{file.key}/clearing").status_code == 302
    assert cast.dana.get(f"/desk/tickets/{alert.reference}/mails/{file.message_id}").data.startswith(b"From:")
    assert cast.dana.get(f"/desk/attachments/{file.key}").data == SAMPLE
    assert "infected" not in cast.dana.get(f"/desk/tickets/{alert.reference}").text


def test_without_its_password_it_stays_shut(cast: Cast, alert: Ticket) -> None:
    answer = cast.dana.get(f"/desk/attachments/{file_of(alert).key}").data
    with pyzipper.AESZipFile(io.BytesIO(answer)) as archive, pytest.raises(RuntimeError):
        archive.read("請求書.exe")


def test_what_a_person_brings_goes_as_it_is(cast: Cast, visitor: Person) -> None:
    cast.alice.post(
        f"/portal/tickets/{an_inquiry(cast.contact('alice')).reference}/messages",
        {"body": "添付します。", "files": (io.BytesIO(b"text"), "a.txt")},
        content_type="multipart/form-data",
    )
    file = db.session.scalars(select(Attachment)).one()
    assert cast.dana.get(f"/desk/attachments/{file.key}").data == b"text"
    assert visitor.get(f"/desk/attachments/{file.key}").status_code == 302
