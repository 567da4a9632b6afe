"""How far a subcontractor's people reach: the customers given to them, beneath every statement of a request (R62).

Pages, lists, counts, search and exports are written for the whole desk. A session that acts for somebody of a
subcontractor adds to each of its statements that whatever belongs to a customer, or to a ticket, belongs to one of
theirs; so a page that is added tomorrow is narrowed as well. `INSERT ... SELECT` is the one form that it cannot reach:
there the rows are chosen first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, event, select
from sqlalchemy.orm import Mapper, ORMExecuteState, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption

from helpdesk.accounts.models import User
from helpdesk.accounts.subcontractors import GivenCustomer, Subcontractor
from helpdesk.customers.models import Customer
from helpdesk.extensions import Model, db

_ACTS_FOR = "subcontractor"


def act_for(user: User | None) -> None:
    """From now on, this session reads and changes what this person may reach; nobody's reaches everything."""
    db.session.info[_ACTS_FOR] = user.subcontractor_id if user is not None else None


@contextmanager
def beyond_reach() -> Iterator[None]:
    """Within it, statements see everything: for what is one of its kind over all customers, such as a mail address.

    What is found this way is never shown.
    """
    held = db.session.info.pop(_ACTS_FOR, None)
    try:
        yield
    finally:
        db.session.info[_ACTS_FOR] = held


def init() -> None:
    """Narrow the statements of every session; once a process."""
    if not event.contains(db.session, "do_orm_execute", _narrow):
        event.listen(db.session, "do_orm_execute", _narrow)


def _narrow(state: ORMExecuteState) -> None:
    subcontractor = state.session.info.get(_ACTS_FOR)
    if subcontractor is not None and not (state.is_insert or state.is_column_load):
        state.statement = state.statement.options(*_limits(subcontractor))


@lru_cache(maxsize=64)
def _limits(subcontractor: int) -> tuple[ExecutableOption, ...]:
    given = select(GivenCustomer.customer_id).join(Subcontractor, Subcontractor.id == GivenCustomer.subcontractor_id)
    given = given.where(Subcontractor.id == subcontractor, Subcontractor.ended_at.is_(None))
    return tuple(
        with_loader_criteria(mapper.class_, limit, include_aliases=True)
        for mapper in Model.registry.mappers
        if (limit := _limit_of(mapper, given)) is not None
    )


def _limit_of(mapper: Mapper[Model], given: Select[int]) -> ColumnElement[bool] | None:
    """The condition for what belongs to a customer or a ticket; none for what belongs to neither."""
    if mapper.class_ is GivenCustomer:
        return None
    if mapper.class_ is Customer:
        return Customer.id.in_(given)
    tickets = Model.metadata.tables["tickets"]
    if "customer_id" in mapper.columns:
        return _column(mapper, "customer_id").in_(given)
    if "ticket_id" in mapper.columns:
        return _column(mapper, "ticket_id").in_(select(tickets.c.id).where(tickets.c.customer_id.in_(given)))
    return None


def _column(mapper: Mapper[Model], name: str) -> ColumnElement[int]:
    """The mapped attribute, which follows its class into joins and aliases as the plain column does not."""
    column: ColumnElement[int] = getattr(mapper.class_, name)
    return column
