"""Erasing a person: what was theirs is gone, what is others' loses their name; figures, proofs and the record stay.

Three passes go by the list of places (places.py): rows that are the person's, everything else that names them, and
files that nothing names any more. Run again, it finds nothing.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    CursorResult,
    Delete,
    Select,
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
from helpdesk.accounts.models import User
from helpdesk.audit.models import AuditEvent
from helpdesk.audit.personal import DETAIL, AuditValue
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import Model, db
from helpdesk.files.dropping import forget
from helpdesk.files.keeping import let_go
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.masking import ERASED
from helpdesk.privacy.kinds import Fate
from helpdesk.privacy.mentions import take_out_mentions
from helpdesk.privacy.people import Person
from helpdesk.privacy.places import PLACES, DataPlace
from helpdesk.privacy.redacting import Redactor
from helpdesk.reports.reprinting import print_again
from helpdesk.tickets.messages import Attachment, Message
from helpdesk.tickets.models import Ticket


@dataclass
class Erased:
    """How many values went, by table; `files` are to be unlinked once the transaction is committed."""

    went: Counter[str] = field(default_factory=Counter)
    files: set[str] = field(default_factory=set)
    kept_files: list[Path] = field(default_factory=list)


def erase(person: Person) -> Erased:
    """Erase in the caller's transaction. Which rows are theirs is settled before anything of them changes."""
    erased = Erased()
    tickets = db.session.scalars(person.inquiries).all()
    messages = db.session.scalars(person.messages).all()
    theirs = {**{what: person.among(what) for what in ("contacts", "users", "addresses", "events")}}
    theirs |= {"tickets": tickets, "messages": messages}
    candidates = set(_files(theirs))
    erased.kept_files = let_go(person.user_ids)
    _own_words(theirs, erased)
    for place in PLACES:
        if place.fate in (Fate.blank, Fate.delete):
            _rows(place, theirs, erased)
    mentions = take_out_mentions(person, erased.went)
    candidates |= mentions.files | print_again(mentions.reports)
    _values(person, theirs, erased)
    _people(person, erased)
    erased.files = forget(candidates)
    erased.went["stored_files"] += len(erased.files)
    erased.went += Counter()
    return erased


def _files(theirs: Mapping[str, Any]) -> Iterator[str]:
    """What lies in the store because of them: attachments, originals of mails, what went along with mails to them."""
    yield from db.session.scalars(select(Attachment.sha256).where(Attachment.message_id.in_(theirs["messages"])))
    originals = select(Message.raw_sha256).where(Message.id.in_(theirs["messages"]), Message.raw_sha256.is_not(None))
    yield from (one for one in db.session.scalars(originals) if one)
    mails = select(IncomingMail.raw_sha256).where(_mails(theirs))
    yield from (one for one in db.session.scalars(mails) if one)
    for name in ("notices", "sendings"):
        table = Model.metadata.tables[name]
        place = next(one for one in PLACES if one.table == name)
        for listed in db.session.scalars(select(table.c.files).where(_theirs(place, table, theirs))):
            yield from (str(one["sha256"]) for one in listed if "sha256" in one)


def _mails(theirs: Mapping[str, Any]) -> ColumnElement[bool]:
    return or_(
        IncomingMail.sender.in_(theirs["addresses"]),
        IncomingMail.ticket_id.in_(theirs["tickets"]),
        IncomingMail.thread_id.in_(theirs["tickets"]),
        IncomingMail.raw_sha256.in_(
            select(Message.raw_sha256).where(Message.id.in_(theirs["messages"]), Message.raw_sha256.is_not(None))
        ),
    )


def _own_words(theirs: Mapping[str, Any], erased: Erased) -> None:
    """Tickets, messages and mails keep their times and numbers, and lose every word."""
    mails = (
        update(IncomingMail)
        .where(_mails(theirs))
        .values(
            raw_sha256=None,
            origin=None,
            envelope_from="",
            envelope_to=[],
            sender=None,
            subject=None,
            error=None,
            reason=None,
        )
    )
    _count(erased, "incoming_mails", mails)
    gone = {"body": ERASED, "folds": [], "marks": [], "has_html": False, "raw_sha256": None, "terms": None}
    messages = update(Message).where(Message.id.in_(theirs["messages"]))
    _count(erased, "messages", messages.values(**gone))
    wrote = messages.where(Message.kind == "customer").values(author_name=ERASED)
    db.session.execute(wrote, execution_options=_APART)
    _tickets_and_decisions(theirs, erased)


def _tickets_and_decisions(theirs: Mapping[str, Any], erased: Erased) -> None:
    tickets = (
        update(Ticket)
        .where(Ticket.id.in_(theirs["tickets"]))
        .values(
            subject=ERASED,
            title="",
            topic="",
            concerns="",
            preview="",
            caller="",
            sender=None,
            tags=[],
            updated_at=clock.now(),
        )
    )
    _count(erased, "tickets", tickets)
    table = Model.metadata.tables["instructions"]
    address = case((table.c.address.is_(None), None), else_=ERASED)
    decided = update(table).where(table.c.contact_id.in_(theirs["contacts"])).values(name=ERASED, address=address)
    _count(erased, "instructions", decided)


