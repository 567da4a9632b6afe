"""Emptying rows that are a person's, or an expired inquiry's: numbers and times stay, words, names and files go.

What is whose comes as `theirs`: by the names of the list of places (`tickets`, `messages`, `contacts`, `users`,
`addresses`, `events`, `requests`), ids or statements that select them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    CursorResult,
    Delete,
    Table,
    Update,
    and_,
    case,
    delete,
    or_,
    select,
    text,
    update,
)

from helpdesk import clock
from helpdesk.audit.models import AuditEvent
from helpdesk.audit.personal import DETAIL, AuditValue
from helpdesk.extensions import Model, db
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.masking import ERASED
from helpdesk.notices.models import UNSENT, Notice
from helpdesk.privacy.kinds import Fate
from helpdesk.privacy.places import PLACES, DataPlace
from helpdesk.tickets.messages import Attachment, Message
from helpdesk.tickets.models import Ticket

Theirs = Mapping[str, Any]
_APART = {"synchronize_session": False}


def empty(theirs: Theirs, went: Counter[str]) -> set[str]:
    """Empty all of it in the caller's transaction; returns the SHA-256 of files that lose a name."""
    files = set(_files(theirs))
    _withdraw(theirs)
    _mails_and_messages(theirs, went)
    _tickets_and_decisions(theirs, went)
    for place in PLACES:
        if place.fate in (Fate.blank, Fate.delete):
            _rows(place, theirs, went)
    _details(theirs, went)
    return files


def emptied_value(ground: str) -> dict[str, Any]:
    """What a value beside the record becomes; `ground` names the erasing or the run, such as `erasures:7`."""
    return {"value": None, "salt": None, "erased_at": clock.now(), "erased_for": ground}


def counted(went: Counter[str], name: str, statement: Update | Delete) -> None:
    done = cast(CursorResult[Any], db.session.execute(statement, execution_options=_APART))
    went[name] += done.rowcount


def _files(theirs: Theirs) -> Iterator[str]:
    """What lies in the store because of them: attachments, originals of mails, what went along with mails."""
    yield from db.session.scalars(select(Attachment.sha256).where(Attachment.message_id.in_(theirs["messages"])))
    originals = select(Message.raw_sha256).where(Message.id.in_(theirs["messages"]), Message.raw_sha256.is_not(None))
    yield from (one for one in db.session.scalars(originals) if one)
    mails = select(IncomingMail.raw_sha256).where(_mails(theirs))
    yield from (one for one in db.session.scalars(mails) if one)
    for name in ("notices", "sendings"):
        table = Model.metadata.tables[name]
        place = next(one for one in PLACES if one.table == name)
        for listed in db.session.scalars(select(table.c.files).where(rows_of(place, table, theirs))):
            yield from (str(one["sha256"]) for one in listed if "sha256" in one)


def _mails(theirs: Theirs) -> ColumnElement[bool]:
    """Theirs by sender or by message; of a ticket's mails not those whose words stand on another ticket by now."""
    elsewhere = select(Message.id).where(
        Message.raw_sha256 == IncomingMail.raw_sha256, Message.id.not_in(theirs["messages"])
    )
    own = select(Message.raw_sha256).where(Message.id.in_(theirs["messages"]), Message.raw_sha256.is_not(None))
    return or_(
        IncomingMail.sender.in_(theirs["addresses"]),
        IncomingMail.raw_sha256.in_(own),
        and_(IncomingMail.ticket_id.in_(theirs["tickets"]), ~elsewhere.exists()),
    )


def _withdraw(theirs: Theirs) -> None:
    """A mail that has not left is not sent without its words."""
    place = next(one for one in PLACES if one.table == "notices")
    unsent = Notice.state.in_(UNSENT) & Notice.withdrawn_at.is_(None)
    rows = update(Notice).where(rows_of(place, Model.metadata.tables["notices"], theirs), unsent)
    db.session.execute(rows.values(withdrawn_at=clock.now(), secret=None), execution_options=_APART)


def _mails_and_messages(theirs: Theirs, went: Counter[str]) -> None:
    blank = dict.fromkeys(("raw_sha256", "origin", "sender", "subject", "error", "reason", "message_id"))
    mails = update(IncomingMail).where(_mails(theirs)).values(envelope_from="", envelope_to=[], **blank)
    written_on = select(Message.ticket_id).where(Message.id.in_(theirs["messages"]))
    counted(went, "incoming_mails", mails)
    counted(went, "tickets", update(Ticket).where(Ticket.id.in_(written_on)).values(preview=""))
    gone = {"body": ERASED, "folds": [], "marks": [], "has_html": False, "raw_sha256": None, "terms": None}
    gone["mail_message_id"] = None
    messages = update(Message).where(Message.id.in_(theirs["messages"]))
    counted(went, "messages", messages.values(**gone))
    wrote = messages.where(Message.kind == "customer").values(author_name=ERASED)
    db.session.execute(wrote, execution_options=_APART)


def _tickets_and_decisions(theirs: Theirs, went: Counter[str]) -> None:
    blank = dict.fromkeys(("title", "topic", "concerns", "preview", "caller"), "")
    tickets = update(Ticket).where(Ticket.id.in_(theirs["tickets"]))
    counted(went, "tickets", tickets.values(subject=ERASED, sender=None, tags=[], updated_at=clock.now(), **blank))
    table = Model.metadata.tables["instructions"]
    address = case((table.c.address.is_(None), None), else_=ERASED)
    decided = update(table).where(table.c.contact_id.in_(theirs["contacts"])).values(name=ERASED, address=address)
    counted(went, "instructions", decided)


def _rows(place: DataPlace, theirs: Theirs, went: Counter[str]) -> None:
    table = Model.metadata.tables[place.table]
    where = rows_of(place, table, theirs)
    if place.fate == Fate.delete:
        counted(went, place.table, delete(table).where(where))
        return
    counted(went, place.table, update(table).where(where).values(**_blank(place, table)))


def rows_of(place: DataPlace, table: Table, theirs: Theirs) -> ColumnElement[bool]:
    return or_(*(table.c[column].in_(theirs[what]) for column, what in place.finders))


def _blank(place: DataPlace, table: Table) -> dict[str, Any]:
    """Nothing where a column may be empty, the mark where it may not."""
    values: dict[str, Any] = {}
    for name in place.columns:
        column = table.c[name]
        if column.nullable:
            values[name] = None
        elif isinstance(column.type, JSON):
            kind = f"CASE jsonb_typeof({table.name}.{name}) WHEN 'array' THEN '[]'::jsonb ELSE '{{}}'::jsonb END"
            values[name] = text(kind)
        else:
            values[name] = [] if isinstance(column.type, ARRAY) else ERASED
    return values


def _details(theirs: Theirs, went: Counter[str]) -> None:
    """What the record tells beside the acts on their inquiries, and who they were in what they did."""
    on_theirs = select(AuditEvent.id).where(
        AuditEvent.subject_kind == "tickets", AuditEvent.subject_id.in_(theirs["tickets"])
    )
    rows = update(AuditValue).where(
        AuditValue.erased_at.is_(None),
        or_(
            AuditValue.event_id.in_(theirs["events"]),
            and_(AuditValue.event_id.in_(on_theirs), AuditValue.field.startswith(DETAIL)),
        ),
    )
    counted(went, "audit_values", rows.values(**emptied_value(theirs["ground"])))
