"""Changes of the people whom a customer named: before and after, who told us, and the evidence for it (R57).

Both the address before and the one after are told. What we send to somebody whose change was not reported counts as
delivered (3-8, 3-9), so what was on record when is kept.
"""

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.customers.acts import CustomerAct
from helpdesk.customers.models import Contact, Customer
from helpdesk.customers.words import FIELD_WORDS, VALUE_WORDS
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.marking import word
from helpdesk.notices.models import post


class Evidence(enum.StrEnum):
    """What was shown for a change: nothing is wanted, it was not looked at yet, asked for, or seen (3-7)."""

    none = "none"
    open = "open"
    asked = "asked"
    seen = "seen"


class ContactChange(Model):
    """One change. `before` is empty for a person who was added, `after` for one who was closed."""

    __tablename__ = "contact_changes"
    __table_args__ = (Index("ix_contact_changes_open", "at", postgresql_where=text("evidence IN ('open', 'asked')")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    at: Mapped[datetime]
    by_name: Mapped[str]
    by_customer: Mapped[bool]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    evidence: Mapped[Evidence]
    evidence_words: Mapped[str] = mapped_column(default="", server_default="")
    evidence_by: Mapped[str] = mapped_column(default="", server_default="")
    evidence_at: Mapped[datetime | None]

    contact: Mapped[Contact] = relationship()
    customer: Mapped[Customer] = relationship()

    def ask(self, by: Actor) -> None:
        """Ask the customer to show something for it (3-7)."""
        if self.evidence == Evidence.seen:
            raise Refusal(_("This change is confirmed already."))
        self.evidence, self.evidence_by, self.evidence_at = Evidence.asked, by.name, clock.now()
        record(by, CustomerAct.evidence_asked, self.customer, name=self.contact.name)

    def confirm(self, by: Actor, words: str) -> None:
        """It is right; `words` say what was shown, or that nothing was asked for."""
        if not words.strip():
            raise Refusal(_("Say what was shown, or why nothing was asked for."), field="words")
        self.evidence, self.evidence_words = Evidence.seen, words.strip()
        self.evidence_by, self.evidence_at = by.name, clock.now()
        record(by, CustomerAct.evidence_seen, self.customer, name=self.contact.name, words=self.evidence_words)


def keep_change(
    by: Actor, contact: Contact, before: Mapping[str, Any], after: Mapping[str, Any], *, by_customer: bool
) -> ContactChange:
    """Put a change on record; one that the customer made themselves is looked at by the desk."""
    change = ContactChange(
        customer_id=contact.customer_id,
        contact_id=contact.id,
        at=clock.now(),
        by_name=by.name,
        by_customer=by_customer,
        before=dict(before),
        after=dict(after),
        evidence=Evidence.open if by_customer else Evidence.none,
    )
    db.session.add(change)
    db.session.flush()
    return change


def tell_change(contact: Contact, change: ContactChange) -> None:
    """Mail both the address on record before and the one after: whoever did not ask for it can object.

    Somebody who was closed is written to no more.
    """
    if contact.closed:
        return
    for address in dict.fromkeys([change.before.get("email") or contact.email, contact.email]):
        post(
            "contact_changed",
            to=address,
            language=contact.language.value,
            charset=contact.customer.mail_charset,
            salutation=contact.salutation,
            lines=list(lines_of(change, contact.language.value)),
            by=change.by_name,
        )


def lines_of(change: ContactChange, language: str) -> list[tuple[str, str, str]]:
    """Each field that changed in words: its name, what it was, what it is; of somebody new, what there is to tell."""
    before, after = change.before, change.after
    with force_locale(language):
        if not before:
            return [(field, "", said) for field, said in told_of(after)]
        names = [name for name in FIELD_WORDS if before.get(name) != after.get(name)]
        return [(word(FIELD_WORDS, n), _said(n, before.get(n)), _said(n, after.get(n))) for n in names]


def told_of(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is on record of somebody in words, in the language at hand: fields and what they say, without empty ones."""
    return [(word(FIELD_WORDS, n), _said(n, facts[n])) for n in FIELD_WORDS if facts.get(n) and n != "access"]


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if name in ("language", "way"):
        return word(VALUE_WORDS, str(value))
    return str(value) if value else "—"


def open_changes() -> list[ContactChange]:
    """Changes that customers made and nobody has looked at yet, the oldest first."""
    rows = select(ContactChange).where(ContactChange.evidence.in_((Evidence.open, Evidence.asked)))
    rows = rows.options(joinedload(ContactChange.contact)).order_by(ContactChange.at).limit(200)
    return list(db.session.scalars(rows).unique())


def changes_of(customer: Customer) -> list[ContactChange]:
    """The last changes of a customer's people, the newest first."""
    rows = select(ContactChange).where(ContactChange.customer_id == customer.id)
    rows = rows.options(joinedload(ContactChange.contact)).order_by(ContactChange.id.desc()).limit(20)
    return list(db.session.scalars(rows).unique())