def _rows(place: DataPlace, theirs: Mapping[str, Any], erased: Erased) -> None:
    table = Model.metadata.tables[place.table]
    where = _theirs(place, table, theirs)
    if place.fate == Fate.delete:
        _count(erased, place.table, delete(table).where(where))
        return
    _count(erased, place.table, update(table).where(where).values(**_blank(place, table)))


def _theirs(place: DataPlace, table: Table, theirs: Mapping[str, Any]) -> ColumnElement[bool]:
    return or_(*(table.c[column].in_(theirs[what]) for column, what in place.finders))


def _blank(place: DataPlace, table: Table) -> dict[str, Any]:
    """Nothing where a column may be empty, the mark where it may not."""
    values: dict[str, Any] = {}
    for name in place.columns:
        column = table.c[name]
        if column.nullable:
            values[name] = None
        elif isinstance(column.type, JSON):
            values[name] = text(
                f"CASE jsonb_typeof({table.name}.{name}) WHEN 'array' THEN '[]'::jsonb ELSE '{{}}'::jsonb END"
            )
        else:
            values[name] = [] if isinstance(column.type, ARRAY) else ERASED
    return values


def _values(person: Person, theirs: Mapping[str, Any], erased: Erased) -> None:
    """What stands beside the record: of what they did, on their inquiries, and wherever they are named."""
    on_theirs = select(AuditEvent.id).where(
        AuditEvent.subject_kind == "tickets", AuditEvent.subject_id.in_(theirs["tickets"])
    )
    about = select(AuditEvent.id).where(
        or_(
            and_(AuditEvent.subject_kind == "contacts", AuditEvent.subject_id.in_(person.contact_ids)),
            and_(AuditEvent.subject_kind == "users", AuditEvent.subject_id.in_(person.user_ids)),
        )
    )
    rows = update(AuditValue).where(
        AuditValue.erased_at.is_(None),
        or_(
            AuditValue.event_id.in_(theirs["events"]),
            and_(AuditValue.event_id.in_(on_theirs), AuditValue.field.startswith(DETAIL)),
            and_(AuditValue.event_id.in_(about), AuditValue.field.startswith(DETAIL)),
        ),
    )
    _count(erased, "audit_values", rows.values(**_emptied()))
    for redactor, here in ((person.anywhere, None), (person.at_customer, _at_customer(person))):
        _named(redactor, here, erased)


def _named(redactor: Redactor, here: Select[int] | None, erased: Erased) -> None:
    """Values that name them, whole: a part of a value could not be hashed again."""
    if not redactor.loose:
        return
    rows = select(AuditValue.event_id, AuditValue.field, AuditValue.value).where(
        AuditValue.erased_at.is_(None), AuditValue.value.regexp_match(redactor.loose, "i")
    )
    if here is not None:
        rows = rows.where(AuditValue.event_id.in_(here))
    for event_id, name, kept in db.session.execute(rows).all():
        told = json.loads(kept or "null")
        if redactor.value(told) != told:
            one = update(AuditValue).where(AuditValue.event_id == event_id, AuditValue.field == name)
            _count(erased, "audit_values", one.values(**_emptied()))


def _emptied() -> dict[str, Any]:
    return {"value": None, "salt": None, "erased_at": clock.now()}


def _at_customer(person: Person) -> Select[int]:
    """What the record tells of their customer, its tickets and its people."""
    parts = {
        "customers": select(Customer.id).where(Customer.id == person.customer_id),
        "tickets": select(Ticket.id).where(Ticket.customer_id == person.customer_id),
        "contacts": select(Contact.id).where(Contact.customer_id == person.customer_id),
        "users": select(User.id)
        .join(Contact, Contact.id == User.contact_id)
        .where(Contact.customer_id == person.customer_id),
    }
    each = (and_(AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(rows)) for kind, rows in parts.items())
    return select(AuditEvent.id).where(or_(*each))


def _people(person: Person, erased: Erased) -> None:
    """The rows that others point at stay, with nothing in them."""
    for contact in db.session.scalars(select(Contact).where(Contact.id.in_(person.contact_ids))):
        contact.name, contact.email = ERASED, f"erased-{contact.id}@erased.invalid"
        contact.kana = contact.department = contact.phone = contact.found_by = ""
        contact.closed_at = contact.closed_at or clock.now()
        erased.went["contacts"] += 1
    for user in db.session.scalars(select(User).where(User.id.in_(person.user_ids))):
        user.name, user.email = ERASED, f"erased-{user.id}@erased.invalid"
        user.password_hash, user.active, user.tickets_reason, user.preferences = None, False, None, {}
        erased.went["users"] += 1


_APART = {"synchronize_session": False}


def _count(erased: Erased, name: str, statement: Update | Delete) -> None:
    done = cast(CursorResult[Any], db.session.execute(statement, execution_options=_APART))
    erased.went[name] += done.rowcount
