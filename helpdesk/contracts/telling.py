"""Mails about contracts: to whoever the customer named for the contract, else to who it is kept by."""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import select

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.contracts.mailing import worded
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Contact
from helpdesk.extensions import db
from helpdesk.notices.models import Notice, post

TOLD_MAX = 20
MAILS_SHOWN = 10
TEMPLATES = (
    *("service_start", "plan_change", "change_refused", "clients_differ", "contract_notice", "contract_part"),
    *("contract_ends", "contract_goes_on", "contract_cancelled", "suspended", "resumed"),
    *("console_overview", "contract_over", "lent_back", "terms_change", "audit_notice"),
)
"""Of mails about contracts."""


def contract_people(customer_id: int) -> Sequence[Contact]:
    """Who handles the contract on the customer's side: who was named for it, and the administrators of the customer.

    Where there are none, who may instruct; else everybody who is on record, so that nobody's contract changes unheard.
    """
    rows = select(Contact).where(Contact.customer_id == customer_id, Contact.closed_at.is_(None)).order_by(Contact.id)
    people = db.session.scalars(rows).all()
    admins = select(User.contact_id).where(User.role == Role.customer_admin, User.active)
    theirs = set(db.session.scalars(admins.where(User.contact_id.in_([person.id for person in people]))))
    named = [person for person in people if person.handles_contract or person.id in theirs]
    return (named or [person for person in people if person.may_instruct] or list(people))[:TOLD_MAX]


def contract_mails(customer_id: int) -> Sequence[Notice]:
    """The last mails about contracts to people of this customer, the newest first."""
    people = select(Contact.email).where(Contact.customer_id == customer_id)
    rows = select(Notice).where(Notice.to_address.in_(people), Notice.template.in_(TEMPLATES))
    return db.session.scalars(rows.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(MAILS_SHOWN)).all()


def tell_contract_people(template: str, contract: Contract, **words: Any) -> list[Notice]:
    """Mail each of them in their language. Dates among the words are written out, also those in pairs by language."""
    return [
        post(
            template,
            to=person.email,
            language=person.language.value,
            charset=person.customer.mail_charset,
            salutation=person.salutation,
            number=contract.number,
            plan=contract.plan,
            portal=f"{current_app.config['BASE_URL']}/portal/contract",
            **worded(words, person.language.value),
        )
        for person in contract_people(contract.customer_id)
    ]
