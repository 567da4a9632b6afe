"""Erasing a person: what was theirs is gone, what is others' loses their name; figures, proofs and the record stay.

Steps go by the list of places (places.py): rows that are the person's (emptying.py), every other row that names them,
table by table (mentions.py), files of others that do (naming_files.py), the record. Files that nothing names any more
go with each. Run again, it finds nothing.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sqlalchemy import Select, and_, delete, func, or_, select, update

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import AuditEvent
from helpdesk.audit.personal import DETAIL, AuditValue
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.cover import in_force_on
from helpdesk.contracts.models import Contract
from helpdesk.customers.changes import ContactChange
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db
from helpdesk.files.keeping import let_go, let_go_of
from helpdesk.folding import fold
from helpdesk.masking import ERASED
from helpdesk.privacy.emptying import counted, emptied_value, empty
from helpdesk.privacy.mentions import MENTIONING, TELLING, take_out_mentions, take_out_of_entries
from helpdesk.privacy.models import Disclosure, PersonalRequest
from helpdesk.privacy.naming_files import take_out_files
from helpdesk.privacy.people import Person
from helpdesk.privacy.places import DataPlace
from helpdesk.privacy.redacting import Redactor
from helpdesk.reports.reprinting import print_again
from helpdesk.tickets.drafts import Draft
from helpdesk.tickets.models import Ticket

Step = Callable[[Counter[str]], set[str]]
"""Works in the caller's transaction: counts what went, by table, and returns the SHA-256 of files that lost a name."""


def steps(person: Person, ground: str, *, attached: bool = True) -> Iterator[Step]:
    """All but the last, each for a transaction of its own: what is looked through for long is not held meanwhile.

    `ground` names the erasing; `attached`: files of others that name them go as well. A run that is cut off begins
    again: by whom they are known goes in the last step.
    """
    yield partial(_own, person, ground)
    for place in MENTIONING:
        yield partial(_mentions, person, place)
    yield partial(_entries, person)
    yield partial(take_out_files, person, attached=attached)
    yield partial(_values, person, ground)


def last_step(person: Person, went: Counter[str]) -> set[str]:
    """By whom they are known, before, too."""
    gone = set[str]().union(*(_mentions(person, place, went) for place in TELLING))
    told = update(ContactChange).where(ContactChange.contact_id.in_(person.contact_ids))
    counted(went, "contact_changes", told.values(before={}, after={}, evidence_words="", evidence_by=""))
    _people(person, went)
    return gone


def _own(person: Person, ground: str, went: Counter[str]) -> set[str]:
    """Which rows are theirs is settled before anything of them changes."""
    theirs = {what: person.among(what) for what in ("contacts", "users", "addresses", "events", "requests")}
    theirs |= {what: db.session.scalars(person.among(what)).all() for what in ("tickets", "messages")}
    let_go(person.user_ids)
    _drafts(theirs["tickets"], went)
    return set(_requests(person)) | empty(theirs | {"ground": ground}, went)


def _entries(person: Person, went: Counter[str]) -> set[str]:
    return take_out_of_entries(person, went).files


def _mentions(person: Person, place: DataPlace, went: Counter[str]) -> set[str]:
    found = take_out_mentions(person, place, went)
    return found.files | print_again(found.reports)


def _drafts(ticket_ids: Sequence[int], went: Counter[str]) -> None:
    """What anybody has begun to write on their inquiries, with its files."""
    numbers = db.session.scalars(select(Ticket.reference).where(Ticket.id.in_(ticket_ids))).all()
    counted(went, "drafts", delete(Draft).where(func.split_part(Draft.place, ":", 2).in_(numbers)))
    let_go_of(numbers)


def _requests(person: Person) -> Iterator[str]:
    """Every request of theirs loses its words, every disclosure its files."""
    asked = select(PersonalRequest).where(PersonalRequest.contact_id.in_(person.contact_ids))
    for request in db.session.scalars(asked):
        request.wanted = request.words = request.checked_how = ""
        for made in db.session.scalars(select(Disclosure).where(Disclosure.request_id == request.id)):
            yield from (one for one in (made.json_sha256, made.pdf_sha256, made.zip_sha256) if one)
            made.json_sha256 = made.pdf_sha256 = made.zip_sha256 = None


