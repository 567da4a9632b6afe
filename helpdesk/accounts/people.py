"""People of a customer and their sign-ins, kept together: what can be made can be corrected (R57, R70)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from helpdesk.accounts.acts import AccountAct
from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import User, add_user, end_links, end_sessions, user_by_email, user_of
from helpdesk.accounts.reach import beyond_reach
from helpdesk.accounts.roles import CUSTOMERS, Role
from helpdesk.audit.models import Actor, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.alert_addresses import is_door
from helpdesk.customers.changes import ContactChange, keep_change, tell_change
from helpdesk.customers.models import Contact, Customer, Language, Way, checked_address
from helpdesk.customers.naming import found_by
from helpdesk.customers.people import add_contact, contact_by_email
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.notices.models import withdraw_mails


@dataclass(frozen=True)
class PersonWords:
    """What is on record of a person, as typed."""

    name: str
    email: str
    kana: str = ""
    department: str = ""
    phone: str = ""
    language: Language = Language.ja


@dataclass(frozen=True)
class PersonRights:
    """What the customer named a person for: told of alerts and how, instructing, reports, the contract (R13)."""

    told: bool = False
    instructs: bool = False
    way: Way = Way.mail
    reports: bool = False
    contract: bool = False


def words_of(contact: Contact) -> PersonWords:
    return PersonWords(
        *(contact.name, contact.email, contact.kana, contact.department, contact.phone, contact.language)
    )


def rights_of(contact: Contact) -> PersonRights:
    return PersonRights(
        *(contact.told_of_alerts, contact.may_instruct, contact.way, contact.gets_reports, contact.handles_contract)
    )


def add_person(
    by: Actor,
    customer: Customer,
    words: PersonWords,
    rights: PersonRights,
    role: Role | None = None,
    *,
    by_customer: bool = False,
) -> Contact:
    """Add a person with their rights; with a `role` they may sign in, and are invited by mail.

    Refused for an address that somebody has, whichever customer they are of (R06).
    """
    _check_free(customer, words.email, by_customer=by_customer)
    contact = add_contact(
        by,
        customer,
        name=words.name,
        email=words.email,
        kana=words.kana,
        department=words.department,
        phone=words.phone,
        language=words.language,
        told_of_alerts=rights.told,
        may_instruct=rights.instructs,
        way=rights.way,
    )
    contact.set_gets_reports(by, rights.reports)
    contact.set_handles_contract(by, rights.contract)
    if role is not None:
        give_sign_in(by, contact, role)
    change = keep_change(by, contact, {}, on_record(contact), by_customer=by_customer)
    if by_customer:
        tell_change(contact, change)
    return contact


def correct_person(
    by: Actor, contact: Contact, words: PersonWords, rights: PersonRights, *, by_customer: bool = False
) -> ContactChange | None:
    """Change what is on record of a person and what they are named for; None where nothing differs.

    Their sign-in follows; with another address their sessions and links end. Both addresses are told. Refused for an
    address that somebody else has, and for a person who is closed.
    """
    if contact.closed:
        raise Refusal(_("This person is closed. Reopen them first."))
    before, address = on_record(contact), checked_address(words.email)
    moved = address != contact.email
    if moved:
        _check_free(contact.customer, address, but=contact, by_customer=by_customer)
        _move_address(contact, address)
    contact.name, contact.kana, contact.department = words.name, words.kana, words.department
    contact.phone, contact.language = words.phone, words.language
    contact.found_by = found_by([words.name, words.kana, address, words.department], words.phone)
    contact.set_alert_rights(by, told=rights.told, may_instruct=rights.instructs, way=rights.way)
    contact.set_gets_reports(by, rights.reports)
    contact.set_handles_contract(by, rights.contract)
    account = user_of(contact)
    if account is not None:
        account.name, account.email, account.language = words.name, address, words.language
        if moved and account.active and account.password_hash is None:
            invite(by, account)
    return _changed(by, contact, before, by_customer=by_customer)


def close_person(by: Actor, contact: Contact, *, by_customer: bool = False) -> None:
    """End every right of a person, the sign-in included; a second time changes nothing."""
    if contact.closed:
        return
    before, account = on_record(contact), user_of(contact)
    if account is not None:
        account.deactivate(by)
    contact.close(by)
    _changed(by, contact, before, by_customer=by_customer)


def give_sign_in(by: Actor, contact: Contact, role: Role) -> User:
    """Let a person sign in, or with another role; who never did is invited by mail."""
    if role not in CUSTOMERS:
        raise Refusal(_("Choose one of the given values."))
    if contact.closed:
        raise Refusal(_("This person is closed. Reopen them first."))
    account = user_of(contact)
    if account is None:
        account = add_user(
            by, email=contact.email, name=contact.name, role=role, contact=contact, language=contact.language
        )
        invite(by, account)
        return account
    if account.role != role:
        record(by, AccountAct.role_set, account, before=account.role.value, role=role.value)
        account.role = role
    if not account.active:
        account.activate(by)
        if account.password_hash is None:
            invite(by, account)
    return account


def take_sign_in(by: Actor, contact: Contact) -> None:
    """A person goes on being written to, and signs in no more: sessions end at their next request."""
    account = user_of(contact)
    if account is None or not account.active:
        return
    account.active = False
    end_sessions(account)
    end_links(account)
    record(by, AccountAct.deactivated, account, email=account.email)


def merge_person(by: Actor, contact: Contact, into: Contact) -> None:
    """Two rows were one person: what the first has, its rights included, is the second's; the first is closed for good.

    Refused for people of two customers, and where both can sign in.
    """
    alone_with(contact.customer_id)
    if contact.id == into.id or contact.customer_id != into.customer_id:
        raise Refusal(_("Choose another person of the same customer."))
    if contact.merged_into_id is not None or into.closed:
        raise Refusal(_("This person is closed. Reopen them first."))
    account, other = user_of(contact), user_of(into)
    if account is not None and account.active and other is not None and other.active:
        raise Refusal(_("Both can sign in. Take one sign-in first, then put them together."))
    before, both = on_record(into), rights_of(contact)
    own = rights_of(into)
    contact.close(by)
    if account is not None and other is None:
        account.contact_id, account.email, account.name, account.language = (
            into.id,
            into.email,
            into.name,
            into.language,
        )
        end_sessions(account)
        end_links(account)
        db.session.flush()
        if account.active and account.password_hash is None:
            invite(by, account)
    elif account is not None:
        account.deactivate(by)
    way = into.way if own.told else both.way
    into.set_alert_rights(by, told=own.told or both.told, may_instruct=own.instructs or both.instructs, way=way)
    into.set_gets_reports(by, own.reports or both.reports)
    into.set_handles_contract(by, own.contract or both.contract)
    _repoint(contact, into)
    contact.merged_into_id = into.id
    record(by, CustomerAct.contact_merged, contact.customer, name=contact.name, into=into.name)
    _changed(by, into, before, by_customer=False)


def _repoint(contact: Contact, into: Contact) -> None:
    """Every row that names the one names the other, but for accounts, and for what was told at the time."""
    kept = {"users", "contact_changes", "contacts"}
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == "contacts" and table.name not in kept:
                db.session.execute(update(table).where(key.parent == contact.id).values({key.parent.name: into.id}))


def _move_address(contact: Contact, address: str) -> None:
    """What waits for the old address goes nowhere, and nobody who has it goes on being this person."""
    withdraw_mails(contact.email)
    contact.email = address
    account = user_of(contact)
    if account is not None:
        end_sessions(account)
        end_links(account)


def _check_free(customer: Customer, email: str, *, but: Contact | None = None, by_customer: bool) -> None:
    """Refused for an address that somebody has, or at which mail comes in here.

    A customer's own administrators name people of domains that its people have already and nobody else's: mail from
    somebody else's address must not become theirs (R06).
    """
    address = checked_address(email)
    with beyond_reach():
        other, account, door = contact_by_email(address), user_by_email(address), is_door(address)
    if other is not None and other is not but:
        raise Refusal(_("This mail address belongs to a contact already."), field="email")
    if account is not None and (but is None or account.contact_id != but.id):
        raise Refusal(_("An account with this mail address exists already."), field="email")
    if door:
        raise Refusal(_("Mail to this address comes in here: it is no person's."), field="email")
    if by_customer and not _is_own_domain(customer, address):
        raise Refusal(_("We do not know this mail domain as yours. Please ask us to add the person."), field="email")


def _is_own_domain(customer: Customer, address: str) -> bool:
    domain = func.split_part(func.lower(Contact.email), "@", 2)
    has = (
        select(Contact.customer_id).where(domain == address.rpartition("@")[2], Contact.closed_at.is_(None)).distinct()
    )
    return set(db.session.scalars(has)) == {customer.id}


def alone_with(customer_id: int) -> None:
    """One change of this customer's people after the other: whoever comes second sees what the first one did."""
    db.session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update())
    db.session.expire_all()


def on_record(contact: Contact) -> dict[str, Any]:
    """What a change keeps of a person, before and after."""
    words, rights = asdict(words_of(contact)), asdict(rights_of(contact))
    plain = {**words, "language": contact.language.value, **rights, "way": contact.way.value}
    return plain | {"access": not contact.closed}


def _changed(by: Actor, contact: Contact, before: Mapping[str, Any], *, by_customer: bool) -> ContactChange | None:
    after = on_record(contact)
    fields = [name for name in after if after[name] != before[name]]
    if not fields:
        return None
    if set(fields) & set(asdict(words_of(contact))):
        record(by, CustomerAct.contact_changed, contact.customer, name=contact.name, fields=", ".join(fields))
    change = keep_change(by, contact, before, after, by_customer=by_customer)
    tell_change(contact, change)
    return change


def administrators_left(customer: Customer, without: Contact) -> int:
    """How many others of this customer can administer its people."""
    rows = select(func.count()).select_from(User).join(Contact, Contact.id == User.contact_id)
    rows = rows.where(Contact.customer_id == customer.id, User.role == Role.customer_admin, User.active)
    return db.session.scalar(rows.where(Contact.id != without.id)) or 0
