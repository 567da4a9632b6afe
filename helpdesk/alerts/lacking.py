"""What a supervisor sees to before anything goes wrong: customers who lack something (R13, R14)."""

from dataclasses import dataclass

from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.console.models import ConsoleCredential
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db

SHOWN = 100


@dataclass(frozen=True)
class Lacking:
    """A customer under contract without something that the service needs."""

    customer_id: int
    name: str
    key: bool
    told: bool
    instructs: bool


def customers_lacking() -> list[Lacking]:
    """Customers in contract without an API key, with nobody to be told, or with nobody who may instruct, by name."""
    today = current_calendar().hours.local_date(clock.now())
    in_force = select(Contract.id).where(
        Contract.customer_id == Customer.id,
        Contract.in_force_from <= today,
        func.coalesce(Contract.in_force_until, today) >= today,
    )
    people = select(Contact.id).where(Contact.customer_id == Customer.id, Contact.closed_at.is_(None))
    key = select(ConsoleCredential.id).where(ConsoleCredential.customer_id == Customer.id).exists()
    told, instructs = people.where(Contact.told_of_alerts).exists(), people.where(Contact.may_instruct).exists()
    rows = (
        select(Customer.id, Customer.name, (~key).label("key"), (~told).label("told"), (~instructs).label("instructs"))
        .where(in_force.exists(), (~key) | (~told) | (~instructs))
        .order_by(Customer.name)
        .limit(SHOWN)
    )
    return [Lacking(*row) for row in db.session.execute(rows)]