def _values(person: Person, ground: str, went: Counter[str]) -> set[str]:
    """What stands beside the record of what was done to them, and wherever they are named."""
    changes = select(ContactChange.id).where(ContactChange.contact_id.in_(person.contact_ids))
    about = select(AuditEvent.id).where(
        or_(
            and_(AuditEvent.subject_kind == "contacts", AuditEvent.subject_id.in_(person.contact_ids)),
            and_(AuditEvent.subject_kind == "users", AuditEvent.subject_id.in_(person.user_ids)),
            and_(AuditEvent.subject_kind == "contact_changes", AuditEvent.subject_id.in_(changes)),
        )
    )
    rows = update(AuditValue).where(
        AuditValue.erased_at.is_(None), AuditValue.event_id.in_(about), AuditValue.field.startswith(DETAIL)
    )
    counted(went, "audit_values", rows.values(**emptied_value(ground)))
    empty_values(person.customer_id, person.at_customer, ground, went, beside=True)
    empty_values(None, person.anywhere, ground, went)
    return set()


def empty_values(
    customer_id: int | None, redactor: Redactor, ground: str, went: Counter[str], *, beside: bool = False
) -> None:
    """Values beside the record that say it, of one customer or of all: whole, as a part could not be hashed again.

    `beside`: what else the same act tells goes along.
    """
    if not redactor.loose:
        return
    rows = (
        select(AuditValue.event_id, AuditValue.field, AuditValue.value)
        .with_for_update()
        .where(AuditValue.erased_at.is_(None), AuditValue.value.regexp_match(redactor.loose, "i"))
    )
    if customer_id is not None:
        rows = rows.where(AuditValue.event_id.in_(_told_of(customer_id)))
    for event_id, name, kept in db.session.execute(rows).all():
        told = json.loads(kept or "null")
        if redactor.value(told) != told:
            one = update(AuditValue).where(AuditValue.event_id == event_id, AuditValue.erased_at.is_(None))
            details = beside and name.startswith(DETAIL)
            one = one.where(AuditValue.field.startswith(DETAIL) if details else AuditValue.field == name)
            counted(went, "audit_values", one.values(**emptied_value(ground)))


def _told_of(customer_id: int) -> Select[int]:
    """What the record tells of a customer, its tickets and its people."""
    people = select(User.id).join(Contact, Contact.id == User.contact_id)
    parts = {
        "customers": select(Customer.id).where(Customer.id == customer_id),
        "tickets": select(Ticket.id).where(Ticket.customer_id == customer_id),
        "contacts": select(Contact.id).where(Contact.customer_id == customer_id),
        "users": people.where(Contact.customer_id == customer_id),
    }
    each = (and_(AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(rows)) for kind, rows in parts.items())
    return select(AuditEvent.id).where(or_(*each))


def _people(person: Person, went: Counter[str]) -> None:
    """The rows that others point at stay, with nothing in them."""
    for contact in db.session.scalars(select(Contact).where(Contact.id.in_(person.contact_ids))):
        contact.name, contact.email = ERASED, f"erased-{contact.id}@erased.invalid"
        contact.kana = contact.department = contact.phone = contact.found_by = ""
        contact.closed_at = contact.closed_at or clock.now()
        went["contacts"] += 1
    for user in db.session.scalars(select(User).where(User.id.in_(person.user_ids))):
        user.name, user.email = ERASED, f"erased-{user.id}@erased.invalid"
        user.password_hash, user.active, user.tickets_reason, user.preferences = None, False, None, {}
        went["users"] += 1
    _individual(person)


def _individual(person: Person) -> None:
    """A customer who is this person, and has no contract any more and nobody else on record, loses the name, too."""
    customer = db.session.get(Customer, person.customer_id)
    if customer is None or fold(customer.name) not in {
        fold(one) for one in (*person.names, *person.local_names, *person.words)
    }:
        return
    today = current_calendar().hours.local_date(clock.now())
    runs = select(func.count()).select_from(Contract).where(Contract.customer_id == customer.id, in_force_on(today))
    others = (
        select(func.count())
        .select_from(Contact)
        .where(Contact.customer_id == customer.id, Contact.id.not_in(person.contact_ids), Contact.closed_at.is_(None))
    )
    if not db.session.scalar(runs) and not db.session.scalar(others):
        customer.name, customer.kana, customer.found_by, customer.former_names = ERASED, "", "", []
