"""Files that are others' and name a person who is erased: attachments, mails as they came, others' disclosures.

What was attached makes way for a line that says so; the mail that brought it goes as well. Papers of the contract stay
(`customer_files`, 16-7).
"""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Select, Table, select, update

from helpdesk.audit.models import SYSTEM, record
from helpdesk.extensions import Model, db
from helpdesk.files.models import path_of, store
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.masking import ERASED
from helpdesk.notices.models import UNSENT, Notice
from helpdesk.opening import NotRead
from helpdesk.privacy.models import NOT_READ, Disclosure, PersonalRequest
from helpdesk.privacy.people import Person
from helpdesk.privacy.within import mail_names_them, names_them
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.messages import Attachment, Message
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.sendings import Sending

INSTEAD = f"{ERASED}.txt"
_WORDS = (
    "このファイルは、個人情報の削除により取り除きました。\r\n"
    "This file was taken away because personal data were deleted.\r\n"
).encode()


def take_out_files(person: Person, went: Counter[str], *, attached: bool) -> set[str]:
    """In the caller's transaction, after what is theirs went; returns the SHA-256 of files that lost a name.

    `attached`: also what others attached. A mail that has not left keeps its files.
    """
    gone = set(_originals(person)) | set(_disclosures(person))
    for sha256 in _attached(person) if attached else ():
        content = _content(sha256)
        try:
            named = names_them(person.anywhere, content)
        except NotRead:
            went[NOT_READ] += 1
            continue
        if named:
            went["attachments"] += 1
            gone |= {sha256, *_replace(person, sha256)}
    return gone


def _content(sha256: str) -> bytes:
    path = path_of(sha256)
    return path.read_bytes() if path.exists() else b""


def _tickets(person: Person) -> Select[int]:
    return select(Ticket.id).where(Ticket.customer_id == person.customer_id)


def _attached(person: Person) -> list[str]:
    messages = select(Message.id).where(Message.ticket_id.in_(_tickets(person)))
    return list(db.session.scalars(select(Attachment.sha256).where(Attachment.message_id.in_(messages)).distinct()))


def _replace(person: Person, sha256: str) -> Iterator[str]:
    """Put the line where the file was, with its tickets' history saying so; yields originals that held it."""
    instead = store(_WORDS)
    rows = select(Attachment, Message, Ticket).join(Message, Message.id == Attachment.message_id)
    rows = rows.join(Ticket, Ticket.id == Message.ticket_id)
    for file, message, ticket in db.session.execute(
        rows.where(Attachment.sha256 == sha256, Ticket.customer_id == person.customer_id)
    ):
        file.sha256, file.name, file.content_type, file.size = instead, INSTEAD, "text/plain", len(_WORDS)
        file.inline = False
        record(SYSTEM, TicketAct.file_erased, ticket)
        if message.raw_sha256 is not None:
            yield message.raw_sha256
            _forget_original(message.raw_sha256)
    unsent = Notice.state.in_(UNSENT) & Notice.withdrawn_at.is_(None)
    _unlist(Model.metadata.tables["notices"], person, sha256, ~unsent)
    _unlist(Model.metadata.tables["sendings"], person, sha256, Sending.message_id.is_not(None))


def _unlist(table: Table, person: Person, sha256: str, out: object) -> None:
    """What went along with mails that are out."""
    named = table.c.files.contains([{"sha256": sha256}])
    rows = select(table.c.id, table.c.files).where(table.c.files != [], named, table.c.ticket_id.in_(_tickets(person)))
    for number, files in db.session.execute(rows.where(out)).all():  # type: ignore[arg-type]
        left = [one for one in files if one.get("sha256") != sha256]
        db.session.execute(update(table).where(table.c.id == number).values(files=left))


def _originals(person: Person) -> Iterator[str]:
    """Mails of their customer whose headers or text name them."""
    rows = select(IncomingMail.raw_sha256).join(Ticket, Ticket.id == IncomingMail.ticket_id)
    rows = rows.where(Ticket.customer_id == person.customer_id, IncomingMail.raw_sha256.is_not(None))
    for sha256 in db.session.scalars(rows).all():
        if sha256 and mail_names_them(person.anywhere, _content(sha256)):
            yield sha256
            _forget_original(sha256)


def _forget_original(sha256: str) -> None:
    db.session.execute(update(Message).where(Message.raw_sha256 == sha256).values(raw_sha256=None, has_html=False))
    db.session.execute(update(IncomingMail).where(IncomingMail.raw_sha256 == sha256).values(raw_sha256=None))


def _disclosures(person: Person) -> Iterator[str]:
    """What was put together for somebody else of the customer goes when it names them: it can be asked for again."""
    rows = select(Disclosure).join(PersonalRequest, PersonalRequest.id == Disclosure.request_id)
    made = rows.where(PersonalRequest.customer_id == person.customer_id, Disclosure.json_sha256.is_not(None))
    for one in db.session.scalars(made).all():
        if names_them(person.anywhere, _content(one.json_sha256 or "")):
            yield from (sha256 for sha256 in (one.json_sha256, one.pdf_sha256, one.zip_sha256) if sha256)
            one.json_sha256 = one.pdf_sha256 = one.zip_sha256 = None
