"""Taking a person's name out of what is others': every column of the list of places that may name somebody (R61)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, Text, cast, or_, select, update

from helpdesk.extensions import Model, db
from helpdesk.privacy.kinds import DataClass
from helpdesk.privacy.people import Person
from helpdesk.privacy.places import PLACES, DataPlace
from helpdesk.privacy.redacting import Redactor
from helpdesk.reports.contents import digest_of
from helpdesk.tickets.messages import Message

BATCH = 500
APART = ("audit_values", "contacts", "users")
"""Done in code of their own."""
KNOWN_BY = ("contact_changes", "erasures")
MENTIONING = tuple(one for one in PLACES if one.columns and one.table not in (*APART, *KNOWN_BY))
"""Places that may name anybody."""
ENTRIES = {"contacts": ("name", "kana", "department", "found_by"), "users": ("name", "tickets_reason")}
"""Of other people: what somebody wrote there of the person."""
TELLING = tuple(one for one in PLACES if one.table in KNOWN_BY)
"""Places that tell what a person was called before: emptied last."""
SAID, NOTED = (DataClass.inquiry, DataClass.desk), ("customers", "contract_notices")
PATHS = {
    "ticket_id": "tickets",
    "alert_id": "alerts",
    "action_id": "actions",
    "contract_id": "contracts",
    "message_id": "messages",
    "bulk_id": "bulk_changes",
}


@dataclass
class Mentions:
    """What was made of words that changed: originals of mails, which cannot stay, and reports to be set anew."""

    went: Counter[str]
    files: set[str] = field(default_factory=set)
    reports: set[int] = field(default_factory=set)
    tickets: set[int] = field(default_factory=set)
    """Where it stood, as far as the tables tell."""


def take_out_mentions(person: Person, place: DataPlace, went: Counter[str]) -> Mentions:
    """Replace what names the person in one table.

    What somebody else is called as well is replaced within what belongs to the person's customer only.
    """
    mentions = Mentions(went)
    if person.anywhere.loose:
        _in_table(mentions, place, person.anywhere, None)
    here = belongs_to(Model.metadata.tables[place.table], person.customer_id)
    if here is not None and person.at_customer.loose != person.anywhere.loose:
        _in_table(mentions, place, person.at_customer, here)
    return mentions


def take_out_of_entries(person: Person, went: Counter[str]) -> Mentions:
    """The same in the entries of other people, which go by nobody's address but their own."""
    mentions = Mentions(went)
    if person.anywhere.loose:
        for name, columns in ENTRIES.items():
            table = Model.metadata.tables[name]
            own = table.c.id.in_(person.contact_ids if name == "contacts" else person.user_ids)
            _in_table(mentions, DataPlace(name, DataClass.identity, " ".join(columns)), person.anywhere, ~own)
    return mentions


def take_out_words(customer_id: int, redactor: Redactor, *, but: int, dry: bool) -> Mentions:
    """The same with words that were shown to be wrong (16-4), in what was said and noted: not in facts of alerts,
    instructions, reports and the record. `but` is the ticket that asks for it; `dry` counts only.
    """
    mentions = Mentions(Counter())
    for place in PLACES:
        if place.columns and (place.kind in SAID or place.table in NOTED):
            here = belongs_to(Model.metadata.tables[place.table], customer_id, but=but)
            if here is not None:
                _in_table(mentions, place, redactor, here, dry=dry)
    return mentions


def _in_table(
    mentions: Mentions, place: DataPlace, redactor: Redactor, here: ColumnElement[bool] | None, *, dry: bool = False
) -> None:
    table = Model.metadata.tables[place.table]
    keys = list(table.primary_key.columns)
    columns = [table.c[name] for name in place.columns]
    named = or_(*(cast(column, Text).regexp_match(redactor.loose, "i") for column in columns))
    ticket = table.c.id if table.name == "tickets" else table.c.get("ticket_id")
    on = [] if ticket is None else [ticket.label("on_ticket")]
    rows = select(*keys, *columns, *on).where(named).order_by(*keys)
    rows = rows if dry else rows.with_for_update()
    if here is not None:
        rows = rows.where(here)
    for row in db.session.execute(rows).all():
        told = row._mapping
        values = {column.name: redactor.value(told[column]) for column in columns}
        changed = {name: value for name, value in values.items() if value != told[table.c[name]]}
        if changed:
            mentions.went[place.table] += len(changed)
            mentions.tickets |= {row.on_ticket} if on and row.on_ticket else set()
        if changed and not dry:
            changed |= _follow(mentions, place, row, changed)
            db.session.execute(update(table).where(*(key == told[key] for key in keys)).values(**changed))


def _follow(mentions: Mentions, place: DataPlace, row: Row[Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """What was made of the words goes with them: the index, the mail's original, a report's digest and its files."""
    if place.table == "messages" and "body" in changed:
        mentions.files |= _original(row.id)
        return {"terms": None, "has_html": False, "folds": [], "raw_sha256": None}
    if place.table == "monthly_reports":
        mentions.reports.add(row.id)
        return {"contents_digest": digest_of(changed["contents"])} if changed.get("contents") else {}
    return {}


def _original(message_id: int) -> set[str]:
    """The mail as it came says what its words do not say any more."""
    raw = db.session.scalar(select(Message.raw_sha256).where(Message.id == message_id))
    if raw is None:
        return set()
    mails = Model.metadata.tables["incoming_mails"]
    db.session.execute(update(mails).where(mails.c.raw_sha256 == raw).values(raw_sha256=None))
    return {raw}


def belongs_to(table: Table, customer_id: int, *, but: int | None = None) -> ColumnElement[bool] | None:
    """What belongs to a customer, where a table's rows do; `but` is a ticket that is left out."""
    if table.name == "customers":
        return table.c.id == customer_id
    if "customer_id" in table.c:
        mine = table.c.customer_id == customer_id
        ticket = table.c.id if table.name == "tickets" else table.c.get("ticket_id")
        return mine if but is None or ticket is None else mine & ticket.is_distinct_from(but)
    for column, parent in PATHS.items():
        if column in table.c:
            other = Model.metadata.tables[parent]
            inner = belongs_to(other, customer_id, but=but)
            return None if inner is None else table.c[column].in_(select(other.c.id).where(inner))
    return None
