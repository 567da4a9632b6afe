"""Whether a contract covers a customer at the time of a deed: what every gate asks (R06, V5).

A deed that happens later, such as an action in tomorrow's hours, asks for the time at which it will happen.
"""

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Date, DateTime, Integer, Select, and_, bindparam, exists, or_, select

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import CLAUSES, Contract, Ending
from helpdesk.contracts.suspensions import Suspension
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.wording import date_words


class Cover(enum.StrEnum):
    """In force; in force but suspended (10-1); over; there never was one that had begun."""

    in_force = "in_force"
    suspended = "suspended"
    ended = "ended"
    none = "none"


@dataclass(frozen=True)
class CoverAt:
    """What covers a customer at a moment. `last_day` is that of the contract in force, or of the last one."""

    cover: Cover
    last_day: date | None = None
    clause: str = ""

    @property
    def holds(self) -> bool:
        """Whether a contract is in force, suspended or not."""
        return self.cover in (Cover.in_force, Cover.suspended)


def cover_of(customer_id: int, at: datetime | None = None) -> CoverAt:
    """What covers this customer now, or at another moment (aware): one statement."""
    at = at or clock.now()
    day = current_calendar().hours.local_date(at)
    rows = db.session.execute(_COVER, {"customer": customer_id, "day": day, "at": at}).all()
    for row in rows:
        not_over = row.in_force_until is None or day <= row.in_force_until
        if not_over and (row.ended_at is None or at < row.ended_at):
            cover = Cover.suspended if row.suspended else Cover.in_force
            return CoverAt(cover, row.in_force_until, CLAUSES[row.ending] if row.ending else "")
    if not rows:
        return CoverAt(Cover.none)
    last = max(rows, key=lambda row: row.in_force_until or date.max)
    return CoverAt(Cover.ended, last.in_force_until, CLAUSES[last.ending] if last.ending else "")


def hold_to_contract(customer_id: int, at: datetime | None = None, *, suspended: bool = False) -> None:
    """Refused unless a contract covers this customer, now or at the later moment at which it is to be done.

    A suspended service does nothing new; with `suspended` it may, where what is asked for waits until it goes on.
    """
    found = cover_of(customer_id, at)
    day = date_words(found.last_day, _language()) if found.last_day else ""
    if found.cover == Cover.none:
        raise Refusal(_("This customer has no contract in force: nothing is done or promised on their console."))
    if found.cover == Cover.suspended and not suspended:
        raise Refusal(_("The service of this customer is suspended (10-1). It can be done once it goes on."))
    if found.cover != Cover.ended:
        return
    if at is not None and cover_of(customer_id).holds:
        raise Refusal(
            _(
                "The contract ends on %(day)s, before this could be done in service hours. Nothing was promised.",
                day=day,
            )
        )
    raise Refusal(_("The contract ended on %(day)s (%(clause)s): nothing more is done.", day=day, clause=found.clause))


def is_covered(customer_id: int, day: date) -> bool:
    """Whether a contract is in force for this customer on `day` (service's zone) (R06)."""
    return db.session.scalar(_IN_FORCE, {"customer": customer_id, "day": day}) is not None


def in_force_on(day: Any) -> ColumnElement[bool]:
    """The condition on Contract of being in force on a day."""
    return and_(Contract.in_force_from <= day, or_(Contract.in_force_until.is_(None), Contract.in_force_until >= day))


def customers_that_left() -> Select[int]:
    """The customers who had a contract and have none that is in force or to come."""
    day = current_calendar().hours.local_date(clock.now())
    goes_on = select(Contract.customer_id).where(
        or_(Contract.in_force_until.is_(None), Contract.in_force_until >= day), Contract.ended_at.is_(None)
    )
    return select(Contract.customer_id).where(Contract.customer_id.not_in(goes_on))


def _language() -> str:
    return str(get_locale() or "ja")[:2]


def _cover() -> Select[*tuple[Any, ...]]:
    at = bindparam("at", type_=DateTime(timezone=True))
    stands = exists().where(
        Suspension.contract_id == Contract.id,
        Suspension.since <= at,
        or_(Suspension.until.is_(None), Suspension.until > at),
    )
    return (
        select(Contract.in_force_until, Contract.ended_at, Contract.ending, stands.label("suspended"))
        .where(
            Contract.customer_id == bindparam("customer", type_=Integer),
            Contract.in_force_from <= bindparam("day", type_=Date),
            Contract.ending.is_distinct_from(Ending.cancelled),
        )
        .order_by(Contract.in_force_from.desc(), Contract.id.desc())
        .limit(20)
    )


_COVER = _cover()
_IN_FORCE = (
    select(Contract.id)
    .where(Contract.customer_id == bindparam("customer", type_=Integer), in_force_on(bindparam("day", type_=Date)))
    .limit(1)
)
"""Built once: every ticket asks it."""
