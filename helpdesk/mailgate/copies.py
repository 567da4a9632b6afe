"""One mail that came by two ways: to two of our addresses, by two servers, through a list and directly (N6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_

from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition, IncomingMail
from helpdesk.mailgate.parsing import Mail
from helpdesk.tickets.messages import Message

LETTERS_MIN = 10
Key = tuple[str, str]


@dataclass(frozen=True)
class Taken:
    """A mail that was taken before: where it is, its words, and how far its sender was believed."""

    disposition: Disposition
    ticket_id: int | None
    digest: str
    raw_sha256: str
    belief: int


def taken_before(read: Sequence[tuple[IncomingMail, Mail]]) -> dict[Key, list[Taken]]:
    """Mails that were taken before under the Message-IDs and from the senders of these; one statement for all."""
    keys = {_key(row) for row, _mail in read} - {None}
    found: dict[Key, list[Taken]] = {}
    if keys:
        rows = select(IncomingMail).where(
            tuple_(IncomingMail.message_id, IncomingMail.sender).in_(keys), IncomingMail.disposition.in_(_TAKEN)
        )
        for row in db.session.scalars(rows.order_by(IncomingMail.id)):
            note_taken(row, found)
    return found


_TAKEN = (Disposition.new_ticket, Disposition.follow_up, Disposition.alert)


def note_taken(row: IncomingMail, known: dict[Key, list[Taken]]) -> None:
    """Remember a mail that was filed just now, for its copies in the same batch."""
    key = _key(row)
    ticket_id = row.ticket.id if row.ticket is not None else row.ticket_id
    if key is not None and row.disposition in _TAKEN:
        taken = Taken(row.disposition, ticket_id, row.digest or "", row.raw_sha256 or "", _belief(row))
        known.setdefault(key, []).append(taken)


def copy_of(row: IncomingMail, mail: Mail, known: dict[Key, list[Taken]], *, alert: bool) -> Taken | None:
    """The mail that this one is a copy of, if any: the same words, from a sender believed no less.

    What a forger sent first under a Message-ID to come does not keep the genuine mail away; nor does a copy that went
    to support keep an alert from its own address.
    """
    key = _key(row)
    for taken in known.get(key, []) if key is not None else []:
        if taken.belief < _belief(row) or (alert and taken.disposition != Disposition.alert):
            continue
        if taken.digest == row.digest or _same_words(mail, taken):
            return taken
    return None


def _key(row: IncomingMail) -> Key | None:
    return (row.message_id, row.sender) if row.message_id and row.sender else None


def _belief(row: IncomingMail) -> int:
    return 0 if row.failed_check else 2 if row.verified else 1


def _same_words(mail: Mail, taken: Taken) -> bool:
    """Whether one's words are in the other's: lists add a footer, gateways a banner."""
    message = select(Message.body).where(Message.ticket_id == taken.ticket_id, Message.raw_sha256 == taken.raw_sha256)
    before, now = (_letters(words) for words in (db.session.scalar(message.limit(1)) or "", mail.body))
    shorter, longer = sorted((before, now), key=len)
    return len(shorter) >= LETTERS_MIN and len(shorter) * 2 > len(longer) and shorter in longer


def _letters(words: str) -> str:
    return "".join(words.split())
