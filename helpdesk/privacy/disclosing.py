"""Everything that is held of a person, put together: to read, as JSON, and with the files (16-4; R61).

It goes by the list of places. What the terms let us keep back (16-5) is named with its ground, and not shown.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Table, func, or_, select

from helpdesk import clock, paper
from helpdesk.accounts.models import SignIn
from helpdesk.accounts.people import on_record
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.changes import told_of
from helpdesk.customers.models import Contact
from helpdesk.extensions import Model, db
from helpdesk.files.models import path_of, store
from helpdesk.files.names import clean_name
from helpdesk.files.packing import packed
from helpdesk.marking import word
from helpdesk.privacy.kinds import DataClass, PrivacyGround
from helpdesk.privacy.models import Disclosure, Provision
from helpdesk.privacy.people import Person, person_of
from helpdesk.privacy.places import PLACES, DataPlace
from helpdesk.privacy.words import DATA_CLASS_WORDS, PRIVACY_GROUND_WORDS, RECEIVER_WORDS
from helpdesk.settings.models import current_settings
from helpdesk.tickets.messages import Attachment, Message, MessageKind
from helpdesk.tickets.models import Ticket
from helpdesk.wording import date_words, when_words

ROWS_MAX = 50_000
"""Of one table. Nobody has so many; who had would get the newest, and be told."""
SAID_MAX, SIGN_INS_MAX = 2_000, 100
"""On paper; the JSON has all."""
PLAIN = (
    "id",
    "found_by",
    "password_hash",
    "secret",
    "terms",
    "token_hash",
    "reply_token",
    "once",
    "turn",
    "leased_until",
)
"""Columns that are keys of ours, or made by us from others."""


def held_of(person: Person) -> Iterator[tuple[DataPlace, list[dict[str, Any]]]]:
    """The rows of each place that are the person's, newest first; none of what is kept back."""
    for place in PLACES:
        if not place.finders:
            continue
        table = Model.metadata.tables[place.table]
        where = _theirs(place, table, person)
        if place.withheld is not None:
            continue
        columns = [column for column in table.columns if column.name not in PLAIN]
        rows = select(*columns).where(where).order_by(*(key.desc() for key in table.primary_key.columns))
        found = [dict(row._mapping) for row in db.session.execute(rows.limit(ROWS_MAX))]
        if found:
            yield place, [{str(key): _plain(value) for key, value in row.items()} for row in found]


def kept_back(person: Person) -> list[tuple[DataPlace, int]]:
    """What is not disclosed, with how many rows it is."""
    found = []
    for place in PLACES:
        if place.finders and place.withheld is not None:
            table = Model.metadata.tables[place.table]
            key = next(iter(table.primary_key.columns))
            count = len(db.session.scalars(select(key).where(_theirs(place, table, person)).limit(ROWS_MAX)).all())
            if count:
                found.append((place, count))
    notes = select(func.count()).where(Message.id.in_(person.messages), Message.kind == MessageKind.note)
    if count := db.session.scalar(notes) or 0:
        found.append((DataPlace("messages", DataClass.inquiry, withheld=PrivacyGround.operation), count))
    return found


def _theirs(place: DataPlace, table: Table, person: Person) -> ColumnElement[bool]:
    """Of messages, notes among ourselves are not theirs (16-5 (4))."""
    where = or_(*(table.c[column].in_(person.among(what)) for column, what in place.finders))
    return where & (table.c.kind != MessageKind.note.value) if place.table == "messages" else where


def _plain(value: Any) -> Any:
    """A value as JSON has it. Times are UTC."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return None
    return value.value if hasattr(value, "value") else value


def put_together(disclosure: Disclosure) -> None:
    """Make the three files and keep them in the store, in the caller's transaction."""
    contact = disclosure.request.contact
    person, language = person_of(contact), contact.language.value
    held, back = list(held_of(person)), kept_back(person)
    facts = {
        "made_at": clock.now().isoformat(),
        "provider": current_settings().provider_name,
        "person": contact.name,
        "customer": contact.customer.name,
        "held": {place.table: rows for place, rows in held},
        "given_to": [_given(one, language) for one in _provisions(person)],
        "kept_back": [{"table": place.table, "rows": count, "clause": _clause(place)} for place, count in back],
    }
    written = json.dumps(facts, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    with force_locale(language):
        told = _document(facts, held, back, person, language)
    printed = paper.as_pdf("disclosure", told, made_at=clock.now())
    disclosure.json_sha256, disclosure.pdf_sha256 = store(written), store(printed)
    disclosure.zip_sha256 = store(_archive(person, written, printed))
    disclosure.made_at, disclosure.entries = clock.now(), sum(len(rows) for _place, rows in held)


def _archive(person: Person, written: bytes, printed: bytes) -> bytes:
    """Both documents and every file of theirs; one of a console that nobody cleared is within a ZIP of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("disclosure.json", written)
        archive.writestr("disclosure.pdf", printed)
        rows = select(Attachment, Message, Ticket.reference).join(Message, Message.id == Attachment.message_id)
        rows = rows.join(Ticket, Ticket.id == Message.ticket_id).where(Message.id.in_(person.messages))
        for file, message, reference in db.session.execute(rows.where(Message.kind != MessageKind.note)):
            name, path = f"files/{reference}/{file.id}-{clean_name(file.name)}", path_of(file.sha256)
            if not path.exists():
                continue
            if message.from_console and file.cleared_at is None:
                archive.writestr(f"{name}.zip", packed(file.name, path.read_bytes()))
            else:
                archive.write(path, name)
        originals = select(Message.id, Message.raw_sha256, Ticket.reference).join(
            Ticket, Ticket.id == Message.ticket_id
        )
        originals = originals.where(Message.id.in_(person.messages), Message.kind == MessageKind.customer)
        for number, raw, reference in db.session.execute(originals.where(Message.raw_sha256.is_not(None))):
            if raw and path_of(raw).exists():
                archive.write(path_of(raw), f"mails/{reference}/{number}.eml")
    return out.getvalue()


def _document(
    facts: Mapping[str, Any],
    held: list[tuple[DataPlace, list[dict[str, Any]]]],
    back: list[tuple[DataPlace, int]],
    person: Person,
    language: str,
) -> dict[str, Any]:
    """What the paper shows: who, what is on record, tickets with what was said, to whom it went, what is kept back."""
    hours = current_calendar().hours
    counts: Counter[str] = Counter()
    for place, found in held:
        counts[word(DATA_CLASS_WORDS, place.kind.value)] += len(found)
    given = [[f"{one['on']} {one['to']} ({one['kind']})", one["what"]] for one in facts["given_to"]]
    return {
        "language": language,
        "title": _("Disclosure of personal data"),
        "provider": facts["provider"],
        "under": f"{facts['customer']} · {facts['person']} · {when_words(clock.now(), hours.zone, language)}",
        "footer": f"{facts['person']} · {facts['provider']}",
        "sections": [
            _section(_("On record"), _on_record(person)),
            _section(_("Sign-ins"), _sign_ins(person, hours, language)),
            _section(_("Inquiries and mails"), said=_said(person, hours, language)),
            _section(_("Given to others (16-3)"), given),
            _section(_("Everything that is held, in numbers"), ([name, str(count)] for name, count in counts.items())),
            _section(_("Kept back (16-5)"), ([_clause(place), f"{_ground(place)} ({count})"] for place, count in back)),
        ],
        "words": {
            "not_archival": _("set without the archival standard, for its characters"),
            "empty": _("Nothing."),
            "whole": _("The JSON file holds every entry with all its fields."),
        },
    }


def _section(title: str, rows: Iterable[Sequence[str]] = (), said: Iterable[dict[str, str]] = ()) -> dict[str, Any]:
    return {"title": title, "rows": [list(row) for row in rows], "words": list(said)}


def _on_record(person: Person) -> Iterator[tuple[str, str]]:
    contacts = db.session.scalars(select(Contact).where(Contact.id.in_(person.contact_ids)).order_by(Contact.id))
    for contact in contacts:
        yield from told_of(on_record(contact))


def _sign_ins(person: Person, hours: ServiceHours, language: str) -> Iterator[tuple[str, str]]:
    rows = select(SignIn.at, SignIn.address).where(SignIn.user_id.in_(person.user_ids)).order_by(SignIn.id.desc())
    for at, address in db.session.execute(rows.limit(SIGN_INS_MAX)):
        yield when_words(at, hours.zone, language), address or "—"


def _said(person: Person, hours: ServiceHours, language: str) -> Iterator[dict[str, str]]:
    rows = select(Message, Ticket).join(Ticket, Ticket.id == Message.ticket_id)
    rows = rows.where(Message.id.in_(person.messages), Message.kind != MessageKind.note).order_by(Message.id)
    for message, ticket in db.session.execute(rows.limit(SAID_MAX)):
        at = when_words(message.at, hours.zone, language)
        yield {"head": f"{ticket.reference} {ticket.subject} · {at} · {message.author_name}", "body": message.body}


def _provisions(person: Person) -> list[Provision]:
    rows = select(Provision).where(Provision.customer_id == person.customer_id)
    named = or_(Provision.contact_id.is_(None), Provision.contact_id.in_(person.contact_ids))
    return list(db.session.scalars(rows.where(named).order_by(Provision.given_on, Provision.id)))


def _given(one: Provision, language: str) -> dict[str, str]:
    with force_locale(language):
        kind = word(RECEIVER_WORDS, one.kind.value)
    return {"on": date_words(one.given_on, language), "to": one.receiver, "kind": kind, "what": one.what}


def _clause(place: DataPlace) -> str:
    return place.withheld.clause if place.withheld is not None else ""


def _ground(place: DataPlace) -> str:
    return word(PRIVACY_GROUND_WORDS, place.withheld.value) if place.withheld is not None else ""
